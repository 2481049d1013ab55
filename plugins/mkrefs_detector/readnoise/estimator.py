"""From a stack of group differences to the CDS noise of each pixel, with the corrections looked up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.readnoise.kernels import finish_noise, pool_differences
from mkrefs_detector.readnoise.layout import DifferenceLayout
from mkrefs_detector.readnoise.plain_clip import clip_plainly
from mkrefs_detector.readnoise.settings import NoiseSettings
from mkrefs_detector.statistics.corrections import rejection_factor, rejection_limits
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
    stack: NDArray[np.float32], estimator: Estimator, npixels: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Measure the CDS noise of each pixel of a stack.

    Parameters
    ----------
    stack : ndarray of float32, shape (ntiles, ndifferences, tile)
        Group differences of neighbouring pixels, tile by tile; NaN where there is none. They are worked in.
    estimator : Estimator
        Made for the layout of the stack.
    npixels : int
        Number of pixels; what the last tile holds behind them does not count.

    Returns
    -------
    noise : ndarray of float32, shape (npixels,)
        CDS noise in the unit of the stack; NaN where it cannot be measured.
    dof : ndarray of float32, shape (npixels,)
        Effective degrees of freedom; 0 where the noise cannot be measured.
    err : ndarray of float32, shape (npixels,)
        Standard error of the noise; NaN where it cannot be measured.
    """
    settings, layout = estimator.settings, estimator.layout
    cells = layout.cells if settings.method == "ramp" else np.array([0, layout.size])
    sums = np.empty((4, npixels))
    if settings.plain:
        clip_plainly(stack, float(settings.clipping_sigma), settings.max_clipping_iters, cells, sums[:2])
        # The pooled squares of so many degrees of freedom that would give the same.
        scatter, dof = sums[:2].copy()
        sums[:] = scatter**2 * dof, dof, dof, dof
    else:
        pool_differences(
            stack,
            estimator.limits,
            settings.max_clipping_iters,
            cells,
            layout.joined,
            settings.method == "fit",
            sums,
        )
    noise, freedom, err = np.empty((3, npixels), dtype=np.float32)
    weight = 2.0 if settings.method == "fit" else 1.0
    factor = estimator.factor if settings.bias_correction else np.empty(0)
    finish_noise(sums, weight, factor, _LEAST_DOF, noise, freedom, err)
    return noise, freedom, err
