"""Noisy pixels: by the noise within the ramps, and by the scatter of the slopes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.statistics.clipped_values import clip_values

# Differences of neighbouring groups share groups: so many are worth one independent one.
_CORRELATED = 1.5

Image = NDArray[np.floating]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Clipped mean and standard deviation of a set of values; NaN without any."""

    mean: float
    deviation: float


def clipped_distribution(values: NDArray[np.floating], *, sigma: float, iterations: int) -> Distribution:
    """Take the clipped mean and standard deviation of the finite ones among some values.

    Parameters
    ----------
    values : ndarray of float
        Values; what is not finite is left out.
    sigma : float
        Values further from the median than so many standard deviations are left out.
    iterations : int
        Largest number of passes.

    Returns
    -------
    Distribution
    """
    kept = clip_values(np.array(values).ravel(), sigma=sigma, iterations=iterations)
    if kept.count < 2:
        return Distribution(float("nan"), float("nan"))
    return Distribution(kept.mean, kept.sample_deviation)


def log_noise(noise: Image, shot: Image, read: float) -> NDArray[np.float64]:
    """Compare a noise with that expected of a pixel of the same signal.

    Parameters
    ----------
    noise : ndarray of float
        Variance of a difference of two groups in DN^2.
    shot : ndarray of float
        Variance that the signal collected between them explains.
    read : float
        Read variance of a group of a typical pixel.

    Returns
    -------
    ndarray of float64
        Half the logarithm of the ratio of the variances: that of the noises; NaN where it is not known.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(np.asarray(noise, dtype=np.float64) / (2 * read + shot)) / 2
    return np.where(np.isfinite(ratio), ratio, np.nan)


def own_error(dof: Image) -> NDArray[np.float64]:
    """Give the standard deviation of the logarithm of a noise of so many degrees of freedom."""
    known = np.isfinite(dof) & (dof > 0)
    return np.where(known, np.sqrt(_CORRELATED / (2 * np.where(known, dof, 1.0))), np.nan)


def noisy_by_ramps(
    ratio: Image,
    dof: Image,
    distribution: Distribution,
    typical_dof: float,
    *,
    threshold: float,
    least_dof: float,
) -> Mask:
    """Find pixels whose noise within the ramps stands out.

    Parameters
    ----------
    ratio : ndarray of float, shape (nrows, ncols)
        Logarithm of noise over expected noise.
    dof : ndarray of float, same shape
        Degrees of freedom behind it.
    distribution : Distribution
        Of the ratio, all pixels together.
    typical_dof : float
        Degrees of freedom of most pixels. Of a pixel with fewer a chance deviation is likelier.
    threshold : float
        Standard deviations above the mean.
    least_dof : float
        Of a pixel with fewer nothing is known.

    Returns
    -------
    ndarray of bool
    """
    more = np.maximum(own_error(dof) ** 2 - own_error(np.array(typical_dof)) ** 2, 0.0)
    deviation = np.sqrt(distribution.deviation**2 + more)
    with np.errstate(invalid="ignore"):
        return (dof >= least_dof) & (ratio > distribution.mean + threshold * deviation)


def noisy_by_slopes(
    chi2: Image, slopes: Image, *, sigma: float, iterations: int, threshold: float, least: int
) -> Mask:
    """Find pixels whose slopes scatter more from integration to integration than those of others.

    Parameters
    ----------
    chi2 : ndarray of float, shape (nrows, ncols)
        Variance of the slopes over that expected.
    slopes : ndarray of float, same shape
        Number of slopes.
    sigma, iterations : float, int
        Clip of the distribution of the logarithm of ``chi2``.
    threshold : float
        Standard deviations above its mean.
    least : int
        Of a pixel with fewer slopes nothing is known.

    Returns
    -------
    ndarray of bool
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(slopes >= least, np.log(chi2), np.nan)
    ratio = np.where(np.isfinite(ratio), ratio, np.nan)
    found = clipped_distribution(ratio, sigma=sigma, iterations=iterations)
    with np.errstate(invalid="ignore"):
        return np.asarray(ratio > found.mean + threshold * found.deviation)


def noisy_as_documented(
    deviation: Image,
    slopes: NDArray[np.integer],
    light: Mask,
    *,
    sigma: float,
    iterations: int,
    threshold: float,
    least: int,
) -> Mask:
    """Find pixels by the standard deviation of the slopes of integrations without a jump.

    Parameters
    ----------
    deviation : ndarray of float, shape (nrows, ncols)
        Standard deviation in DN/s.
    slopes : ndarray of int, same shape
        Slopes behind it.
    light : ndarray of bool, same shape
        Pixels that make up the distribution.
    sigma, iterations : float, int
        Clip of the distribution.
    threshold : float
        Standard deviations above its mean.
    least : int
        Of a pixel with fewer slopes nothing is known.

    Returns
    -------
    ndarray of bool
    """
    known = np.where(slopes >= least, deviation, np.nan)
    found = clipped_distribution(known[light], sigma=sigma, iterations=iterations)
    with np.errstate(invalid="ignore"):
        return np.asarray(known > found.mean + threshold * found.deviation)
