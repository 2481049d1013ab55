"""From sums of products to the gain of each box, its error, and what all boxes have in common."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import UserError
from mkrefs_detector.gain.grid import Grid
from mkrefs_detector.gain.kernels import DOF, KEPT, REJECTED, TRIED
from mkrefs_detector.gain.parts import Timing
from mkrefs_detector.gain.products import Parts, Products
from mkrefs_detector.gain.settings import GainSettings
from mkrefs_detector.gain.solution import Noise, Weights, solve, solve_boxes
from mkrefs_detector.gain.transfer import Design, Samples, hit_rate, make_design, make_samples, without_sums
from mkrefs_detector.gain.truncation import kept_variance

# Increments of a part from which on the brighter-fatter effect can be told from shot noise.
_LEAST_FOR_FEEDBACK = 4
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """The photon transfer curve, of the half of the cells with the most groups or more.

    Attributes
    ----------
    signal : ndarray of float64, shape (nsteps,)
        Mean signal collected since the first group used, in DN.
    variance : ndarray of float64, shape (nsteps,)
        Variance in it of one exposure, without read noise, in DN^2.
    """

    signal: Values
    variance: Values


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the products tell.

    Attributes
    ----------
    gain : ndarray of float64, shape (nrows, ncols)
        Gain of each box in electrons per DN, corrected as the settings say; NaN without data.
    apparent : ndarray of float64, same shape
        Signal over variance, corrected for nothing but read noise.
    error : ndarray of float64, same shape
        Relative standard error of ``gain``, without what all boxes have in common.
    common_error : float
        Relative standard error that all boxes have in common.
    noise : Noise
        What all boxes together tell of coupling, brighter-fatter effect and read noise.
    with_feedback : bool
        Whether the brighter-fatter effect was solved for.
    hits : tuple of float
        Hits per ramp and unit of log(size), in flats and in darks.
    rejected : float
        Share of the ramps of flats that were rejected as outliers.
    read_noise : float
        Noise of one group in DN, by the darks or, without them, by the flats.
    curve : Curve
        The photon transfer curve.
    """

    gain: Values
    apparent: Values
    error: Values
    common_error: float
    noise: Noise
    with_feedback: bool
    hits: tuple[float, float]
    rejected: float
    read_noise: float
    curve: Curve


def analyse(
    bright: Products,
    dim: Products | None,
    parts: Parts,
    grid: Grid,
    settings: GainSettings,
    timing: Timing,
) -> Analysis:
    """Solve for the gain.

    Parameters
    ----------
    bright, dim : Products
        Of the flats, and of the darks if there are any.
    parts : Parts
        The records.
    grid : Grid
        The boxes.
    settings : GainSettings
        The choices made.
    timing : Timing
        The times of frames and groups.

    Returns
    -------
    Analysis

    Raises
    ------
    mkrefs.api.UserError
        If no box has enough pixels and signal.
    """
    sigma, dark = settings.clipping_sigma, dim is not None
    samples = make_samples(bright, dim, parts, fast=grid.fast, sigma=sigma, missed=settings.missed_hits)
    steps, dim_steps = mean_steps(bright, parts), None if dim is None else mean_steps(dim, parts)
    design = make_design(parts, steps, dim_steps, shared=timing.shared)
    if not settings.sums:
        design, samples = without_sums(design, samples)
    if not (samples.number[..., 0, None] * np.maximum(design.tau, 0)).any():
        raise UserError(
            "gain: no part of the array has enough unflagged pixels and signal to measure a gain; look at "
            "the flags and the levels of the flats."
        )
    feedback = settings.brighter_fatter and int(parts.length.max()) >= _LEAST_FOR_FEEDBACK
    noise, weights = solve(samples, design, with_darks=dark, with_feedback=feedback)
    boxes = solve_boxes(samples, design, weights, noise, grid)
    plain, even = solve(samples, design, with_darks=dark, with_feedback=False)
    apparent = solve_boxes(samples, design, even, plain, grid).shot
    factor = noise.squares if settings.ipc else 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        gain, first = factor / boxes.shot, 1 / apparent
    return Analysis(
        gain=np.where(boxes.shot > 0, gain, np.nan),
        apparent=np.where(apparent > 0, first, np.nan),
        error=boxes.error,
        common_error=_common_error(samples, design, weights, noise, ipc=settings.ipc),
        noise=noise,
        with_feedback=feedback,
        hits=(hit_rate(bright, sigma), 0.0 if dim is None else hit_rate(dim, sigma)),
        rejected=float(bright.counts[..., REJECTED].sum() / max(bright.counts[..., TRIED].sum(), 1.0)),
        read_noise=_read_noise(samples, design, noise, dark=dark),
        curve=_curve(bright, dim, parts, steps, sigma),
    )


def mean_steps(products: Products, parts: Parts) -> Values:
    """Give the mean linear increments of both exposures of each record and cell, in DN.

    Parameters
    ----------
    products : Products
        Sums.
    parts : Parts
        The records.

    Returns
    -------
    ndarray of float64, shape (nrecords, nrows, ncols, 2, LONGEST)
    """
    kept = products.counts[..., KEPT, None, None]
    return np.asarray(products.steps / np.where(kept > 0, kept, 1.0) * parts.slope)


def _common_error(samples: Samples, design: Design, weights: Weights, noise: Noise, *, ipc: bool) -> float:
    each = samples.number[..., 0, None] * weights.shot
    total = (each * design.tau).sum() * noise.shot[0]
    feedback = noise.feedback_error[0] * (each * design.beta).sum() / total
    read = noise.read_error[0] * (each * design.rho).sum() / total
    return float(np.sqrt(feedback**2 + read**2 + (noise.squares_error**2 if ipc else 0.0)))


def _read_noise(samples: Samples, design: Design, noise: Noise, *, dark: bool) -> float:
    """Give the noise of one group; what the modes hold is per exposure."""
    if not dark:
        return float(np.sqrt(max(noise.read[0], 0.0)))
    number = samples.number[..., 0, None]
    total = (number * design.rho).sum()
    return float(np.sqrt(max((number * samples.dark).sum() / total, 0.0))) if total > 0 else 0.0


def _curve(bright: Products, dim: Products | None, parts: Parts, steps: Values, sigma: float) -> Curve:
    measured = bright.counts[..., DOF] > 0
    length = int(np.median(parts.length[measured]))
    here = (parts.length >= length) & measured
    if dim is not None:
        here &= dim.counts[..., DOF] > 0
    weight = np.where(here, bright.counts[..., DOF], 0.0)
    level = parts.level[..., None] ** 2
    signal = (level * np.cumsum(steps, axis=-1)).sum(axis=-2)
    variance = _accumulated(bright) - (0.0 if dim is None else _accumulated(dim))
    total = (weight[..., None] * level.sum(axis=-2)).sum(axis=(0, 1, 2))
    return Curve(
        ((weight[..., None] * signal).sum(axis=(0, 1, 2)) / total)[:length],
        ((weight[..., None] * variance).sum(axis=(0, 1, 2)) / total / kept_variance(sigma))[:length],
    )


def _accumulated(products: Products) -> Values:
    dof = products.counts[..., DOF, None]
    return np.asarray(products.whole[..., 0, :] / np.where(dof > 0, dof, 1.0))
