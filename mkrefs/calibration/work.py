"""Carries out a calibration job: the missing steps once, in order, saving the states asked for."""

from pathlib import Path
from typing import Any

from mkrefs.calibration.environment import crds_environment
from mkrefs.calibration.masked_pixels import admit_masked_pixels, unmask
from mkrefs.calibration.missing_references import crds_failures
from mkrefs.calibration.pipeline import configured_pipeline, fit_slopes, run_step, stages, step_status
from mkrefs.calibration.sky_needs import require_sky
from mkrefs.errors import UserError
from mkrefs.instruments.pipeline_steps import IMAGE_ORDER
from mkrefs.jobs.calibrating import CalibrateJob, Product
from mkrefs.ledger.products import skipped_step
from mkrefs.storage.atomic import atomic_write

_CUBE_AXES = 3


def calibrate(job: CalibrateJob) -> tuple[str, ...]:
    """Run the steps of a calibration job.

    Steps run singly, so that the statuses of those done earlier stay true, but are configured as
    ``calwebb_detector1`` and ``calwebb_image2`` are, parameter reference files of CRDS included.

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
    with crds_environment(job.crds), crds_failures(job.exposure, job.source, job.crds):
        return _run(job)


def _run(job: CalibrateJob) -> tuple[str, ...]:
    notes = []
    products = {product.steps[-1]: product for product in job.products}
    model = open_exposure(job.source, is_image=job.steps[0] in IMAGE_ORDER)
    try:
        for steps in stages(job.steps):
            pipeline = configured_pipeline(model, steps, optional=job.optional, overrides=job.overrides)
            for step in steps:
                if step == "ramp_fit" and step in products and not job.planes:
                    model = _fit(pipeline, model, products[step])
                    break
                if step == "assign_wcs":
                    require_sky(pipeline.assign_wcs, model, job.exposure, job.source, job.crds)
                model = run_step(pipeline, step, model, integrations=job.planes == "integrations")
                if step == "dq_init" and not job.planes:
                    admit_masked_pixels(model)
                if _was_skipped(pipeline, step, model):
                    notes.append(skipped_step(step))
                if step in products:
                    _save(model, products[step].path)
    finally:
        model.close()
    return tuple(notes)


def open_exposure(path: str, *, is_image: bool) -> Any:
    """Open the data model of a ramp; or that of an image or of a cube, as the file has it.

    Raises
    ------
    UserError
        If the file of an image has no extension SCI.
    """
    from astropy.io import fits
    from stdatamodels.jwst import datamodels

    if not is_image:
        return datamodels.RampModel(path)
    with fits.open(path) as hdus:
        if "SCI" not in hdus:
            raise UserError(f"{path}: it has no extension SCI, in which the pipeline looks for the image.")
        axes = hdus["SCI"].header["NAXIS"]
    return (datamodels.CubeModel if axes == _CUBE_AXES else datamodels.ImageModel)(path)


def _fit(pipeline: Any, ramp: Any, product: Product) -> Any:
    """Fit slopes to a ramp and save what is wanted of them; the last step of a pass."""
    unmask(ramp)
    optional_results = product.details.get("fitopt")
    rate, rateints = fit_slopes(
        pipeline, ramp, optional_results=Path(optional_results) if optional_results else None
    )
    ramp.close()
    _save(rate, product.path)
    if "rateints" in product.details:
        _save(rateints, product.details["rateints"])
    rateints.close()
    return rate


def _was_skipped(pipeline: Any, step: str, model: Any) -> bool:
    """Tell whether a step that should have changed the pixels did not: worth a note to the user."""
    if getattr(pipeline, step).skip or not getattr(pipeline, step).reference_file_types:
        return False
    return step_status(model, step) == "SKIPPED"


def _save(model: Any, path: str) -> None:
    with atomic_write(Path(path)) as temporary:
        model.save(str(temporary))
