"""A comparison and its verdict as JSON and as text."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mkrefs.comparison.comparison import Comparison
from mkrefs.comparison.limits import limits_for
from mkrefs.comparison.verdict import Verdict

#: Version of the form of the JSON file.
COMPARISON_FORMAT = 2


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """What is to be told of a file.

    Attributes
    ----------
    file : str
        Its name.
    previous : str
        Name of the previous file; empty if there is none.
    source : str
        Where the previous one comes from, or why there is none.
    comparison : Comparison or None
        None if there is no previous file.
    verdict : Verdict or None
        None likewise.
    maps : str
        Name of the file with the maps; empty if there are none.
    """

    file: str
    previous: str
    source: str
    comparison: Comparison | None = None
    verdict: Verdict | None = None
    maps: str = ""


def report_to_json(report: ComparisonReport) -> dict[str, Any]:
    """Give a report as JSON values; numbers that are not finite are null."""
    compared, verdict = report.comparison, report.verdict
    return {
        "mkrefs_comparison": COMPARISON_FORMAT,
        "file": report.file,
        "previous": report.previous or None,
        "source": report.source,
        "verdict": verdict and {"verdict": verdict.verdict.value, "reasons": list(verdict.sentences)},
        "maps": report.maps or None,
        "changed_sigma": limits_for(compared.reftype if compared else "", "").sigma,
        "limits": _plain(asdict(limits_for(compared.reftype, ""))) if compared else None,
        "comparison": None if compared is None else _plain(_content(compared)),
    }


def _content(comparison: Comparison) -> dict[str, Any]:
    content = asdict(comparison)
    flags = content.pop("flags")
    content |= {
        "flags": flags["flags"],
        "transitions": flags["transitions"],
        "pixels": flags["pixels"],
        "equal": comparison.equal,
    }
    return content


def _plain(value: Any) -> Any:
    """Turn tuples into lists and numbers that JSON does not know into null."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
