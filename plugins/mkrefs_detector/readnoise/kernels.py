"""Compiled loops over pixels: group differences, rejection of outliers, pooled sums of squares.

Importing this module loads numba but compiles nothing; compiled code is cached on disk. All kernels share
this module because the cache notices no change in another file. `pixelwise` holds the same computations in
numpy, and the tests hold the two against each other.
"""

import math
from typing import Any

import numba
import numpy as np

# The compiler may reorder sums, but must still honour NaN.
_SUMS = {"reassoc", "contract", "nsz"}
# Pixels that one thread turns from difference-major to pixel-major order at a time.
_TILE = 64


@numba.njit(cache=True, parallel=True)
def write_differences(
    science: Any, group_dq: Any, earlier: Any, later: Any, bad_group: Any, bad_step: Any, out: Any
) -> None:
    """Write the differences of one ramp's rows; NaN where a flag spoils one.

    Parameters
    ----------
    science : ndarray of float32, shape (nints, ngroups, nrows, ncols)
        Signal.
    group_dq : ndarray of uint8, same shape
        Group flags.
    earlier, later : ndarray of int64, shape (npairs,)
        Groups of each difference.
    bad_group, bad_step : numpy.uint8
        Flags that spoil a difference in either group, and in its later group.
    out : ndarray of float32, shape (nints * npairs, nrows * ncols)
        Filled with the differences.
    """
    nints, _, nrows, ncols = science.shape
    npairs = earlier.size
    for row in numba.prange(nrows):
        for k in range(nints * npairs):
            i, a, b = k // npairs, earlier[k % npairs], later[k % npairs]
            for x in range(ncols):
                q = group_dq[i, b, row, x]
                bad = ((group_dq[i, a, row, x] | q) & bad_group) | (q & bad_step)
                d = science[i, b, row, x] - science[i, a, row, x]
                out[k, row * ncols + x] = d if bad == 0 and math.isfinite(d) else np.float32(np.nan)


@numba.njit(cache=True)
def _gather(samples: Any, values: Any, index: Any) -> Any:
    """Copy the samples that are there, with their positions; give their number."""
    n = 0
    for k in range(samples.size):
        if not math.isnan(samples[k]):
            values[n] = samples[k]
            index[n] = k
            n += 1
    return n


@numba.njit(cache=True, fastmath=_SUMS)
def _spread(values: Any, start: Any, stop: Any) -> Any:
    """Give mean, sum of squares about it and largest square of ``values[start:stop]``."""
    total = 0.0
    for i in range(start, stop):
        total += values[i]
    mean = total / (stop - start)
    squares = 0.0
    largest = 0.0
    for i in range(start, stop):
        square = (values[i] - mean) ** 2
        squares += square
        largest = max(largest, square)
    return mean, squares, largest


@numba.njit(cache=True)
def _reject(values: Any, index: Any, n: Any, limits: Any, iterations: Any) -> Any:
    """Drop outliers in place; give the number kept."""
    for _ in range(iterations):
        if n < 3:
            break
        mean, squares, largest = _spread(values, 0, n)
        limit = limits[n] * squares * (n - 1) / n
        if largest <= limit:
            break
        kept = 0
        for i in range(n):
            if (values[i] - mean) ** 2 <= limit:
                values[kept] = values[i]
                index[kept] = index[i]
                kept += 1
        n = kept
    return n


@numba.njit(cache=True)
def _traces(index: Any, start: Any, stop: Any, joined: Any) -> Any:
    """Give tr(A) and tr(A A), A being the centred covariance of the differences ``start`` to ``stop``."""
    n = stop - start
    segments = 0
    single = 0
    length = 0
    for i in range(start, stop):
        if i > start and joined[index[i]] and index[i - 1] == index[i] - 1:
            length += 1
            continue
        single += length == 1
        segments += 1
        length = 1
    single += length == 1
    trace = n - segments / n
    squared = n + (n - segments) / 2 - (segments + single) / n + (segments / n) ** 2
    return trace, squared


@numba.njit(cache=True)
def _pool(values: Any, index: Any, n: Any, cell: Any, joined: Any, out: Any) -> None:
    """Add up the sums of squares about each cell's own mean, and their traces."""
    out[:] = 0.0
    start = 0
    while start < n:
        stop = start + 1
        while stop < n and cell[index[stop]] == cell[index[start]]:
            stop += 1
        if stop - start > 1:
            trace, squared = _traces(index, start, stop, joined)
            out[0] += _spread(values, start, stop)[1]
            out[1] += trace
            out[2] += squared
        start = stop


@numba.njit(cache=True)
def _pool_lines(values: Any, index: Any, n: Any, joined: Any, out: Any) -> None:
    """Add up the squared residuals about a line through each run of groups, and their degrees of freedom."""
    out[:] = 0.0
    start = 0
    while start < n:
        stop = start + 1
        while stop < n and joined[index[stop]] and index[stop - 1] == index[stop] - 1:
            stop += 1
        points = stop - start + 1
        if points > 2:
            middle = (points - 1) / 2
            level = 0.0
            total = 0.0
            squares = 0.0
            moment = 0.0
            for j in range(1, points):
                level += values[start + j - 1]
                total += level
                squares += level * level
                moment += (j - middle) * level
            spread = points * (points * points - 1) / 12
            out[0] += max(squares - total * total / points - moment * moment / spread, 0.0)
            out[1] += points - 2
        start = stop
    out[2] = out[1]


@numba.njit(cache=True, parallel=True)
def pool_differences(
    stack: Any, limits: Any, iterations: Any, cell: Any, joined: Any, lines: Any, out: Any
) -> None:
    """Reject outliers among each pixel's differences, and pool the squares of the rest.

    Parameters
    ----------
    stack : ndarray of float32, shape (ndifferences, npixels)
        Differences; NaN where there is none.
    limits : ndarray of float64, shape (ndifferences + 1,)
        Largest share that one of ``n`` samples may have in their sum of squares, by ``n``.
    iterations : int
        Largest number of passes.
    cell : ndarray of int64, shape (ndifferences,)
        Differences of one cell are taken about their common mean.
    joined : ndarray of bool, shape (ndifferences,)
        True where a difference shares a group with the one before it.
    lines : bool
        Take the residuals about lines through runs of joined differences in place of the squares about the
        cells' means.
    out : ndarray of float64, shape (4, npixels)
        Filled with the pooled sum of squares, tr(A), tr(A A) and the number of differences kept.
    """
    count, npixels = stack.shape
    for tile in numba.prange((npixels + _TILE - 1) // _TILE):
        first = tile * _TILE
        width = min(_TILE, npixels - first)
        samples = np.empty((width, count), np.float32)
        for k in range(count):
            for t in range(width):
                samples[t, k] = stack[k, first + t]
        values = np.empty(count, np.float64)
        index = np.empty(count, np.int64)
        sums = np.empty(3, np.float64)
        for t in range(width):
            n = _gather(samples[t], values, index)
            n = _reject(values, index, n, limits, iterations)
            if lines:
                _pool_lines(values, index, n, joined, sums)
            else:
                _pool(values, index, n, cell, joined, sums)
            out[0, first + t] = sums[0]
            out[1, first + t] = sums[1]
            out[2, first + t] = sums[2]
            out[3, first + t] = n


@numba.njit(cache=True)
def _clip_about_median(values: Any, n: Any, sigma: Any, iterations: Any) -> Any:
    """Clip in place about the median as astropy's ``sigma_clip`` does; give the number kept."""
    for _ in range(iterations):
        _, squares, _ = _spread(values, 0, n)
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
def _clip_cells(values: Any, index: Any, n: Any, cell: Any, sigma: Any, iterations: Any, scatter: Any) -> Any:
    """Write the clipped scatter of each cell; give the numbers of cells and of degrees of freedom."""
    cells = 0
    dof = 0
    start = 0
    while start < n:
        stop = start + 1
        while stop < n and cell[index[stop]] == cell[index[start]]:
            stop += 1
        kept = _clip_about_median(values[start:stop], stop - start, sigma, iterations)
        if kept > 1:
            scatter[cells] = math.sqrt(_spread(values, start, start + kept)[1] / kept)
            cells += 1
            dof += kept - 1
        start = stop
    return cells, dof


@numba.njit(cache=True, parallel=True)
def clip_plainly(stack: Any, sigma: Any, iterations: Any, cell: Any, out: Any) -> None:
    """Take the sigma-clipped standard deviation of each cell, and the clipped mean over the cells.

    Parameters
    ----------
    stack : ndarray of float32, shape (ndifferences, npixels)
        Differences; NaN where there is none.
    sigma, iterations : float, int
        Threshold and largest number of passes.
    cell : ndarray of int64, shape (ndifferences,)
        Cell of each difference.
    out : ndarray of float64, shape (2, npixels)
        Filled with the standard deviation and its degrees of freedom; zeros where there is none.
    """
    count, npixels = stack.shape
    for tile in numba.prange((npixels + _TILE - 1) // _TILE):
        first = tile * _TILE
        width = min(_TILE, npixels - first)
        samples = np.empty((width, count), np.float32)
        for k in range(count):
            for t in range(width):
                samples[t, k] = stack[k, first + t]
        values = np.empty(count, np.float64)
        scatter = np.empty(count, np.float64)
        index = np.empty(count, np.int64)
        for t in range(width):
            n = _gather(samples[t], values, index)
            cells, dof = _clip_cells(values, index, n, cell, sigma, iterations, scatter)
            mean = 0.0
            if cells > 0:
                cells = _clip_about_median(scatter, cells, sigma, iterations)
                mean = _spread(scatter, 0, cells)[0]
            out[0, first + t] = mean
            out[1, first + t] = dof
