"""Carries out a calibration job: the missing steps once, in order, saving the states asked for."""

import gc
from functools import cache
from pathlib import Path
from typing import Any

from mkrefs.calibration.environment import crds_environment
from mkrefs.errors import UserError
from mkrefs.instruments.pipeline_steps import DONE_KEYWORDS
from mkrefs.jobs.job import CalibrateJob
from mkrefs.storage.atomic import atomic_write


def calibrate(job: CalibrateJob) -> tuple[str, ...]:
    """Run the steps of a calibration job.

    Steps run singly, so that the statuses of those done earlier stay true, but are configured as
    ``calwebb_detector1`` is, parameter reference files of CRDS included.

    Parameters
    ----------
    job : CalibrateJob
        What to run and what to save.

    Returns
    -------
    tuple of str
        Notes: steps that were asked for and which the pipeline skipped.

    Raises
    ------
    UserError
        If there is no CRDS cache or context, or it lacks a reference file.
    """
    with crds_environment(job.crds):
        return _run(job)


def _run(job: CalibrateJob) -> tuple[str, ...]:
    # Seconds to import: only a worker that has something to calibrate pays for it.
    from crds.core.exceptions import CrdsError
    from stdatamodels.jwst import datamodels

    notes = []
    products = {product.steps[-1]: product.path for product in job.products}
    model: Any = datamodels.RampModel(job.source)
    try:
        pipeline = _configured_pipeline(job, model)
        for step in job.steps:
            model = _run_step(pipeline, step, model)
            if _was_skipped(pipeline, step, model):
                notes.append(f"the pipeline skipped {step}, for which CRDS has no reference file")
            if step in products:
                _save(model, products[step])
    except CrdsError as error:
        raise UserError(
            f"{job.exposure}: CRDS cannot give the reference files the pipeline needs: {error}"
        ) from error
    finally:
        model.close()
    return tuple(notes)


def _configured_pipeline(job: CalibrateJob, model: Any) -> Any:
    pipeline_class = _pipeline_class()
    config = pipeline_class.get_config_from_reference(model)
    pipeline = pipeline_class.from_config_section(config)
    for step in job.steps:
        if step not in job.optional:
            getattr(pipeline, step).skip = False
    for reftype, path in job.overrides.items():
        for step in job.steps:
            if reftype in getattr(pipeline, step).reference_file_types:
                setattr(getattr(pipeline, step), f"override_{reftype}", path)
    return pipeline


@cache
def _pipeline_class() -> Any:
    from jwst.pipeline import Detector1Pipeline

    # Every step begins with a full garbage collection; what was just imported never needs to be looked at
    # again. This halves the time for a small subarray.
    gc.freeze()
    return Detector1Pipeline


def _run_step(pipeline: Any, step: str, model: Any) -> Any:
    result = getattr(pipeline, step).run(model)
    if isinstance(result, tuple):  # ramp_fit: the rate image and the one per integration
        result, per_integration = result
        if per_integration is not None:
            per_integration.close()
    return result


def _was_skipped(pipeline: Any, step: str, model: Any) -> bool:
    """Tell whether a step that should have changed the pixels did not: worth a note to the user."""
    if getattr(pipeline, step).skip or not getattr(pipeline, step).reference_file_types:
        return False
    path = model.find_fits_keyword(DONE_KEYWORDS[step])
    return bool(path) and model[path[0]] == "SKIPPED"


def _save(model: Any, path: str) -> None:
    with atomic_write(Path(path)) as temporary:
        model.save(str(temporary))
