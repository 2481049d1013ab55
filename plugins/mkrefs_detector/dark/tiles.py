"""Compiled loops over tiles of pixels of which some differences do not count: hits, outliers, missed steps.

A tile holds the differences of many pixels side by side, so that sweeps over them do several pixels with one
instruction; what few pixels need is done one by one. ``use`` is 1 for differences that count and 0 for
others, which are 0 themselves; ``lane`` holds what there is one of for each pixel, in rows.
Importing this module loads numba but compiles nothing; compiled code is cached on disk.
"""

import math
from typing import Any

import numba
import numpy as np

from mkrefs_detector.dark.recipe import (
    AVERAGING,
    CLOSEST,
    EXCESS,
    EXCESS_DOF,
    ITERATIONS,
    LEAST_DOF,
    LEVEL,
    LEVEL_VARIANCE,
    LEVEL_WORTH,
    LEVELS,
    MOST_EXCESS,
    NOISE,
    NOISE_DOF,
    RATE,
    RATE_VARIANCE,
    READ_VARIANCE,
    READ_WORTH,
    REJECTED,
    SHARE,
    SHOT,
    THRESHOLD,
    USED,
)
from mkrefs_detector.dark.sorting import STEP

#: Pixels of a tile.
WIDTH = 128
# Largest number of passes of the search for missed steps.
_PASSES = 3
# Rows of ``lane``: sum of squares of the differences, the furthest of them, and their degrees of freedom;
# variance of a difference by the pixel's own samples; slope and the sum of its weights; variances by reading
# and by signal; ramps in which a step was missed; first group that has levels, their mean, the variance of
# one, their number, and the variance of the mean; variance of the slope; covariance of level and difference.
_SQUARES, _FURTHEST, _DOF, _OWN, _SLOPE, _NORM, _READ, _POISSON = range(8)
_MISSED, _BASE, _FIRST, _LEVEL, _LEVELS, _START, _RATE_VARIANCE, _JOINT = range(8, 16)
_ROWS = 16


@numba.njit(cache=True)
def _take_steps(ramps: Any, states: Any, first: Any, steps: Any, use: Any, width: Any) -> None:
    """Fill the differences of a tile, and which of them count."""
    count, length, _ = steps.shape
    one, none, wanted = np.float32(1), np.float32(0), np.uint8(STEP)
    for k in range(count):
        for j in range(length):
            low, high = ramps[k, j, first : first + width], ramps[k, j + 1, first : first + width]
            state, step, counts = states[k, j + 1, first : first + width], steps[k, j], use[k, j]
            for t in range(width):
                counts[t] = one if state[t] >= wanted else none
            for t in range(width):
                step[t] = high[t] - low[t] if counts[t] > none else none


@numba.njit(cache=True, error_model="numpy")
def _take_mean(steps: Any, use: Any, j: Any, mean: Any, samples: Any, width: Any) -> None:
    """Fill mean and number of one difference."""
    one, none = np.float32(1), np.float32(0)
    centre, number = mean[j], samples[j]
    for t in range(width):
        centre[t] = number[t] = none
    for k in range(steps.shape[0]):
        step, counts = steps[k, j], use[k, j]
        for t in range(width):
            centre[t] += step[t] * counts[t]
            number[t] += counts[t]
    for t in range(width):
        centre[t] /= max(number[t], one)


@numba.njit(cache=True, error_model="numpy")
def _average(steps: Any, use: Any, mean: Any, samples: Any, furthest: Any, lane: Any, width: Any) -> None:
    """Fill means, numbers, and for each difference the largest squared distance of an integration.

    That is in units of what it is expected to be. Fills sums of squares and degrees of freedom as well.
    """
    one, none = np.float32(1), np.float32(0)
    squares, most, dof = lane[_SQUARES], lane[_FURTHEST], lane[_DOF]
    for t in range(width):
        squares[t] = most[t] = dof[t] = 0.0
    for j in range(steps.shape[1]):
        _take_mean(steps, use, j, mean, samples, width)
        centre, number, largest = mean[j], samples[j], furthest[j]
        for t in range(width):
            largest[t] = none
        for k in range(steps.shape[0]):
            step, counts = steps[k, j], use[k, j]
            for t in range(width):
                away = (step[t] - centre[t]) * counts[t]
                squares[t] += away * away
                largest[t] = max(largest[t], away * away)
        for t in range(width):
            others = max(number[t] - one, none)
            largest[t] = largest[t] * number[t] / others if others > none else none
            dof[t] += others
            most[t] = max(most[t], largest[t])


@numba.njit(cache=True)
def _outlier(steps: Any, use: Any, mean: Any, samples: Any, j: Any, t: Any, limit: Any) -> Any:
    """Give the integration whose difference is furthest beyond the limit; -1 if none is."""
    worst = -1
    far = limit * (samples[j, t] - 1) / samples[j, t]
    for k in range(steps.shape[0]):
        square = use[k, j, t] * (steps[k, j, t] - mean[j, t]) ** 2
        if square > far:
            far, worst = square, k
    if worst < 0 or samples[j, t] > 2:
        return worst
    # Two values are as far from their mean: the one that is unlike the other groups' is the outlier.
    total = norm = 0.0
    for i in range(mean.shape[0]):
        total += mean[i, t] * samples[i, t] * (i != j)
        norm += samples[i, t] * (i != j)
    far = -1.0
    for k in range(steps.shape[0]):
        away = use[k, j, t] * abs(steps[k, j, t] - total / max(norm, 1.0))
        if away > far:
            far, worst = away, k
    return worst


@numba.njit(cache=True)
def _clip(
    steps: Any, use: Any, mean: Any, samples: Any, furthest: Any, lane: Any, width: Any,
    limits: Any, factors: Any, numbers: Any,
) -> None:  # fmt: skip
    """Reject outliers among all differences of each pixel; fill their variance.

    With a difference go the others of the same two reads: what is left then does not depend on the noise of
    the reads by which the outlier was found.
    """
    length, turns = mean.shape[0], int(numbers[ITERATIONS])
    limit = np.empty(width, np.float32)
    for turn in range(turns + 1):
        _average(steps, use, mean, samples, furthest, lane, width)
        none = True
        for t in range(width):
            share = limits[int(lane[_DOF, t]) + 1]
            limit[t] = max(share * lane[_SQUARES, t], numbers[CLOSEST] ** 2)
            none &= lane[_FURTHEST, t] <= limit[t]
        if none or turn == turns:
            break
        for j in range(length):
            for t in range(width):
                k = -1
                if furthest[j, t] > limit[t]:
                    k = _outlier(steps, use, mean, samples, j, t, limit[t])
                if k >= 0:
                    for i in range(max(j - 1, 0), min(j + 2, length)):
                        use[k, i, t] = 0
    for t in range(width):
        dof = int(lane[_DOF, t])
        lane[_OWN, t] = lane[_SQUARES, t] / max(dof, 1) / factors[dof + 1] ** 2


@numba.njit(cache=True, error_model="numpy")
def _take_slopes(mean: Any, samples: Any, weights: Any, lane: Any, width: Any) -> None:
    """Fill the weighted means of the differences that there are, and the sums of their weights."""
    total, norm, none = np.empty(width, np.float32), np.empty(width, np.float32), np.float32(0)
    for t in range(width):
        total[t] = norm[t] = none
    for j in range(mean.shape[0]):
        centre, number, weight = mean[j], samples[j], weights[j]
        for t in range(width):
            share = weight[t] if number[t] > none else none
            total[t] += share * centre[t]
            norm[t] += share
    for t in range(width):
        lane[_SLOPE, t] = total[t] / norm[t] if norm[t] > none else math.nan
        lane[_NORM, t] = norm[t]


@numba.njit(cache=True)
def _expected(own: Any, dof: Any, shared: Any, scale: Any, worth: Any, high: Any) -> Any:
    """Give the variance to expect from a pixel's own one and the common one, here ``scale``.

    These are worth ``shared`` and ``worth`` degrees of freedom; a pixel's own that is more than ``high[dof]``
    times the common one is not like the others.
    """
    alone = own * (shared / (shared - 2) if shared > LEAST_DOF else MOST_EXCESS)
    if not (worth > 0 and scale > 0) or (dof > 0 and own > high[min(dof, high.size - 1)] * scale):
        return alone
    total = shared + worth
    return (shared * own + worth * scale) / max(total - 2, total / MOST_EXCESS)


@numba.njit(cache=True)
def _split(lane: Any, width: Any, numbers: Any, high: Any) -> None:
    """Fill the variances of a difference: by the noise of each of its reads, by the signal collected."""
    for t in range(width):
        dof = int(lane[_DOF, t])
        poisson = max(lane[_SLOPE, t], 0.0) * numbers[SHOT] if dof > 0 else 0.0
        scale = 2 * numbers[READ_VARIANCE] + numbers[AVERAGING] * poisson
        total = _expected(lane[_OWN, t], dof, dof * numbers[SHARE], scale, numbers[READ_WORTH], high)
        poisson = min(poisson, total / numbers[AVERAGING])
        lane[_READ, t], lane[_POISSON, t] = (total - poisson) / 2, poisson


@numba.njit(cache=True)
def _reach(read: Any, poisson: Any, ngroups: Any) -> Any:
    """Give over how many groups a level is averaged in the search for steps.

    Further ones say less of a step than the signal collected meanwhile spoils.
    """
    if 27 * max(read, 0.0) >= poisson * ngroups**2:
        return ngroups
    return max(1, min(ngroups, int(math.sqrt(3 * max(read, 0.0) / poisson) + 0.5)))


@numba.njit(cache=True, error_model="numpy")
def _add_levels(step: Any, counts: Any, centre: Any, sums: Any, width: Any) -> None:
    """Go on from one group to the next: level, sum of levels and their number, since the run began.

    ``sums`` holds three rows for the group before and three to fill; of one array, taken at offsets that are
    fixed when the code is compiled, so that the compiler knows that they do not overlap.
    """
    one = np.float32(1)
    for t in range(width):
        level = (sums[t] + step[t] - centre[t]) * counts[t]
        sums[3 * WIDTH + t] = level
        sums[4 * WIDTH + t] = sums[WIDTH + t] * counts[t] + level
        sums[5 * WIDTH + t] = sums[2 * WIDTH + t] * counts[t] + one


@numba.njit(cache=True, error_model="numpy")
def _compare_levels(
    counts: Any, sums: Any, after: Any, read: Any, poisson: Any, best: Any, width: Any
) -> None:
    """Go back from one group to the one before: keep the largest step, squared over variance, with its sign.

    ``after`` holds sum and number of the levels of the run from this group on, and gets those from the one
    before on.
    """
    one, none, third, sixth = np.float32(1), np.float32(0), np.float32(1 / 3), np.float32(1 / 6)
    for t in range(width):
        high, low = one / after[WIDTH + t], one / sums[2 * WIDTH + t]
        step = after[t] * high - sums[WIDTH + t] * low
        # The sum over n levels of (n - i)^2 / n^2, on either side, and the difference itself.
        lag = third * (after[WIDTH + t] + sums[2 * WIDTH + t]) + sixth * (high + low)
        variance = read[t] * (high + low) + poisson[t] * lag
        size = step * step / variance
        larger = (counts[t] > none) & (size > abs(best[t]))
        best[t] = (size if step > none else -size) if larger else best[t]
        after[t] = sums[t] + after[t] * counts[t]
        after[WIDTH + t] = one + after[WIDTH + t] * counts[t]


@numba.njit(cache=True)
def _find_steps(steps: Any, use: Any, mean: Any, lane: Any, width: Any, sums: Any, found: Any) -> None:
    """Fill the largest step of each integration about the mean ramp, levels averaged over whole runs."""
    count, length, _ = steps.shape
    read, poisson = np.empty(width, np.float32), np.empty(width, np.float32)
    for t in range(width):
        read[t], poisson[t] = lane[_READ, t], lane[_POISSON, t]
    after, none, one = np.empty(2 * WIDTH, np.float32), np.float32(0), np.float32(1)
    for k in range(count):
        for t in range(width):
            sums[t], sums[WIDTH + t], sums[2 * WIDTH + t] = none, none, one
        for j in range(length):
            _add_levels(steps[k, j], use[k, j], mean[j], sums[3 * j * WIDTH : 3 * (j + 2) * WIDTH], width)
        last, best = sums[3 * length * WIDTH :], found[k]
        for t in range(width):
            after[t], after[WIDTH + t], best[t] = last[t], one, none
        for j in range(length - 1, -1, -1):
            part = sums[3 * j * WIDTH : 3 * (j + 1) * WIDTH]
            _compare_levels(use[k, j], part, after, read, poisson, best, width)


@numba.njit(cache=True)
def _largest_in_run(
    steps: Any, mean: Any, k: Any, t: Any, sums: Any, start: Any, stop: Any, read: Any, poisson: Any,
    reach: Any, inverse: Any,
) -> Any:  # fmt: skip
    """Give the largest step between levels ``start`` to ``stop``, levels averaged over ``reach`` groups."""
    level = 0.0
    sums[start] = sums[start + 1] = 0.0
    for j in range(start, stop):
        level += steps[k, j, t] - mean[j, t]
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
def _find_steps_of_bright(
    steps: Any, use: Any, mean: Any, lane: Any, t: Any, reach: Any, inverse: Any, found: Any
) -> None:
    """Fill the largest step of each integration of one pixel, levels averaged over ``reach`` groups."""
    count, length, _ = steps.shape
    sums = np.empty(length + 3)
    for k in range(count):
        found[k, t] = 0
        start = 0
        while start < length:
            stop = start
            while stop < length and use[k, stop, t] > 0:
                stop += 1
            if stop > start:
                best = _largest_in_run(
                    steps, mean, k, t, sums, start, stop, lane[_READ, t], lane[_POISSON, t], reach, inverse
                )
                if abs(best) > abs(found[k, t]):
                    found[k, t] = best
            start = stop + 1


@numba.njit(cache=True)
def _reject_ramps(use: Any, found: Any, t: Any, threshold: Any) -> Any:
    """Put integrations out of use in which a step was missed; give how many ought to be, and how many are."""
    alive = wanted = 0
    for k in range(use.shape[0]):
        for j in range(use.shape[1]):
            if use[k, j, t] > 0:
                alive += 1
                break
    limit = threshold**2 * (1 - 1 / max(alive, 1))
    for k in range(use.shape[0]):
        wanted += 1 if abs(found[k, t]) > limit else 0
    if alive < 2:
        return 0, 0
    dropped = min(wanted, alive // 2)
    for _ in range(dropped):
        worst = 0
        for k in range(1, use.shape[0]):
            more, alike = abs(found[k, t]) - abs(found[worst, t]), 1e-6 * abs(found[worst, t])
            # Of two ramps that deviate from their mean alike, the one that steps up was hit.
            if more > alike or (more > -alike and found[k, t] > 0):
                worst = k
        found[worst, t] = 0
        for j in range(use.shape[1]):
            use[worst, j, t] = 0
    return wanted, dropped


@numba.njit(cache=True)
def _search(
    steps: Any, use: Any, mean: Any, lane: Any, width: Any, sums: Any, found: Any, inverse: Any,
    threshold: Any, changed: Any,
) -> Any:  # fmt: skip
    """Put ramps out of use in which a step was missed; fill the places of their pixels, and give how many."""
    ngroups, n = mean.shape[0] + 1, 0
    _find_steps(steps, use, mean, lane, width, sums, found)
    highest = np.empty(width, np.float32)
    for t in range(width):
        highest[t] = 0
    for k in range(steps.shape[0]):
        best = found[k]
        for t in range(width):
            highest[t] = max(highest[t], abs(best[t]))
    for t in range(width):
        if not lane[_DOF, t] > 0:
            continue
        reach = _reach(lane[_READ, t], lane[_POISSON, t], ngroups)
        if reach < ngroups:
            _find_steps_of_bright(steps, use, mean, lane, t, reach, inverse, found)
        # Two ramps make the lowest limit.
        elif not highest[t] > threshold**2 / 2:
            continue
        wanted, dropped = _reject_ramps(use, found, t, threshold)
        lane[_MISSED, t] += wanted
        if dropped > 0:
            changed[n] = t
            n += 1
    return n


@numba.njit(cache=True)
def _move(source: Any, target: Any, width: Any, places: Any, back: Any) -> None:
    """Take pixels out of rows and put them side by side, or put them back where they were."""
    for row in range(source.shape[0]):
        given, taken = source[row], target[row]
        if back:
            for i in range(width):
                taken[places[i]] = given[i]
        else:
            for i in range(width):
                taken[i] = given[places[i]]


@numba.njit(cache=True)
def _settle(
    steps: Any, use: Any, mean: Any, samples: Any, lane: Any, width: Any, plain: Any, tables: Any
) -> None:
    """Average the differences of a tile without outliers, and find their variances."""
    numbers, step_limits, step_factors, read_high = tables[0], tables[1], tables[3], tables[5]
    furthest = np.empty(mean.shape, np.float32)
    _clip(steps, use, mean, samples, furthest, lane, width, step_limits, step_factors, numbers)
    _take_slopes(mean, samples, plain, lane, width)
    _split(lane, width, numbers, read_high)


@numba.njit(cache=True)
def _measure(tile: Any, few: Any, width: Any, plain: Any, tables: Any, sums: Any, found: Any) -> None:
    """Average the differences of a tile without outliers and without ramps in which a step was missed.

    Pixels that lose a ramp go on, side by side, in the arrays ``few``.
    """
    threshold, inverse, count = tables[0][THRESHOLD], tables[9], tile[0].shape[0]
    places, changed = np.empty(width, np.int64), np.empty(width, np.int64)
    for t in range(width):
        tile[4][_MISSED, t], places[t] = 0.0, t
    current, n = tile, width
    for turn in range(_PASSES + 1):
        steps, use, mean, samples, lane = current
        _settle(steps, use, mean, samples, lane, n, plain, tables)
        lost = 0
        if turn < _PASSES and threshold > 0:
            lost = _search(steps, use, mean, lane, n, sums, found, inverse, threshold, changed)
        if turn > 0:
            for k in range(count):
                _move(use[k], tile[1][k], n, places, True)
            _move(mean, tile[2], n, places, True)
            _move(samples, tile[3], n, places, True)
            _move(lane, tile[4], n, places, True)
        if lost == 0:
            break
        current, n = few, lost
        for i in range(n):
            places[i] = places[changed[i]]
            few[4][_MISSED, i] = tile[4][_MISSED, places[i]]
        for k in range(count):
            _move(tile[0][k], few[0][k], n, places, False)
            _move(tile[1][k], few[1][k], n, places, False)


@numba.njit(cache=True)
def _take_levels(levels: Any, first: Any, lane: Any, width: Any, high: Any, numbers: Any) -> None:
    """Take over what was found of the first levels, and fill the variances of their means."""
    for row in range(levels.shape[0]):
        given, taken = levels[row, first : first + width], lane[_BASE + row]
        for t in range(width):
            taken[t] = given[t]
    scale, worth = numbers[LEVEL_VARIANCE], numbers[LEVEL_WORTH]
    for t in range(width):
        n = int(lane[_LEVELS, t])
        lane[_START, t] = math.nan
        if n > 0:
            lane[_START, t] = _expected(lane[_LEVEL, t], n - 1, n - 1, scale, worth, high) / n


@numba.njit(cache=True)
def _count_neighbours(use: Any, counts: Any, first: Any, lane: Any, both: Any, width: Any) -> None:
    """Count the integrations that have a difference and the one before it; for the first, its level."""
    for j in range(use.shape[1]):
        number = both[j]
        for t in range(width):
            number[t] = 0
        for k in range(use.shape[0]):
            own, before, level = use[k, j], use[k, max(j - 1, 0)], counts[k, first : first + width]
            if j > 0:
                for t in range(width):
                    number[t] += own[t] * before[t]
            else:
                for t in range(width):
                    number[t] += own[t] * level[t] if lane[_BASE, t] == 0 else 0.0


@numba.njit(cache=True)
def _take_weights(lane: Any, width: Any, all_weights: Any, ratios: Any, weights: Any) -> None:
    """Fill the weights of the differences in the slope of each pixel, by how much signal it collects."""
    for t in range(width):
        kind = 0
        while kind < ratios.size and lane[_POISSON, t] > ratios[kind] * lane[_READ, t]:
            kind += 1
        for j in range(weights.shape[0]):
            weights[j, t] = all_weights[kind, j]


@numba.njit(cache=True)
def _variance(weights: Any, extra: Any, factor: Any, samples: Any, both: Any, lane: Any, t: Any) -> Any:
    """Give the variance of the sum of mean differences times ``weights + factor * extra``."""
    total, before, read, poisson = 0.0, 0.0, lane[_READ, t], lane[_POISSON, t]
    for j in range(samples.shape[0]):
        weight, n = 0.0, samples[j, t]
        if n > 0:
            weight = (weights[j] + factor * extra[j]) / n
            total += weight**2 * (2 * read + poisson) * n - 2 * weight * before * read * both[j, t]
        before = weight
    return total


@numba.njit(cache=True, error_model="numpy")
def _weigh_differences(samples: Any, weights: Any, share: Any, own: Any, width: Any) -> None:
    """Fill the weights of differences that more than one integration has, and what is left of their noise.

    That is, about a mean of which they are a part.
    """
    one, none = np.float32(1), np.float32(0)
    for j in range(samples.shape[0]):
        part, whole, weight, number = own[j], share[j], weights[j], samples[j]
        for t in range(width):
            whole[t] = weight[t] if number[t] > one else none
        for t in range(width):
            part[t] = whole[t] * math.sqrt(max(one - one / max(number[t], one), none))


@numba.njit(cache=True, error_model="numpy")
def _excess(
    steps: Any, use: Any, mean: Any, share: Any, own: Any, lane: Any, width: Any, chi2: Any, dof: Any
) -> None:
    """Fill chi-square of the slopes of whole integrations, and its degrees of freedom."""
    one, none = np.float32(1), np.float32(0)
    # Variances, and of one integration the slope, its variance, and the weight of the difference before.
    rows = np.empty((5, WIDTH), np.float32)
    read2, both, slope, variance, before = rows[0], rows[1], rows[2], rows[3], rows[4]
    for t in range(width):
        read2[t], both[t] = 2 * lane[_READ, t], 2 * lane[_READ, t] + lane[_POISSON, t]
        chi2[t] = dof[t] = none
    for k in range(steps.shape[0]):
        for t in range(width):
            slope[t] = variance[t] = before[t] = none
        for j in range(steps.shape[1]):
            step, counts, centre, part, whole = steps[k, j], use[k, j], mean[j], own[j], share[j]
            for t in range(width):
                slope[t] += whole[t] * (step[t] - centre[t]) * counts[t]
            for t in range(width):
                weight = part[t] * counts[t]
                variance[t] += weight * (weight * both[t] - before[t] * read2[t])
                before[t] = weight
        for t in range(width):
            known = variance[t] > none
            chi2[t] += slope[t] * slope[t] / variance[t] if known else none
            dof[t] += one if known else none
    for t in range(width):
        chi2[t] = chi2[t] * (dof[t] - one) / dof[t] if dof[t] > one else none
        dof[t] = max(dof[t] - one, none)


@numba.njit(cache=True, error_model="numpy")
def _take_rate_variances(weights: Any, samples: Any, both: Any, lane: Any, width: Any) -> None:
    """Fill the variances of the slopes, and the covariance of first level and first difference."""
    total, before = np.empty(width), np.empty(width)
    read, poisson, norm = lane[_READ], lane[_POISSON], lane[_NORM]
    for t in range(width):
        total[t] = before[t] = 0.0
    for j in range(samples.shape[0]):
        weight, number, shared = weights[j], samples[j], both[j]
        for t in range(width):
            own = weight[t] / number[t] if number[t] > 0 else 0.0
            total[t] += own * (
                own * (2 * read[t] + poisson[t]) * number[t] - 2 * before[t] * read[t] * shared[t]
            )
            before[t] = own
    for t in range(width):
        lane[_RATE_VARIANCE, t] = total[t] / (norm[t] * norm[t]) if norm[t] > 0 else math.nan
        shared_level = lane[_BASE, t] == 0 and both[0, t] > 0
        joint = 2 * read[t] * both[0, t] / (samples[0, t] * lane[_LEVELS, t])
        lane[_JOINT, t] = joint if shared_level else 0.0


@numba.njit(cache=True, error_model="numpy")
def _accumulate(mean: Any, samples: Any, both: Any, lane: Any, width: Any, sums: Any, variances: Any) -> None:
    """Sum up the mean differences, and their variances; where there is none the slope stands for it."""
    read, poisson = lane[_READ], lane[_POISSON]
    slope, slope_variance = lane[_SLOPE], lane[_RATE_VARIANCE]
    for t in range(width):
        sums[0, t] = variances[0, t] = 0.0
    for j in range(mean.shape[0]):
        step, number, before, shared = mean[j], samples[j], samples[max(j - 1, 0)], both[j]
        total, spread = sums[j + 1], variances[j + 1]
        last, last_spread = sums[j], variances[j]
        for t in range(width):
            total[t] = last[t] + (step[t] if number[t] > 0 else slope[t])
        for t in range(width):
            joint = 2 * read[t] * shared[t] / (number[t] * before[t]) if j > 0 and before[t] > 0 else 0.0
            own = (2 * read[t] + poisson[t]) / number[t] - joint
            spread[t] = last_spread[t] + (own if number[t] > 0 else slope_variance[t])


@numba.njit(cache=True)
def _fill_line(
    samples: Any, both: Any, weights: Any, lane: Any, t: Any, sums: Any, pixel: Any, ramp: Any, error: Any
) -> None:
    """Fill a straight line through the middle of the mean ramp."""
    length = samples.shape[0]
    middle, base, norm, joint = length / 2, int(lane[_BASE, t]), lane[_NORM, t], lane[_JOINT, t]
    level = lane[_FIRST, t] - sums[base, t]
    for g in range(length + 1):
        level += sums[g, t] / (length + 1)
    share, weight = np.empty(length), np.empty(length)
    for j in range(length):
        share[j] = (length - j) / (length + 1)
        weight[j] = weights[j, t] / norm if norm > 0 else 0.0
    for g in range(ramp.shape[0]):
        ramp[g, pixel] = level + lane[_SLOPE, t] * (g - middle)
        variance = _variance(share, weight, g - middle, samples, both, lane, t)
        variance -= joint * (share[0] + (g - middle) * weight[0])
        error[g, pixel] = math.sqrt(max(lane[_START, t] + variance, 0.0))


@numba.njit(cache=True)
def _fill_sums(lane: Any, sums: Any, variances: Any, pixels: Any, place: Any, ramp: Any, error: Any) -> None:
    """Fill the sums of the mean differences, and their errors about that of the first level."""
    for t in range(pixels.size):
        base = int(lane[_BASE, t])
        lane[_FIRST, t] -= sums[base, t]
        lane[_SQUARES, t] = variances[base, t]
    for g in range(ramp.shape[0]):
        level, errors = ramp[g], error[g]
        for t in range(pixels.size):
            more = abs(variances[g, t] - lane[_SQUARES, t]) - (
                lane[_JOINT, t] if g != lane[_BASE, t] else 0.0
            )
            level[place + pixels[t]] = lane[_FIRST, t] + sums[g, t]
            errors[place + pixels[t]] = math.sqrt(max(lane[_START, t] + more, 0.0))


@numba.njit(cache=True)
def _fill_numbers(samples: Any, lane: Any, pixels: Any, place: Any, number: Any) -> None:
    """Fill the contributions to each group."""
    for g in range(number.shape[0]):
        counts, above, below = number[g], samples[max(g - 1, 0)], samples[min(g, samples.shape[0] - 1)]
        for t in range(pixels.size):
            base = lane[_BASE, t]
            some = above[t] if g > base else below[t]
            counts[place + pixels[t]] = lane[_LEVELS, t] if g == base else some


@numba.njit(cache=True)
def _fill_images(images: Any, pixels: Any, lane: Any, samples: Any, chi2: Any, dof: Any) -> None:
    """Fill what the constants of `mkrefs_detector.dark.recipe` name."""
    used = lane[_FURTHEST]
    for t in range(pixels.size):
        used[t] = 0.0
    for j in range(samples.shape[0]):
        number = samples[j]
        for t in range(pixels.size):
            used[t] = max(used[t], number[t])
    for t in range(pixels.size):
        pixel = pixels[t]
        images[RATE, pixel], images[RATE_VARIANCE, pixel] = lane[_SLOPE, t], lane[_RATE_VARIANCE, t]
        images[NOISE, pixel], images[NOISE_DOF, pixel] = lane[_OWN, t], lane[_DOF, t]
        images[EXCESS, pixel], images[EXCESS_DOF, pixel] = chi2[t], dof[t]
        images[USED, pixel], images[REJECTED, pixel] = used[t], lane[_MISSED, t]
        images[LEVEL, pixel], images[LEVELS, pixel] = lane[_LEVEL, t], lane[_LEVELS, t]


@numba.njit(cache=True)
def _room(count: Any, length: Any) -> Any:
    """Give memory for a tile: differences, which of them count, means, numbers, rows of single values."""
    steps, use = np.empty((count, length, WIDTH), np.float32), np.empty((count, length, WIDTH), np.float32)
    mean, samples = np.empty((length, WIDTH), np.float32), np.empty((length, WIDTH), np.float32)
    return steps, use, mean, samples, np.empty((_ROWS, WIDTH))


@numba.njit(cache=True, nogil=True)
def average_tiles(
    ramps: Any, states: Any, levels: Any, counts: Any, pixels: Any, tables: Any, line: Any, place: Any,
    ramp: Any, error: Any, number: Any, images: Any,
) -> None:  # fmt: skip
    """Average the ramps of pixels: the level of the first group, and the differences of the others.

    Parameters
    ----------
    ramps, states : ndarray of float32 and uint8, shape (nintegrations, ngroups, npicked)
        The ramps of these pixels in DN, and what counts of them, from `mkrefs_detector.dark.sorting`.
    levels, counts : ndarray of float64 and float32, shape (4, npicked) and (nintegrations, npicked)
        From `mkrefs_detector.dark.first_levels`.
    pixels : ndarray of int64, shape (npicked,)
        Which pixels of ``images`` they are; the others are left alone.
    tables : tuple of ndarray
        Of the `mkrefs_detector.dark.recipe.Recipe`.
    line : bool
        Whether mean ramps are to be straight lines.
    place : int
        Where the first pixel of ``images`` is in ``ramp``, ``error`` and ``number``.
    ramp, error : ndarray of float32, shape (nout, nall)
        Filled with the mean ramp in DN, and its standard error; NaN where nothing was measured. A line may
        have any number of groups, otherwise ``nout`` is ``ngroups``.
    number : ndarray of unsigned int, shape (ngroups, nall)
        Filled with the contributions to each group.
    images : ndarray of float32, shape (IMAGES, npixels)
        Filled with what the constants of `mkrefs_detector.dark.recipe` name.
    """
    numbers, read_high, level_high, all_weights, ratios = (
        tables[0],
        tables[5],
        tables[6],
        tables[7],
        tables[8],
    )
    count, ngroups, npicked = ramps.shape
    tile, few = _room(count, ngroups - 1), _room(count, ngroups - 1)
    steps, use, mean, samples, lane = tile
    plain, weights = np.empty(mean.shape, np.float32), np.empty(mean.shape, np.float32)
    both = np.empty(mean.shape, np.float32)
    share, own = np.empty(mean.shape, np.float32), np.empty(mean.shape, np.float32)
    for j in range(ngroups - 1):
        for t in range(WIDTH):
            plain[j, t] = all_weights[0, j]
    scratch, found = np.empty(3 * ngroups * WIDTH, np.float32), np.empty((count, WIDTH), np.float32)
    sums, variances = np.empty((ngroups, WIDTH)), np.empty((ngroups, WIDTH))
    chi2, dof = np.empty(WIDTH, np.float32), np.empty(WIDTH, np.float32)
    for first in range(0, npicked, WIDTH):
        width = min(WIDTH, npicked - first)
        here = pixels[first : first + width]
        _take_steps(ramps, states, first, steps, use, width)
        _measure(tile, few, width, plain, tables, scratch, found)
        _take_weights(lane, width, all_weights, ratios, weights)
        _take_slopes(mean, samples, weights, lane, width)
        _split(lane, width, numbers, read_high)
        _take_levels(levels, first, lane, width, level_high, numbers)
        _count_neighbours(use, counts, first, lane, both, width)
        _weigh_differences(samples, weights, share, own, width)
        _excess(steps, use, mean, share, own, lane, width, chi2, dof)
        _take_rate_variances(weights, samples, both, lane, width)
        _accumulate(mean, samples, both, lane, width, sums, variances)
        if line:
            for t in range(width):
                _fill_line(samples, both, weights, lane, t, sums, place + here[t], ramp, error)
        else:
            _fill_sums(lane, sums, variances, here, place, ramp, error)
        _fill_numbers(samples, lane, here, place, number)
        _fill_images(images, here, lane, samples, chi2, dof)
