"""Which pixels have a bias that cannot be relied on."""

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# A pixel must have this share of all samples, and two in any case.
_LEAST_SHARE = 0.25
_LEAST_COUNT = 2
# Values that are summed up at a time.
_PIECE = 1 << 16


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
    known = np.isfinite(values)
    kept = values if known.all() else values[known]
    if not kept.size:
        return Threshold(np.nan, np.nan, np.inf)
    # What a clip leaves lies side by side once values are in order.
    kept.sort()
    low, high, centre = 0, kept.size, float(kept[kept.size // 2])
    sums = _sums(kept, centre)
    for _ in range(iterations):
        middle, reach = _middle(kept[low:high]), sigma * _moments(sums, centre)[1]
        first = bisect_left(kept, middle - reach, low, high, key=float)
        last = bisect_right(kept, middle + reach, low, high, key=float)
        if (first, last) == (low, high):
            break
        sums = sums - _sums(kept[low:first], centre) - _sums(kept[last:high], centre)
        low, high = first, last
    mean, deviation = _moments(sums, centre)
    return Threshold(mean, deviation, mean + above * deviation)


def _sums(values: NDArray[np.floating], centre: float) -> NDArray[np.float64]:
    """Give number, sum and sum of squares about a centre, in pieces that need little memory."""
    sums = np.zeros(3)
    for first in range(0, values.size, _PIECE):
        away = values[first : first + _PIECE].astype(np.float64) - centre
        sums += np.array([away.size, away.sum(), away @ away])
    return sums


def _moments(sums: NDArray[np.float64], centre: float) -> tuple[float, float]:
    """Give mean and standard deviation."""
    number, total, squares = (float(value) for value in sums)
    away = total / number
    return centre + away, math.sqrt(max(squares / number - away * away, 0.0))


def _middle(values: NDArray[np.floating]) -> float:
    """Give the median of values in order."""
    return (float(values[(values.size - 1) // 2]) + float(values[values.size // 2])) / 2


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
