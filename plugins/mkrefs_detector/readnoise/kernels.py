"""Compiled loops over pixels: group differences, rejection of outliers, pooled sums of squares.

A stack of differences lies in memory tile by tile, each of some neighbouring pixels with all their
differences, which stays in the processor's cache while it is worked on: shape (ntiles, ndifferences, npixels
of a tile). The loops go through the pixels of a tile, side by side, so that several are computed at once.

Importing this module loads numba but compiles nothing; compiled code is cached on disk. All kernels share
this module because the cache notices no change in another file. The tests hold them against the same
computations in numpy.
"""

import math
from typing import Any

import numba
import numpy as np

_NAN = np.float32(np.nan)
# Pixels that are looked at together for gaps.
_FEW = 16
# Division by zero gives infinity, as in numpy, and so needs no branch.
_compiled = numba.njit(cache=True, nogil=True, error_model="numpy")


@_compiled
def write_differences(
    science: Any, group_dq: Any, earlier: Any, later: Any, bad_group: Any, bad_step: Any, first: Any, out: Any
) -> None:
    """Write the differences of one ramp's pixels; NaN where a flag spoils one, and behind the last pixel.

    Parameters
    ----------
    science : ndarray of float32, shape (nints, ngroups, npixels)
        Signal.
    group_dq : ndarray of uint8, same shape
        Group flags.
    earlier, later : ndarray of int64, shape (npairs,)
        Groups of each difference.
    bad_group, bad_step : numpy.uint8
        Flags that spoil a difference in either group, and in its later group.
    first : int
        Place of the ramp's first difference among those of all ramps.
    out : ndarray of float32, shape (ntiles, ndifferences, tile)
        Filled from ``first`` on.
    """
    nints, _, npixels = science.shape
    npairs = earlier.size
    ntiles, _, tile = out.shape
    for number in range(ntiles):
        start = number * tile
        width = min(tile, npixels - start)
        for k in range(nints * npairs):
            i, a, b = k // npairs, earlier[k % npairs], later[k % npairs]
            one, two = science[i, a, start : start + width], science[i, b, start : start + width]
            q_one, q_two = group_dq[i, a, start : start + width], group_dq[i, b, start : start + width]
            row = out[number, first + k]
            for t in range(width):
                d = two[t] - one[t]
                bad = ((q_one[t] | q_two[t]) & bad_group) | (q_two[t] & bad_step)
                row[t] = d if bad == 0 and abs(d) < np.float32(np.inf) else _NAN
            row[width:] = _NAN


@_compiled
def _describe(stack: Any, count: Any, mean: Any, squares: Any, largest: Any) -> None:
    """Fill number, mean, sum of squares about it and largest square of each pixel of a stack."""
    width = stack.shape[1]
    count[:] = 0.0
    mean[:] = 0.0
    squares[:] = 0.0
    largest[:] = 0.0
    for k in range(stack.shape[0]):
        row = stack[k]
        for t in range(width):
            d = np.float64(row[t])
            there = d == d
            count[t] += 1.0 if there else 0.0
            mean[t] += d if there else 0.0
    for t in range(width):
        mean[t] /= max(count[t], 1.0)
    for k in range(stack.shape[0]):
        row = stack[k]
        for t in range(width):
            square = (row[t] - mean[t]) ** 2
            squares[t] += square if square == square else 0.0
            largest[t] = max(largest[t], square)


@_compiled
def _find_outliers(stats: Any, limits: Any, limit: Any, columns: Any) -> Any:
    """Fill the largest square allowed, and the pixels that have a larger one; give the number of these."""
    found = 0
    for t in range(limit.size):
        n = stats[0, t]
        limit[t] = math.inf
        if n > 2:
            limit[t] = limits[int(n)] * stats[2, t] * (n - 1) / n
        if stats[3, t] > limit[t]:
            columns[found] = t
            found += 1
    return found


@_compiled
def _take(source: Any, columns: Any, target: Any) -> None:
    """Copy some columns, side by side."""
    for k in range(target.shape[0]):
        for c in range(target.shape[1]):
            target[k, c] = source[k, columns[c]]


@_compiled
def _put(source: Any, columns: Any, target: Any) -> None:
    """Copy columns back to where they were taken from."""
    for k in range(source.shape[0]):
        for c in range(source.shape[1]):
            target[k, columns[c]] = source[k, c]


@_compiled
def _drop(part: Any, mean: Any, limit: Any) -> None:
    """Put NaN in place of what is further from the mean than allowed."""
    for k in range(part.shape[0]):
        row = part[k]
        for c in range(row.size):
            row[c] = _NAN if (row[c] - mean[c]) ** 2 > limit[c] else row[c]


@_compiled
def _reject(tile: Any, stats: Any, limits: Any, iterations: Any, columns: Any) -> None:
    """Put NaN in place of outliers; of the few pixels that have any a copy is worked on."""
    _describe(tile, stats[0], stats[1], stats[2], stats[3])
    found = _find_outliers(stats, limits, stats[4], columns)
    if found == 0 or iterations == 0:
        return
    part, own, others = np.empty((tile.shape[0], found), np.float32), np.empty((5, found)), columns.copy()
    _take(tile, columns, part)
    _take(stats, columns, own)
    for _ in range(iterations):
        _drop(part, own[1], own[4])
        _describe(part, own[0], own[1], own[2], own[3])
        if _find_outliers(own, limits, own[4], others) == 0:
            break
    _put(part, columns, tile)
    _put(own, columns, stats)


@_compiled
def _count_runs(tile: Any, first: Any, stop: Any, joined: Any, runs: Any) -> None:
    """Fill the number of runs of differences that share groups, and of those of a single difference."""
    runs[:] = 0.0
    before, alone = runs[2], runs[3]
    for k in range(first, stop):
        row = tile[k]
        shares = 1.0 if joined[k] and k > first else 0.0
        for t in range(row.size):
            there = 1.0 if row[t] == row[t] else 0.0
            carried = there * shares * before[t]
            begun = there - carried
            runs[0, t] += begun
            runs[1, t] += begun - carried * alone[t]
            alone[t] = begun
            before[t] = there


@_compiled
def _pool(tile: Any, stats: Any, cells: Any, joined: Any, shared: Any, runs: Any, out: Any) -> None:
    """Add up the sums of squares about each cell's own mean, their tr(A) and tr(A A)."""
    out[:] = 0.0
    for c in range(cells.size - 1):
        if cells.size > 2:
            _describe(tile[cells[c] : cells[c + 1]], stats[0], stats[1], stats[2], stats[3])
        if shared:
            _count_runs(tile, cells[c], cells[c + 1], joined, runs)
        for t in range(tile.shape[1]):
            n = stats[0, t]
            segments, single = (runs[0, t], runs[1, t]) if shared else (n, n)
            some = 1.0 if n > 1 else 0.0
            n = max(n, 1.0)
            out[0, t] += some * stats[2, t]
            out[1, t] += some * (n - segments / n)
            out[2, t] += some * (n + (n - segments) / 2 - (segments + single) / n + (segments / n) ** 2)


@_compiled
def _end_run(line: Any, t: Any, out: Any) -> None:
    """Add the squared residuals of a pixel's run about its line, and their degrees of freedom."""
    # The first level of a run is 0 by definition, and so in none of the sums.
    points, total = line[0, t] + 1, line[2, t]
    moment = line[4, t] - (points - 1) / 2 * total
    spread = points * (points * points - 1) / 12
    squares = max(line[3, t] - total * total / points - moment * moment / spread, 0.0)
    out[0, t] += squares if points > 2 else 0.0
    out[1, t] += points - 2 if points > 2 else 0.0
    for r in range(5):
        line[r, t] = 0.0


@_compiled
def _end_runs_at_gaps(row: Any, line: Any, out: Any) -> None:
    """End the runs of the pixels that lack a difference, most often none of those looked at together."""
    whole = row.size - row.size % _FEW
    for first in range(0, whole, _FEW):
        total = np.float32(0.0)
        for t in range(_FEW):
            total += row[first + t]
        if total != total:
            for t in range(first, first + _FEW):
                if row[t] != row[t]:
                    _end_run(line, t, out)
    for t in range(whole, row.size):
        if row[t] != row[t]:
            _end_run(line, t, out)


@_compiled
def _pool_lines(tile: Any, mean: Any, joined: Any, line: Any, out: Any) -> None:
    """Add up the squared residuals about a line through each run of groups, and their degrees of freedom.

    The levels of a run are sums of its differences; a slope that all runs have in common changes nothing.
    """
    out[:] = 0.0
    line[:] = 0.0
    number, level, total, squares, moment = line[0], line[1], line[2], line[3], line[4]
    for k in range(tile.shape[0]):
        row = tile[k]
        if not joined[k]:
            for t in range(row.size):
                _end_run(line, t, out)
        for t in range(row.size):
            step = row[t] - mean[t]
            there = 1.0 if step == step else 0.0
            number[t] += there
            level[t] += step if step == step else 0.0
            counted = there * level[t]
            total[t] += counted
            squares[t] += counted * level[t]
            moment[t] += counted * number[t]
        _end_runs_at_gaps(row, line, out)
    for t in range(tile.shape[1]):
        _end_run(line, t, out)
    for t in range(tile.shape[1]):
        out[2, t] = out[1, t]


@_compiled
def pool_differences(
    stack: Any, limits: Any, iterations: Any, cells: Any, joined: Any, lines: Any, out: Any
) -> None:
    """Reject outliers among each pixel's differences, and pool the squares of the rest.

    Parameters
    ----------
    stack : ndarray of float32, shape (ntiles, ndifferences, tile)
        Differences; NaN where there is none, and in place of those rejected on return.
    limits : ndarray of float64, shape (ndifferences + 1,)
        Largest share that one of ``n`` samples may have in their sum of squares, by ``n``.
    iterations : int
        Largest number of passes.
    cells : ndarray of int64, shape (ncells + 1,)
        First difference of each cell, and the number of all: those of a cell are taken about their mean.
    joined : ndarray of bool, shape (ndifferences,)
        True where a difference shares a group with the one before it.
    lines : bool
        Take the residuals about lines through runs of joined differences in place of the squares about the
        cells' means.
    out : ndarray of float64, shape (4, npixels)
        Filled with the pooled sum of squares, tr(A), tr(A A) and the number of differences kept.
    """
    ntiles, count, tile = stack.shape
    npixels = out.shape[1]
    stats, runs, sums = np.empty((5, tile)), np.empty((5, tile)), np.empty((3, tile))
    columns = np.empty(tile, np.int64)
    shared = False
    for k in range(count):
        shared |= joined[k]
    for number in range(ntiles):
        start = number * tile
        width = min(tile, npixels - start)
        _reject(stack[number], stats, limits, iterations, columns)
        for t in range(width):
            out[3, start + t] = stats[0, t]
        if lines:
            _pool_lines(stack[number], stats[1], joined, runs, sums)
        else:
            _pool(stack[number], stats, cells, joined, shared, runs, sums)
        for r in range(3):
            for t in range(width):
                out[r, start + t] = sums[r, t]


@_compiled
def _log_c4(dof: Any) -> Any:
    """Give ln(E[s] / sigma) of a standard deviation of so many degrees of freedom, to 1e-9."""
    shift = 0.0
    while dof < 12:
        shift += math.log(dof / (dof + 1)) + 0.5 * math.log((dof + 2) / dof)
        dof += 2
    u = 1 / dof
    v = u * u
    return shift + u * (-0.25 + v * (1 / 24 + v * (-1 / 20 + v * (17 / 112 - v * 31 / 36))))


@_compiled
def finish_noise(sums: Any, weight: Any, factor: Any, least: Any, noise: Any, dof: Any, err: Any) -> None:
    """Turn pooled squares into noise, with its degrees of freedom and its standard error.

    Parameters
    ----------
    sums : ndarray of float64, shape (4, npixels)
        As `pool_differences` gives them; worked in.
    weight : float
        What the mean square is multiplied by.
    factor : ndarray of float64, shape (ndifferences + 1,)
        What rejection leaves of the standard deviation, by number of differences kept; empty for no
        correction, neither for this nor for small samples.
    least : float
        Degrees of freedom that a scatter needs more than.
    noise, dof, err : ndarray of float32, shape (npixels,)
        Filled with the noise, its effective degrees of freedom and its standard error; NaN, 0 and NaN where
        the noise cannot be measured.
    """
    before, number, shrinkage, uncertainty = -1.0, -1.0, 1.0, 0.0
    values, freedoms = sums[0], sums[1]
    for t in range(noise.size):
        squares, trace, squared = sums[0, t], sums[1, t], sums[2, t]
        freedom = trace * trace / squared
        values[t] = math.sqrt(squares / trace * weight)
        freedoms[t] = freedom if freedom > least and squares > 0 else 0.0
    for t in range(noise.size):
        freedom, kept = freedoms[t], sums[3, t]
        if freedom != before or kept != number:
            before, number = freedom, kept
            log_c4 = _log_c4(freedom) if freedom > 0 else math.nan
            shrinkage = math.exp(log_c4) * factor[int(kept)] if factor.size > 0 else 1.0
            uncertainty = math.sqrt(math.expm1(-2 * log_c4))
        value = values[t] / shrinkage if freedom > 0 else math.nan
        noise[t], dof[t], err[t] = value, freedom, value * uncertainty
