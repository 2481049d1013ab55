"""Smooth levels of an image whose bad pixels do not count: boxes, polynomials, coarse medians.

All functions are pure; pixels that do not count have the weight 0, and a level that nothing tells is NaN.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mkrefs_detector.bad_pixel_mask.search import BoolMap
from mkrefs_detector.statistics.corrections import truncated_scales

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
    weights = counts.astype(np.float64)
    share = ndimage.uniform_filter(weights, width, mode="constant")
    total = ndimage.uniform_filter(np.where(counts, image, 0.0), width, mode="constant")
    some = share > 0.5 / width**2
    mean = np.divide(total, share, out=np.full(image.shape, np.nan), where=some)
    return mean, np.where(some, share, 0.0)


def block_median(image: FloatMap, counts: BoolMap, width: int) -> FloatMap:
    """Give each pixel the median of the square block it lies in; NaN where nothing in the block counts."""
    nrows, ncols = image.shape
    rows, columns = -(-nrows // width), -(-ncols // width)
    padded = np.full((rows * width, columns * width), np.nan)
    padded[:nrows, :ncols] = np.where(counts, image, np.nan)
    blocks = padded.reshape(rows, width, columns, width).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    medians = np.full((rows, columns), np.nan)
    known = np.isfinite(blocks).any(axis=2)
    medians[known] = np.nanmedian(blocks[known], axis=1)
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
    kept = np.asarray(values[:: -(-values.size // _SCALE_POINTS)], dtype=np.float64)
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
    y, x = (np.linspace(-1.0, 1.0, size) for size in image.shape)
    powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    places = np.flatnonzero(counts)
    if places.size < len(powers):
        return np.full(image.shape, np.nan)
    chosen = places[:: -(-places.size // _SURFACE_POINTS)]
    rows, columns = np.unravel_index(chosen, image.shape)
    design = np.stack([y[rows] ** i * x[columns] ** j for i, j in powers], axis=1)
    coefficients = np.linalg.lstsq(design, image.ravel()[chosen], rcond=None)[0]
    surface = np.zeros(image.shape)
    for (i, j), coefficient in zip(powers, coefficients, strict=True):
        surface += coefficient * (y**i)[:, None] * (x**j)[None, :]
    return surface
