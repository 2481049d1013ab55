"""Compiled loop over tiles of ordinary pixels: complete, without outliers, steps or much signal.

It gives what `mkrefs_detector.dark.kernels` gives, many pixels at a time, and leaves all others to it.
Importing this module loads numba but compiles nothing; compiled code is cached on disk.
"""

from typing import Any

import numba
import numpy as np

from mkrefs_detector.dark.recipe import CLOSEST, ITERATIONS, THRESHOLD
from mkrefs_detector.dark.variances import level_variance, reach_of, split_variance

# Pixels of a tile, and values of their differences that the nearest memory holds.
_MOST, _LEAST, _NEAR = 128, 16, 1 << 14


@numba.njit(cache=True)
def _take_differences(values: Any, first: Any, steps: Any, mean: Any) -> None:
    """Fill differences less their mean, and the mean."""
    count, length, width = steps.shape
    mean[:] = 0.0
    for k in range(count):
        low = values[k, 0, first : first + width]
        for j in range(length):
            high = values[k, j + 1, first : first + width]
            step, total = steps[k, j], mean[j]
            for t in range(width):
                step[t] = high[t] - low[t]
                total[t] += step[t]
            low = high
    mean /= np.float32(count)
    for k in range(count):
        for j in range(length):
            step, centre = steps[k, j], mean[j]
            for t in range(width):
                step[t] -= centre[t]


@numba.njit(cache=True)
def _look_for_outliers(steps: Any, good: Any, own: Any, limits: Any, factors: Any, numbers: Any) -> None:
    """Fill the variance of differences; unmark pixels with outliers, or what is not finite, among them."""
    count, length, width = steps.shape
    largest = np.zeros(width, np.float32)
    own[:] = 0.0
    for k in range(count):
        for j in range(length):
            step = steps[k, j]
            for t in range(width):
                square = step[t] * step[t]
                own[t] += square
                largest[t] = max(largest[t], square)
    dof = (count - 1) * length
    share = limits[dof + 1] if int(numbers[ITERATIONS]) > 0 else np.inf
    for t in range(width):
        limit = max(share * own[t], numbers[CLOSEST] ** 2)
        good[t] &= largest[t] * count <= limit * (count - 1) and own[t] < np.inf
        own[t] /= dof * factors[dof + 1] ** 2


@numba.njit(cache=True)
def _average_levels(
    values: Any, first: Any, good: Any, mean: Any, own: Any, limits: Any, factors: Any, numbers: Any
) -> None:
    """Fill mean and variance of the levels of the first group; unmark pixels with outliers among them."""
    count, width = values.shape[0], mean.size
    largest = np.zeros(width)
    mean[:] = own[:] = 0.0
    for k in range(count):
        level = values[k, 0, first : first + width]
        for t in range(width):
            mean[t] += level[t]
    mean /= count
    for k in range(count):
        level = values[k, 0, first : first + width]
        for t in range(width):
            square = (level[t] - mean[t]) * (level[t] - mean[t])
            own[t] += square
            largest[t] = max(largest[t], square)
    share = limits[count] * (count - 1) / count
    for t in range(width):
        if count > 2 and int(numbers[ITERATIONS]) > 0:
            good[t] &= largest[t] <= max(share * own[t], numbers[CLOSEST] ** 2)
        own[t] /= (count - 1) * factors[count] ** 2


@numba.njit(cache=True)
def _look_for_steps(
    steps: Any, good: Any, read: Any, poisson: Any, sums: Any, inverse: Any, threshold: Any
) -> None:
    """Unmark pixels with a ramp in which a step was missed."""
    count, length, width = steps.shape
    limit = np.float32(threshold**2 * (1 - 1 / count))
    level, beyond = np.empty(width, np.float32), np.zeros(width, np.float32)
    for k in range(count):
        level[:] = 0.0
        sums[0] = 0.0
        for j in range(length):
            step, before, after = steps[k, j], sums[j], sums[j + 1]
            for t in range(width):
                level[t] += step[t]
                after[t] = before[t] + level[t]
        whole = sums[length]
        for place in range(1, length + 1):
            low, high = np.float32(1 / place), np.float32(1 / (length + 1 - place))
            spread = np.float32(1 + inverse[1, place] + inverse[1, length + 1 - place])
            part = sums[place - 1]
            for t in range(width):
                size = (whole[t] - part[t]) * high - part[t] * low
                over = size * size - limit * (read[t] * (low + high) + poisson[t] * spread)
                beyond[t] = max(beyond[t], over)
    for t in range(width):
        good[t] &= beyond[t] <= 0


@numba.njit(cache=True)
def _slope_scatter(steps: Any, weights: Any, chi2: Any) -> None:
    """Fill the sum of the squares of the integrations' slopes."""
    count, length, width = steps.shape
    slope = np.empty(width, np.float32)
    chi2[:] = 0.0
    for k in range(count):
        slope[:] = 0.0
        for j in range(length):
            weight, step = np.float32(weights[j]), steps[k, j]
            for t in range(width):
                slope[t] += weight * step[t]
        for t in range(width):
            chi2[t] += slope[t] * slope[t]


@numba.njit(cache=True)
def _split_all(
    own: Any,
    slope: Any,
    good: Any,
    read: Any,
    poisson: Any,
    dof: Any,
    ngroups: Any,
    ratio: Any,
    numbers: Any,
    high: Any,
) -> None:
    """Fill the variances of each pixel; unmark those of much signal, which have weights of their own."""
    for t in range(own.size):
        read[t], poisson[t] = split_variance(own[t], dof, slope[t], numbers, high)
        good[t] &= poisson[t] <= ratio * read[t]
        good[t] &= reach_of(read[t], poisson[t], ngroups) == ngroups


@numba.njit(cache=True)
def _fill_ramps(
    first: Any,
    level: Any,
    start: Any,
    mean: Any,
    poisson: Any,
    count: Any,
    ramp: Any,
    variance: Any,
    number: Any,
) -> None:
    """Fill mean ramps, their variances and numbers of contributions."""
    length, width = mean.shape
    total = level.copy()
    for g in range(length + 1):
        if g > 0:
            total += mean[g - 1]
        data, error = ramp[g, first : first + width], variance[g, first : first + width]
        for t in range(width):
            data[t] = total[t]
            error[t] = start[t] + poisson[t] * (g / count)
        number[g, first : first + width] = count


@numba.njit(cache=True, nogil=True)
def average_ordinary(
    values: Any,
    span: Any,
    tables: Any,
    ramp: Any,
    variance: Any,
    number: Any,
    images: Any,
    rest: Any,
) -> None:
    """Average the ramps of ordinary pixels.

    Parameters
    ----------
    values, tables, ramp, variance, number, images
        As for `mkrefs_detector.dark.kernels.average_ramps`.
    span : (int, int)
        First pixel to do, and the one after the last.
    rest : ndarray of bool, shape (npixels,)
        Pixels that are none, for which what is filled in means nothing: those flagged, and others are added.
    """
    numbers, step_limits, level_limits, step_factors, level_factors = tables[:5]
    read_high, level_high, all_weights, ratios, inverse = tables[5:]
    count, ngroups, _ = values.shape
    length = ngroups - 1
    weights, most = all_weights[0], max(_LEAST, min(_MOST, _NEAR // (count * length)))
    squares, neighbours = (weights**2).sum(), (weights[1:] * weights[:-1]).sum()
    dof = (count - 1) * length
    for first in range(span[0], span[1], most):
        width = min(most, span[1] - first)
        steps, mean = np.empty((count, length, width), np.float32), np.empty((length, width), np.float32)
        sums, good = np.empty((length + 1, width), np.float32), np.ones(width, np.bool_)
        own, chi2 = np.empty(width, np.float32), np.empty(width, np.float32)
        read, poisson = np.empty(width, np.float32), np.empty(width, np.float32)
        level, level_own, slope, start = np.empty(width), np.empty(width), np.zeros(width), np.empty(width)
        _take_differences(values, first, steps, mean)
        _look_for_outliers(steps, good, own, step_limits, step_factors, numbers)
        _average_levels(values, first, good, level, level_own, level_limits, level_factors, numbers)
        for j in range(length):
            slope += weights[j] * mean[j]
        _split_all(own, slope, good, read, poisson, dof, ngroups, ratios[0], numbers, read_high)
        if numbers[THRESHOLD] > 0:
            _look_for_steps(steps, good, read, poisson, sums, inverse, numbers[THRESHOLD])
        _slope_scatter(steps, weights, chi2)
        for t in range(width):
            pixel = first + t
            rest[pixel] |= not good[t]
            total = (2 * read[t] + poisson[t]) * squares - 2 * read[t] * neighbours
            start[t] = level_variance(level_own[t], count, numbers, level_high)
            # In the order of the constants of `mkrefs_detector.dark.kernels`.
            images[0, pixel], images[1, pixel] = slope[t], total / count
            images[2, pixel], images[3, pixel] = own[t], dof
            images[4, pixel], images[5, pixel] = chi2[t] / max(total, 1e-30), count - 1
            images[6, pixel], images[7, pixel] = count, 0
            images[8, pixel], images[9, pixel] = level_own[t], count
        _fill_ramps(first, level, start, mean, poisson, count, ramp, variance, number)
