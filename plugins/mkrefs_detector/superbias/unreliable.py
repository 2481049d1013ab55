"""Which pixels have a bias that cannot be relied on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    kept = image[used & np.isfinite(image)].astype(np.float64)
    if not kept.size:
        return Threshold(np.nan, np.nan, np.inf)
    for _ in range(iterations):
        inside = np.abs(kept - np.median(kept)) <= sigma * kept.std()
        if inside.all():
            break
        kept = kept[inside]
    mean, deviation = float(kept.mean()), float(kept.std())
    return Threshold(mean, deviation, mean + above * deviation)


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
