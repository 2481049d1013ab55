"""The documented plain clip, compiled: standard deviations of the cells of a pixel, and their mean.

Here are kernels of their own, as the cache of compiled code notices no change in another file; `kernels`
tells how a stack of differences lies in memory.
"""

import math
from typing import Any

import numba
import numpy as np

# Division by zero gives infinity, as in numpy, and so needs no branch.
_compiled = numba.njit(cache=True, nogil=True, error_model="numpy")
# The median of n samples is rarely further from their mean than so many standard deviations over sqrt(n).
_REACH = 1.5


@_compiled
def _spread(values: Any) -> Any:
    """Give mean and sum of squares about it."""
    total = 0.0
    for value in values:
        total += value
    mean = total / values.size
    squares = 0.0
    for value in values:
        squares += (value - mean) ** 2
    return mean, squares


@_compiled
def _sort(values: Any) -> None:
    """Sort in place, as Shell did: few values, with steps that become shorter."""
    step = 1
    while step < values.size:
        step = 3 * step + 1
    while step > 1:
        step //= 3
        for i in range(step, values.size):
            value = values[i]
            place = i
            while place >= step and values[place - step] > value:
                values[place] = values[place - step]
                place -= step
            values[place] = value


@_compiled
def _clip_about_median(values: Any, sigma: Any, iterations: Any) -> Any:
    """Sort values and clip them about the median as astropy's ``sigma_clip`` does; give the range kept."""
    _sort(values)
    first, stop = 0, values.size
    for _ in range(iterations):
        n = stop - first
        reach = sigma * math.sqrt(_spread(values[first:stop])[1] / n)
        centre = (values[first + (n - 1) // 2] + values[first + n // 2]) / 2
        while values[first] < centre - reach:
            first += 1
        while values[stop - 1] > centre + reach:
            stop -= 1
        if stop - first == n:
            break
    return first, stop


@_compiled
def _describe(stack: Any, mean: Any, squares: Any, count: Any) -> None:
    """Fill number, mean and sum of squares about it of the samples of each pixel."""
    count[:] = 0.0
    mean[:] = 0.0
    squares[:] = 0.0
    for k in range(stack.shape[0]):
        row = stack[k]
        for t in range(row.size):
            d = np.float64(row[t])
            count[t] += 1.0 if d == d else 0.0
            mean[t] += d if d == d else 0.0
    for t in range(mean.size):
        mean[t] /= max(count[t], 1.0)
    for k in range(stack.shape[0]):
        row = stack[k]
        for t in range(row.size):
            square = (row[t] - mean[t]) ** 2
            squares[t] += square if square == square else 0.0


@_compiled
def _prove_clean(stack: Any, sigma: Any, stats: Any, proof: Any) -> None:
    """Fill where the clip rejects nothing for sure: 0 in the first row of ``proof``.

    With less than half of the samples below mean - h and less than half above mean + h the median is between
    these, and what is within sigma * deviation - h of the mean is within the clip's reach.
    """
    mean, squares, count = stats[0], stats[1], stats[2]
    outside, low, high, h, reach = proof[0], proof[1], proof[2], proof[3], proof[4]
    for t in range(mean.size):
        deviation = math.sqrt(squares[t] / max(count[t], 1.0))
        h[t] = _REACH * deviation / math.sqrt(max(count[t], 1.0))
        reach[t] = sigma * deviation - h[t]
        outside[t] = low[t] = high[t] = 0.0
    for k in range(stack.shape[0]):
        row = stack[k]
        for t in range(row.size):
            d = row[t] - mean[t]
            low[t] += 1.0 if d < -h[t] else 0.0
            high[t] += 1.0 if d > h[t] else 0.0
            outside[t] += 1.0 if abs(d) >= reach[t] else 0.0
    for t in range(mean.size):
        outside[t] += 1.0 if 2 * max(low[t], high[t]) >= count[t] else 0.0


@_compiled
def _clip_cell(stack: Any, sigma: Any, iterations: Any, values: Any, stats: Any, proof: Any) -> None:
    """Fill sum of squares and number of what the clip keeps of each pixel; the mean stays that of all."""
    _describe(stack, stats[0], stats[1], stats[2])
    if iterations == 0:
        return
    _prove_clean(stack, sigma, stats, proof)
    for t in range(stack.shape[1]):
        if proof[0, t] > 0:
            n = 0
            for k in range(stack.shape[0]):
                if not math.isnan(stack[k, t]):
                    values[n] = stack[k, t]
                    n += 1
            if n > 1:
                first, stop = _clip_about_median(values[:n], sigma, iterations)
                stats[1, t], stats[2, t] = _spread(values[first:stop])[1], stop - first


@_compiled
def clip_plainly(stack: Any, sigma: Any, iterations: Any, cells: Any, out: Any) -> None:
    """Take the sigma-clipped standard deviation of each cell, and the clipped mean over the cells.

    Parameters
    ----------
    stack : ndarray of float32, shape (ntiles, ndifferences, tile)
        Differences; NaN where there is none.
    sigma, iterations : float, int
        Threshold and largest number of passes.
    cells : ndarray of int64, shape (ncells + 1,)
        First difference of each cell, and the number of all.
    out : ndarray of float64, shape (2, npixels)
        Filled with the standard deviation and its degrees of freedom; zeros where there is none.
    """
    ntiles, count, tile = stack.shape
    ncells, npixels = cells.size - 1, out.shape[1]
    stats, proof, values = np.empty((3, tile)), np.empty((5, tile)), np.empty(count)
    scatter, few, number = np.empty((tile, ncells)), np.zeros(tile, np.int64), np.empty(tile)
    for place in range(ntiles):
        few[:] = 0
        number[:] = 0.0
        for c in range(ncells):
            _clip_cell(stack[place, cells[c] : cells[c + 1]], sigma, iterations, values, stats, proof)
            for t in range(tile):
                if stats[2, t] > 1:
                    scatter[t, few[t]] = math.sqrt(stats[1, t] / stats[2, t])
                    few[t] += 1
                    number[t] += stats[2, t] - 1
        for t in range(min(tile, npixels - place * tile)):
            mean = 0.0
            if few[t] > 0:
                first, stop = _clip_about_median(scatter[t, : few[t]], sigma, iterations)
                mean = _spread(scatter[t, first:stop])[0]
            out[0, place * tile + t], out[1, place * tile + t] = mean, number[t]
