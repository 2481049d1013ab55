"""Under which READPATT a new file is filed, so that it does not compete with the context's own files."""

from collections.abc import Mapping, Sequence
from typing import Any

from mkrefs.crds_context import coinciding_values
from mkrefs.jobs.job import CombineJob, CrdsState
from mkrefs.planning.request import LabelRequest


def filed_parameters(
    request: LabelRequest, mode: Sequence[tuple[str, Any]], crds: CrdsState
) -> Mapping[str, Any]:
    """Give a label's parameters for one mode, with READPATT as the context files it.

    Where the context in force keeps the files of this mode under READPATT ANY, and the user has not said
    otherwise, the new file takes ANY too: CRDS would refuse a second category that matches equally well.

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
    if request.parameters.get("readpatt") is not None:
        return request.parameters
    values = {keyword: str(value) for keyword, value in mode if value is not None}
    if request.parameters.get("subarray") is not None:
        values["SUBARRAY"] = str(request.parameters["subarray"])
    shared = coinciding_values(crds, values.get("INSTRUME", ""), request.reftype, values)
    if set(shared) != {"READPATT"}:
        return request.parameters
    return {**request.parameters, "readpatt": shared["READPATT"]}


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
    filed: dict[tuple[str, str], list[str]] = {}
    for job in finals:
        if request.parameters.get("readpatt") is None and job.parameters.get("readpatt") is not None:
            filed.setdefault((job.metadata.detector, job.metadata.subarray), []).append(job.metadata.readpatt)
    return tuple(_filing_note(*category, patterns) for category, patterns in filed.items())


def _filing_note(detector: str, subarray: str, patterns: list[str]) -> str:
    taken = f"the CRDS context files {detector} {subarray} under READPATT ANY, and so does this run"
    if len(patterns) == 1:
        return f"{taken}; set readpatt to file it otherwise"
    return (
        f"{taken}: the {len(patterns)} final files of {', '.join(patterns)} compete for one place, so "
        "deliver one of them, or set readpatt"
    )
