"""Compiled loops over tiles of pixels: sums that tell noise, rate and curvature of ordinary pixels.

The loops go over neighbouring pixels, so that they are vectorised. A pixel for which sums are not enough (it
is noisy, bends, steps down, or is spoilt where others are not) is marked for a closer look, pixel by pixel,
by `mkrefs_detector.bad_pixel_mask.darks.kernels`. Buffers are one-dimensional, with the pixels of a tile
side by side, because the compiler then sees that they do not overlap.
"""

import math
from typing import Any

import numba
import numpy as np

from mkrefs_detector.bad_pixel_mask.darks.levels import TILE

# The compiler may reorder sums, but must still honour NaN.
_SUMS = {"reassoc", "contract", "nsz"}
# So many integrations tell where to begin.
_FEW = 24
# In units of what is usual: how far a difference is counted at first, and from which noise on a pixel is
# looked at closer.
_FIRST_REACH, _NOISY = 6.0, 1.5
# A difference further from the others than so many standard deviations is none of the noise.
_OUTLIER = 4.5
# In units of the noise of a typical pixel none is less than this, where outliers are told.
_LEAST_SHARE = 0.6
# Variance in DN^2 of what whole numbers alone do to a difference.
_ROUNDING = 1.0 / 6.0
# So many of them below, by number and by share, may be no outliers.
_FEW_DOWN, _SHARE_DOWN = 2, 0.005
# From so many integrations on a group's differences have a mean of their own.
_LEAST_FOR_MEAN = 3
# Share of the usual differences that an ordinary pixel has.
_LEAST_KNOWN = 0.8
# Buffers of a tile, by their place in one array.
_CENTRE, _LIMIT, _NUMBER, _TOTAL, _SQUARE, _FAR, _DOWN = (place * TILE for place in range(7))
_ALL_NUMBER, _GROUPS, _ALL_SQUARE, _ALL_TOTAL, _BETWEEN = (place * TILE for place in range(7, 12))
_INVERSE, _DOF, _CLOSER = (place * TILE for place in range(12, 15))
_VALUE, _GAIN, _BEST, _BEST_VALUE = (place * TILE for place in range(15, 19))
_BUFFERS = 19

#: Images that `sum_tiles` fills, in this order.
SQUARES, DOF, INVERSE, SLOPE, CURVE_SUM, CURVE_INDEX = range(6)
SUMS = 6


@numba.njit(error_model="numpy", cache=True)
def _median(values: Any, n: Any) -> Any:
    """Give the median of the first n values, which are sorted."""
    for i in range(1, n):
        value = values[i]
        k = i
        while k > 0 and values[k - 1] > value:
            values[k] = values[k - 1]
            k -= 1
        values[k] = value
    half = n // 2
    return values[half] if n % 2 else 0.5 * (values[half - 1] + values[half])


@numba.njit(error_model="numpy", cache=True)
def _first_centres(row: Any, ends: Any, values: Any, work: Any) -> None:
    """Fill the median over the integrations of the mean difference from the first to the last level.

    Of many integrations a few evenly spaced ones are enough to begin with.
    """
    stride = (ends.shape[0] + _FEW - 1) // _FEW
    for t in range(TILE):
        n = 0
        for i in range(0, ends.shape[0], stride):
            first, last = ends[i, 0], ends[i, 1]
            if last > first:
                mean = (row[last * TILE + t] - row[first * TILE + t]) / (last - first)
                if mean == mean:
                    values[n] = mean
                    n += 1
        work[_CENTRE + t] = _median(values, n) if n > 0 else math.nan


@numba.njit(error_model="numpy", cache=True, fastmath=_SUMS)
def _sum_step(row: Any, k: Any, work: Any) -> None:
    """Add the differences from a level to the next to number, sum and sum of squares of those near."""
    low, high = row[k * TILE : (k + 1) * TILE], row[(k + 1) * TILE : (k + 2) * TILE]
    for t in range(TILE):
        away = high[t] - low[t] - work[_CENTRE + t]
        near = abs(away) <= work[_LIMIT + t]
        use = away if near else np.float32(0)
        work[_NUMBER + t] += np.float32(1) if near else np.float32(0)
        work[_TOTAL + t] += use
        work[_SQUARE + t] += use * use


@numba.njit(error_model="numpy", cache=True, fastmath=_SUMS)
def _count_far(row: Any, k: Any, work: Any) -> None:
    """Count the differences from a level to the next that are far above or below, and those below."""
    low, high = row[k * TILE : (k + 1) * TILE], row[(k + 1) * TILE : (k + 2) * TILE]
    for t in range(TILE):
        away = high[t] - low[t] - work[_CENTRE + t]
        work[_FAR + t] += np.float32(1) if abs(away) > work[_LIMIT + t] else np.float32(0)
        work[_DOWN + t] += np.float32(1) if away < -work[_LIMIT + t] else np.float32(0)


@numba.njit(error_model="numpy", cache=True)
def _clear(work: Any, first: Any, last: Any) -> None:
    for k in range(first, last + TILE):
        work[k] = 0.0


@numba.njit(error_model="numpy", cache=True)
def _limits(row: Any, starts: Any, usual: Any, expected: Any, least: Any, work: Any) -> None:
    """Fill centre and limit of each pixel's differences; mark those that are noisy or lack some."""
    for t in range(TILE):
        work[_LIMIT + t] = _FIRST_REACH * math.sqrt(expected[t])
    _clear(work, _NUMBER, _SQUARE)
    total = 0
    for i in range(starts.size - 1):
        for k in range(starts[i], starts[i + 1] - 1):
            if usual[k]:
                total += 1
                _sum_step(row, k, work)
    for t in range(TILE):
        n = max(work[_NUMBER + t], np.float32(1))
        mean = work[_TOTAL + t] / n
        variance = work[_SQUARE + t] / n - mean * mean
        quiet = variance <= _NOISY**2 * expected[t] and work[_NUMBER + t] >= _LEAST_KNOWN * total
        work[_CLOSER + t] = 0.0 if quiet else 1.0
        work[_CENTRE + t] += mean
        work[_LIMIT + t] = _OUTLIER * max(math.sqrt(max(variance, np.float32(0))), least)


@numba.njit(error_model="numpy", cache=True)
def _mean_differences(row: Any, starts: Any, usual: Any, number: Any, work: Any, means: Any) -> None:
    """Fill the mean differences of the groups, and sum their scatter; mark pixels with many outliers."""
    _clear(work, _FAR, _INVERSE)
    first, last, need = number[-3], number[-2], number[-1]
    total = 0
    for g in range(number.size - 3):
        if number[g] == 0:
            continue
        total += number[g]
        _clear(work, _NUMBER, _SQUARE)
        for i in range(starts.size - 1):
            k = starts[i] + g
            if k + 1 < starts[i + 1] and usual[k]:
                _sum_step(row, k, work)
                _count_far(row, k, work)
        used = first <= g < last
        _take_group(max(number[g] - 1, need if used else 0), g * TILE, used, work, means)
    _sum_scatter(starts.size > _LEAST_FOR_MEAN, work)
    many = max(_FEW_DOWN, _SHARE_DOWN * total)
    for t in range(TILE):
        if work[_ALL_NUMBER + t] + work[_FAR + t] != total or work[_DOWN + t] >= many:
            work[_CLOSER + t] = 1.0


@numba.njit(error_model="numpy", cache=True, fastmath=_SUMS)
def _take_group(enough: Any, place: Any, used: Any, work: Any, means: Any) -> None:
    """Turn the sums of a group into its mean difference, and add its scatter to that of all."""
    mine = means[place : place + TILE]
    one = np.float32(1)
    for t in range(TILE):
        n = work[_NUMBER + t]
        mean = work[_TOTAL + t] / max(n, one)
        mine[t] = work[_CENTRE + t] + mean
        work[_ALL_SQUARE + t] += work[_SQUARE + t]
        work[_BETWEEN + t] += work[_TOTAL + t] * mean
        work[_ALL_TOTAL + t] += work[_TOTAL + t]
        work[_ALL_NUMBER + t] += n
        work[_GROUPS + t] += min(n, one)
        work[_CLOSER + t] = work[_CLOSER + t] if n >= enough else one
    if used:
        for t in range(TILE):
            work[_INVERSE + t] += one / max(work[_NUMBER + t], one)


@numba.njit(error_model="numpy", cache=True)
def _sum_scatter(separate: Any, work: Any) -> None:
    """Take the scatter about the mean of each group, or about that of all, off the sum of squares."""
    for t in range(TILE):
        n = work[_ALL_NUMBER + t]
        if separate:
            work[_ALL_SQUARE + t] -= work[_BETWEEN + t]
            work[_DOF + t] = n - work[_GROUPS + t]
        else:
            work[_ALL_SQUARE + t] -= work[_ALL_TOTAL + t] * work[_ALL_TOTAL + t] / max(n, np.float32(1))
            work[_DOF + t] = n - 1


@numba.njit(error_model="numpy", cache=True)
def _own_slopes(row: Any, starts: Any, whole: Any, run: Any, weights: Any, room: Any, out: Any) -> None:
    """Fill the weighted sums of each integration's deviations from the mean differences.

    What is far off takes the value of the mean; a pixel with an integration that is mostly so is marked.
    """
    work, means = room
    first, last = run
    for i in range(starts.size - 1):
        _clear(work, _TOTAL, _TOTAL)
        _clear(work, _FAR, _FAR)
        if whole[i]:
            for g in range(first, last):
                _add_own(row, starts[i] + g, np.float32(weights[g - first]), g * TILE, work, means)
        for t in range(TILE):
            out[i, t] = work[_TOTAL + t] if whole[i] else np.float32(math.nan)
            if 2 * work[_FAR + t] >= last - first:
                work[_CLOSER + t] = 1.0


@numba.njit(error_model="numpy", cache=True, fastmath=_SUMS)
def _add_own(row: Any, k: Any, weight: Any, place: Any, work: Any, means: Any) -> None:
    mean = means[place : place + TILE]
    low, high = row[k * TILE : (k + 1) * TILE], row[(k + 1) * TILE : (k + 2) * TILE]
    for t in range(TILE):
        away = high[t] - low[t] - mean[t]
        near = abs(away) <= work[_LIMIT + t]
        work[_TOTAL + t] += weight * (away if near else np.float32(0))
        work[_FAR + t] += np.float32(0) if near else np.float32(1)


@numba.njit(error_model="numpy", cache=True, fastmath=_SUMS)
def _weigh(means: Any, run: Any, weights: Any, work: Any) -> None:
    """Fill a weighted sum of the mean differences."""
    _clear(work, _VALUE, _VALUE)
    first, last = run
    for g in range(first, last):
        weight = np.float32(weights[g - first])
        mean = means[g * TILE : (g + 1) * TILE]
        for t in range(TILE):
            work[_VALUE + t] += weight * mean[t]


@numba.njit(error_model="numpy", cache=True)
def _shapes(means: Any, run: Any, tables: Any, work: Any, out: Any, start: Any, width: Any) -> None:
    """Fill slope, and the exponential that takes most off the sum of squares about a line."""
    length = run[1] - run[0]
    _weigh(means, run, tables.slope[length], work)
    for t in range(width):
        out[SLOPE, start + t] = work[_VALUE + t]
    for t in range(TILE):
        work[_BEST + t] = -1.0
        work[_BEST_VALUE + t] = math.nan
        work[_GAIN + t] = 0.0
    for k in range(tables.curve.shape[0] if length > 1 else 0):
        variance = np.float32(tables.curve_variance[0, k, length])
        if variance > 0:
            _weigh(means, run, tables.curve[k, length], work)
            for t in range(TILE):
                value = work[_VALUE + t]
                gain = value * value / variance
                better = gain >= work[_GAIN + t]
                work[_GAIN + t] = gain if better else work[_GAIN + t]
                work[_BEST + t] = np.float32(k) if better else work[_BEST + t]
                work[_BEST_VALUE + t] = value if better else work[_BEST_VALUE + t]


@numba.njit(error_model="numpy", cache=True, nogil=True)
def sum_tiles(
    levels: Any,
    starts: Any,
    ends: Any,
    usual: Any,
    number: Any,
    whole: Any,
    expected: Any,
    typical: Any,
    tables: Any,
    own: Any,
    out: Any,
    closer: Any,
) -> None:
    """Sum what tells noise, rate and curvature of ordinary pixels.

    Parameters
    ----------
    levels : ndarray of float32, shape (ntiles, nlevels, TILE)
        Levels of all integrations, one after the other; NaN where there is none.
    starts : ndarray of int64, shape (nintegrations + 1,)
        Index of the first level of each integration, and the number of all.
    ends : ndarray of int64, shape (nintegrations, 2)
        Index of the first and last level of each integration that most pixels have.
    usual : ndarray of bool, shape (nlevels,)
        Whether most pixels have the difference from a level to the next.
    number : ndarray of int64, shape (ndifferences + 3,)
        How many integrations have each difference; then first and last of the run that is fitted, and how
        many integrations a difference in it must have.
    whole : ndarray of bool, shape (nintegrations,)
        Integrations that have the whole run.
    expected : ndarray of float32, shape (ntiles * TILE,)
        Variance of a difference in DN^2 of a typical pixel of the same signal.
    typical : float
        Read variance of a group of a typical pixel in DN^2.
    tables : Tables
        Weights, see `mkrefs_detector.bad_pixel_mask.darks.weights`.
    own : ndarray of float32, shape (ntiles, nintegrations, TILE)
        Filled with the deviations of the integrations' slopes from the mean one; NaN for those left out.
    out : ndarray of float32, shape (SUMS, npixels)
        Filled with the sum of squares about the mean differences and its degrees of freedom; the sum of the
        inverses of the numbers in them; slope; curve and index of its time constant, -1 for none.
    closer : ndarray of bool, shape (npixels,)
        Filled: pixels that are not ordinary, of which nothing of the others holds.
    """
    npixels = closer.size
    least = max(_LEAST_SHARE * math.sqrt(2 * typical), math.sqrt(_ROUNDING))
    work = np.zeros(_BUFFERS * TILE, np.float32)
    means = np.zeros((number.size - 3) * TILE, np.float32)
    values = np.empty(starts.size - 1)
    run = number[-3], number[-2]
    for tile in range(levels.shape[0]):
        start = tile * TILE
        width = min(TILE, npixels - start)
        row = levels[tile].reshape(levels.shape[1] * TILE)
        _first_centres(row, ends, values, work)
        _limits(row, starts, usual, expected[start : start + TILE], least, work)
        _mean_differences(row, starts, usual, number, work, means)
        _own_slopes(row, starts, whole, run, tables.slope[run[1] - run[0]], (work, means), own[tile])
        _shapes(means, run, tables, work, out, start, width)
        for t in range(width):
            out[SQUARES, start + t] = work[_ALL_SQUARE + t]
            out[DOF, start + t] = work[_DOF + t]
            out[INVERSE, start + t] = work[_INVERSE + t]
            out[CURVE_SUM, start + t] = work[_BEST_VALUE + t]
            out[CURVE_INDEX, start + t] = work[_BEST + t]
            closer[start + t] = work[_CLOSER + t] > 0
