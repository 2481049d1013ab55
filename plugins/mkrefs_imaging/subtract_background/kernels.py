"""Compiled median along the planes of a stack; importing this module compiles nothing."""

import math
from typing import Any

import numba
import numpy as np


@numba.njit(cache=True)
def median_of_planes(stack: Any, usable: Any, variance: Any) -> Any:
    """Take the median of each pixel's usable values.

    Parameters
    ----------
    stack : ndarray of float32, shape (nplanes, nrows, ncols)
        The values.
    usable : ndarray of bool, shape (nplanes, nrows, ncols)
        Which values are taken.
    variance : ndarray of float32, shape (nplanes, nrows, ncols)
        Variances of the values; NaN where unknown.

    Returns
    -------
    median : ndarray of float64, shape (nrows, ncols)
        NaN without a value.
    count : ndarray of int64, shape (nrows, ncols)
        Number of values.
    variance : ndarray of float64, shape (nrows, ncols)
        Mean of the known variances of the values taken; NaN without one.
    """
    planes, rows, columns = stack.shape
    median = np.full((rows, columns), np.nan)
    mean_variance = np.full((rows, columns), np.nan)
    count = np.zeros((rows, columns), np.int64)
    values = np.empty(planes, np.float64)
    for row in range(rows):
        for column in range(columns):
            found = 0
            known = 0
            total = 0.0
            for plane in range(planes):
                if usable[plane, row, column]:
                    values[found] = stack[plane, row, column]
                    found += 1
                    if not math.isnan(variance[plane, row, column]):
                        total += variance[plane, row, column]
                        known += 1
            if found:
                ordered = np.sort(values[:found])
                median[row, column] = 0.5 * (ordered[(found - 1) // 2] + ordered[found // 2])
                count[row, column] = found
            if known:
                mean_variance[row, column] = total / known
    return median, count, mean_variance
