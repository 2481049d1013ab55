"""Compiled loops over pixels: rejection of outliers among the samples of a pixel, and their mean.

Importing this module loads numba but compiles nothing; compiled code is cached on disk. All kernels share
this module because the cache notices no change in another file.
"""

import math
from typing import Any

import numba
import numpy as np

# Pixels that are turned from sample-major to pixel-major order at a time.
_TILE = 64


@numba.njit(cache=True)
def _gather(samples: Any, shift: Any, channel: Any, values: Any) -> Any:
    """Copy the samples that are there, less the shift of their channel; give their number."""
    n = 0
    for k in range(samples.size):
        if not math.isnan(samples[k]):
            values[n] = samples[k] - shift[k, channel]
            n += 1
    return n


@numba.njit(cache=True)
def _spread(values: Any, n: Any) -> Any:
    """Give mean, sum of squares about it, and the place of the largest square of the first n values."""
    total = 0.0
    for i in range(n):
        total += values[i]
    mean = total / n
    squares = 0.0
    largest = -1.0
    place = 0
    for i in range(n):
        square = (values[i] - mean) ** 2
        squares += square
        if square > largest:
            largest = square
            place = i
    return mean, squares, place


@numba.njit(cache=True)
def _drop(values: Any, n: Any, limits: Any, closest: Any) -> Any:
    """Drop in place what is an outlier among the first n values; give the number kept."""
    if n < 3:
        return n
    mean, squares, _ = _spread(values, n)
    limit = max(limits[n] * squares * (n - 1) / n, closest * closest)
    kept = 0
    for i in range(n):
        if (values[i] - mean) ** 2 <= limit:
            values[kept] = values[i]
            kept += 1
    return kept


@numba.njit(cache=True)
def _drop_hidden(values: Any, n: Any, limits: Any, closest: Any) -> Any:
    """Drop outliers that hide one another: set the extreme values aside, look whether the rest has any."""
    rest = n
    for _ in range(n // 4):
        _, _, place = _spread(values, rest)
        rest -= 1
        values[place], values[rest] = values[rest], values[place]
        kept = _drop(values, rest, limits, closest)
        if kept < rest:
            return kept
    return n


@numba.njit(cache=True)
def _reject(values: Any, n: Any, limits: Any, hidden: Any, closest: Any, iterations: Any) -> Any:
    """Drop outliers in place; give the number kept."""
    for _ in range(iterations):
        kept = _drop(values, n, limits, closest)
        if kept == n:
            kept = _drop_hidden(values, n, hidden, closest)
        if kept == n:
            break
        n = kept
    return n


@numba.njit(cache=True)
def _clip_about_median(values: Any, n: Any, sigma: Any, iterations: Any) -> Any:
    """Clip in place about the median as astropy's ``sigma_clip`` does; give the number kept."""
    for _ in range(iterations):
        squares = _spread(values, n)[1]
        centre = np.median(values[:n])
        reach = sigma * math.sqrt(squares / n)
        kept = 0
        for i in range(n):
            if centre - reach <= values[i] <= centre + reach:
                values[kept] = values[i]
                kept += 1
        if kept == n:
            break
        n = kept
    return n


@numba.njit(cache=True)
def average_samples(
    stack: Any,
    shift: Any,
    channel: Any,
    limits: Any,
    hidden: Any,
    closest: Any,
    sigma: Any,
    iterations: Any,
    out: Any,
) -> None:
    """Average the samples of each pixel without outliers.

    Parameters
    ----------
    stack : ndarray of float32, shape (nsamples, npixels)
        Samples; NaN where there is none.
    shift : ndarray of float64, shape (nsamples, nchannels)
        What is taken off a sample of a channel.
    channel : ndarray of int64, shape (npixels,)
        Channel of each pixel.
    limits : ndarray of float64, shape (nsamples + 1,)
        Largest share that one of ``n`` samples may have in their sum of squares, by ``n``; empty for a plain
        clip about the median.
    hidden : ndarray of float64, same shape
        The limits where an outlier is looked for behind another.
    closest : float
        What is closer to the mean than this is no outlier.
    sigma : float
        Threshold of the plain clip.
    iterations : int
        Largest number of passes.
    out : ndarray of float64, shape (3, npixels)
        Filled with the mean, NaN where there is no sample, the sum of squares about it, and the number of
        samples kept.
    """
    count, npixels = stack.shape
    block = np.empty((_TILE, count), np.float32)
    values = np.empty(count, np.float64)
    for first in range(0, npixels, _TILE):
        width = min(_TILE, npixels - first)
        for k in range(count):
            for t in range(width):
                block[t, k] = stack[k, first + t]
        for t in range(width):
            pixel = first + t
            n = _gather(block[t], shift, channel[pixel], values)
            mean, squares = math.nan, 0.0
            if n > 0:
                if limits.size > 0:
                    n = _reject(values, n, limits, hidden, closest, iterations)
                else:
                    n = _clip_about_median(values, n, sigma, iterations)
                mean, squares, _ = _spread(values, n)
            out[0, pixel] = mean
            out[1, pixel] = squares
            out[2, pixel] = n
