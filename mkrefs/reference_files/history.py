"""The HISTORY of a reference file: what it was made from, how, and by which software."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from mkrefs.contract.exposure_metadata import ExposureMetadata

_PACKAGES = ("mkrefs", "jwst", "stdatamodels", "numpy")
#: Parameters that the header tells under keywords of their own.
_IN_HEADER = frozenset({"author", "description", "pedigree", "useafter", "history"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a reference file comes from.

    Attributes
    ----------
    made_by : str
        What made the file: a label, or a combiner.
    plugin : str
        Distribution and version it comes from.
    inputs : sequence of str
        Names of the files it was made from.
    exposures : sequence of str
        The exposures behind them, where the inputs do not name them.
    state : sequence of str
        Lines about what the exposures had been through, such as `calibration_state` gives.
    parameters : mapping
        The parameters in force.
    fingerprint : str
        Of the job.
    days : sequence of str
        Those on which the first and the last exposure began; empty if not known.
    """

    made_by: str
    plugin: str
    inputs: Sequence[str]
    state: Sequence[str]
    parameters: Mapping[str, Any]
    fingerprint: str
    exposures: Sequence[str] = ()
    days: Sequence[str] = ()


def history_lines(provenance: Provenance, *, text: str, results: Sequence[str]) -> tuple[str, ...]:
    """Compose the HISTORY.

    Parameters
    ----------
    provenance : Provenance
        Where the file comes from.
    text : str
        The user's own ``history``.
    results : sequence of str
        What the algorithm has to say.

    Returns
    -------
    tuple of str
    """
    return (
        *(text.split("\n") if text else ()),
        f"Made by {provenance.made_by} ({provenance.plugin})",
        f"Software: {', '.join(f'{name} {_version(name)}' for name in _PACKAGES)}",
        f"Made from {len(provenance.inputs)} file(s):",
        *(f"  {name}" for name in provenance.inputs),
        *([f"Exposures used ({len(provenance.exposures)}):"] if provenance.exposures else []),
        *(f"  {name}" for name in provenance.exposures),
        *([f"Exposures taken {between(provenance.days)}"] if provenance.days else []),
        *provenance.state,
        *results,
        "Parameters:",
        *(
            f"  {name}: {_text(value)}"
            for name, value in provenance.parameters.items()
            if name not in _IN_HEADER
        ),
        f"Fingerprint: {provenance.fingerprint}",
    )


def between(days: Sequence[str]) -> str:
    """Say when exposures were taken, by the first and the last day."""
    return f"on {days[0]}" if days[0] == days[-1] else f"from {days[0]} to {days[-1]}"


def calibration_state(asked: Sequence[str], done: Collection[str]) -> tuple[str, ...]:
    """Tell the state of exposures: the steps asked for that are done, and those the pipeline skipped."""
    skipped = [step for step in asked if step not in done]
    return (
        f"Calibration state: {', '.join(step for step in asked if step in done) or 'raw'}",
        *([f"Skipped by the pipeline: {', '.join(skipped)}"] if skipped else []),
    )


def read_out(metadata: ExposureMetadata) -> str:
    """Tell how exposures were read: what a file must be for that is made from them."""
    return f"Exposures read with READPATT {metadata.readpatt}, SUBARRAY {metadata.subarray}"


def references_used(headers: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Tell what exposures were calibrated with: CRDS context and reference files.

    Parameters
    ----------
    headers : sequence of mapping
        CRDS_CTX and the R_ keywords of each exposure.

    Returns
    -------
    tuple of str
        A line for each keyword, with all values that occur; empty for raw exposures.
    """
    keywords = dict.fromkeys(keyword for header in headers for keyword in header)
    values = {
        keyword: sorted({header[keyword] for header in headers if keyword in header}) for keyword in keywords
    }
    return tuple(f"Calibrated with {keyword} {', '.join(found)}" for keyword, found in values.items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


@cache
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"
