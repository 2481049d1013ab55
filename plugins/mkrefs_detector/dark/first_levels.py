"""Compiled loops that average the levels of the first group of ramps, in which integrations differ most.

Importing this module loads numba but compiles nothing; compiled code is cached on disk.
"""

import math
from typing import Any

import numba
import numpy as np

from mkrefs_detector.dark.recipe import CLOSEST, ITERATIONS
from mkrefs_detector.dark.sorting import UNHIT

#: Rows of what is found: the first group that has levels, their mean, the variance of one, and their number.
BASE, MEAN, VARIANCE, NUMBER = range(4)
ROWS = 4


@numba.njit(cache=True)
def _take_levels(ramps: Any, states: Any, level: Any, counts: Any, found: Any) -> None:
    """Fill the levels of the first group that has any, and which of them count."""
    unhit, count, base, number = np.uint8(UNHIT), ramps.shape[0], found[BASE], found[NUMBER]
    for t in range(base.size):
        base[t] = number[t] = 0.0
    for k in range(count):
        state, value, own, mine = states[k, 0], ramps[k, 0], counts[k], level[k]
        for t in range(base.size):
            own[t] = 1.0 if state[t] & unhit == unhit else 0.0
            mine[t] = value[t] if own[t] > 0 else 0.0
            number[t] += own[t]
    for t in range(base.size):
        for g in range(1, ramps.shape[1]):
            if number[t] > 0:
                break
            for k in range(count):
                if states[k, g, t] & unhit == unhit:
                    counts[k, t], level[k, t], base[t] = 1.0, ramps[k, g, t], g
                    number[t] += 1.0


@numba.njit(cache=True, error_model="numpy")
def _take_means(level: Any, counts: Any, found: Any, furthest: Any) -> None:
    """Fill means and numbers of levels, their sums of squares, and the largest squared distances."""
    mean, squares, number = found[MEAN], found[VARIANCE], found[NUMBER]
    for t in range(mean.size):
        mean[t] = squares[t] = number[t] = furthest[t] = 0.0
    for k in range(level.shape[0]):
        value, own = level[k], counts[k]
        for t in range(mean.size):
            mean[t] += value[t] * own[t]
            number[t] += own[t]
    for t in range(mean.size):
        mean[t] /= number[t]
    for k in range(level.shape[0]):
        value, own = level[k], counts[k]
        for t in range(mean.size):
            square = (value[t] - mean[t]) * (value[t] - mean[t]) * own[t]
            squares[t] += square
            furthest[t] = max(furthest[t], square)


@numba.njit(cache=True, nogil=True)
def average_first_levels(ramps: Any, states: Any, tables: Any, counts: Any, found: Any) -> None:
    """Average the levels of the first group that has any, without outliers.

    Parameters
    ----------
    ramps, states : ndarray of float32 and uint8, shape (nintegrations, ngroups, npicked)
        The ramps in DN, and what counts of them, from `mkrefs_detector.dark.sorting`.
    tables : tuple of ndarray
        Of the `mkrefs_detector.dark.recipe.Recipe`.
    counts : ndarray of float32, shape (nintegrations, npicked)
        Filled with 1 for the integrations whose levels are in the mean, and 0 for others.
    found : ndarray of float64, shape (ROWS, npicked)
        Filled with what the constants name; NaN for the mean of none.
    """
    numbers, limits, factors = tables[0], tables[2], tables[4]
    level, furthest = np.empty(counts.shape), np.empty(counts.shape[1])
    squares, number = found[VARIANCE], found[NUMBER]
    _take_levels(ramps, states, level, counts, found)
    _take_means(level, counts, found, furthest)
    for _ in range(int(numbers[ITERATIONS])):
        changed = False
        for t in range(number.size):
            n = int(number[t])
            limit = max(limits[n] * squares[t] * (n - 1) / max(n, 1), numbers[CLOSEST] ** 2)
            if n > 2 and furthest[t] > limit:
                changed = True
                for k in range(level.shape[0]):
                    if (level[k, t] - found[MEAN, t]) ** 2 > limit:
                        counts[k, t] = 0.0
        if not changed:
            break
        _take_means(level, counts, found, furthest)
    for t in range(number.size):
        n = int(number[t])
        squares[t] = squares[t] / max(n - 1, 1) / factors[n] ** 2 if n > 0 else 0.0
        if n == 0:
            found[MEAN, t] = math.nan
