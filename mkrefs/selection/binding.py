"""Puts the reference files that were chosen into the job that takes them."""

from dataclasses import replace
from pathlib import Path

from mkrefs.errors import UserError
from mkrefs.jobs.calibrating import CalibrateJob
from mkrefs.jobs.job import Job
from mkrefs.selection.selection_file import read_selection


def bound(job: Job) -> Job:
    """Give a job with its reference files named.

    Parameters
    ----------
    job : Job
        Of any kind; the selection it refers to has been made.

    Returns
    -------
    Job
        The job itself if nothing was to be chosen for it. Where the rules give a file of the context in
        force, it is left to the pipeline.

    Raises
    ------
    UserError
        If there is no reference file of a type for the exposure.
    """
    if not isinstance(job, CalibrateJob) or not job.selected:
        return job
    choices = read_selection(Path(job.selection))[job.exposure]
    overrides = dict(job.overrides)
    for reftype in job.selected:
        choice = choices[reftype]
        if not choice.file:
            raise UserError(
                f"{job.exposure}: by the rules of CRDS no {reftype} file that reffile4ssb names is for this "
                f"exposure, and the context has none either{_because(choice.reason)}; check their SUBARRAY, "
                "READPATT and USEAFTER, or give CRDS for this type."
            )
        if choice.layered:
            overrides[reftype] = choice.file
    return replace(job, overrides=overrides, selection="", selected=())


def _because(reason: str) -> str:
    return "" if reason in ("", "n/a") else f" ({reason})"
