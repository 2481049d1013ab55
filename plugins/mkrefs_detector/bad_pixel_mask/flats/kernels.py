"""Compiled loops: means of samples without outliers, means of boxes, medians of blocks.

Importing this module loads numba but compiles nothing; compiled code is cached on disk.
"""

import math
from typing import Any

import numba
import numpy as np

# The compiler may reorder sums, but must still honour NaN.
_SUMS = {"reassoc", "contract", "nsz"}
# Pixels that are averaged side by side, and what is summed of them, by its place in one array.
_TILE = 128
_TOTAL, _CENTRE, _SQUARE, _LARGEST, _MEAN, _ERROR, _SCATTER = (place * _TILE for place in range(7))
_BUFFERS = 7


@numba.njit(cache=True)
def _centre(values: Any, kept: Any) -> Any:
    """Give the number of the values kept, and their mean."""
    n, total = 0, 0.0
    for i in range(values.size):
        if kept[i]:
            n += 1
            total += values[i]
    return n, total / max(n, 1)


@numba.njit(cache=True)
def _reject(values: Any, limits: Any, passes: Any, kept: Any) -> Any:
    """Leave out outliers until none is left; give the number of the values kept."""
    n, centre = _centre(values, kept)
    for _ in range(passes):
        total = 0.0
        for i in range(values.size):
            if kept[i]:
                total += (values[i] - centre) ** 2
        limit = limits[n] * total * (1 - 1 / max(n, 2))
        out = 0
        for i in range(values.size):
            if kept[i] and not (values[i] - centre) ** 2 <= limit:
                kept[i] = False
                out += 1
        if out == 0:
            break
        n, centre = _centre(values, kept)
    return n


@numba.njit(cache=True)
def _weigh(values: Any, errors: Any, kept: Any, weight: Any) -> Any:
    """Give the weighted mean of the values kept, its stated error, NaN if one is missing, and its scatter."""
    total, mean, squares, n = 0.0, 0.0, 0.0, 0
    for i in range(values.size):
        if kept[i]:
            n += 1
            total += weight[i]
            mean += weight[i] * values[i]
            squares += (weight[i] * errors[i]) ** 2
    if not total > 0:
        return math.nan, math.nan, math.nan
    mean /= total
    away = 0.0
    for i in range(values.size):
        if kept[i]:
            away += weight[i] * (values[i] - mean) ** 2
    # Of weighted samples, those of the larger weights tell the scatter of the mean.
    scatter = math.sqrt(away / total / (n - 1)) if n > 1 else math.nan
    return mean, math.sqrt(squares) / total, scatter


@numba.njit(cache=True, fastmath=_SUMS, error_model="numpy")
def _sum_samples(sample: Any, level: Any, work: Any) -> None:
    """Add the samples of an integration; what is no number spoils the sum."""
    for t in range(sample.size):
        work[_TOTAL + t] += sample[t] / level


@numba.njit(cache=True, fastmath=_SUMS, error_model="numpy")
def _sum_squares(sample: Any, error: Any, level: Any, weight: Any, work: Any) -> None:
    """Add the squares of the samples about their mean, and what makes up their weighted mean."""
    for t in range(sample.size):
        value, own = sample[t] / level, error[t] / level
        square = (value - work[_CENTRE + t]) ** 2
        work[_SQUARE + t] += square
        work[_LARGEST + t] = max(work[_LARGEST + t], square)
        work[_MEAN + t] += weight * value
        work[_ERROR + t] += (weight * own) ** 2


@numba.njit(cache=True, fastmath=_SUMS, error_model="numpy")
def _sum_scatter(sample: Any, level: Any, weight: Any, work: Any) -> None:
    for t in range(sample.size):
        work[_SCATTER + t] += weight * (sample[t] / level - work[_MEAN + t]) ** 2


@numba.njit(cache=True, error_model="numpy")
def _average_tile(samples: Any, errors: Any, start: Any, stop: Any, levels: Any, work: Any) -> None:
    """Average neighbouring pixels as if no sample were an outlier, none missing."""
    level, weight = levels
    work[:] = 0.0
    n, total = 0, 0.0
    for i in range(level.size):
        if weight[i] > 0:
            n += 1
            total += weight[i]
            _sum_samples(samples[i, start:stop], level[i], work)
    for t in range(_TILE):
        work[_CENTRE + t] = work[_TOTAL + t] / n
    for i in range(level.size):
        if weight[i] > 0:
            _sum_squares(samples[i, start:stop], errors[i, start:stop], level[i], weight[i], work)
    for t in range(_TILE):
        work[_MEAN + t] /= total
    for i in range(level.size):
        if weight[i] > 0:
            _sum_scatter(samples[i, start:stop], level[i], weight[i], work)
    for t in range(_TILE):
        work[_ERROR + t] = math.sqrt(work[_ERROR + t]) / total
        work[_SCATTER + t] = math.sqrt(work[_SCATTER + t] / total / (n - 1)) if n > 1 else math.nan


@numba.njit(cache=True, error_model="numpy")
def _average_pixel(
    samples: Any, errors: Any, p: Any, levels: Any, limits: Any, passes: Any, room: Any
) -> Any:
    """Give mean, stated error and scatter of the samples of a pixel without outliers, and their number."""
    level, weight = levels
    values, own, kept = room
    for i in range(level.size):
        values[i] = samples[i, p] / level[i]
        own[i] = errors[i, p] / level[i]
        kept[i] = weight[i] > 0 and abs(values[i]) < math.inf
    n = _reject(values, limits, passes, kept)
    mean, stated, scatter = _weigh(values, own, kept, weight)
    return mean, stated, scatter, n


@numba.njit(cache=True)
def _larger_error(stated: Any, scatter: Any, n: Any, least: Any) -> Any:
    """Give the stated error, or the scatter's where that is known and larger; NaN where neither is known."""
    known = abs(stated) < math.inf
    own = scatter if n >= (least if known else 2) else math.nan
    if math.isnan(own) or (known and stated >= own):
        return stated if known else math.nan
    return own


@numba.njit(cache=True, nogil=True, error_model="numpy")
def average_samples(
    samples: Any,
    sample_errors: Any,
    level: Any,
    weight: Any,
    limits: Any,
    rules: Any,
    rate: Any,
    err: Any,
    count: Any,
) -> None:
    """Average the samples of each pixel relative to their levels.

    Parameters
    ----------
    samples, sample_errors : ndarray of float32, shape (nsamples, npixels)
        Samples and their standard errors; NaN where there is none.
    level, weight : ndarray of float64, shape (nsamples,)
        Level of each integration, and its weight; those of weight 0 are left out.
    limits : ndarray of float64, shape (n + 1,)
        By number of samples, the largest share of the sum of squares that is no outlier's.
    rules : tuple of (int, int)
        Passes of the rejection; samples from which on their scatter tells the error.
    rate, err : ndarray of float64, shape (npixels,)
        Filled with the mean and its standard error; NaN where they are not known.
    count : ndarray of int32, shape (npixels,)
        Filled with the number of samples in the mean.
    """
    passes, least = rules
    nsamples, npixels = samples.shape
    room = np.empty(nsamples), np.empty(nsamples), np.empty(nsamples, np.bool_)
    work = np.empty(_BUFFERS * _TILE)
    levels = level, weight
    lit = 0
    for i in range(nsamples):
        lit += 1 if weight[i] > 0 else 0
    limit = limits[lit] * (1 - 1 / max(lit, 2))
    for start in range(0, npixels, _TILE):
        stop = min(start + _TILE, npixels)
        _average_tile(samples, sample_errors, start, stop, levels, work)
        for p in range(start, stop):
            t = p - start
            mean, stated, scatter, n = work[_MEAN + t], work[_ERROR + t], work[_SCATTER + t], lit
            # Where a sample is missing, the sums are no numbers.
            if not work[_LARGEST + t] <= limit * work[_SQUARE + t] or not abs(mean) < math.inf:
                mean, stated, scatter, n = _average_pixel(
                    samples, sample_errors, p, levels, limits, passes, room
                )
            rate[p], count[p] = mean, n
            err[p] = _larger_error(stated, scatter, n, least)


@numba.njit(cache=True, fastmath=_SUMS)
def _add_row(values: Any, counts: Any, sign: Any, total: Any, number: Any) -> None:
    for x in range(values.size):
        total[x] += sign * (values[x] if counts[x] else 0.0)
        number[x] += sign * (1.0 if counts[x] else 0.0)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def box_means(image: Any, counts: Any, width: Any, mean: Any, share: Any) -> None:
    """Average what counts in a box about each pixel, cut at the edges of the image.

    Parameters
    ----------
    image : ndarray of float64, shape (nrows, ncols)
        Values, finite where they count.
    counts : ndarray of bool, same shape
        Pixels that count.
    width : int
        Width of the box, an odd number of pixels.
    mean, share : ndarray of float64, same shape
        Filled with the mean of the values that count, NaN without any; and with the share of the box's
        pixels, those beyond the edge included, that count.
    """
    nrows, ncols = image.shape
    half, pixels = width // 2, width * width
    sums, numbers = np.zeros(ncols), np.zeros(ncols)
    for y in range(min(half, nrows)):
        _add_row(image[y], counts[y], 1.0, sums, numbers)
    for y in range(nrows):
        if y + half < nrows:
            _add_row(image[y + half], counts[y + half], 1.0, sums, numbers)
        if y - half > 0:
            _add_row(image[y - half - 1], counts[y - half - 1], -1.0, sums, numbers)
        here, found = 0.0, 0.0
        for x in range(min(half, ncols)):
            here += sums[x]
            found += numbers[x]
        for x in range(ncols):
            if x + half < ncols:
                here += sums[x + half]
                found += numbers[x + half]
            if x - half > 0:
                here -= sums[x - half - 1]
                found -= numbers[x - half - 1]
            mean[y, x] = here / found if found > 0 else math.nan
            share[y, x] = found / pixels


@numba.njit(cache=True, nogil=True, error_model="numpy")
def mark_ordinary(rate: Any, err: Any, known: Any, level: Any, limits: Any, counts: Any, found: Any) -> Any:
    """Mark the pixels within so many deviations and own errors of the level; count those that change sides.

    Parameters
    ----------
    rate, err : ndarray of float64, shape (nrows, ncols)
        Rates and their standard errors; NaN where an error is not known.
    known : ndarray of bool, same shape
        Pixels with a rate.
    level : ndarray of float64, same shape
        Level around each pixel.
    limits : tuple of float
        Mean and standard deviation of the relative rates, and how many deviations are ordinary.
    counts : ndarray of bool, same shape
        Pixels that were ordinary before.
    found : ndarray of bool, same shape
        Filled.

    Returns
    -------
    int
    """
    centre, deviation, sigma = limits
    changed = 0
    for y in range(rate.shape[0]):
        for x in range(rate.shape[1]):
            away = rate[y, x] / level[y, x] - centre
            own = err[y, x] / level[y, x]
            own = own if abs(own) < math.inf else 0.0
            near = away * away <= sigma * sigma * (deviation * deviation + own * own)
            found[y, x] = known[y, x] and level[y, x] > 0 and near
            changed += 1 if found[y, x] != counts[y, x] else 0
    return changed


@numba.njit(cache=True, nogil=True)
def block_medians(image: Any, counts: Any, width: Any, medians: Any) -> None:
    """Take the median of what counts in each square block.

    Parameters
    ----------
    image : ndarray of float64, shape (nrows, ncols)
        Values, finite where they count.
    counts : ndarray of bool, same shape
        Pixels that count.
    width : int
        Width of a block.
    medians : ndarray of float64, shape (block rows, block columns)
        Filled; NaN where nothing in a block counts.
    """
    nrows, ncols = image.shape
    values = np.empty(width * width)
    for row in range(medians.shape[0]):
        for column in range(medians.shape[1]):
            n = 0
            for y in range(row * width, min((row + 1) * width, nrows)):
                for x in range(column * width, min((column + 1) * width, ncols)):
                    if counts[y, x]:
                        values[n] = image[y, x]
                        n += 1
            medians[row, column] = np.median(values[:n]) if n > 0 else math.nan
