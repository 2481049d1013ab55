"""Smooth levels of an image whose bad pixels do not count: boxes, polynomials, coarse medians.

All functions are pure; pixels that do not count have the weight 0, and a level that nothing tells is NaN.
"""

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.bad_pixel_mask.flats.kernels import block_medians, box_means
from mkrefs_detector.bad_pixel_mask.search import BoolMap
from mkrefs_detector.statistics.corrections import truncated_scales
from mkrefs_detector.statistics.sampling import spread_step

FloatMap = NDArray[np.float64]
# Pixels that tell a scale or a polynomial; of more, evenly spaced ones.
_SCALE_POINTS, _SURFACE_POINTS = 1 << 18, 1 << 16
_CLIP_PASSES = 5


def box_mean(image: FloatMap, counts: BoolMap, width: int) -> tuple[FloatMap, FloatMap]:
    """Average over a box about each pixel, cut at the edges of the image.

    Parameters
    ----------
    image : ndarray of float64, shape (nrows, ncols)
        Values, finite where they count.
    counts : ndarray of bool, same shape
        Pixels that count.
    width : int
        Width of the box, an odd number of pixels.

    Returns
    -------
    mean : ndarray of float64, same shape
        NaN where no pixel of the box counts.
    share : ndarray of float64, same shape
        Share of the box's pixels, those beyond the edge included, that count.
    """
    mean, share = np.empty(image.shape), np.empty(image.shape)
    box_means(np.ascontiguousarray(image), np.ascontiguousarray(counts), width, mean, share)
    return mean, share


def block_median(image: FloatMap, counts: BoolMap, width: int) -> FloatMap:
    """Give each pixel the median of the square block it lies in; NaN where nothing in the block counts."""
    nrows, ncols = image.shape
    rows, columns = -(-nrows // width), -(-ncols // width)
    medians = np.empty((rows, columns))
    block_medians(np.ascontiguousarray(image), np.ascontiguousarray(counts), width, medians)
    return np.repeat(np.repeat(medians, width, axis=0), width, axis=1)[:nrows, :ncols]


def clipped_scale(values: NDArray[np.floating], sigma: float) -> tuple[float, float]:
    """Give mean and standard deviation of values without outliers, about their median.

    Parameters
    ----------
    values : ndarray of float
        Finite values.
    sigma : float
        Threshold in standard deviations.

    Returns
    -------
    mean, deviation : float
        The deviation is that of a Gaussian before the clip; NaN without values.
    """
    if not values.size:
        return np.nan, np.nan
    kept = np.asarray(values[:: spread_step(values.size, _SCALE_POINTS)], dtype=np.float64)
    # Quartiles begin, so that the worst outliers do not hide themselves.
    low, middle, high = np.percentile(kept, [25, 50, 75])
    centre, width = float(middle), float(high - low) / 1.349
    for _ in range(_CLIP_PASSES):
        inside = kept[np.abs(kept - centre) <= sigma * width]
        if inside.size < 2 or width == 0:
            break
        centre, width = float(np.median(inside)), float(inside.std()) / truncated_scales(sigma, 1)[1]
    inside = kept[np.abs(kept - centre) <= sigma * width]
    return (float(inside.mean()) if inside.size else centre), width


def fit_polynomial(image: FloatMap, counts: BoolMap, degree: int) -> FloatMap:
    """Fit a polynomial surface by least squares.

    Parameters
    ----------
    image : ndarray of float64, shape (nrows, ncols)
        Values, finite where they count.
    counts : ndarray of bool, same shape
        Pixels that count.
    degree : int
        Largest sum of the powers of row and column.

    Returns
    -------
    ndarray of float64, same shape
        The surface; NaN if fewer pixels count than it has coefficients.
    """
    # A column for each power, from 0 on.
    y, x = (np.vander(np.linspace(-1.0, 1.0, size), degree + 1, increasing=True) for size in image.shape)
    powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    places = np.flatnonzero(counts)
    if places.size < len(powers):
        return np.full(image.shape, np.nan)
    chosen = places[:: spread_step(places.size, _SURFACE_POINTS)]
    rows, columns = np.unravel_index(chosen, image.shape)
    high, wide = y[rows], x[columns]
    design = np.stack([high[:, i] * wide[:, j] for i, j in powers], axis=1)
    coefficients = np.linalg.lstsq(design, image.ravel()[chosen], rcond=None)[0]
    table = np.zeros((degree + 1, degree + 1))
    table[tuple(np.transpose(powers))] = coefficients
    return np.asarray(y @ table @ x.T)
