"""Compiled loops over pixels: the images of a pixel, outliers rejected, to one response.

All kernels share this module because the cache of compiled code notices no change in another file.
"""

import math
from typing import Any

import numba
import numpy as np

# So few values are sorted one after the other.
_FEW = 24


@numba.njit(cache=True, nogil=True)
def fill_samples(
    signal: Any, brightness: Any, sources: Any, flat: Any, pattern: Any, read: Any, shot: Any, level: Any,
    values: Any, variances: Any,
) -> None:  # fmt: skip
    """Fill the responses that an image shows, and their variances, for some rows.

    Parameters
    ----------
    signal : ndarray of float32, shape (nrows, ncols)
        The image without a flat field.
    brightness : ndarray of float, same shape
        Its sky.
    sources : ndarray of bool, same shape
        Pixels that show more than the sky: NaN, like those without a sky.
    flat : ndarray of float64, same shape
        About what the response is; it enters the variances alone, as 1 where it is not known.
    pattern : ndarray of float32, same shape
        Read noise variance relative to ``read``.
    read, shot, level : float
        Variances of the read noise and of the shot noise, and the sky, that are usual in the image.
    values, variances : ndarray of float64, shape (nrows * ncols,)
        Filled.
    """
    nrows, ncols = signal.shape
    for y in range(nrows):
        for x in range(ncols):
            place, light = y * ncols + x, np.float64(brightness[y, x])
            dark = sources[y, x] or not light > 0
            share = flat[y, x] if math.isfinite(flat[y, x]) else 1.0
            variance = read * pattern[y, x] + shot * max(light / level * share, 0.0)
            inverse = math.nan if dark else 1.0 / light
            values[place] = signal[y, x] * inverse
            variances[place] = variance * inverse * inverse


@numba.njit(cache=True, nogil=True)
def _sort(values: Any, size: Any) -> None:
    """Sort the first values; few of them in place, one after the other."""
    if size > _FEW:
        values[:size].sort()
        return
    for i in range(1, size):
        value, k = values[i], i
        while k > 0 and values[k - 1] > value:
            values[k] = values[k - 1]
            k -= 1
        values[k] = value


@numba.njit(cache=True, nogil=True)
def _median(values: Any, size: Any, scratch: Any) -> Any:
    """Give the median of the first values."""
    for i in range(size):
        scratch[i] = values[i]
    _sort(scratch, size)
    half = size // 2
    return scratch[half] if size % 2 else 0.5 * (scratch[half - 1] + scratch[half])


@numba.njit(cache=True, nogil=True)
def _weighted(values: Any, variances: Any, kept: Any, size: Any) -> Any:
    """Give the weighted mean of what is kept, the sum of the weights, and their number."""
    total, weights, count = 0.0, 0.0, 0
    for i in range(size):
        if kept[i]:
            total += values[i] / variances[i]
            weights += 1.0 / variances[i]
            count += 1
    return total / weights, weights, count


@numba.njit(cache=True, nogil=True)
def _reject(values: Any, variances: Any, kept: Any, size: Any, centre: Any, limit: Any) -> Any:
    """Keep what is no farther than the limit from the centre; tell how many there are, and any change."""
    count, changed = 0, False
    for i in range(size):
        inside = (values[i] - centre) ** 2 <= limit * limit * variances[i]
        changed = changed or inside != kept[i]
        kept[i] = inside
        count += inside
    return count, changed


@numba.njit(cache=True, nogil=True)
def combine(
    values: Any, variances: Any, sigma: Any, passes: Any, response: Any, error: Any, count: Any, there: Any
) -> None:
    """Combine the images of each pixel, shape (nimages, npixels), into the last four arrays.

    Outliers are rejected about the median at first and then about the mean. With fewer than two left
    of three or more, all of them stay, and their median is the response.
    """
    nimages, npixels = values.shape
    here, spread = np.empty(nimages), np.empty(nimages)
    scratch, kept = np.empty(nimages), np.empty(nimages, dtype=np.bool_)
    for pixel in range(npixels):
        size = 0
        for image in range(nimages):
            value, variance = values[image, pixel], variances[image, pixel]
            if not (math.isnan(value) or math.isnan(variance)):
                here[size], spread[size], kept[size] = value, variance, True
                size += 1
        there[pixel] = size
        count[pixel] = size
        if size == 0:
            response[pixel], error[pixel] = np.nan, np.nan
            continue
        centre = _median(here, size, scratch)
        mean, weights, number = _weighted(here, spread, kept, size)
        for _ in range(passes if size > 2 else 0):
            left, changed = _reject(here, spread, kept, size, centre, sigma)
            if left < 2:
                mean, number = centre, left
                break
            if not changed:
                break
            mean, weights, number = _weighted(here, spread, kept, size)
            centre = mean
        response[pixel], error[pixel], count[pixel] = mean, math.sqrt(1.0 / weights), number


@numba.njit(cache=True, nogil=True)
def medians(values: Any, variances: Any, response: Any) -> None:
    """Give the median of the images of each pixel, shape (nimages, npixels)."""
    nimages, npixels = values.shape
    here, scratch = np.empty(nimages), np.empty(nimages)
    for pixel in range(npixels):
        size = 0
        for image in range(nimages):
            if not (math.isnan(values[image, pixel]) or math.isnan(variances[image, pixel])):
                here[size] = values[image, pixel]
                size += 1
        response[pixel] = _median(here, size, scratch) if size else np.nan


@numba.njit(cache=True, nogil=True)
def residuals(values: Any, variances: Any, response: Any, found: Any) -> Any:
    """Give the residuals of images from their weighted mean in units of their standard deviation.

    A residual from a mean that it is part of varies less than the image does: by its share of the weight.
    """
    nimages, npixels = values.shape
    number = 0
    for pixel in range(npixels):
        weights = 0.0
        for image in range(nimages):
            if not (math.isnan(values[image, pixel]) or math.isnan(variances[image, pixel])):
                weights += 1.0 / variances[image, pixel]
        for image in range(nimages):
            value, variance = values[image, pixel], variances[image, pixel]
            if math.isnan(value) or math.isnan(variance):
                continue
            free = variance - 1.0 / weights
            if free > 1e-6 * variance:
                found[number] = (value - response[pixel]) / math.sqrt(free)
                number += 1
    return number
