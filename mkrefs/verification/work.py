"""Carries out a verification job: finds the previous file, runs the pipeline, measures, judges, reports."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mkrefs.calibration.environment import crds_environment
from mkrefs.calibration.missing_references import crds_failures
from mkrefs.crds_context import choose_references
from mkrefs.crds_context.lookup import Choices
from mkrefs.instruments.dq import PIXEL_DQ
from mkrefs.jobs.trying import HeldBackExposure, VerifyJob
from mkrefs.storage.atomic import write_text_atomic
from mkrefs.verification.measures import measure
from mkrefs.verification.previous import Previous, previous_file
from mkrefs.verification.report import verification_json, verification_notes, verification_text
from mkrefs.verification.runs import Run, run_with_each
from mkrefs.verification.verdict import ExposureVerification, assess

_DARK_STEP = "dark_current"


def run_verification(job: VerifyJob) -> tuple[str, ...]:
    """Verify a final file on exposures that it was made without, and write what was found beside it.

    Parameters
    ----------
    job : VerifyJob
        The file, the exposures and the steps.

    Returns
    -------
    tuple of str
        Notes: the verdict first. That the new file is worse is a warning and no failure.

    Raises
    ------
    UserError
        If there is no CRDS cache or context, or it lacks another reference file.
    """
    with crds_environment(job.crds):
        choices = _choices(job)
        exposures = [_verify(job, each, choices) for each in job.sources]
    assessment = assess(job.reftype, exposures)
    found = (job, exposures, assessment)
    write_text_atomic(Path(job.text), verification_text(*found))
    write_text_atomic(Path(job.output), json.dumps(verification_json(*found), indent=1) + "\n")
    return verification_notes(*found)


def _choices(job: VerifyJob) -> Choices:
    """Ask the rules of CRDS for the previous file, and for those among which a layer lets them choose."""
    wanted = (*job.layered, *(() if job.previous else (job.reftype,)))
    if not wanted:
        return {}
    sources = [Path(each.path) for each in job.sources]
    return choose_references(job.crds, sources, wanted, layer=[Path(path) for path in job.layer])


def _verify(job: VerifyJob, each: HeldBackExposure, choices: Choices) -> ExposureVerification:
    chosen = choices.get(each.path, {})
    layered = {reftype: chosen[reftype].file for reftype in job.layered if chosen[reftype].layered}
    previous = previous_file(job, chosen.get(job.reftype))
    with crds_failures(each.exposure, each.path, job.crds):
        files = (job.file, job.previous) if previous.name else (job.file,)
        new, *others = run_with_each(job, each, {**job.overrides, **layered}, files)
    problem = _not_run(job, new)
    if others and (lacking := _not_run(job, others[0])):
        previous, others = Previous("", f"with {previous.name}, {lacking}"), []
    runs = (new, *others)
    return ExposureVerification(
        exposure=each.exposure,
        imtype=each.imtype,
        measured=() if problem else measure(each.imtype, new.images, others[0].images if others else None),
        flags=_flags(runs),
        previous=previous.name,
        source=previous.source,
        levelled=all(run.statuses.get(_DARK_STEP) == "COMPLETE" for run in runs),
        problem=problem,
    )


def _not_run(job: VerifyJob, run: Run) -> str:
    """Tell which of the steps that take the file did not run; empty if all did."""
    return ", ".join(
        f"{step} ended {run.statuses.get(step) or 'without a status'}"
        for step in job.tested
        if run.statuses.get(step) != "COMPLETE"
    )


def _flags(runs: Sequence[Run]) -> dict[str, tuple[int, int]]:
    """Count the flags of the pixels that see light."""
    counts = [_counts(run) for run in runs]
    names = [name for name in PIXEL_DQ if any(each[name] for each in counts)]
    return {name: (counts[0][name], counts[1][name] if len(counts) > 1 else -1) for name in names}


def _counts(run: Run) -> Mapping[str, int]:
    flags = run.flags[run.images.sensitive]
    return {name: int(np.count_nonzero(flags & np.uint32(value))) for name, value in PIXEL_DQ.items()}
