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


@numba.njit(cache=True, nogil=True, fastmath=_SUMS)
def _spread(values: Any, n: Any) -> Any:
    """Give mean, sum of squares about it, and the largest square of ``values[:n]``."""
    total = 0.0
    for i in range(n):
        total += values[i]
    mean = total / n
    squares, largest = 0.0, 0.0
    for i in range(n):
        square = (values[i] - mean) ** 2
        squares += square
        largest = max(largest, square)
    return mean, squares, largest


@numba.njit(cache=True, nogil=True)
def _clipped_mean(values: Any, n: Any) -> Any:
    """Give the mean of ``values[:n]`` without outliers, in whose place others may be moved."""
    mean = np.nan
    for _ in range(_PASSES if n > 0 else 0):
        mean, squares, largest = _spread(values, n)
        limit = _MEAN_SIGMA**2 * squares / n
        if largest <= limit:
            break
        kept = 0
        for i in range(n):
            value = values[i]
            values[kept] = value
            kept += 1 if (value - mean) ** 2 <= limit else 0
        n = kept
    return mean


@numba.njit(cache=True, nogil=True)
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
    for cell in range(edges.size - 1):
        x0, x1 = edges[cell], edges[cell + 1]
        values = np.empty(nrows * (x1 - x0) + 1, np.float64)
        for g in range(ngroups):
            n = 0
            total = 0
            clean = 0
            for y in range(nrows):
                for x in range(x0, x1):
                    counts = good[y, x]
                    free_here = counts and (group_dq[g, y, x] & spoils) == 0
                    total += counts
                    clean += free_here
                    if g > 0:
                        step = np.float64(science[g, y, x]) - np.float64(science[g - 1, y, x])
                        values[n] = step
                        usable = free_here and (group_dq[g - 1, y, x] & spoils) == 0
                        n += 1 if usable and math.isfinite(step) else 0
            free[cell, g] = clean / total if total > 0 else 0.0
            steps[cell, g] = _clipped_mean(values, n)


@numba.njit(cache=True, nogil=True)
def _find_usable(
    first: Any, second: Any, flags1: Any, flags2: Any, good: Any, spoils: Any, struck: Any, x0: Any,
    state: Any,
) -> Any:  # fmt: skip
    """Fill the state of pixels: 1 if usable, 2 if only a jump was flagged, 0 elsewhere; count the first."""
    nrows, ncols = state.shape
    usable = 0
    for y in range(nrows):
        here = state[y]
        for x in range(ncols):
            here[x] = 0 if good[y, x0 + x] else spoils
        for g in range(first.shape[0]):
            one, other = first[g, y, x0 : x0 + ncols], second[g, y, x0 : x0 + ncols]
            hit, hit2 = flags1[g, y, x0 : x0 + ncols], flags2[g, y, x0 : x0 + ncols]
            for x in range(ncols):
                flags = hit[x] | hit2[x]
                here[x] |= flags if math.isfinite(one[x] + other[x]) else flags | spoils
        for x in range(ncols):
            here[x] = 0 if here[x] & spoils else 2 if here[x] & struck else 1
            usable += here[x] == 1
    return usable


@numba.njit(cache=True, nogil=True, fastmath={"contract", "nsz"})
def _increments(
    first: Any, second: Any, x0: Any, scale: Any, trend: Any, state: Any, diff: Any, both: Any
) -> None:
    """Fill in difference and trend-free sum of two exposures' increments; 0 where a pixel is not usable."""
    length, nrows, ncols = diff.shape
    part = np.empty((trend.shape[0], ncols))
    for y in range(nrows):
        here = state[y]
        part[:] = 0.0
        for j in range(length):
            one, next_one = first[j, y, x0 : x0 + ncols], first[j + 1, y, x0 : x0 + ncols]
            other, next_other = second[j, y, x0 : x0 + ncols], second[j + 1, y, x0 : x0 + ncols]
            difference, total = diff[j, y], both[j, y]
            a, b, c, d = scale[0, j], scale[0, j + 1], scale[1, j], scale[1, j + 1]
            for x in range(ncols):
                p, q = b * next_one[x] - a * one[x], d * next_other[x] - c * other[x]
                difference[x] = p - q if here[x] else 0.0
                total[x] = p + q if here[x] else 0.0
            for power in range(trend.shape[0]):
                weight, row = trend[power, j], part[power]
                for x in range(ncols):
                    row[x] += weight * total[x]
        for j in range(length):
            total = both[j, y]
            for power in range(trend.shape[0]):
                weight, row = trend[power, j], part[power]
                for x in range(ncols):
                    total[x] -= weight * row[x]


@numba.njit(cache=True, nogil=True)
def _weigh_phases(keep: Any, phase: Any, x0: Any, number: Any, members: Any, weights: Any) -> None:
    """Fill 1 for the pixels of each phase, and one over their number for those that are kept; 0 elsewhere."""
    for k in range(number.size):
        inverse = 1.0 / number[k] if number[k] > 0 else 0.0
        for y in range(keep.shape[0]):
            for x in range(keep.shape[1]):
                mine = phase[y, x0 + x] == k
                members[k, y, x] = 1.0 if mine else 0.0
                weights[k, y, x] = inverse if mine and keep[y, x] else 0.0


@numba.njit(cache=True, nogil=True, fastmath=_SUMS)
def _centre(image: Any, members: Any, weights: Any) -> None:
    """Take off each phase's mean over the pixels kept."""
    flat = image.reshape(-1)
    for k in range(weights.shape[0]):
        weight, mine = weights[k].reshape(-1), members[k].reshape(-1)
        mean = 0.0
        for i in range(flat.size):
            mean += weight[i] * flat[i]
        for i in range(flat.size):
            flat[i] -= mean * mine[i]


@numba.njit(cache=True, nogil=True)
def _count_phases(keep: Any, phase: Any, x0: Any, number: Any) -> Any:
    number[:] = 0
    for y in range(keep.shape[0]):
        for x in range(keep.shape[1]):
            if keep[y, x]:
                number[phase[y, x0 + x]] += 1
    return number.sum()


@numba.njit(cache=True, nogil=True, fastmath=_SUMS)
def _inverse_deviations(diff: Any, both: Any, keep: Any, shrink: Any, out: Any) -> None:
    """Fill in one over twice the standard deviation of each of two exposures' increments."""
    one, other, n = 0.0, 0.0, 0
    for y in range(keep.shape[0]):
        for x in range(keep.shape[1]):
            use = 1.0 if keep[y, x] else 0.0
            one += use * (both[y, x] + diff[y, x]) ** 2
            other += use * (both[y, x] - diff[y, x]) ** 2
            n += keep[y, x]
    out[0] = math.sqrt(shrink * n / one) if one > 0 else 0.0
    out[1] = math.sqrt(shrink * n / other) if other > 0 else 0.0


@numba.njit(cache=True, nogil=True)
def _peaks(diff: Any, both: Any, state: Any, scale: Any, peak: Any) -> None:
    """Fill in the largest deviation of any increment of either exposure, in standard deviations."""
    peak[:] = 0.0
    for j in range(diff.shape[0]):
        for y in range(state.shape[0]):
            difference, total, highest = diff[j, y], both[j, y], peak[y]
            for x in range(state.shape[1]):
                one = abs(total[x] + difference[x]) * scale[j, 0]
                other = abs(total[x] - difference[x]) * scale[j, 1]
                highest[x] = max(highest[x], max(one, other))
    for y in range(state.shape[0]):
        for x in range(state.shape[1]):
            peak[y, x] = 0.0 if state[y, x] == 0 else peak[y, x]


@numba.njit(cache=True, nogil=True)
def _reject(
    diff: Any, both: Any, state: Any, phase: Any, x0: Any, sigma: Any, shrink: Any,
    keep: Any, peak: Any, number: Any, members: Any, weights: Any,
) -> None:  # fmt: skip
    """Centre the increments on their means, and leave out pixels of which one stands out."""
    length = diff.shape[0]
    scale = np.empty((length, 2))
    for y in range(keep.shape[0]):
        for x in range(keep.shape[1]):
            keep[y, x] = state[y, x] == 1
    for _ in range(_PASSES):
        _count_phases(keep, phase, x0, number)
        _weigh_phases(keep, phase, x0, number, members, weights)
        for j in range(length):
            _centre(diff[j], members, weights)
            _centre(both[j], members, weights)
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


@numba.njit(cache=True, nogil=True)
def _leave_out_neighbours(peak: Any, keep: Any, limit: Any) -> None:
    """Leave out the eight neighbours of pixels with a large hit: they hold a share of its charge."""
    nrows, ncols = keep.shape
    for y in range(nrows):
        for x in range(ncols):
            if peak[y, x] > limit:
                for v in range(max(y - 1, 0), min(y + 2, nrows)):
                    for u in range(max(x - 1, 0), min(x + 2, ncols)):
                        keep[v, u] = False


@numba.njit(cache=True, nogil=True)
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


@numba.njit(cache=True, nogil=True)
def _lay_out(stack: Any, keep: Any, lines: Any) -> None:
    """Copy images into lines with an empty column behind each, zero where nothing is kept."""
    nrows, ncols = keep.shape
    for j in range(stack.shape[0]):
        for y in range(nrows):
            row, line = stack[j, y], lines[j, y * (ncols + 1) : (y + 1) * (ncols + 1)]
            for x in range(ncols):
                line[x] = row[x] if keep[y, x] else 0.0
            line[ncols] = 0.0


@numba.njit(cache=True, nogil=True, fastmath=_SUMS)
def _project(lines: Any, weights: Any, image: Any) -> None:
    """Combine increments into one image."""
    image[:] = 0.0
    for j in range(lines.shape[0]):
        weight, line = weights[j], lines[j]
        for i in range(image.size):
            image[i] += weight * line[i]


@numba.njit(cache=True, nogil=True, fastmath=_SUMS)
def _products(image: Any, width: Any, out: Any, k: Any, lags: Any) -> None:
    """Add up the products of an image with itself, shifted by each of the first lags.

    The image is one line, whose rows end in an empty column, so that no product crosses an edge.
    """
    for lag in range(lags):
        dy, dx = LAGS[lag]
        shift = dy * width + dx
        one, other = image[: image.size - shift], image[shift:]
        total = 0.0
        for i in range(one.size):
            total += one[i] * other[i]
        out[lag, k] += total


@numba.njit(cache=True, nogil=True)
def _add_modes(
    diff: Any, both: Any, difference: Any, total: Any, of_total: Any, keep: Any, modes: Any, whole: Any
) -> None:
    """Add up the products of all modes, and of the increments accumulated."""
    n, width = diff.shape[0], keep.shape[1] + 1
    lines, image = np.empty((n, keep.shape[0] * width)), np.empty(keep.shape[0] * width)
    _lay_out(both, keep, lines)
    for k in range(of_total):
        _project(lines, total[k], image)
        _products(image, width, modes, difference.shape[0] + k, 5)
    _lay_out(diff, keep, lines)
    for k in range(n):
        _project(lines, difference[k], image)
        _products(image, width, modes, k, 5)
    for j in range(n):
        if j > 0:
            lines[j] += lines[j - 1]
        _products(lines[j], width, whole, j, 5 if j == n - 1 else 1)


@numba.njit(cache=True, nogil=True, fastmath=_SUMS)
def _add_increments(science: Any, keep: Any, x0: Any, out: Any) -> None:
    """Add up the increments of the pixels kept."""
    ncols = keep.shape[1]
    for j in range(science.shape[0] - 1):
        total = 0.0
        for y in range(keep.shape[0]):
            before, after = science[j, y, x0 : x0 + ncols], science[j + 1, y, x0 : x0 + ncols]
            for x in range(ncols):
                step = np.float64(after[x]) - np.float64(before[x])
                total += step if keep[y, x] else 0.0
        out[j] += total


@numba.njit(cache=True, nogil=True)
def _count_hits(state: Any, peak: Any, sigma: Any, tail: Any, counts: Any) -> None:
    """Count the pixels tried, those rejected, and those in the tail that hits make."""
    for y in range(state.shape[0]):
        for x in range(state.shape[1]):
            counts[TRIED] += state[y, x] > 0
            counts[REJECTED] += state[y, x] > 0 and peak[y, x] > sigma
            counts[TAILED] += tail[0] < peak[y, x] <= tail[1]


@numba.njit(cache=True, nogil=True)
def _mark(keep: Any, x0: Any, kept: Any) -> None:
    for y in range(keep.shape[0]):
        for x in range(keep.shape[1]):
            if keep[y, x]:
                kept[y, x0 + x] = True


@numba.njit(cache=True, nogil=True)
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
    for cell in range(edges.size - 1):
        x0, n, g0 = edges[cell], length[cell], start[cell]
        if n < 1:
            continue
        rows, columns = good.shape[0], edges[cell + 1] - x0
        shape = (rows, columns)
        one, other = first[g0 : g0 + n + 1], second[g0 : g0 + n + 1]
        state, keep, peak = np.empty(shape, np.uint8), np.empty(shape, np.bool_), np.empty(shape)
        diff, both = np.empty((n, rows, columns)), np.empty((n, rows, columns))
        number = np.zeros(phases, np.int64)
        members, weights = np.empty((phases, rows, columns)), np.empty((phases, rows, columns))
        counts[cell, USABLE] += _find_usable(
            one, other, flags1[g0 : g0 + n + 1], flags2[g0 : g0 + n + 1], good, spoils, struck, x0, state
        )
        _increments(one, other, x0, scale[cell], trend[n], state, diff, both)
        _reject(diff, both, state, phase, x0, sigma, shrink, keep, peak, number, members, weights)
        _count_hits(state, peak, sigma, tail, counts[cell])
        _leave_out_neighbours(peak, keep, tail[2])
        n_kept = _count_phases(keep, phase, x0, number)
        if n_kept < _LEAST_PIXELS:
            continue
        used = (number > 0).sum()
        counts[cell, KEPT] += n_kept
        counts[cell, DOF] += n_kept - used
        _count_products(keep, used / n_kept, counts[cell])
        _weigh_phases(keep, phase, x0, number, members, weights)
        for j in range(n):
            _centre(diff[j], members, weights)
            _centre(both[j], members, weights)
        _add_modes(diff, both, difference[n], total[n], n - trend.shape[1], keep, modes[cell], whole[cell])
        _add_increments(one, keep, x0, steps[cell, 0])
        _add_increments(other, keep, x0, steps[cell, 1])
        _mark(keep, x0, kept)
