"""Under which READPATT and EXP_TYPE a new file is filed: not in competition with those of the context."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from mkrefs.crds_context import coinciding_values
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.making import CombineJob
from mkrefs.planning.request import LabelRequest

#: Parameters that say under which value of a keyword a file is filed.
_FILED_AS: Mapping[str, str] = MappingProxyType({"READPATT": "readpatt", "EXP_TYPE": "exp_type"})


def filed_parameters(
    request: LabelRequest, mode: Sequence[tuple[str, Any]], crds: CrdsState
) -> Mapping[str, Any]:
    """Give a label's parameters for one mode, with READPATT and EXP_TYPE as the context files it.

    Where the context in force keeps the files of this mode under READPATT ANY, or under several read patterns
    at once, and the user has not said otherwise, so does the new file: CRDS would refuse a second category
    that matches equally well.
    So does EXP_TYPE, where the creator leaves it open by a parameter ``exp_type`` without a value.

    Parameters
    ----------
    request : LabelRequest
        The label.
    mode : sequence of (keyword, value)
        What the exposures have in common.
    crds : CrdsState
        The context in force.

    Returns
    -------
    mapping
    """
    values = {keyword: str(value) for keyword, value in mode if value is not None}
    for keyword in ("SUBARRAY", "READPATT"):
        if request.parameters.get(keyword.lower()) is not None:
            values[keyword] = str(request.parameters[keyword.lower()])
    shared = coinciding_values(crds, values.get("INSTRUME", ""), request.reftype, values)
    left_open = {
        keyword: name
        for keyword, name in _FILED_AS.items()
        if name in request.parameters and request.parameters[name] is None
    }
    several = {keyword for keyword, value in shared.items() if "|" in value}
    if not set(shared) <= set(left_open) or not several <= {"READPATT"}:
        return request.parameters
    return {**request.parameters, **{left_open[keyword]: value for keyword, value in shared.items()}}


def filing_notes(request: LabelRequest, finals: Sequence[CombineJob]) -> tuple[str, ...]:
    """Tell which final files take READPATT from the context, and which of them would compete.

    Parameters
    ----------
    request : LabelRequest
        The label.
    finals : sequence of CombineJob
        Its final files.

    Returns
    -------
    tuple of str
        One sentence for each category.
    """
    filed: dict[tuple[str, str, str], list[str]] = {}
    for job in finals:
        if request.parameters.get("readpatt") is None and job.parameters.get("readpatt") is not None:
            category = (job.metadata.detector, job.metadata.subarray, job.parameters["readpatt"])
            filed.setdefault(category, []).append(job.metadata.readpatt)
    return tuple(_filing_note(*category, patterns) for category, patterns in filed.items())


def _filing_note(detector: str, subarray: str, filed: str, patterns: list[str]) -> str:
    taken = f"the CRDS context files {detector} {subarray} under READPATT {filed}, and so does this run"
    if len(patterns) == 1:
        return f"{taken}; set readpatt to file it otherwise"
    return (
        f"{taken}: the {len(patterns)} final files of {', '.join(patterns)} compete for one place, so "
        "deliver one of them, or set readpatt"
    )
