"""Compiled loops of the finders and fixers of bad pixels.

Importing this module loads numba but compiles nothing; compiled code is cached on disk. All kernels share
this module because the cache notices no change in another file.
"""

import math
from typing import Any

import numba
import numpy as np

# Pixels closer than this weigh most in the interpolation.
_REACH = 0.85
# Largest variance of an interpolated value, in that of one measured pixel: beyond, it is extrapolated noise.
_NOISIEST = 2.0


@numba.njit(cache=True, nogil=True)
def _middle(values: Any, n: Any) -> Any:
    """Give the median of the first n values, which are put in order."""
    for i in range(1, n):
        value = values[i]
        j = i - 1
        while j >= 0 and values[j] > value:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = value
    return 0.5 * (values[(n - 1) // 2] + values[n // 2])


@numba.njit(cache=True, nogil=True)
def _scatter(values: Any, n: Any) -> Any:
    """Give the standard deviation of the first n values."""
    mean = 0.0
    for i in range(n):
        mean += values[i]
    mean /= n
    total = 0.0
    for i in range(n):
        total += (values[i] - mean) ** 2
    return math.sqrt(total / n)


@numba.njit(cache=True, nogil=True)
def _typical_error(errors: Any, n: Any, scatter: Any) -> Any:
    """Give the larger of the median of the known errors and the scatter of the values; NaN without either."""
    known = 0
    for i in range(n):
        if not math.isnan(errors[i]):
            errors[known] = errors[i]
            known += 1
    if known == 0:
        return scatter if scatter > 0.0 else math.nan
    return max(_middle(errors, known), scatter)


@numba.njit(cache=True, nogil=True)
def median_of_neighbours(data: Any, err: Any, good: Any, places: Any, dy: Any, dx: Any) -> Any:
    """Take the median of the good neighbours of pixels.

    Parameters
    ----------
    data, err : ndarray of float32, shape (nplanes, nrows, ncols)
        Values and their errors; NaN where unknown.
    good : ndarray of bool, shape (nplanes, nrows, ncols)
        What may be used.
    places : ndarray of int64, shape (npixels, 3)
        Plane, row and column of the pixels.
    dy, dx : ndarray of int64, shape (nneighbours,)
        Where neighbours lie.

    Returns
    -------
    values, errors : ndarray of float64, shape (npixels,)
        NaN without a good neighbour.
    """
    found = np.full(len(places), np.nan)
    errors = np.full(len(places), np.nan)
    around = np.empty(dy.size)
    theirs = np.empty(dy.size)
    for i in range(len(places)):
        plane, row, column = places[i]
        n = 0
        for k in range(dy.size):
            y = row + dy[k]
            x = column + dx[k]
            if 0 <= y < data.shape[1] and 0 <= x < data.shape[2] and good[plane, y, x]:
                around[n] = data[plane, y, x]
                theirs[n] = err[plane, y, x]
                n += 1
        if n:
            errors[i] = _typical_error(theirs, n, _scatter(around, n))
            found[i] = _middle(around, n)
    return found, errors


@numba.njit(cache=True, nogil=True)
def median_in_time(data: Any, err: Any, good: Any, places: Any) -> Any:
    """Take the median of the good values of pixels in other planes; see `median_of_neighbours`.

    The error is the median of theirs.
    """
    found = np.full(len(places), np.nan)
    errors = np.full(len(places), np.nan)
    values = np.empty(data.shape[0])
    theirs = np.empty(data.shape[0])
    for i in range(len(places)):
        _, row, column = places[i]
        n = 0
        for plane in range(data.shape[0]):
            if good[plane, row, column]:
                values[n] = data[plane, row, column]
                theirs[n] = err[plane, row, column]
                n += 1
        if n:
            found[i] = _middle(values, n)
            errors[i] = _typical_error(theirs, n, 0.0)
    return found, errors


@numba.njit(cache=True, nogil=True)
def _solve(matrix: Any, sides: Any) -> Any:
    """Solve a symmetric system in place by elimination for the first two columns; whether it can be.

    The third column is the diagonal as it was.
    """
    terms = matrix.shape[0]
    for i in range(terms):
        if matrix[i, i] <= 1e-6 * sides[i, 2]:
            return False
        for j in range(i + 1, terms):
            factor = matrix[j, i] / matrix[i, i]
            for k in range(i, terms):
                matrix[j, k] -= factor * matrix[i, k]
            sides[j, 0] -= factor * sides[i, 0]
            sides[j, 1] -= factor * sides[i, 1]
    for i in range(terms - 1, -1, -1):
        for side in range(2):
            for k in range(i + 1, terms):
                sides[i, side] -= matrix[i, k] * sides[k, side]
            sides[i, side] /= matrix[i, i]
    return True


@numba.njit(cache=True, nogil=True)
def _fit(basis: Any, weights: Any, values: Any, n: Any, terms: Any) -> Any:
    """Fit n values; give the value in the middle, its variance in that of one value, and the scatter left.

    The variance is negative if the values do not tell.
    """
    matrix = np.zeros((terms, terms))
    sides = np.zeros((terms, 3))
    sides[0, 1] = 1.0
    for i in range(n):
        for j in range(terms):
            sides[j, 0] += weights[i] * basis[i, j] * values[i]
            sides[j, 2] += weights[i] * basis[i, j] ** 2
            for k in range(terms):
                matrix[j, k] += weights[i] * basis[i, j] * basis[i, k]
    if not _solve(matrix, sides):
        return 0.0, -1.0, 0.0
    variance = 0.0
    left = 0.0
    total = 0.0
    for i in range(n):
        share = 0.0
        model = 0.0
        for j in range(terms):
            share += weights[i] * basis[i, j] * sides[j, 1]
            model += basis[i, j] * sides[j, 0]
        variance += share**2
        left += weights[i] * (values[i] - model) ** 2
        total += weights[i]
    return sides[0, 0], variance, math.sqrt(left / total)


@numba.njit(cache=True, nogil=True)
def interpolated(data: Any, err: Any, good: Any, places: Any, size: Any) -> Any:
    """Interpolate pixels from the good ones in a box around them; see `median_of_neighbours`.

    A surface of the second degree is fitted, near pixels weighing most; a plane where there are too few, or
    where the surface would be extrapolated. NaN where neither holds, or where the box has no more good
    pixels than ``size``.
    """
    found = np.full(len(places), np.nan)
    errors = np.full(len(places), np.nan)
    half = size // 2
    most = (2 * half + 1) ** 2
    basis = np.empty((most, 6))
    weights, values, theirs = np.empty(most), np.empty(most), np.empty(most)
    for i in range(len(places)):
        plane, row, column = places[i]
        n = 0
        nearest = 2.0 * most
        for y in range(max(row - half, 0), min(row + half + 1, data.shape[1])):
            for x in range(max(column - half, 0), min(column + half + 1, data.shape[2])):
                if not good[plane, y, x]:
                    continue
                v = float(y - row)
                u = float(x - column)
                distance = u * u + v * v
                nearest = min(nearest, distance)
                basis[n, 0], basis[n, 1], basis[n, 2] = 1.0, u, v
                basis[n, 3], basis[n, 4], basis[n, 5] = u * u, u * v, v * v
                weights[n] = distance
                values[n] = data[plane, y, x]
                theirs[n] = err[plane, y, x]
                n += 1
        if n <= size:
            continue
        for j in range(n):
            weights[j] = max(math.exp(-(weights[j] - nearest) / (2.0 * _REACH**2)), 1e-6)
        for terms in (6, 3):
            value, variance, left = _fit(basis, weights, values, n, terms)
            if n > terms and 0.0 < variance <= _NOISIEST:
                found[i] = value
                errors[i] = _typical_error(theirs, n, left)
                break
    return found, errors


@numba.njit(cache=True, nogil=True)
def neighbourhoods(frame: Any, good: Any, wanted: Any, dy: Any, dx: Any, median: Any, scatter: Any) -> None:
    """Write median and standard deviation of the good neighbours of ``wanted`` pixels; NaN without any."""
    around = np.empty(dy.size)
    for row in range(frame.shape[0]):
        for column in range(frame.shape[1]):
            if not wanted[row, column]:
                continue
            n = 0
            for k in range(dy.size):
                y = row + dy[k]
                x = column + dx[k]
                if 0 <= y < frame.shape[0] and 0 <= x < frame.shape[1] and good[y, x]:
                    around[n] = frame[y, x]
                    n += 1
            if n:
                scatter[row, column] = _scatter(around, n)
                median[row, column] = _middle(around, n)
            else:
                scatter[row, column] = math.nan
                median[row, column] = math.nan


@numba.njit(cache=True, nogil=True)
def spreads_in_time(data: Any, good: Any, factors: Any) -> Any:
    """Give median and standard deviation (from the median absolute deviation) of each pixel over the planes.

    ``factors`` are those of the median absolute deviation by number of values; NaN where the factor is.
    """
    planes, rows, columns = data.shape
    median = np.full((rows, columns), np.nan)
    spread = np.full((rows, columns), np.nan)
    values = np.empty(planes)
    for row in range(rows):
        for column in range(columns):
            n = 0
            for plane in range(planes):
                if good[plane, row, column]:
                    values[n] = data[plane, row, column]
                    n += 1
            if n == 0:
                continue
            middle = _middle(values, n)
            for i in range(n):
                values[i] = abs(values[i] - middle)
            median[row, column] = middle
            spread[row, column] = factors[n] * _middle(values, n)
    return median, spread


@numba.njit(cache=True, nogil=True)
def median_around(image: Any, half: Any) -> Any:
    """Give the median of what is known in a box around each pixel of an image; NaN if nothing is."""
    rows, columns = image.shape
    found = np.full(image.shape, np.nan)
    values = np.empty((2 * half + 1) ** 2)
    for row in range(rows):
        for column in range(columns):
            n = 0
            for y in range(max(row - half, 0), min(row + half + 1, rows)):
                for x in range(max(column - half, 0), min(column + half + 1, columns)):
                    if not math.isnan(image[y, x]):
                        values[n] = image[y, x]
                        n += 1
            if n:
                found[row, column] = _middle(values, n)
    return found
