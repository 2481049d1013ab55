"""From a stack of group differences to the CDS noise of each pixel, with the corrections looked up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.readnoise.kernels import clip_plainly, pool_differences
from mkrefs_detector.readnoise.layout import DifferenceLayout
from mkrefs_detector.readnoise.settings import NoiseSettings
from mkrefs_detector.statistics.corrections import c4, rejection_factor, rejection_limits
from mkrefs_detector.statistics.quadratic_forms import differences, differences_without_one, lines

# Two samples, or three points of a line, are the least that tell a scatter.
_LEAST_DOF = 0.999


@dataclass(frozen=True, slots=True)
class Estimator:
    """Settings and lookup tables for one layout of differences.

    Attributes
    ----------
    limits : ndarray of float64, shape (ndifferences + 1,)
        Rejection limits by number of differences.
    factor : ndarray of float64, shape (ndifferences + 1,)
        What rejection leaves of the standard deviation, by number of differences kept.
    """

    settings: NoiseSettings
    layout: DifferenceLayout
    limits: NDArray[np.float64]
    factor: NDArray[np.float64]


def prepare_estimator(layout: DifferenceLayout, settings: NoiseSettings) -> Estimator:
    """Compute the lookup tables of a measurement.

    Parameters
    ----------
    layout : DifferenceLayout
        How the differences belong together.
    settings : NoiseSettings
        The choices made.

    Returns
    -------
    Estimator
    """
    length = layout.size / layout.segments
    limits = rejection_limits(layout.size, settings.clipping_sigma, length)
    factor = np.ones(layout.size + 1)
    if settings.bias_correction and settings.max_clipping_iters > 0 and layout.size > 2:
        n = np.arange(3, layout.size + 1, dtype=np.float64)
        if settings.method == "fit":
            whole, rest = lines(n, length)
        else:
            ramps = layout.ramps if settings.method == "ramp" else 1
            whole = differences(n, length, ramps)
            rest = differences_without_one(n, length, ramps)
        factor[3:] = rejection_factor(
            n,
            whole,
            rest,
            sigma=settings.clipping_sigma,
            iterations=settings.max_clipping_iters,
            length=length,
        )
    return Estimator(settings, layout, limits, factor)


def estimate(
    stack: NDArray[np.float32], estimator: Estimator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measure the CDS noise of each pixel of a stack.

    Parameters
    ----------
    stack : ndarray of float32, shape (ndifferences, npixels)
        Group differences; NaN where there is none.
    estimator : Estimator
        Made for the layout of the stack.

    Returns
    -------
    noise : ndarray of float64, shape (npixels,)
        CDS noise in the unit of the stack; NaN where it cannot be measured.
    dof : ndarray of float64, shape (npixels,)
        Effective degrees of freedom; 0 where the noise cannot be measured.
    """
    if estimator.settings.plain:
        return _estimate_plainly(stack, estimator)
    settings, layout = estimator.settings, estimator.layout
    lines_wanted = settings.method == "fit"
    cell = layout.ramp if settings.method == "ramp" else np.zeros_like(layout.ramp)
    sums = np.empty((4, stack.shape[1]))
    pool_differences(
        stack, estimator.limits, settings.max_clipping_iters, cell, layout.joined, lines_wanted, sums
    )
    squares, trace, squared, kept = sums
    dof = np.divide(trace**2, squared, out=np.zeros_like(trace), where=squared > 0)
    usable = (dof > _LEAST_DOF) & (squares > 0)
    noise = np.full(dof.shape, np.nan)
    noise[usable] = np.sqrt(squares[usable] / trace[usable] * (2 if lines_wanted else 1))
    if settings.bias_correction:
        noise[usable] /= c4(dof[usable]) * estimator.factor[kept[usable].astype(np.int64)]
    return noise, np.where(usable, dof, 0.0)


def _estimate_plainly(
    stack: NDArray[np.float32], estimator: Estimator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Take the sigma-clipped standard deviation as documented, without any correction."""
    settings, layout = estimator.settings, estimator.layout
    cell = layout.ramp if settings.method == "ramp" else np.zeros_like(layout.ramp)
    out = np.empty((2, stack.shape[1]))
    clip_plainly(stack, float(settings.clipping_sigma), settings.max_clipping_iters, cell, out)
    usable = (out[1] > _LEAST_DOF) & (out[0] > 0)
    return np.where(usable, out[0], np.nan), np.where(usable, out[1], 0.0)
