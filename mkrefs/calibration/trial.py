"""Carries out a trial: the real steps of the pipeline, with a new reference file in place of CRDS's."""

import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mkrefs.calibration.environment import crds_environment
from mkrefs.calibration.image_state import ImageState, image_state
from mkrefs.calibration.missing_references import crds_failures
from mkrefs.calibration.pipeline import configured_pipeline, run_step, step_status
from mkrefs.calibration.trial_report import (
    Breakdown,
    StepTrial,
    TrialFailed,
    TrialResult,
    faults,
    notes,
    report_text,
)
from mkrefs.crds_context import choose_references
from mkrefs.instruments.dq import PIXEL_DQ
from mkrefs.jobs.trying import TrialJob
from mkrefs.storage.atomic import write_text_atomic

_NOT_TO_BE_USED = PIXEL_DQ["DO_NOT_USE"]
_SAMPLE_LOST = PIXEL_DQ["DO_NOT_USE"] | PIXEL_DQ["SATURATED"]
_REFERENCE = PIXEL_DQ["REFERENCE_PIXEL"]


def run_trial(job: TrialJob) -> tuple[str, ...]:
    """Try a reference file in the pipeline, and write the report.

    Parameters
    ----------
    job : TrialJob
        The file, the exposure and the steps.

    Returns
    -------
    tuple of str
        Notes: on what it was tried, and what the steps that take it did.

    Raises
    ------
    TrialFailed
        If the pipeline does not do with the file what it should; the report is written all the same.
    UserError
        If there is no CRDS cache or context, or it lacks another reference file.
    """
    with crds_environment(job.crds), crds_failures(job.exposure, job.source, job.crds):
        result = _run(job, _overrides(job))
    found = faults(result, job.file, optional=job.optional)
    write_text_atomic(Path(job.output), report_text(job, result, found))
    if found:
        raise TrialFailed(
            f"{job.file}: {job.test} on {job.exposure} fails: {'; '.join(found)}; the report is {job.output}."
        )
    return notes(job, result)


def _overrides(job: TrialJob) -> Mapping[str, str]:
    """Give the reference files that take the place of CRDS's."""
    chosen: Mapping[str, str] = {}
    if job.layered:
        layer = [Path(path) for path in job.layer]
        choices = choose_references(job.crds, [Path(job.source)], job.layered, layer=layer)[job.source]
        chosen = {reftype: choice.file for reftype, choice in choices.items() if choice.layered}
    return {**job.overrides, **chosen, job.reftype: job.file}


def _run(job: TrialJob, overrides: Mapping[str, str]) -> TrialResult:
    from crds.core.exceptions import CrdsError
    from stdatamodels.jwst import datamodels

    statuses: list[tuple[str, str]] = []
    tested: list[StepTrial] = []
    model: Any = datamodels.RampModel(job.source)
    try:
        pipeline = configured_pipeline(model, job.steps, optional=job.optional, overrides=overrides)
        for step in job.steps:
            before = _state(model) if step in job.tested else None
            try:
                model = run_step(pipeline, step, model)
            except (CrdsError, FileNotFoundError, MemoryError):  # the file is not to blame
                raise
            except Exception as error:  # noqa: BLE001 - whether a step raises anything is what is asked
                breakdown = Breakdown(step, f"{type(error).__name__}: {error}", traceback.format_exc())
                return TrialResult(tuple(statuses), tuple(tested), None, breakdown)
            statuses.append((step, step_status(model, step)))
            if before is not None:
                used = model[f"meta.ref_file.{job.reftype}.name"] or ""
                tested.append(StepTrial(step, statuses[-1][1], used, before, _state(model)))
        return TrialResult(tuple(statuses), tuple(tested), _state(model))
    finally:
        model.close()


def _state(model: Any) -> ImageState:
    """Sum up a ramp, or a rate image."""
    science = np.asarray(model.data)
    is_ramp = science.ndim > 2
    flags = np.asarray(model.pixeldq if is_ramp else model.dq)
    sample_flags = np.asarray(model.groupdq) if is_ramp else np.zeros(science.shape, dtype=np.uint8)
    lost = (sample_flags & _SAMPLE_LOST) != 0
    return image_state(science, lost, (flags & _NOT_TO_BE_USED) != 0, (flags & _REFERENCE) != 0)
