"""Compiled loop over tiles of ordinary pixels: complete, without outliers, steps or much signal.

It gives what `mkrefs_detector.dark.tiles` gives, with each value read twice in all, and leaves all other
pixels to it. Importing this module loads numba but compiles nothing; compiled code is cached on disk.

Scratch is flat, and a slice of it is taken by offsets that are fixed when the code is compiled: so the
compiler knows that rows do not overlap, and does many pixels with one instruction.
"""

import math
from typing import Any

import numba
import numpy as np

from mkrefs_detector.dark.recipe import (
    AVERAGING,
    CLOSEST,
    ITERATIONS,
    LEAST_DOF,
    LEVEL_VARIANCE,
    LEVEL_WORTH,
    MOST_EXCESS,
    READ_VARIANCE,
    READ_WORTH,
    SHARE,
    SHOT,
    THRESHOLD,
)

#: Pixels of a tile: its ramps stay in the nearest memory.
WIDTH = 128
# Rows of the sums of a tile: squares of the differences and the largest, slope of an integration, squares of
# the slopes, deviation of the group before, squares of the first levels and the largest.
_SQUARES, _LARGEST, _SLOPE, _SLOPES, _BEFORE, _LEVELS, _FURTHEST = (WIDTH * row for row in range(7))
_ROWS = 7


@numba.njit(cache=True)
def _take_means(values: Any, first: Any, width: Any, mean: Any) -> None:
    """Fill the mean of each group, relative to that of the first integration."""
    count, ngroups, _ = values.shape
    share = np.float32(1 / count)
    for g in range(ngroups):
        row, reference = mean[g], values[0, g, first : first + width]
        for t in range(width):
            row[t] = 0
        for k in range(1, count):
            value = values[k, g, first : first + width]
            for t in range(width):
                row[t] += value[t] - reference[t]
        for t in range(width):
            row[t] *= share


@numba.njit(cache=True)
def _take_first(value: Any, reference: Any, mean: Any, width: Any, sums: Any, totals: Any) -> None:
    """Begin an integration: add its first level."""
    for t in range(width):
        away = value[t] - reference[t] - mean[t]
        square = away * away
        totals[t] = away
        sums[_LEVELS + t] += square
        sums[_FURTHEST + t] = max(sums[_FURTHEST + t], square)
        sums[_BEFORE + t] = away
        sums[_SLOPE + t] = 0


@numba.njit(cache=True)
def _take_group(
    value: Any, reference: Any, mean: Any, weight: Any, width: Any, sums: Any, totals: Any
) -> None:
    """Add a group of an integration; ``totals`` are sums of deviations up to the last group and this one."""
    for t in range(width):
        away = value[t] - reference[t] - mean[t]
        step = away - sums[_BEFORE + t]
        square = step * step
        sums[_SQUARES + t] += square
        sums[_LARGEST + t] = max(sums[_LARGEST + t], square)
        sums[_SLOPE + t] += weight * step
        sums[_BEFORE + t] = away
        totals[WIDTH + t] = totals[t] + away


@numba.njit(cache=True)
def _take_integration(
    values: Any, k: Any, first: Any, width: Any, mean: Any, weights: Any, sums: Any, totals: Any, best: Any
) -> None:  # fmt: skip
    """Add one integration to the sums, and to the largest squared step at each place."""
    ngroups = values.shape[1]
    for g in range(ngroups):
        value, reference = values[k, g, first : first + width], values[0, g, first : first + width]
        if g == 0:
            _take_first(value, reference, mean[0], width, sums, totals)
        else:
            part = totals[(g - 1) * WIDTH : (g + 1) * WIDTH]
            _take_group(value, reference, mean[g], weights[g - 1], width, sums, part)
    for t in range(width):
        sums[_SLOPES + t] += sums[_SLOPE + t] * sums[_SLOPE + t]
    whole = totals[(ngroups - 1) * WIDTH : ngroups * WIDTH]
    for place in range(1, ngroups):
        low, high = np.float32(1 / place), np.float32(1 / (ngroups - place))
        part, largest = totals[(place - 1) * WIDTH : place * WIDTH], best[place]
        for t in range(width):
            step = whole[t] * high - part[t] * (low + high)
            largest[t] = max(largest[t], step * step)


@numba.njit(cache=True)
def _clear(sums: Any, best: Any, width: Any) -> None:
    """Begin a tile."""
    for i in range(sums.size):
        sums[i] = 0
    for place in range(1, best.shape[0]):
        largest = best[place]
        for t in range(width):
            largest[t] = 0


@numba.njit(cache=True)
def _take_variances(
    sums: Any, step_scale: Any, level_scale: Any, numbers: Any, start: Any, common: Any
) -> None:
    """Turn the sums of squares into variances, and fill those of the first levels, own and common."""
    for t in range(start.size):
        sums[_SQUARES + t] *= step_scale
        sums[_LEVELS + t] *= level_scale
        start[t], common[t] = sums[_LEVELS + t], numbers[LEVEL_VARIANCE]


@numba.njit(cache=True)
def _take_slopes(values: Any, first: Any, mean: Any, weights: Any, slope: Any) -> None:
    """Turn the relative means of groups into mean levels, and fill their slopes."""
    for t in range(slope.size):
        slope[t] = 0
    for g in range(mean.shape[0]):
        level, reference = mean[g], values[0, g, first : first + slope.size]
        for t in range(slope.size):
            level[t] += reference[t]
        if g > 0:
            before, weight = mean[g - 1], weights[g - 1]
            for t in range(slope.size):
                slope[t] += weight * (level[t] - before[t])


@numba.njit(cache=True)
def _mark_outliers(
    sums: Any, count: Any, length: Any, step_limits: Any, level_limits: Any, numbers: Any, rest: Any
) -> None:
    """Mark pixels with outliers, or what is not finite, among differences and first levels."""
    dof, some = (count - 1) * length, numbers[ITERATIONS] > 0
    closest, none = np.float32(numbers[CLOSEST] ** 2), np.float32(np.inf)
    share = np.float32(step_limits[dof + 1]) if some else none
    level_share = np.float32(level_limits[count] * (count - 1) / count) if some and count > 2 else none
    ratio = np.float32(1 - 1 / count)
    for t in range(rest.size):
        inside = sums[_SQUARES + t] < none
        inside &= sums[_LARGEST + t] <= max(share * sums[_SQUARES + t], closest) * ratio
        inside &= sums[_FURTHEST + t] <= max(level_share * sums[_LEVELS + t], closest)
        rest[t] |= not inside


@numba.njit(cache=True, error_model="numpy")
def _expect(own: Any, common: Any, dof: Any, shared: Any, worth: Any, high: Any) -> None:
    """Turn variances in place into those to expect: a pixel's own and the common one, weighed."""
    total = max(shared + worth - 2, (shared + worth) / MOST_EXCESS)
    alone = np.float32(shared / (shared - 2) if shared > LEAST_DOF else MOST_EXCESS)
    weight, common_weight = np.float32(shared / total), np.float32(worth / total)
    most, none = np.float32(high[min(dof, high.size - 1)] if worth > 0 else -1.0), np.float32(0)
    for t in range(own.size):
        alike = common[t] > none and own[t] <= most * common[t]
        own[t] = weight * own[t] + common_weight * common[t] if alike else own[t] * alone


@numba.njit(cache=True, error_model="numpy")
def _split(own: Any, slope: Any, dof: Any, high: Any, numbers: Any, read: Any, poisson: Any) -> None:
    """Fill the variances by reading and by signal of a difference."""
    base, shot = np.float32(2 * numbers[READ_VARIANCE]), np.float32(numbers[SHOT])
    averaging, none, half = np.float32(numbers[AVERAGING]), np.float32(0), np.float32(0.5)
    for t in range(read.size):
        signal = max(slope[t], none) * shot
        read[t], poisson[t] = own[t], base + averaging * signal
    _expect(read, poisson, dof, dof * numbers[SHARE], numbers[READ_WORTH], high)
    for t in range(read.size):
        signal = min(max(slope[t], none) * shot, read[t] / averaging)
        read[t], poisson[t] = (read[t] - signal) * half, signal


@numba.njit(cache=True)
def _mark_steps(
    best: Any, read: Any, poisson: Any, count: Any, ratio: Any, inverse: Any, numbers: Any, rest: Any
) -> None:
    """Mark pixels of much signal, and those with a ramp in which a step was missed."""
    length = best.shape[0] - 1
    # Below it the slope is weighed as one of read noise, and steps are looked for over the whole ramp.
    most = np.float32(min(ratio, 27 / (length + 1) ** 2))
    for t in range(rest.size):
        rest[t] |= not poisson[t] <= most * read[t]
    if not numbers[THRESHOLD] > 0:
        return
    limit = numbers[THRESHOLD] ** 2 * (1 - 1 / count)
    for place in range(1, length + 1):
        low, high, largest = 1 / place, 1 / (length + 1 - place), best[place]
        of_read = np.float32(limit * (low + high))
        of_signal = np.float32(limit * (1 + inverse[1, place] + inverse[1, length + 1 - place]))
        for t in range(rest.size):
            rest[t] |= largest[t] > of_read * read[t] + of_signal * poisson[t]


@numba.njit(cache=True, error_model="numpy")
def _fill_ramps(
    mean: Any, start: Any, poisson: Any, count: Any, place: Any, ramp: Any, error: Any, number: Any
) -> None:
    """Fill mean ramps, their errors and numbers of contributions; ``mean`` is the mean level."""
    ngroups, width, one = mean.shape[0], start.size, np.float32(1 / count)
    for g in range(ngroups):
        level, data, errors = mean[g], ramp[g, place : place + width], error[g, place : place + width]
        share = np.float32(g / count)
        for t in range(width):
            data[t] = level[t]
        for t in range(width):
            errors[t] = math.sqrt(one * start[t] + share * poisson[t])
        counts = number[g, place : place + width]
        for t in range(width):
            counts[t] = count


@numba.njit(cache=True, error_model="numpy")
def _fill_images(
    sums: Any, slope: Any, read: Any, poisson: Any, count: Any, length: Any, weights: Any, images: Any
) -> None:
    """Fill what the constants of `mkrefs_detector.dark.recipe` name, in their order."""
    squares = neighbours = before = np.float32(0)
    for weight in weights:
        squares, neighbours, before = squares + weight * weight, neighbours + weight * before, weight
    own, level, dof, tiny = sums[_SQUARES:], sums[_LEVELS:], (count - 1) * length, np.float32(1e-30)
    for t in range(read.size):
        total = (read[t] + read[t] + poisson[t]) * squares - (read[t] + read[t]) * neighbours
        images[0, t], images[1, t] = slope[t], total / np.float32(count)
        images[4, t] = sums[_SLOPES + t] / max(total, tiny)
        images[5, t] = count - 1 if total > tiny else 0
    for t in range(read.size):
        images[2, t], images[3, t] = own[t], dof
    for t in range(read.size):
        images[6, t], images[7, t], images[8, t], images[9, t] = count, 0, level[t], count


@numba.njit(cache=True, nogil=True, error_model="numpy")
def average_ordinary(
    values: Any, span: Any, tables: Any, place: Any, ramp: Any, error: Any, number: Any, images: Any,
    rest: Any,
) -> None:  # fmt: skip
    """Average the ramps of ordinary pixels.

    Parameters
    ----------
    values : ndarray of float32, shape (nintegrations, ngroups, npixels)
        The ramps, two or more, in DN.
    span : (int, int)
        First pixel to do, and the one after the last.
    tables : tuple of ndarray
        Of the `mkrefs_detector.dark.recipe.Recipe`.
    place : int
        Where the first of the ``npixels`` is in ``ramp``, ``error`` and ``number``.
    ramp, error : ndarray of float32, shape (ngroups, nall)
        Filled with the mean ramp in DN and its standard error.
    number : ndarray of unsigned int, same shape
        Filled with the contributions to each group.
    images : ndarray of float32, shape (IMAGES, npixels)
        Filled with what the constants of `mkrefs_detector.dark.recipe` name.
    rest : ndarray of bool, shape (npixels,)
        Pixels that are none, for which what is filled in means nothing: those flagged, and others are added.
    """
    numbers, step_limits, level_limits, step_factors, level_factors = tables[:5]
    read_high, level_high, all_weights, ratios, inverse = tables[5:]
    count, ngroups, _ = values.shape
    length, weights = ngroups - 1, np.empty(ngroups - 1, np.float32)
    for j in range(length):
        weights[j] = all_weights[0, j]
    dof = (count - 1) * length
    mean, best = np.empty((ngroups, WIDTH), np.float32), np.empty((ngroups, WIDTH), np.float32)
    sums, totals = np.empty(_ROWS * WIDTH, np.float32), np.empty(ngroups * WIDTH, np.float32)
    rows = np.empty((5, WIDTH), np.float32)
    for first in range(span[0], span[1], WIDTH):
        width = min(WIDTH, span[1] - first)
        read, poisson, slope, start = rows[0, :width], rows[1, :width], rows[2, :width], rows[3, :width]
        other = rest[first : first + width]
        _take_means(values, first, width, mean)
        _clear(sums, best, width)
        for k in range(count):
            _take_integration(values, k, first, width, mean, weights, sums, totals, best)
        _mark_outliers(sums, count, length, step_limits, level_limits, numbers, other)
        step_scale = np.float32(1 / (dof * step_factors[dof + 1] ** 2))
        level_scale = np.float32(1 / ((count - 1) * level_factors[count] ** 2))
        _take_variances(sums, step_scale, level_scale, numbers, start, rows[4])
        _take_slopes(values, first, mean, weights, slope)
        _split(sums, slope, dof, read_high, numbers, read, poisson)
        _mark_steps(best, read, poisson, count, ratios[0], inverse, numbers, other)
        _expect(start, rows[4], count - 1, count - 1.0, numbers[LEVEL_WORTH], level_high)
        _fill_ramps(mean, start, poisson, count, place + first, ramp, error, number)
        _fill_images(sums, slope, read, poisson, count, length, weights, images[:, first : first + width])
