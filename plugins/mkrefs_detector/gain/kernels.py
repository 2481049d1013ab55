"""Compiled loops over the cells of a row: mean increments of groups, and the products that variances need.

Importing this module loads numba but compiles nothing; compiled code is cached on disk. All kernels share
this module because the cache notices no change in another file.
"""

import math
from typing import Any

import numba
import numpy as np

# The compiler may reorder sums, but must still honour NaN.
_SUMS = {"reassoc", "contract", "nsz"}
_PASSES = 20
_MEAN_SIGMA = 3.0
_LEAST_PIXELS = 20
#: Lags of the products as (rows, columns): itself, its neighbour in the row, above, and on both diagonals.
LAGS = ((0, 0), (0, 1), (1, 0), (1, 1), (1, -1))
#: What ``counts`` holds: pixels with data, tried for hits, beyond the threshold, in the tail of hits, kept;
#: their degrees of freedom, then products by lag and the sum of 1 / number of a phase over them.
USABLE, TRIED, REJECTED, TAILED, KEPT, DOF, PRODUCTS, SHARES = 0, 1, 2, 3, 4, 5, 6, 11
COUNTS = 16


@numba.njit(cache=True)
def _clipped_mean(values: Any, n: Any) -> Any:
    """Give the mean of ``values[:n]`` without outliers, in whose place others may be moved."""
    mean = 0.0
    for _ in range(_PASSES):
        if n == 0:
            return np.nan
        mean = 0.0
        for i in range(n):
            mean += values[i]
        mean /= n
        squares = 0.0
        for i in range(n):
            squares += (values[i] - mean) ** 2
        limit = _MEAN_SIGMA**2 * squares / n
        kept = 0
        for i in range(n):
            if (values[i] - mean) ** 2 <= limit:
                values[kept] = values[i]
                kept += 1
        if kept == n:
            break
        n = kept
    return mean


@numba.njit(cache=True, parallel=True)
def mean_increments(
    science: Any, group_dq: Any, good: Any, spoils: Any, edges: Any, steps: Any, free: Any
) -> None:
    """Measure the mean increments of the cells of one row of cells.

    Parameters
    ----------
    science : ndarray of float32, shape (ngroups, nrows, ncols)
        Signal.
    group_dq : ndarray of uint8, same shape
        Group flags.
    good : ndarray of bool, shape (nrows, ncols)
        Pixels that count.
    spoils : numpy.uint8
        Flags that spoil a group.
    edges : ndarray of int64, shape (ncells + 1,)
        First columns of the cells.
    steps : ndarray of float64, shape (ncells, ngroups)
        Filled with the clipped mean of group g less group g - 1; NaN for the first, or without data.
    free : ndarray of float64, same shape
        Filled with the share of the pixels that count in which a group is not flagged.
    """
    ngroups, nrows, _ = science.shape
    for cell in numba.prange(edges.size - 1):
        values = np.empty(nrows * (edges[cell + 1] - edges[cell]), np.float64)
        for g in range(ngroups):
            n = 0
            total = 0
            clean = 0
            for y in range(nrows):
                for x in range(edges[cell], edges[cell + 1]):
                    if not good[y, x]:
                        continue
                    total += 1
                    if (group_dq[g, y, x] & spoils) != 0:
                        continue
                    clean += 1
                    if g == 0 or (group_dq[g - 1, y, x] & spoils) != 0:
                        continue
                    step = np.float64(science[g, y, x]) - np.float64(science[g - 1, y, x])
                    if math.isfinite(step):
                        values[n] = step
                        n += 1
            free[cell, g] = clean / total if total > 0 else 0.0
            steps[cell, g] = _clipped_mean(values, n)


@numba.njit(cache=True)
def _increments(
    first: Any, second: Any, flags1: Any, flags2: Any, good: Any, spoils: Any, struck: Any,
    x0: Any, scale: Any, trend: Any, state: Any, diff: Any, both: Any,
) -> Any:  # fmt: skip
    """Fill in difference and trend-free sum of two exposures' increments; give the number of pixels usable.

    ``state`` becomes 1 where a pixel can be used, 2 where only a jump was flagged, 0 elsewhere.
    """
    length, nrows, ncols = diff.shape
    usable = 0
    for y in range(nrows):
        for x in range(ncols):
            state[y, x] = 0
            if not good[y, x0 + x]:
                continue
            flags = np.uint8(0)
            finite = True
            for g in range(length + 1):
                flags |= flags1[g, y, x0 + x] | flags2[g, y, x0 + x]
                finite = finite and math.isfinite(first[g, y, x0 + x] + second[g, y, x0 + x])
            if (flags & spoils) != 0 or not finite:
                continue
            state[y, x] = 2 if (flags & struck) != 0 else 1
            usable += state[y, x] == 1
            for j in range(length):
                p = scale[0, j + 1] * first[j + 1, y, x0 + x] - scale[0, j] * first[j, y, x0 + x]
                q = scale[1, j + 1] * second[j + 1, y, x0 + x] - scale[1, j] * second[j, y, x0 + x]
                diff[j, y, x] = p - q
                both[j, y, x] = p + q
            for power in range(trend.shape[0]):
                part = 0.0
                for j in range(length):
                    part += trend[power, j] * both[j, y, x]
                for j in range(length):
                    both[j, y, x] -= part * trend[power, j]
    return usable


@numba.njit(cache=True, fastmath=_SUMS)
def _centre(image: Any, keep: Any, phase: Any, x0: Any, number: Any, total: Any) -> None:
    """Take off each phase's mean over the pixels kept."""
    total[:] = 0.0
    nrows, ncols = keep.shape
    for y in range(nrows):
        for x in range(ncols):
            if keep[y, x]:
                total[phase[y, x0 + x]] += image[y, x]
    for k in range(number.size):
        total[k] = total[k] / number[k] if number[k] > 0 else 0.0
    for y in range(nrows):
        for x in range(ncols):
            image[y, x] -= total[phase[y, x0 + x]]


@numba.njit(cache=True)
def _count_phases(keep: Any, phase: Any, x0: Any, number: Any) -> Any:
    number[:] = 0
    for y in range(keep.shape[0]):
        for x in range(keep.shape[1]):
            if keep[y, x]:
                number[phase[y, x0 + x]] += 1
    return number.sum()


@numba.njit(cache=True, fastmath=_SUMS)
def _inverse_deviations(diff: Any, both: Any, keep: Any, shrink: Any, out: Any) -> None:
    """Fill in one over twice the standard deviation of each of two exposures' increments."""
    one, other, n = 0.0, 0.0, 0
    for y in range(keep.shape[0]):
        for x in range(keep.shape[1]):
            if keep[y, x]:
                one += (both[y, x] + diff[y, x]) ** 2
                other += (both[y, x] - diff[y, x]) ** 2
                n += 1
    out[0] = math.sqrt(shrink * n / one) if one > 0 else 0.0
    out[1] = math.sqrt(shrink * n / other) if other > 0 else 0.0


@numba.njit(cache=True)
def _peaks(diff: Any, both: Any, state: Any, scale: Any, peak: Any) -> None:
    """Fill in the largest deviation of any increment of either exposure, in standard deviations."""
    for y in range(state.shape[0]):
        for x in range(state.shape[1]):
            peak[y, x] = 0.0
            if state[y, x] == 0:
                continue
            for j in range(diff.shape[0]):
                one = abs(both[j, y, x] + diff[j, y, x]) * scale[j, 0]
                other = abs(both[j, y, x] - diff[j, y, x]) * scale[j, 1]
                peak[y, x] = max(peak[y, x], max(one, other))


@numba.njit(cache=True)
def _reject(
    diff: Any, both: Any, state: Any, phase: Any, x0: Any, sigma: Any, shrink: Any,
    keep: Any, peak: Any, number: Any, total: Any,
) -> None:  # fmt: skip
    """Centre the increments on their means, and leave out pixels of which one stands out."""
    length = diff.shape[0]
    scale = np.empty((length, 2))
    for y in range(keep.shape[0]):
        for x in range(keep.shape[1]):
            keep[y, x] = state[y, x] == 1
    for _ in range(_PASSES):
        _count_phases(keep, phase, x0, number)
        for j in range(length):
            _centre(diff[j], keep, phase, x0, number, total)
            _centre(both[j], keep, phase, x0, number, total)
            _inverse_deviations(diff[j], both[j], keep, shrink, scale[j])
        _peaks(diff, both, state, scale, peak)
        changed = False
        for y in range(keep.shape[0]):
            for x in range(keep.shape[1]):
                now = state[y, x] == 1 and peak[y, x] <= sigma
                changed = changed or now != keep[y, x]
                keep[y, x] = now
        if not changed:
            break


@numba.njit(cache=True)
def _leave_out_neighbours(peak: Any, keep: Any, limit: Any) -> None:
    """Leave out the eight neighbours of pixels with a large hit: they hold a share of its charge."""
    nrows, ncols = keep.shape
    for y in range(nrows):
        for x in range(ncols):
            if peak[y, x] > limit:
                for v in range(max(y - 1, 0), min(y + 2, nrows)):
                    for u in range(max(x - 1, 0), min(x + 2, ncols)):
                        keep[v, u] = False


@numba.njit(cache=True)
def _count_products(keep: Any, share: Any, counts: Any) -> None:
    """Count the pairs of pixels kept, by lag."""
    nrows, ncols = keep.shape
    for lag in range(5):
        dy, dx = LAGS[lag]
        n = 0
        for y in range(nrows - dy):
            for x in range(max(0, -dx), ncols - max(0, dx)):
                n += keep[y, x] and keep[y + dy, x + dx]
        counts[PRODUCTS + lag] += n
        counts[SHARES + lag] += n * share


@numba.njit(cache=True, fastmath=_SUMS)
def _project(stack: Any, weights: Any, keep: Any, image: Any) -> None:
    """Combine increments into one image, zero where nothing is kept."""
    image[:] = 0.0
    for j in range(stack.shape[0]):
        weight = weights[j]
        for y in range(image.shape[0]):
            for x in range(image.shape[1]):
                image[y, x] += weight * stack[j, y, x]
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            if not keep[y, x]:
                image[y, x] = 0.0


@numba.njit(cache=True, fastmath=_SUMS)
def _products(image: Any, out: Any, k: Any, lags: Any) -> None:
    """Add up the products of an image with itself, shifted by each of the first lags."""
    nrows, ncols = image.shape
    for lag in range(lags):
        dy, dx = LAGS[lag]
        total = 0.0
        for y in range(nrows - dy):
            for x in range(max(0, -dx), ncols - max(0, dx)):
                total += image[y, x] * image[y + dy, x + dx]
        out[lag, k] += total


@numba.njit(cache=True)
def _add_increments(science: Any, keep: Any, x0: Any, out: Any) -> None:
    """Add up the increments of the pixels kept."""
    for y in range(keep.shape[0]):
        for x in range(keep.shape[1]):
            if keep[y, x]:
                for j in range(science.shape[0] - 1):
                    out[j] += np.float64(science[j + 1, y, x0 + x]) - np.float64(science[j, y, x0 + x])


@numba.njit(cache=True)
def _count_hits(state: Any, peak: Any, sigma: Any, tail: Any, counts: Any) -> None:
    """Count the pixels tried, those rejected, and those in the tail that hits make."""
    for y in range(state.shape[0]):
        for x in range(state.shape[1]):
            counts[TRIED] += state[y, x] > 0
            counts[REJECTED] += state[y, x] > 0 and peak[y, x] > sigma
            counts[TAILED] += tail[0] < peak[y, x] <= tail[1]


@numba.njit(cache=True)
def _add_modes(
    diff: Any, both: Any, difference: Any, total: Any, of_total: Any, keep: Any, modes: Any, whole: Any
) -> None:
    """Add up the products of all modes, and of the increments accumulated; those of ``diff`` are changed."""
    image = np.empty(keep.shape)
    n = diff.shape[0]
    for k in range(n):
        _project(diff, difference[k], keep, image)
        _products(image, modes, k, 5)
        if k < of_total:
            _project(both, total[k], keep, image)
            _products(image, modes, difference.shape[0] + k, 5)
    for j in range(n):
        if j > 0:
            diff[j] += diff[j - 1]
        image[:] = np.where(keep, diff[j], 0.0)
        _products(image, whole, j, 5 if j == n - 1 else 1)


@numba.njit(cache=True)
def _mark(keep: Any, x0: Any, kept: Any) -> None:
    for y in range(keep.shape[0]):
        for x in range(keep.shape[1]):
            if keep[y, x]:
                kept[y, x0 + x] = True


@numba.njit(cache=True, parallel=True)
def add_products(
    first: Any, second: Any, flags1: Any, flags2: Any, good: Any, spoils: Any, struck: Any, edges: Any,
    phase: Any, phases: Any, start: Any, length: Any, scale: Any, sigma: Any, shrink: Any, tail: Any,
    difference: Any, total: Any, trend: Any,
    counts: Any, modes: Any, whole: Any, steps: Any, kept: Any,
) -> None:  # fmt: skip
    """Add up what two exposures give for the cells of one row of cells.

    Parameters
    ----------
    first, second : ndarray of float32, shape (ngroups, nrows, ncols)
        Signal of one integration of each.
    flags1, flags2 : ndarray of uint8, same shape
        Their group flags.
    good : ndarray of bool, shape (nrows, ncols)
        Pixels that count.
    spoils, struck : numpy.uint8
        Flags of a group that leave a pixel out, and those that tell of a jump.
    edges : ndarray of int64, shape (ncells + 1,)
        First columns of the cells.
    phase : ndarray of int64, shape (nrows, ncols)
        What drifts together.
    phases : int
        Number of phases.
    start, length : ndarray of int64, shape (ncells,)
        First group and number of increments of each cell; 0 leaves it out.
    scale : ndarray of float64, shape (ncells, 2, LONGEST + 1)
        Factors of the groups of each exposure, from ``start``.
    sigma, shrink : float
        Threshold in standard deviations, and the variance that it leaves of a Gaussian.
    tail : ndarray of float64, shape (3,)
        Limits of the tail of hits, and from where on the neighbours are left out too.
    difference, total, trend : ndarray of float64
        Tables of `mkrefs_detector.gain.modes.Modes`.
    counts : ndarray of float64, shape (ncells, COUNTS)
        Added to; see `COUNTS`.
    modes : ndarray of float64, shape (ncells, 5, 2 LONGEST)
        Added to: products by lag and mode, those of the sum from LONGEST on.
    whole : ndarray of float64, shape (ncells, 5, LONGEST)
        Added to: products by lag of the difference accumulated up to each increment, all lags for the last.
    steps : ndarray of float64, shape (ncells, 2, LONGEST)
        Added to: increments of each exposure.
    kept : ndarray of bool, shape (nrows, ncols)
        Set where a pixel was kept.
    """
    for cell in numba.prange(edges.size - 1):
        x0, n, g0 = edges[cell], length[cell], start[cell]
        if n < 1:
            continue
        rows, columns = good.shape[0], edges[cell + 1] - x0
        shape = (rows, columns)
        one, other = first[g0 : g0 + n + 1], second[g0 : g0 + n + 1]
        state, keep, peak = np.empty(shape, np.uint8), np.empty(shape, np.bool_), np.empty(shape)
        diff, both = np.zeros((n, rows, columns)), np.zeros((n, rows, columns))
        number, sums = np.zeros(phases, np.int64), np.empty(phases)
        counts[cell, USABLE] += _increments(
            one, other, flags1[g0 : g0 + n + 1], flags2[g0 : g0 + n + 1], good, spoils, struck, x0,
            scale[cell], trend[n], state, diff, both,
        )  # fmt: skip
        _reject(diff, both, state, phase, x0, sigma, shrink, keep, peak, number, sums)
        _count_hits(state, peak, sigma, tail, counts[cell])
        _leave_out_neighbours(peak, keep, tail[2])
        n_kept = _count_phases(keep, phase, x0, number)
        if n_kept < _LEAST_PIXELS:
            continue
        used = (number > 0).sum()
        counts[cell, KEPT] += n_kept
        counts[cell, DOF] += n_kept - used
        _count_products(keep, used / n_kept, counts[cell])
        for j in range(n):
            _centre(diff[j], keep, phase, x0, number, sums)
            _centre(both[j], keep, phase, x0, number, sums)
        _add_modes(diff, both, difference[n], total[n], n - trend.shape[1], keep, modes[cell], whole[cell])
        _add_increments(one, keep, x0, steps[cell, 0])
        _add_increments(other, keep, x0, steps[cell, 1])
        _mark(keep, x0, kept)
