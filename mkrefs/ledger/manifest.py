"""The manifest of a job: one JSON file beside its first output, written when all outputs are in place."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import State
from mkrefs.ledger.file_record import FileRecord
from mkrefs.storage.atomic import write_text_atomic

#: What the name of a manifest has more than that of the file beside it.
MANIFEST_SUFFIX = ".manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a job made, from what, and how.

    Attributes
    ----------
    state : str
        Always ``made``: a job that fails leaves no manifest.
    job : mapping
        The job in its JSON form.
    fingerprint : str
        Of the product.
    inputs, outputs : tuple of FileRecord
        In the order of the job's.
    versions : mapping of str to str
        Software by distribution name; ``plugin`` where one took part.
    context : str
        Name of the CRDS context.
    seconds : float
        Time the job took.
    notes, warnings : tuple of str
        What the work told, and what libraries warned of.
    started, ended : str
        UTC, ISO 8601.
    host : str
        Where it ran.
    pid : int
        The process that did it.
    rules : str
        Fingerprint of the CRDS rules that the job could see.
    peak_memory : int
        The most memory in bytes that the process had while it did it, programs that it started left out; 0
        where that was not recorded.
    """

    state: str
    job: Mapping[str, Any]
    fingerprint: str
    inputs: tuple[FileRecord, ...]
    outputs: tuple[FileRecord, ...]
    versions: Mapping[str, str]
    context: str
    seconds: float
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    started: str
    ended: str
    host: str
    pid: int
    rules: str = ""
    peak_memory: int = 0


def manifest_path(job: Job) -> Path:
    """Give the path of a job's manifest, beside its first output."""
    return manifest_beside(Path(job.outputs[0]))


def manifest_beside(output: Path) -> Path:
    """Give the path of the manifest that tells of a file."""
    return output.with_name(f"{output.name}{MANIFEST_SUFFIX}")


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest whole.

    Parameters
    ----------
    path : Path
        As `manifest_path` gives.
    manifest : Manifest
        To be written only after the outputs are in place.

    Raises
    ------
    mkrefs.errors.UserError
        If the disk is full or may not be written to.
    """
    write_text_atomic(path, _text(manifest))


def read_manifest(path: Path) -> Manifest | None:
    """Read a manifest.

    Parameters
    ----------
    path : Path
        As `manifest_path` gives.

    Returns
    -------
    Manifest or None
        None if there is none, or it is not whole, or it is of another form.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return _manifest(content)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _text(manifest: Manifest) -> str:
    """Write a line for each field: what indents more is far slower."""
    records = {name: [asdict(each) for each in getattr(manifest, name)] for name in ("inputs", "outputs")}
    values = {field.name: getattr(manifest, field.name) for field in fields(Manifest)} | records
    lines = (f" {json.dumps(name)}: {json.dumps(value, default=dict)}" for name, value in values.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _manifest(content: Mapping[str, Any]) -> Manifest:
    content = {"peak_memory": 0, **content}  # not in manifests of earlier versions
    values = {field.name: content[field.name] for field in fields(Manifest)}
    if values["state"] != State.MADE:
        raise ValueError(values["state"])
    for name in ("inputs", "outputs"):
        values[name] = tuple(_record(item) for item in values[name])
    for name in ("notes", "warnings"):
        values[name] = tuple(str(item) for item in values[name])
    for name in ("job", "versions"):
        values[name] = dict(values[name])
    return Manifest(**values)


def _record(content: Mapping[str, Any]) -> FileRecord:
    return FileRecord(
        path=str(content["path"]),
        size=int(content["size"]),
        mtime_ns=int(content["mtime_ns"]),
        digest=str(content["digest"]),
        ctime_ns=int(content.get("ctime_ns", 0)),  # earlier versions did not note it
    )
