"""Which pixels have a bias that cannot be relied on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.statistics.clipped_values import clip_values

# A pixel must have this share of all samples, and two in any case.
_LEAST_SHARE = 0.25
_LEAST_COUNT = 2


@dataclass(frozen=True, slots=True)
class Threshold:
    """Above which value pixels stand out: mean + so many standard deviations of the others.

    Attributes
    ----------
    mean, deviation : float
        Clipped mean and standard deviation.
    value : float
        The threshold.
    """

    mean: float
    deviation: float
    value: float


def find_threshold(
    image: NDArray[np.floating], used: NDArray[np.bool_], *, sigma: float, iterations: int, above: float
) -> Threshold:
    """Find above which value pixels stand out.

    Parameters
    ----------
    image : ndarray of float, shape (nrows, ncols)
        The values.
    used : ndarray of bool, same shape
        Pixels whose values tell what is usual; those not finite are left out.
    sigma, iterations : float, int
        Threshold about the median and largest number of passes of the clip.
    above : float
        Standard deviations above the mean.

    Returns
    -------
    Threshold
        Infinite if there is no value.
    """
    return threshold_of(image[used], sigma=sigma, iterations=iterations, above=above)


def threshold_of(values: NDArray[np.floating], *, sigma: float, iterations: int, above: float) -> Threshold:
    """Find above which value some of many stand out.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        The values; those not finite are left out. Their order is lost.
    sigma, iterations, above : float, int, float
        As for `find_threshold`.

    Returns
    -------
    Threshold
        Infinite if there is no value.
    """
    kept = clip_values(values, sigma=sigma, iterations=iterations)
    if not kept.count:
        return Threshold(np.nan, np.nan, np.inf)
    return Threshold(kept.mean, kept.deviation, kept.mean + above * kept.deviation)


def few_samples(count: NDArray[np.integer], size: int) -> NDArray[np.bool_]:
    """Mark the pixels with too few samples to know their bias: under two, or under a quarter of all.

    Parameters
    ----------
    count : ndarray of int, shape (nrows, ncols)
        Samples of each pixel.
    size : int
        Samples that a pixel can have.

    Returns
    -------
    ndarray of bool
    """
    return np.asarray(count < max(_LEAST_COUNT, _LEAST_SHARE * size), dtype=np.bool_)
