"""Compiled functions for the mean level of the first group of a pixel's ramps.

Compiled code that calls them is cached on disk and notices no change here: remove ``__pycache__`` then.
"""

import math
from typing import Any

import numba

from mkrefs_detector.dark.recipe import CLOSEST, ITERATIONS
from mkrefs_detector.dark.sorting import UNHIT


@numba.njit(cache=True)
def _mean_level(level: Any, use: Any, limits: Any, factors: Any, numbers: Any) -> Any:
    """Average levels without outliers; give mean, variance of a level and number."""
    mean, squares, n = math.nan, 0.0, 0
    for turn in range(int(numbers[ITERATIONS]) + 1):
        total, n = 0.0, 0
        for k in range(level.size):
            if use[k]:
                total += level[k]
                n += 1
        if n == 0:
            return math.nan, 0.0, 0
        mean, squares, kept = total / n, 0.0, n
        for k in range(level.size):
            squares += (level[k] - mean) ** 2 if use[k] else 0.0
        limit = max(limits[n] * squares * (n - 1) / n, numbers[CLOSEST] ** 2)
        for k in range(level.size):
            if turn < int(numbers[ITERATIONS]) and n > 2 and use[k] and (level[k] - mean) ** 2 > limit:
                use[k] = False
                kept -= 1
        if kept == n:
            break
    return mean, squares / max(n - 1, 1) / factors[n] ** 2, n


@numba.njit(cache=True)
def first_level(
    values: Any, states: Any, pixel: Any, level: Any, use: Any, limits: Any, factors: Any, numbers: Any
) -> Any:
    """Average the levels of the first group that has any; give its place, mean, variance and number."""
    count, ngroups, _ = values.shape
    for base in range(ngroups):
        for k in range(count):
            use[k] = states[k, base] & UNHIT != 0
            level[k] = values[k, base, pixel]
        mean, variance, n = _mean_level(level, use, limits, factors, numbers)
        if n > 0:
            return base, mean, variance, n
    return 0, math.nan, 0.0, 0
