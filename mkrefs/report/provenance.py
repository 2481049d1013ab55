"""Where a final file comes from: exposures, steps, reference files, parameters, software."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mkrefs.ledger.manifest import Manifest, manifest_beside, read_manifest
from mkrefs.report.documents import mapping, mappings, text, texts

#: What mkrefs writes into HISTORY.
_CALIBRATED_WITH = re.compile(r"Calibrated with (\S+) (.+)")
#: Parameters that the header tells.
_IN_HEADER = frozenset({"author", "description", "pedigree", "useafter", "history"})


@dataclass(frozen=True, slots=True)
class ExposureLine:
    """An exposure behind a file: the individual file made from it, its role there, and when it began."""

    name: str
    role: str
    group: str
    began: str


@dataclass(frozen=True, slots=True)
class ProvenanceView:
    """Where a final file comes from; empty where no manifest tells.

    Attributes
    ----------
    exposures : tuple of ExposureLine
        In the order of groups and roles.
    individuals : tuple of str
        Names of the individual files.
    steps : tuple of str
        What the exposures had been through.
    references : tuple of (str, str)
        Keyword and reference file that they were calibrated with.
    parameters, versions : tuple of (str, str)
        Parameters in force; software by name.
    made_by, plugin, fingerprint, made, host, context : str
        Of the job that made the file.
    notes : tuple of str
        What the job told.
    """

    exposures: tuple[ExposureLine, ...] = ()
    individuals: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    made_by: str = ""
    plugin: str = ""
    fingerprint: str = ""
    made: str = ""
    host: str = ""
    context: str = ""
    notes: tuple[str, ...] = ()


def view_provenance(file: Path, history: Sequence[str]) -> ProvenanceView:
    """Tell where a file comes from, by the manifests beside it and beside its individual files.

    Parameters
    ----------
    file : Path
        A final file.
    history : sequence of str
        Its HISTORY.

    Returns
    -------
    ProvenanceView
    """
    references = tuple((found[1], found[2]) for line in history if (found := _CALIBRATED_WITH.match(line)))
    manifest = read_manifest(manifest_beside(file))
    if manifest is None:
        return ProvenanceView(references=references)
    job = manifest.job
    individuals = [_beside(file, name) for name in texts(job.get("individuals"))]
    return ProvenanceView(
        exposures=tuple(_exposures(individuals)) or tuple(_named(texts(job.get("exposures")))),
        individuals=tuple(path.name for path in individuals),
        steps=texts(job.get("steps")),
        references=references,
        parameters=_parameters(manifest),
        versions=tuple((name, version) for name, version in manifest.versions.items() if name != "plugin"),
        made_by=text(job.get("combiner")) or text(job.get("label")),
        plugin=text(job.get("plugin")),
        fingerprint=manifest.fingerprint,
        made=manifest.ended,
        host=manifest.host,
        context=manifest.context,
        notes=(*manifest.notes, *(f"warning: {warning}" for warning in manifest.warnings)),
    )


def _beside(file: Path, individual: str) -> Path:
    """Find an individual file, also in a run folder that was moved."""
    path = Path(individual)
    return path if path.exists() or path.parent == file.parent else file.with_name(path.name)


def _exposures(individuals: Iterable[Path]) -> Iterator[ExposureLine]:
    for path in individuals:
        manifest = read_manifest(manifest_beside(path))
        for ramp in mappings(manifest.job.get("ramps")) if manifest else ():
            name = text(ramp.get("exposure"))
            yield ExposureLine(name, text(ramp.get("role")), path.name, _began(Path(text(ramp.get("path")))))


def _named(names: Iterable[str]) -> Iterator[ExposureLine]:
    return (ExposureLine(name, "", "", "") for name in names)


def _began(ramp: Path) -> str:
    """Read when an exposure began; empty if its ramp is gone or does not tell."""
    from astropy.io import fits

    try:
        with ramp.open("rb") as stream:
            header = fits.getheader(stream)
    except (OSError, ValueError):
        return ""
    date, time = (str(header.get(keyword, "")).strip() for keyword in ("DATE-OBS", "TIME-OBS"))
    return f"{date} {time[:8]}".strip()


def _parameters(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    job = manifest.job
    own = {
        name: value
        for name, value in mapping(job.get("parameters")).items()
        if name not in _IN_HEADER and value not in (None, "", [], {})
    }
    combining = {
        f"combiner: {name}": value for name, value in mapping(job.get("combiner_parameters")).items()
    }
    return tuple((name, _shown(value)) for name, value in (own | combining).items())


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_shown(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return value if isinstance(value, str) else json.dumps(value)
