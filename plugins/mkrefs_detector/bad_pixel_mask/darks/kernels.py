"""Compiled loops over pixels: noise and shape of a pixel's ramps.

Importing this module loads numba but compiles nothing; compiled code is cached on disk. These kernels share
one module because the cache notices no change in another file. The two levels of telegraph pixels are in
`mkrefs_detector.bad_pixel_mask.darks.two_levels`, which calls nothing of this module.
"""

import math
from typing import Any

import numba
import numpy as np

# So few values are sorted to find their median.
_FEW = 24
# So many differences tell their scale.
_ENOUGH = 256
# The compiler may reorder sums, but must still honour NaN.
_SUMS = {"reassoc", "contract", "nsz"}
# A difference further from the others than so many standard deviations is none of the noise.
_OUTLIER = 4.5
# In units of the noise of a typical pixel none is less than this, where outliers are told.
_LEAST_SHARE = 0.6
# Degrees of freedom that the noise of a typical pixel counts for.
_PRIOR = 8.0
# Largest share of shot noise in the variance of a difference.
_MOST_SHOT = 0.9
# So many of them below, by number and by share, are no outliers.
_FEW_DOWN, _SHARE_DOWN = 2, 0.01
# And a slope or curve of an integration is none of the others' from so many on.
_FAR = 3.5
# A scatter of slopes is believed from so many times the one expected on.
_UNSTABLE = 1.5
# One of so many slopes is left out where their scatter is judged.
_TRIMMED = 5
_MAD_TO_SIGMA = 1.4826
# Variance in DN^2 of what whole numbers alone do to a difference.
_ROUNDING = 1.0 / 6.0
# From so many integrations on a group's difference has a median.
_LEAST_FOR_MEDIAN = 3

#: Images that `measure_shape` fills, in this order.
RATE, RATE_ERROR, NOISE, NOISE_DOF, SLOPE_CHI2, SLOPES = range(6)
CURVE, CURVE_ERROR, LATE_RATE, LATE_RATE_ERROR, TIME_INDEX = range(6, 11)
IMAGES = 11


@numba.njit(error_model="numpy", cache=True)
def _select(values: Any, n: Any, k: Any) -> Any:
    """Give the k-th smallest, from 0 on, of the first n values, which are reordered about it."""
    low, high = 0, n - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    return values[k]


@numba.njit(error_model="numpy", cache=True)
def _median(values: Any, n: Any) -> Any:
    """Give the median of the first n values, which are reordered."""
    if n > _FEW:
        high = _select(values, n, n // 2)
        low = high
        if n % 2 == 0:
            low = values[0]
            for k in range(1, n // 2):
                low = max(low, values[k])
        return 0.5 * (low + high)
    for i in range(1, n):
        value = values[i]
        k = i
        while k > 0 and values[k - 1] > value:
            values[k] = values[k - 1]
            k -= 1
        values[k] = value
    half = n // 2
    return values[half] if n % 2 else 0.5 * (values[half - 1] + values[half])


@numba.njit(error_model="numpy", cache=True)
def _differences(level: Any, starts: Any, steps: Any) -> None:
    """Fill the differences of neighbouring groups, a row for each integration; NaN where there is none."""
    for i in range(starts.size - 1):
        first, last = starts[i], starts[i + 1]
        for g in range(steps.shape[1]):
            steps[i, g] = level[first + g + 1] - level[first + g] if first + g + 1 < last else math.nan


@numba.njit(error_model="numpy", cache=True)
def _centres(steps: Any, centre: Any, values: Any) -> Any:
    """Fill the middle of the differences of each group; tell whether these are medians of the group's own."""
    count, length = steps.shape
    own = count >= _LEAST_FOR_MEDIAN
    total = 0
    if not own:
        for i in range(count):
            for g in range(length):
                if not math.isnan(steps[i, g]):
                    values[total] = steps[i, g]
                    total += 1
    everywhere = _median(values, total) if total > 0 else math.nan
    for g in range(length):
        n = 0
        if own:
            for i in range(count):
                if not math.isnan(steps[i, g]):
                    values[n] = steps[i, g]
                    n += 1
        centre[g] = _median(values, n) if n > 0 else everywhere
    return own


@numba.njit(error_model="numpy", cache=True)
def _scale(steps: Any, centre: Any, values: Any) -> Any:
    """Give a standard deviation of the differences about their centres that outliers do not move.

    Of many differences evenly spaced groups are enough.
    """
    count, length = steps.shape
    stride = max(1, count * length // _ENOUGH)
    n = 0
    groups = 0
    for g in range(0, length, stride):
        before = n
        for i in range(count):
            away = abs(steps[i, g] - centre[g])
            if away >= 0:
                values[n] = away
                n += 1
        groups += 1 if n > before else 0
    if n <= groups:
        return 0.0
    return _MAD_TO_SIGMA * _median(values, n) * math.sqrt(n / (n - groups))


@numba.njit(error_model="numpy", cache=True, fastmath=_SUMS)
def _sum_near(steps: Any, centre: Any, limit: Any, number: Any, total: Any, square: Any) -> None:
    """Fill, by group, number, sum and sum of squares of the differences' distances from their centres."""
    number[:] = 0.0
    total[:] = 0.0
    square[:] = 0.0
    for i in range(steps.shape[0]):
        for g in range(steps.shape[1]):
            away = steps[i, g] - centre[g]
            near = abs(away) <= limit
            use = away if near else 0.0
            number[g] += 1.0 if near else 0.0
            total[g] += use
            square[g] += use * use


@numba.njit(error_model="numpy", cache=True)
def _average(steps: Any, centre: Any, own: Any, limit: Any, mean: Any, number: Any, sums: Any) -> Any:
    """Fill mean and number of the differences near their centres; give sum of squares and its freedom."""
    total, square = sums
    _sum_near(steps, centre, limit, number, total, square)
    squares = 0.0
    dof = 0.0
    for g in range(mean.size):
        n = number[g]
        mean[g] = centre[g] + total[g] / n if n > 0 else math.nan
        squares += square[g]
        dof += n
        if own and n > 0:
            squares -= total[g] * total[g] / n
            dof -= 1
    return squares, (dof if own else dof - 1)


@numba.njit(error_model="numpy", cache=True, fastmath=_SUMS)
def _steps_down(steps: Any, centre: Any, limit: Any) -> Any:
    """Tell whether so many differences are far below their centres that they are no accident.

    Cosmic rays go up; what goes up and down is in the nature of the pixel and belongs to its scatter.
    """
    count, length = steps.shape
    down = 0
    for i in range(count):
        for g in range(length):
            down += 1 if steps[i, g] - centre[g] < -limit else 0
    return down >= max(_FEW_DOWN, _SHARE_DOWN * count * length)


@numba.njit(error_model="numpy", cache=True)
def _run(number: Any, most: Any) -> Any:
    """Give the first run of groups whose differences most integrations have."""
    need = max(1, (most + 1) // 2)
    start = 0
    while start < number.size and number[start] < need:
        start += 1
    stop = start
    while stop < number.size and number[stop] >= need:
        stop += 1
    return start, stop


@numba.njit(error_model="numpy", cache=True)
def _weighted(weights: Any, mean: Any, start: Any, length: Any) -> Any:
    total = 0.0
    for j in range(length):
        total += weights[j] * mean[start + j]
    return total


@numba.njit(error_model="numpy", cache=True)
def _own_sums(steps: Any, mean: Any, limit: Any, weights: Any, start: Any, length: Any, sums: Any) -> Any:
    """Fill the weighted sums of the integrations' deviations from the mean differences; give their number.

    What is no noise takes the value of the mean; an integration that lacks a difference, or most of whose
    differences are outliers, is left out.
    """
    n = 0
    for i in range(steps.shape[0]):
        value = 0.0
        outliers = 0
        for j in range(length):
            away = steps[i, start + j] - mean[start + j]
            if abs(away) <= limit:
                value += weights[j] * away
            else:
                outliers += length if math.isnan(away) else 1
        if 2 * outliers < length or outliers == 0:
            sums[n] = value
            n += 1
    return n


@numba.njit(error_model="numpy", cache=True)
def _robust_mean(sums: Any, n: Any, error: Any, values: Any) -> Any:
    """Give the mean of sums without outliers, its empirical standard error, and the number kept.

    An outlier is further from the median than both the noise and the scatter of the others can explain.
    """
    for i in range(n):
        values[i] = sums[i]
    middle = _median(values, n)
    for i in range(n):
        values[i] = abs(sums[i] - middle)
    limit = _FAR * max(error, _MAD_TO_SIGMA * _median(values, n)) if n > 2 else math.inf
    kept, total, square = 0, 0.0, 0.0
    for i in range(n):
        away = sums[i] - middle
        if abs(away) <= limit:
            kept += 1
            total += away
            square += away * away
    squares = max(square - total * total / kept, 0.0)
    return middle + total / kept, math.sqrt(squares / max(kept - 1, 1) / kept), kept


@numba.njit(error_model="numpy", cache=True)
def _larger(expected: Any, found: Any) -> Any:
    """Give the error found where it is well above that expected, which is better known."""
    return found if found > _UNSTABLE * expected else expected


@numba.njit(error_model="numpy", cache=True)
def _trimmed_variance(sums: Any, n: Any, values: Any) -> Any:
    """Give the variance of sums without the fifth of them that is furthest from their median."""
    for i in range(n):
        values[i] = sums[i]
    middle = _median(values, n)
    for i in range(n):
        values[i] = sums[i] - middle
    rest = n
    for _ in range(n // _TRIMMED):
        worst = 0
        for i in range(1, rest):
            if abs(values[i]) > abs(values[worst]):
                worst = i
        rest -= 1
        values[worst] = values[rest]
    total, square = 0.0, 0.0
    for i in range(rest):
        total += values[i]
        square += values[i] * values[i]
    return max(square - total * total / rest, 0.0) / (rest - 1)


@numba.njit(error_model="numpy", cache=True)
def _error(read: Any, shot: Any, weights: Any, index: Any, n: Any) -> Any:
    """Give the standard error of a weighted sum of mean differences."""
    return math.sqrt(max(read * weights[0, index] + shot * weights[1, index], 1e-12) / n)


@numba.njit(error_model="numpy", cache=True)
def _split_noise(squares: Any, dof: Any, typical: Any, shot: Any) -> Any:
    """Give the variances of a level and of a step.

    Of few differences the noise is known badly, and that of a typical pixel is the better guess.
    """
    variance = (squares + _PRIOR * (2 * typical + shot)) / (dof + _PRIOR)
    shot = min(shot, _MOST_SHOT * variance)
    return max((variance - shot) / 2, _ROUNDING / 2), shot


@numba.njit(error_model="numpy", cache=True)
def _best_curve(mean: Any, start: Any, length: Any, tables: Any) -> Any:
    """Give the index of the time constant whose exponential fits best; -1 if none can be told.

    It takes most off the sum of squares about a line.
    """
    best, most = -1, 0.0
    for k in range(tables.curve.shape[0]):
        if tables.curve_variance[0, k, length] > 0:
            value = _weighted(tables.curve[k, length], mean, start, length)
            gain = value * value / tables.curve_variance[0, k, length]
            if gain >= most:
                best, most = k, gain
    return best


@numba.njit(error_model="numpy", cache=True)
def _robust_sum(room: Any, limit: Any, run: Any, weights: Any, n: Any, single: Any) -> Any:
    """Give a weighted sum of the mean differences without integrations that are off; its empirical error.

    Then how many integrations are in it.
    """
    steps, mean, sums, values = room
    start, length = run
    value = _weighted(weights, mean, start, length)
    count = _own_sums(steps, mean, limit, weights, start, length, sums)
    if count < 3:
        return value, 0.0, n
    more, scatter, kept = _robust_mean(sums, count, single, values)
    return value + more, scatter, kept


@numba.njit(error_model="numpy", cache=True)
def _rate_of_sums(
    value: Any, sums: Any, count: Any, n: Any, noise: Any, typical: Any, more: Any, out: Any
) -> None:
    """Fill the rate and the scatter of the integrations' slopes, from their deviations from the mean one."""
    tables, length, values = more
    read, shot = noise
    single = _error(read, shot, tables.slope_variance, length, 1)
    if count < 3:
        out[RATE], out[RATE_ERROR] = value, _larger(single / math.sqrt(n), 0.0)
        return
    away, scatter, kept = _robust_mean(sums, count, single, values)
    out[RATE], out[RATE_ERROR] = value + away, _larger(single / math.sqrt(kept), scatter)
    expected = _error(typical, shot, tables.slope_variance, length, 1)
    out[SLOPE_CHI2], out[SLOPES] = _trimmed_variance(sums, count, values) / expected**2, count


@numba.njit(error_model="numpy", cache=True)
def _find_rate(
    room: Any, limit: Any, run: Any, n: Any, noise: Any, typical: Any, tables: Any, out: Any
) -> None:
    """Fill the rate and the scatter of the integrations' slopes."""
    steps, mean, sums, values = room
    start, length = run
    weights = tables.slope[length]
    value = _weighted(weights, mean, start, length)
    count = _own_sums(steps, mean, limit, weights, start, length, sums)
    _rate_of_sums(value, sums, count, n, noise, typical, (tables, length, values), out)


@numba.njit(error_model="numpy", cache=True)
def _find_curve(room: Any, limit: Any, run: Any, n: Any, noise: Any, tables: Any, out: Any) -> None:
    """Fill the exponential that stands out most, and the slope that is left when it has settled."""
    mean = room[1]
    start, length = run
    read, shot = noise
    best = _best_curve(mean, start, length, tables)
    if best < 0:
        return
    single = _error(read, shot, tables.curve_variance[:, best], length, 1)
    value, scatter, kept = _robust_sum(room, limit, run, tables.curve[best, length], n, single)
    error = max(single / math.sqrt(kept), scatter)
    out[CURVE], out[CURVE_ERROR], out[TIME_INDEX] = value, error, best
    if length < 3:
        return
    rate = _weighted(tables.late[best, length], mean, start, length)
    error = _error(read, shot, tables.late_variance[:, best], length, n)
    # A neighbouring time constant might be as good.
    doubt = 0.0
    for k in (best - 1, best + 1):
        if 0 <= k < tables.times.size and tables.curve_variance[0, k, length] > 0:
            doubt = max(doubt, abs(_weighted(tables.late[k, length], mean, start, length) - rate))
    out[LATE_RATE], out[LATE_RATE_ERROR] = rate, math.hypot(error, doubt)


@numba.njit(error_model="numpy", cache=True)
def _measure_pixel(
    level: Any, starts: Any, shot: Any, typical: Any, tables: Any, room: Any, out: Any
) -> None:
    steps, centre, mean, number, values, sums, work = room
    out[:] = math.nan
    _differences(level, starts, steps)
    own = _centres(steps, centre, values)
    least = max(_LEAST_SHARE * math.sqrt(2 * typical), math.sqrt(_ROUNDING))
    limit = _OUTLIER * max(_scale(steps, centre, values), least)
    squares, dof = _average(steps, centre, own, limit, mean, number, work)
    for _ in range(2):
        before = dof
        if dof > 0:
            limit = _OUTLIER * max(math.sqrt(squares / dof), least)
        squares, dof = _average(steps, centre, own, limit, mean, number, work)
        if dof == before:
            break
    most = 0.0
    for g in range(number.size):
        most = max(most, number[g])
    if dof < 1 or most == 0:
        return
    out[NOISE], out[NOISE_DOF] = squares / dof, dof
    if _steps_down(steps, centre, limit):
        limit = math.inf
        _average(steps, centre, own, limit, mean, number, work)
    start, stop = _run(number, most)
    inverse = 0.0
    for g in range(start, stop):
        inverse += 1.0 / number[g]
    noise = _split_noise(squares, dof, typical, shot)
    length = stop - start
    shape_room, run = (steps, mean, sums, values), (start, length)
    _find_rate(shape_room, limit, run, length / inverse, noise, typical, tables, out)
    if length > 1:
        _find_curve(shape_room, limit, run, length / inverse, noise, tables, out)


@numba.njit(error_model="numpy", cache=True, nogil=True)
def median_of_known(values: Any, out: Any) -> None:
    """Take the median of what is known and not negative.

    Parameters
    ----------
    values : ndarray of float64, shape (n, npixels)
        Values; NaN where they are not known.
    out : ndarray of float32, shape (npixels,)
        Filled; 0 where nothing is known.
    """
    known = np.empty(values.shape[0])
    for p in range(values.shape[1]):
        n = 0
        for i in range(values.shape[0]):
            if values[i, p] >= 0 and values[i, p] < math.inf:
                known[n] = values[i, p]
                n += 1
        out[p] = _median(known, n) if n > 0 else 0.0


@numba.njit(error_model="numpy", cache=True, nogil=True)
def judge_sums(
    sums: Any, own: Any, shot: Any, typical: Any, bent: Any, tables: Any, length: Any, out: Any, closer: Any
) -> None:
    """Turn the sums over ordinary pixels into noise, rate and curvature, as `measure_shape` gives them.

    Parameters
    ----------
    sums : ndarray of float32, shape (6, npixels)
        What `mkrefs_detector.bad_pixel_mask.darks.sweep.sum_tiles` fills.
    own : ndarray of float32, shape (ntiles, nintegrations, width)
        Deviations of the integrations' slopes.
    shot : ndarray of float32, shape (npixels,)
        Variance in DN^2 that the signal collected between two groups adds to their difference.
    typical : float
        Read variance of a group of a typical pixel in DN^2.
    bent : float
        Significance from which on a curvature is looked at closer.
    tables : Tables
        Weights.
    length : int
        Differences that are fitted.
    out : ndarray of float32, shape (IMAGES, npixels)
        Filled for ordinary pixels; NaN where a quantity cannot be measured, or is not needed.
    closer : ndarray of bool, shape (npixels,)
        Pixels that are not ordinary. Those that bend are added.
    """
    width = own.shape[2]
    own_sums, values = np.empty(own.shape[1]), np.empty(own.shape[1])
    found = np.empty(IMAGES)
    for p in range(closer.size):
        squares, dof, inverse = np.float64(sums[0, p]), np.float64(sums[1, p]), np.float64(sums[2, p])
        if dof < 1 or not inverse > 0:
            closer[p] = True
        if closer[p]:
            continue
        found[:] = math.nan
        found[NOISE], found[NOISE_DOF] = squares / dof, dof
        noise = _split_noise(squares, dof, typical, np.float64(shot[p]))
        number = length / inverse
        count = 0
        for i in range(own.shape[1]):
            value = own[p // width, i, p % width]
            if not math.isnan(value):
                own_sums[count] = value
                count += 1
        _rate_of_sums(
            np.float64(sums[3, p]), own_sums, count, number, noise, typical, (tables, length, values), found
        )
        best = int(sums[5, p])
        if best >= 0:
            error = _error(noise[0], noise[1], tables.curve_variance[:, best], length, number)
            found[CURVE], found[CURVE_ERROR], found[TIME_INDEX] = sums[4, p], error, best
            closer[p] = not abs(found[CURVE]) <= bent * error
        for image in range(IMAGES):
            out[image, p] = found[image]


@numba.njit(error_model="numpy", cache=True, nogil=True)
def measure_shape(levels: Any, starts: Any, shot: Any, typical: Any, tables: Any, out: Any) -> None:
    """Measure noise, rate and curvature of each pixel.

    Parameters
    ----------
    levels : ndarray of float32, shape (npixels, nlevels)
        Levels of all integrations, one after the other; NaN where there is none.
    starts : ndarray of int64, shape (nintegrations + 1,)
        Index of the first level of each integration, and the number of all.
    shot : ndarray of float32, shape (npixels,)
        Variance in DN^2 that the signal collected between two groups adds to their difference.
    typical : float
        Read variance of a group of a typical pixel in DN^2.
    tables : Tables
        Weights, see `mkrefs_detector.bad_pixel_mask.darks.weights`.
    out : ndarray of float32, shape (IMAGES, npixels)
        Filled; NaN where a quantity cannot be measured.
    """
    count = starts.size - 1
    longest = 1
    for i in range(count):
        longest = max(longest, starts[i + 1] - starts[i] - 1)
    room = (
        np.empty((count, longest)),
        np.empty(longest),
        np.empty(longest),
        np.empty(longest),
        np.empty(count * longest),
        np.empty(count),
        (np.empty(longest), np.empty(longest)),
    )
    found = np.empty(IMAGES)
    for p in range(levels.shape[0]):
        _measure_pixel(levels[p], starts, np.float64(shot[p]), typical, tables, room, found)
        for image in range(IMAGES):
            out[image, p] = found[image]
