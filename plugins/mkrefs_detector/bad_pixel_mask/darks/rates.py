"""Hot and warm pixels: by their dark rate, and by saturation. And what is seen often."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

# A pixel that is flagged only because a neighbour is saturated has less than this share of its level.
_OWN_LEVEL = 0.8
_AROUND = 5
_QUANTILES = (15.866, 50.0, 84.134)
# A distribution more skew than this is that of more than one population.
_MOST_SKEW = 0.5

Image = NDArray[np.floating]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RateLimits:
    """From which dark rates on pixels are warm and hot, for a pixel of typical error; in DN/s.

    Attributes
    ----------
    spread : float
        What stands for one standard deviation of the distribution of the rates above its median: a normal
        one's, or of a lognormal one as much as makes a rate as rare.
    error : float
        Median error.
    warm, hot : float
        Rates above that of the median pixel.
    """

    spread: float
    error: float
    warm: float
    hot: float


def often(count: NDArray[np.integer], of: NDArray[np.integer] | int, fraction: float) -> Mask:
    """Tell where something is seen in more than a share of the integrations.

    Parameters
    ----------
    count : ndarray of int, shape (nrows, ncols)
        Integrations in which it is seen.
    of : ndarray of int, same shape, or int
        Integrations in which it could be.
    fraction : float
        The share.

    Returns
    -------
    ndarray of bool
        False where it could not be seen at all.
    """
    total = np.asarray(of)
    return np.asarray((total > 0) & (count > fraction * total))


def saturated_pixels(
    saturated: NDArray[np.integer], integrations: int, level: Image, *, max_fraction: float
) -> Mask:
    """Find pixels that are saturated themselves in a large share of the integrations.

    Parameters
    ----------
    saturated : ndarray of int, shape (nrows, ncols)
        Integrations in which the pixel is flagged saturated from the start.
    integrations : int
        Number of all.
    level : ndarray of float, same shape
        Level that it has there. The pipeline flags the pixels around a saturated one too; what is far below
        the highest level around is not saturated itself.
    max_fraction : float
        Share of the integrations.

    Returns
    -------
    ndarray of bool
    """
    often = (saturated > 0) & (saturated >= max_fraction * integrations)
    known = np.where((saturated > 0) & np.isfinite(level), level, 0.0)
    highest = ndimage.maximum_filter(known, size=_AROUND, mode="constant")
    return np.asarray(often & ~(known < _OWN_LEVEL * highest))


def rate_limits(
    rate: Image, error: Image, light: Mask, *, hot_threshold: float, warm_threshold: float, sigma: float
) -> RateLimits:
    """Find from which rates on a pixel stands out.

    Parameters
    ----------
    rate, error : ndarray of float, shape (nrows, ncols)
        Dark rates above that of the median pixel, and errors, in DN/s.
    light : ndarray of bool, same shape
        Pixels that make up the distribution.
    hot_threshold, warm_threshold : float
        Least rates in DN/s.
    sigma : float
        How many times the spread of the distribution, and its error, a rate must stand out by.

    Returns
    -------
    RateLimits
        Not finite if no rate is known.
    """
    known = light & np.isfinite(rate) & np.isfinite(error)
    if not known.any():
        nothing = float("nan")
        return RateLimits(nothing, nothing, nothing, nothing)
    spread, typical = _upper_spread(rate[known], sigma), float(np.median(error[known]))
    stands_out = sigma * max(spread, typical)
    return RateLimits(spread, typical, max(warm_threshold, stands_out), max(hot_threshold, stands_out))


def _upper_spread(values: Image, sigma: float) -> float:
    """Give 1 / sigma of the distance from the median beyond which a chance value is as rare as sigma says.

    Quantiles which a minority of hot pixels does not move tell the width and the skewness.
    """
    low, middle, high = np.percentile(values, _QUANTILES)
    if not (middle > low and high > middle):
        return float(high - middle)
    skew = float(np.clip(np.log((high - middle) / (middle - low)), 0.0, _MOST_SKEW))
    if skew < 1e-3:
        return float(high - middle)
    return float((high - middle) * np.expm1(sigma * skew) / np.expm1(skew) / sigma)


def warm_and_hot(
    rate: Image, error: Image, limits: RateLimits, *, hot_threshold: float, sigma: float
) -> tuple[Mask, Mask]:
    """Find pixels whose dark rate stands out of the distribution and from its own error.

    Parameters
    ----------
    rate, error : ndarray of float, shape (nrows, ncols)
        Dark rates and errors in DN/s; NaN where they are not known.
    limits : RateLimits
        For a pixel of typical error.
    hot_threshold : float
        Least rate of a hot pixel in DN/s.
    sigma : float
        Least significance.

    Returns
    -------
    warm, hot : ndarray of bool
        No pixel is both.
    """
    with np.errstate(invalid="ignore"):
        out = (rate >= limits.warm) & (rate >= sigma * error)
        hot = out & (rate >= limits.hot) & (rate >= hot_threshold)
    return out & ~hot, hot
