"""Compiled loops over pixels: rejection of outliers and of missed hits, mean ramps and their errors.

Importing this module loads numba but compiles nothing; compiled code is cached on disk. ``use`` is 1 for
differences that count and 0 for others, which are 0 themselves.
"""

import math
from typing import Any

import numba
import numpy as np

from mkrefs_detector.dark.first_level import first_level
from mkrefs_detector.dark.recipe import CLOSEST, ITERATIONS, THRESHOLD
from mkrefs_detector.dark.sorting import STEP, find_states
from mkrefs_detector.dark.variances import level_variance, reach_of, split_variance

# Sums and maxima of finite numbers, which may be taken in any order.
_ANY_ORDER = {"reassoc", "nsz", "nnan", "contract"}
# Largest number of passes of the search for missed steps.
_PASSES = 3

#: Images that are filled, in this order: slope in DN per group and its variance; variance of a difference by
#: the pixel's own samples, and its degrees of freedom; chi-square of the integrations' slopes, and its
#: degrees of freedom; integrations in use, and those in which a step was missed; variance of a level by the
#: pixel's own samples, and number of levels.
RATE, RATE_VARIANCE, NOISE, NOISE_DOF, EXCESS, EXCESS_DOF, USED, REJECTED, LEVEL, LEVELS = range(10)
IMAGES = 10


@numba.njit(cache=True, fastmath=_ANY_ORDER)
def _scatter(steps: Any, use: Any, mean: Any) -> Any:
    """Give the sum of squares of the differences in use about their means."""
    squares = 0.0
    for k in range(steps.shape[0]):
        for j in range(mean.size):
            squares += use[k, j] * (steps[k, j] - mean[j]) * (steps[k, j] - mean[j])
    return squares


@numba.njit(cache=True, fastmath=_ANY_ORDER)
def _furthest(steps: Any, use: Any, mean: Any, samples: Any) -> Any:
    """Give the largest squared distance from the mean, in units of what it is expected to be."""
    largest = 0.0
    for j in range(mean.size):
        if samples[j] > 1:
            square = 0.0
            for k in range(steps.shape[0]):
                square = max(square, use[k, j] * (steps[k, j] - mean[j]) * (steps[k, j] - mean[j]))
            largest = max(largest, square * samples[j] / (samples[j] - 1))
    return largest


@numba.njit(cache=True)
def _average(steps: Any, use: Any, mean: Any, samples: Any) -> Any:
    """Fill means and numbers of the differences in use; give sum of squares and degrees of freedom."""
    count, length = steps.shape
    mean[:] = 0.0
    samples[:] = 0.0
    for k in range(count):
        for j in range(length):
            mean[j] += steps[k, j] * use[k, j]
            samples[j] += use[k, j]
    dof = 0.0
    for j in range(length):
        if samples[j] > 0:
            mean[j] /= samples[j]
            dof += samples[j] - 1
    return _scatter(steps, use, mean), int(dof)


@numba.njit(cache=True)
def _outlier(steps: Any, use: Any, mean: Any, samples: Any, j: Any, limit: Any) -> Any:
    """Give the integration whose difference is furthest beyond the limit; -1 if none is."""
    worst = -1
    far = limit * (samples[j] - 1) / samples[j]
    for k in range(steps.shape[0]):
        square = use[k, j] * (steps[k, j] - mean[j]) ** 2
        if square > far:
            far, worst = square, k
    if worst < 0 or samples[j] > 2:
        return worst
    # Two values are as far from their mean: the one that is unlike the other groups' is the outlier.
    total = norm = 0.0
    for i in range(mean.size):
        total += mean[i] * samples[i] * (i != j)
        norm += samples[i] * (i != j)
    far = -1.0
    for k in range(steps.shape[0]):
        away = use[k, j] * abs(steps[k, j] - total / max(norm, 1.0))
        if away > far:
            far, worst = away, k
    return worst


@numba.njit(cache=True)
def _clip(steps: Any, use: Any, mean: Any, samples: Any, limits: Any, factors: Any, numbers: Any) -> Any:
    """Reject outliers among all differences of a pixel; give their variance and its degrees of freedom.

    With a difference go the others of the same two reads: what is left then does not depend on the noise of
    the reads by which the outlier was found.
    """
    length = mean.size
    squares, dof = _average(steps, use, mean, samples)
    for _ in range(int(numbers[ITERATIONS])):
        limit = max(limits[dof + 1] * squares, numbers[CLOSEST] ** 2)
        if _furthest(steps, use, mean, samples) <= limit:
            break
        for j in range(length):
            k = _outlier(steps, use, mean, samples, j, limit) if samples[j] > 1 else -1
            if k >= 0:
                for i in range(max(j - 1, 0), min(j + 2, length)):
                    use[k, i] = 0.0
        squares, dof = _average(steps, use, mean, samples)
    return squares / max(dof, 1) / factors[dof + 1] ** 2, dof


@numba.njit(cache=True)
def _slope(mean: Any, samples: Any, weights: Any) -> Any:
    """Give the weighted mean of the differences that there are, and the sum of their weights."""
    total = norm = 0.0
    for j in range(mean.size):
        if samples[j] > 0:
            total += weights[j] * mean[j]
            norm += weights[j]
    return (total / norm, norm) if norm > 0 else (math.nan, 0.0)


@numba.njit(cache=True)
def _largest_in_run(
    steps: Any, mean: Any, sums: Any, start: Any, stop: Any, read: Any, poisson: Any, reach: Any, inverse: Any
) -> Any:
    """Give the largest step between levels ``start`` to ``stop``: squared over variance, with its sign."""
    level = 0.0
    sums[start] = sums[start + 1] = 0.0
    for j in range(start, stop):
        level += steps[j] - mean[j]
        sums[j + 2] = sums[j + 1] + level
    best = 0.0
    for place in range(start + 1, stop + 1):
        before, after = min(reach, place - start), min(reach, stop + 1 - place)
        step = (sums[place + after] - sums[place]) * inverse[0, after]
        step -= (sums[place] - sums[place - before]) * inverse[0, before]
        variance = read * (inverse[0, after] + inverse[0, before])
        variance += poisson * (1.0 + inverse[1, after] + inverse[1, before])
        if step * step > abs(best) * variance:
            best = math.copysign(step * step / variance, step)
    return best


@numba.njit(cache=True)
def _find_steps(
    steps: Any, use: Any, mean: Any, found: Any, sums: Any, read: Any, poisson: Any, inverse: Any
) -> Any:
    """Fill the largest step of each integration about the mean ramp; give how many are in use."""
    count, length = steps.shape
    reach = reach_of(read, poisson, length + 1)
    alive = 0
    for k in range(count):
        found[k] = 0.0
        start, some = 0, 0
        while start < length:
            stop = start
            while stop < length and use[k, stop] > 0:
                stop += 1
            if stop > start:
                some = 1
                best = _largest_in_run(steps[k], mean, sums, start, stop, read, poisson, reach, inverse)
                if abs(best) > abs(found[k]):
                    found[k] = best
            start = stop + 1
        alive += some
    return alive


@numba.njit(cache=True)
def _reject_ramps(use: Any, found: Any, alive: Any, threshold: Any) -> Any:
    """Put integrations out of use in which a step was missed; give how many ought to be, and how many are."""
    if alive < 2:
        return 0, 0
    limit = threshold**2 * (1 - 1 / alive)
    wanted = 0
    for k in range(found.size):
        wanted += 1 if abs(found[k]) > limit else 0
    dropped = min(wanted, alive // 2)
    for _ in range(dropped):
        worst = 0
        for k in range(1, found.size):
            more, alike = abs(found[k]) - abs(found[worst]), 1e-6 * abs(found[worst])
            # Of two ramps that deviate from their mean alike, the one that steps up was hit.
            if more > alike or (more > -alike and found[k] > 0):
                worst = k
        found[worst] = 0.0
        use[worst] = 0.0
    return wanted, dropped


@numba.njit(cache=True)
def _measure(
    steps: Any, use: Any, mean: Any, samples: Any, found: Any, sums: Any, limits: Any, factors: Any,
    high: Any, weights: Any, inverse: Any, numbers: Any,
) -> Any:  # fmt: skip
    """Average the differences without outliers and without ramps in which a step was missed.

    Gives the variance of a difference by the pixel's own samples, its degrees of freedom, its parts by
    reading and by signal, and the number of ramps that ought to be left out.
    """
    own, dof = _clip(steps, use, mean, samples, limits, factors, numbers)
    slope, _ = _slope(mean, samples, weights)
    read, poisson = split_variance(own, dof, slope, numbers, high)
    rejected = 0
    for _ in range(_PASSES):
        if not (numbers[THRESHOLD] > 0 and dof > 0):
            break
        alive = _find_steps(steps, use, mean, found, sums, read, poisson, inverse)
        wanted, dropped = _reject_ramps(use, found, alive, numbers[THRESHOLD])
        rejected += wanted
        if dropped == 0:
            break
        own, dof = _clip(steps, use, mean, samples, limits, factors, numbers)
        slope, _ = _slope(mean, samples, weights)
        read, poisson = split_variance(own, dof, slope, numbers, high)
    return own, dof, read, poisson, rejected


@numba.njit(cache=True)
def _kind_of(read: Any, poisson: Any, ratios: Any) -> Any:
    """Give the class of weights."""
    kind = 0
    while kind < ratios.size and poisson > ratios[kind] * read:
        kind += 1
    return kind


@numba.njit(cache=True)
def _count_neighbours(use: Any, level_use: Any, base: Any, both: Any) -> None:
    """Count the integrations that have a difference and the one before it; for the first, the level."""
    count, length = use.shape
    both[:] = 0.0
    for k in range(count):
        both[0] += use[k, 0] * (base == 0 and level_use[k])
        for j in range(1, length):
            both[j] += use[k, j] * use[k, j - 1]


@numba.njit(cache=True)
def _variance(weights: Any, extra: Any, factor: Any, samples: Any, both: Any, read: Any, poisson: Any) -> Any:
    """Give the variance of the sum of mean differences times ``weights + factor * extra``."""
    total = before = 0.0
    for j in range(samples.size):
        weight = 0.0
        if samples[j] > 0:
            weight = (weights[j] + factor * extra[j]) / samples[j]
            total += weight**2 * (2 * read + poisson) * samples[j] - 2 * weight * before * read * both[j]
        before = weight
    return total


@numba.njit(cache=True)
def _accumulate(
    mean: Any, samples: Any, both: Any, slope: Any, slope_variance: Any, read: Any, poisson: Any,
    sums: Any, variances: Any,
) -> None:  # fmt: skip
    """Sum up the mean differences, and their variances; where there is none the slope stands for it."""
    sums[0] = variances[0] = 0.0
    for j in range(mean.size):
        n = samples[j]
        if n == 0:
            mean[j] = slope
            more = slope_variance
        else:
            more = (2 * read + poisson) / n
            if j > 0 and samples[j - 1] > 0:
                more -= 2 * read * both[j] / (n * samples[j - 1])
        sums[j + 1] = sums[j] + mean[j]
        variances[j + 1] = variances[j] + more


@numba.njit(cache=True)
def _fill_line(
    ramp: Any, variance: Any, pixel: Any, sums: Any, samples: Any, both: Any, weights: Any, norm: Any,
    slope: Any, read: Any, poisson: Any, joint: Any,
) -> None:  # fmt: skip
    """Fill a straight line through the middle of the mean ramp, relative to its first group."""
    ngroups = samples.size + 1
    middle = (ngroups - 1) / 2
    centre = sums[:ngroups].mean()
    share, weight = np.empty(ngroups - 1), np.empty(ngroups - 1)
    for j in range(ngroups - 1):
        share[j] = (ngroups - 1 - j) / ngroups
        weight[j] = weights[j] / norm if norm > 0 else 0.0
    for g in range(ramp.shape[0]):
        ramp[g, pixel] = centre + slope * (g - middle)
        variance[g, pixel] = _variance(share, weight, g - middle, samples, both, read, poisson)
        variance[g, pixel] -= joint * (share[0] + (g - middle) * weight[0])


@numba.njit(cache=True)
def _fill_sums(
    ramp: Any, variance: Any, pixel: Any, sums: Any, variances: Any, base: Any, joint: Any
) -> None:
    """Fill the sums of the mean differences, and their variances about that of the first level."""
    for g in range(ramp.shape[0]):
        ramp[g, pixel] = sums[g]
        variance[g, pixel] = abs(variances[g] - variances[base]) - (joint if g != base else 0.0)


@numba.njit(cache=True)
def _count_samples(number: Any, pixel: Any, samples: Any, base: Any, levels: Any) -> None:
    """Fill the contributions to each group."""
    for g in range(number.shape[0]):
        number[g, pixel] = levels if g == base else samples[g - 1] if g > base else samples[g]


@numba.njit(cache=True)
def _excess(steps: Any, use: Any, mean: Any, samples: Any, weights: Any, read: Any, poisson: Any) -> Any:
    """Give chi-square of the slopes of whole integrations, and its degrees of freedom."""
    count, length = steps.shape
    chi2, n = 0.0, 0
    for k in range(count):
        slope = variance = before = 0.0
        for j in range(length):
            own = 0.0
            if use[k, j] > 0 and samples[j] > 1:
                own = weights[j] * math.sqrt(1 - 1 / samples[j])
                slope += weights[j] * (steps[k, j] - mean[j])
                variance += own * own * (2 * read + poisson) - 2 * own * before * read
            before = own
        if variance > 0:
            chi2 += slope * slope / variance
            n += 1
    return (chi2 * (n - 1) / n, n - 1) if n > 1 else (0.0, 0)


@numba.njit(cache=True)
def _load(
    values: Any, flags: Any, masked: Any, meaning: Any, pixel: Any, states: Any, steps: Any, use: Any
) -> None:
    """Take the differences of one pixel out of a stack, and tell what counts."""
    count, ngroups, _ = values.shape
    for k in range(count):
        find_states(values, flags, k, pixel, masked[pixel], meaning, states)
        for g in range(1, ngroups):
            counts = states[k, g] & STEP != 0
            use[k, g - 1] = counts
            step = np.float64(values[k, g, pixel]) - np.float64(values[k, g - 1, pixel])
            steps[k, g - 1] = step if counts else 0.0


@numba.njit(cache=True, nogil=True)
def average_ramps(
    values: Any, flags: Any, masked: Any, meaning: Any, pixels: Any, tables: Any, line: Any,
    ramp: Any, variance: Any, number: Any, images: Any,
) -> None:  # fmt: skip
    """Average the ramps of pixels: the level of the first group, and the differences of the others.

    Parameters
    ----------
    values, flags, masked, meaning
        The ramps, as in `mkrefs_detector.dark.blocks.Stack`.
    pixels : ndarray of int64
        The pixels to do; the others are left alone.
    tables : tuple of ndarray
        Of the `mkrefs_detector.dark.recipe.Recipe`.
    line : bool
        Whether mean ramps are to be straight lines.
    ramp, variance : ndarray of float32, shape (nout, npixels)
        Filled with the mean ramp in DN, and the variance of its mean; NaN where nothing was measured. A line
        may have any number of groups, otherwise ``nout`` is ``ngroups``.
    number : ndarray of int32, shape (ngroups, npixels)
        Filled with the contributions to each group.
    images : ndarray of float64, shape (IMAGES, npixels)
        Filled with what the constants name.
    """
    numbers, step_limits, level_limits, step_factors, level_factors = tables[:5]
    read_high, level_high, all_weights, ratios, inverse = tables[5:]
    plain = all_weights[0]
    count, ngroups, _ = values.shape
    steps, use = np.empty((count, ngroups - 1)), np.empty((count, ngroups - 1))
    mean, samples, both = np.empty(ngroups - 1), np.empty(ngroups - 1), np.empty(ngroups - 1)
    level, level_use, found = np.empty(count), np.empty(count, np.bool_), np.empty(count)
    sums, variances, states = np.empty(ngroups + 2), np.empty(ngroups), np.empty((count, ngroups), np.uint8)
    for pixel in pixels:
        _load(values, flags, masked, meaning, pixel, states, steps, use)
        own, dof, read, poisson, rejected = _measure(
            steps, use, mean, samples, found, sums, step_limits, step_factors,
            read_high, plain, inverse, numbers,
        )  # fmt: skip
        weights = all_weights[_kind_of(read, poisson, ratios)]
        slope, norm = _slope(mean, samples, weights)
        read, poisson = split_variance(own, dof, slope, numbers, read_high)
        base, first, level_own, levels = first_level(
            values, states, pixel, level, level_use, level_limits, level_factors, numbers
        )
        _count_neighbours(use, level_use, base, both)
        slope_variance = math.nan
        if norm > 0:
            slope_variance = _variance(weights, weights, 0.0, samples, both, read, poisson) / norm**2
        chi2, chi2_dof = _excess(steps, use, mean, samples, weights, read, poisson)
        _accumulate(mean, samples, both, slope, slope_variance, read, poisson, sums, variances)
        start = level_variance(level_own, levels, numbers, level_high)
        _count_samples(number, pixel, samples, base, levels)
        joint = 2 * read * both[0] / (samples[0] * levels) if base == 0 and both[0] > 0 else 0.0
        if line:
            _fill_line(ramp, variance, pixel, sums, samples, both, weights, norm, slope, read, poisson, joint)
        else:
            _fill_sums(ramp, variance, pixel, sums, variances, base, joint)
        for g in range(ramp.shape[0]):
            ramp[g, pixel] += first - sums[base]
            variance[g, pixel] = max(start + variance[g, pixel], 0.0)
        images[RATE, pixel], images[RATE_VARIANCE, pixel] = slope, slope_variance
        images[NOISE, pixel], images[NOISE_DOF, pixel] = own, dof
        images[EXCESS, pixel], images[EXCESS_DOF, pixel] = chi2, chi2_dof
        images[USED, pixel], images[REJECTED, pixel] = samples.max(), rejected
        images[LEVEL, pixel], images[LEVELS, pixel] = level_own, levels
