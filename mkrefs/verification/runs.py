"""Calibrates an exposure with a new reference file and with the previous one, by the real pipeline.

The steps before the first that takes the file run once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.calibration.pipeline import configured_pipeline, fit_slopes, run_step, step_status
from mkrefs.instruments.dq import GROUP_DQ, PIXEL_DQ
from mkrefs.jobs.trying import HeldBackExposure, VerifyJob
from mkrefs.verification.measures import Calibrated
from mkrefs.verification.ramps import RampSummary, summarise_ramp

_FIT = "ramp_fit"
_LOST = GROUP_DQ["DO_NOT_USE"] | GROUP_DQ["SATURATED"]


@dataclass(frozen=True, slots=True)
class Run:
    """An exposure at the end of the pipeline.

    Attributes
    ----------
    images : Calibrated
        What is measured.
    flags : ndarray of uint32, shape (ny, nx)
        DQ of its slopes.
    statuses : mapping of str to str
        How the steps ended.
    """

    images: Calibrated
    flags: NDArray[np.uint32]
    statuses: Mapping[str, str]


def run_with_each(
    job: VerifyJob, each: HeldBackExposure, others: Mapping[str, str], files: Sequence[str]
) -> list[Run]:
    """Calibrate one exposure once with each of several files.

    Parameters
    ----------
    job : VerifyJob
        The steps.
    each : HeldBackExposure
        The exposure.
    others : mapping of str to str
        Reference files by other types, in place of what CRDS gives.
    files : sequence of str
        Files of the type in question; an empty name stands for what CRDS gives.

    Returns
    -------
    list of Run
        One for each file. One ramp after the steps that all have in common is in memory beside the one
        that is worked on.
    """
    from stdatamodels.jwst import datamodels

    apart = job.steps.index(job.tested[0])
    model: Any = datamodels.RampModel(each.path)
    try:
        pipelines = [_pipeline(job, model, others, file) for file in files]
        for step in job.steps[:apart]:
            model = run_step(pipelines[0], step, model)
        runs = []
        for pipeline in pipelines[:-1]:
            branch = model.copy()
            runs.append(_run(pipeline, job.steps, apart, branch))
            branch.close()
        return [*runs, _run(pipelines[-1], job.steps, apart, model)]
    finally:
        model.close()


def _pipeline(job: VerifyJob, model: Any, others: Mapping[str, str], file: str) -> Any:
    overrides = {**others, **({job.reftype: file} if file else {})}
    return configured_pipeline(model, job.steps, optional=job.optional, overrides=overrides)


def _run(pipeline: Any, steps: Sequence[str], apart: int, model: Any) -> Run:
    """Run the steps from a place on."""
    fit = steps.index(_FIT)
    for step in steps[apart:fit]:
        model = run_step(pipeline, step, model)
    summary = _summary(model)
    read_noise, gain = _noise_and_gain(pipeline, model)
    share = _photon_share(model.meta.exposure.nframes or 1, model.meta.exposure.groupgap or 0)
    rate, per_integration = fit_slopes(pipeline, model, optional_results=None)
    for step in steps[fit + 1 :]:
        rate = run_step(pipeline, step, rate)
        per_integration = None if per_integration is None else run_step(pipeline, step, per_integration)
    try:
        images = _images(rate, per_integration, summary, read_noise, gain, share)
        statuses = {step: step_status(rate, step) for step in steps}
        return Run(images, np.array(rate.dq, dtype=np.uint32), statuses)
    finally:
        rate.close()
        if per_integration is not None:
            per_integration.close()


def _summary(model: Any) -> RampSummary:
    return summarise_ramp(
        np.asarray(model.data), np.asarray(model.groupdq), lost=_LOST, jump=GROUP_DQ["JUMP_DET"]
    )


def _noise_and_gain(pipeline: Any, model: Any) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Read what ramp_fit is going to take: CDS noise of two groups in DN, and electrons per DN."""
    from jwst.ramp_fitting.ramp_fit_step import get_reference_file_subarrays
    from stdatamodels.jwst import datamodels

    step = pipeline.ramp_fit
    with (
        datamodels.ReadnoiseModel(step.get_reference_file(model, "readnoise")) as noise,
        datamodels.GainModel(step.get_reference_file(model, "gain")) as gain,
    ):
        images = get_reference_file_subarrays(model, noise, gain)
        per_frame, electrons = (np.array(image, dtype=np.float64) for image in images)
    return per_frame / np.sqrt(model.meta.exposure.nframes or 1), electrons


def _photon_share(nframes: int, groupgap: int) -> float:
    """Give the photon variance of a difference of groups in units of the light between them.

    A group is the mean of ``nframes`` frames; the light that falls while they are read counts in part.
    """
    frames = nframes + groupgap
    return (frames - (nframes**2 - 1) / (3 * nframes)) / frames


def _images(
    rate: Any, per_integration: Any, ramp: RampSummary, read_noise: Any, gain: Any, photon_share: float
) -> Calibrated:
    flags = np.asarray(rate.dq)
    slopes, errors = np.array(rate.data), np.array(rate.err)
    none = np.empty((0, *slopes.shape), dtype=np.float32)
    many = per_integration is not None and np.ndim(per_integration.data) == 3
    return Calibrated(
        rate=slopes,
        error=errors,
        usable=(flags & PIXEL_DQ["DO_NOT_USE"]) == 0,
        sensitive=(flags & PIXEL_DQ["REFERENCE_PIXEL"]) == 0,
        rates=np.array(per_integration.data) if many else none,
        errors=np.array(per_integration.err) if many else none,
        ramp=ramp,
        read_noise=read_noise,
        gain=gain,
        photon_share=photon_share,
    )
