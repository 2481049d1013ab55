"""Compiled loops over pixels: how much likelier two levels are than one, for telegraph pixels.

All kernels of this search share this module, because the cache of compiled code notices no change in another.
The model: the level of a pixel wanders by the noise of the signal it collects (variance V a group), is seen
with read noise (variance S), and may jump for good (a cosmic ray, of unknown size); single values may be
spoilt. A telegraph pixel moreover is up by a step A part of the time, and changes its state between groups
with a probability q. Both models are filtered forward as a Gaussian for each state, mixtures being merged at
each group.
"""

import math
from typing import Any

import numba
import numpy as np

_TILE = 64
# Widest means of levels that are compared to find a first sign of a step down.
_WIDEST = 3
# Chance of a jump for good up and down between two groups; the logarithm of its size is uniform over a range.
_HIT, _DROP = 0.01, 0.002
# Chance that a single value is far off, and the next one is not.
_SPIKE = 0.002
_CALM = 1 - _HIT - _DROP - _SPIKE
_DECADES = 9.2
# The level wanders by this share of the read noise a group at least.
_WANDER = 0.05
_LEAST_RATE, _MOST_RATE = 0.01, 0.4
_ROUNDS = 6
# Further rounds must raise the log likelihood by so much; a guess so far below one level never gets above it.
_GAIN = 0.02
_HOPELESS = 60.0
_FIRST_RATE = 0.1
_LEAST_CHANGES = 0.5
# The slope taken off may be wrong; what differs by less than this share of the read noise is the same.
_SAME_DRIFT = 0.1
# One level is tried with the read variance given, and with so many times of it.
_NOISIER = 16.0
_ROOT_2PI = math.sqrt(2 * math.pi)
# The compiler may reorder sums, but must still honour NaN.
_SUMS = {"reassoc", "contract", "nsz"}

#: Images that `compare_levels` fills, in this order.
EVIDENCE, STEP, SIGMA, UPS, DOWNS, BENT = range(6)
IMAGES = 6


@numba.njit(cache=True)
def _broad(away: Any, scale: Any) -> Any:
    """Give the density of a distance whose logarithm is as likely here as there."""
    return 1 / (_DECADES * (scale + abs(away)))


@numba.njit(cache=True)
def _jump(away: Any) -> Any:
    """Give the chance of a jump for good, by its sign."""
    return _HIT if away > 0 else _DROP


@numba.njit(cache=True)
def _density(away: Any, spread: Any) -> Any:
    """Give the density of a normal deviate that no jump for good comes with."""
    return _CALM * math.exp(-0.5 * away * away / spread) / (math.sqrt(spread) * _ROOT_2PI)


@numba.njit(cache=True)
def _merge(p: Any, x: Any, u: Any, q: Any, y: Any, v: Any, r: Any, z: Any, w: Any) -> Any:
    """Give weight, mean and variance of a mixture of weights p, q, r, means x, y, z and variances u, v, w."""
    total = p + q + r
    if not total > 0:
        return 0.0, z, w
    mean = (p * x + q * y + r * z) / total
    spread = p * (u + (x - mean) ** 2) + q * (v + (y - mean) ** 2) + r * (w + (z - mean) ** 2)
    return total, mean, spread / total


@numba.njit(cache=True)
def _filter_one(level: Any, starts: Any, read: Any, shot: Any) -> Any:
    """Give log likelihood under one level, and mean squared deviation in units of the expected variance."""
    total, squares, weights = 0.0, 0.0, 0.0
    scale = math.sqrt(2 * read + shot)
    for i in range(starts.size - 1):
        seen = False
        mean, variance = 0.0, 0.0
        for k in range(starts[i], starts[i + 1]):
            variance += shot
            value = level[k]
            if math.isnan(value):
                continue
            if not seen:
                mean, variance, seen = value, read, True
                continue
            away = value - mean
            spread = variance + read
            quiet, broad = _density(away, spread), _broad(away, scale)
            jump, spike = _jump(away) * broad, _SPIKE * broad
            norm = quiet + jump + spike
            total += math.log(norm)
            squares += quiet / norm * away * away / spread
            weights += quiet / norm
            gain = variance / spread
            near, calm = mean + gain * away, (1 - gain) * variance
            _, mean, variance = _merge(quiet, near, calm, jump, value, read, spike, mean, variance)
    return total, squares / max(weights, 1e-9)


@numba.njit(cache=True)
def _see(value: Any, state: Any, read: Any, scale: Any, step: Any, rate: Any, out: Any) -> Any:
    """Take in a level; give the state after it, the density of the level, and the chance that it is calm.

    The state is, for the lower and for the upper of the two levels, its weight, and mean and variance of the
    level without the step.
    """
    w0, w1, m0, m1, v0, v1 = state
    s0, s1 = v0 + read, v1 + read
    # Named by the states before and after: a01 is how far off the level is if it went up.
    a00, a10 = value - m0, value - m1
    a01, a11 = a00 - step, a10 - step
    q00, q10 = w0 * (1 - rate) * _density(a00, s0), w1 * rate * _density(a10, s1)
    q01, q11 = w0 * rate * _density(a01, s0), w1 * (1 - rate) * _density(a11, s1)
    b00, b10, b01, b11 = _broad(a00, scale), _broad(a10, scale), _broad(a01, scale), _broad(a11, scale)
    # Whatever the state, the level jumped for good, or a single value is spoilt.
    b00, b10 = w0 * (1 - rate) * b00, w1 * rate * b10
    b01, b11 = w0 * rate * b01, w1 * (1 - rate) * b11
    f0, f1 = b00 * _jump(a00) + b10 * _jump(a10), b01 * _jump(a01) + b11 * _jump(a11)
    norm = q00 + q10 + q01 + q11 + f0 + f1 + _SPIKE * (b00 + b10 + b01 + b11)
    out[0] += (q00 * a00**2 / s0 + q10 * a10**2 / s1 + q01 * a01**2 / s0 + q11 * a11**2 / s1) / norm
    out[1] += q01 / norm
    out[2] += q10 / norm
    out[3] += (q01 * a00 + q10 * (step - a10)) / norm
    g0, g1 = v0 / s0, v1 / s1
    n0, n1 = (1 - g0) * v0, (1 - g1) * v1
    w0, x0, u0 = _merge(q00, m0 + g0 * a00, n0, q10, m1 + g1 * a10, n1, f0, value, read)
    w1, x1, u1 = _merge(q01, m0 + g0 * a01, n0, q11, m1 + g1 * a11, n1, f1, value - step, read)
    w0, x0, u0 = _merge(w0, x0, u0, _SPIKE * b00, m0, v0, _SPIKE * b10, m1, v1)
    w1, x1, u1 = _merge(w1, x1, u1, _SPIKE * b01, m0, v0, _SPIKE * b11, m1, v1)
    return (w0 / norm, w1 / norm, x0, x1, u0, u1), norm, (q00 + q10 + q01 + q11) / norm


@numba.njit(cache=True)
def _filter_two(
    level: Any, starts: Any, read: Any, shot: Any, step: Any, rate: Any, drift: Any, out: Any
) -> Any:
    """Give the log likelihood under two levels; fill what a next guess of the parameters needs.

    ``out`` gets the mean squared deviation, the numbers of steps up and down, the sum of their sizes, the
    number of differences, and the mean of the differences without steps.
    """
    total, weights = 0.0, 0.0
    out[:] = 0.0
    scale = math.sqrt(2 * read + shot)
    for i in range(starts.size - 1):
        seen = False
        last = 0.0
        state = (0.5, 0.5, 0.0, 0.0, 0.0, 0.0)
        for k in range(starts[i], starts[i + 1]):
            w0, w1, m0, m1, v0, v1 = state
            value = level[k]
            if math.isnan(value):
                w0, w1 = w0 * (1 - rate) + w1 * rate, w1 * (1 - rate) + w0 * rate
                state = (w0, w1, m0 + drift, m1 + drift, v0 + shot, v1 + shot)
                continue
            if not seen:
                state = (0.5, 0.5, value, value - step, read, read)
                seen, last = True, value
                continue
            ups, downs = out[1], out[2]
            state = (w0, w1, m0 + drift, m1 + drift, v0 + shot, v1 + shot)
            state, norm, calm = _see(value, state, read, scale, step, rate, out)
            total += math.log(norm)
            weights += calm
            out[4] += 1
            out[5] += calm * (value - last) - step * (out[1] - ups - out[2] + downs)
            last = value
    out[0] /= max(weights, 1e-9)
    out[5] /= max(weights, 1e-9)
    return total


@numba.njit(cache=True)
def _one_level(level: Any, starts: Any, read: Any, shot: Any) -> Any:
    """Give the largest log likelihood under one level, from a small and from a large read variance."""
    best = -math.inf
    for trial in range(2):
        here = read * (1.0 if trial == 0 else _NOISIER)
        before = -math.inf
        for _ in range(_ROUNDS):
            total, factor = _filter_one(level, starts, here, max(shot, _WANDER**2 * here))
            best = max(best, total)
            if total < before + _GAIN:
                break
            before = total
            here = _rescale(here, shot, factor)
    return best


@numba.njit(cache=True)
def _rescale(read: Any, shot: Any, factor: Any) -> Any:
    """Give the next guess of the read variance, when variances are ``factor`` times the expected ones."""
    total = factor * (2 * read + shot)
    return max((total - shot) / 2, 0.1 * read, 0.08)


@numba.njit(cache=True)
def _climb(level: Any, starts: Any, read: Any, shot: Any, step: Any, drift: Any, work: Any, out: Any) -> Any:
    """Improve a guess of the step; fill evidence, step, noise and numbers of steps if they are the best."""
    rate, before = _FIRST_RATE, -math.inf
    for _ in range(_ROUNDS):
        total = _filter_two(level, starts, read, max(shot, _WANDER**2 * read), step, rate, drift, work)
        if total > out[0]:
            out[0], out[1], out[2], out[3], out[4] = total, step, math.sqrt(read), work[1], work[2]
        changes = work[1] + work[2]
        if changes < _LEAST_CHANGES or total < before + _GAIN:
            return
        before = total
        step = work[3] / changes
        rate = min(max((changes + 0.5) / (work[4] + 1), _LEAST_RATE), _MOST_RATE)
        read = _rescale(read, shot, work[0])
        drift = work[5]
        if not step > 0:
            return


@numba.njit(cache=True, fastmath=_SUMS)
def _largest_sign(level: Any, first: Any, last: Any, slope: Any, inverse: Any) -> Any:
    """Give the most significant step down of an integration, between means of up to three groups."""
    best = 0.0
    for k in range(first + 1, last):
        mark = (level[k - 1] - level[k] + slope) * inverse[0]
        best = max(best, mark)
    for k in range(first + 2, last - 1):
        step = level[k - 2] + level[k - 1] - level[k] - level[k + 1]
        mark = (step / 2 + 2 * slope) * inverse[1]
        best = max(best, mark)
    for k in range(first + 3, last - 2):
        step = level[k - 3] + level[k - 2] + level[k - 1] - level[k] - level[k + 1] - level[k + 2]
        mark = (step / 3 + 3 * slope) * inverse[2]
        best = max(best, mark)
    return best


@numba.njit(cache=True)
def _shows_signs(level: Any, starts: Any, read: Any, shot: Any, slope: Any, threshold: Any) -> Any:
    """Tell whether any integration has a step down that is significant enough to look closer."""
    inverse = np.empty(_WIDEST)
    for w in range(1, _WIDEST + 1):
        inverse[w - 1] = 1 / math.sqrt(2 * read / w + shot * (2 * w * w + 1) / (3 * w))
    for i in range(starts.size - 1):
        if _largest_sign(level, starts[i], starts[i + 1], slope, inverse) >= threshold:
            return True
    return False


@numba.njit(cache=True)
def _first_signs(level: Any, starts: Any, read: Any, shot: Any, guesses: Any) -> Any:
    """Fill the sizes of the most significant steps down, one of an integration at most."""
    guesses[:] = 0.0
    marks = np.zeros(guesses.size)
    for i in range(starts.size - 1):
        first, last = starts[i], starts[i + 1]
        here, size = 0.0, 0.0
        for k in range(first + 1, last):
            before, after = 0.0, 0.0
            for w in range(1, _WIDEST + 1):
                if k - w < first or k + w > last:
                    break
                before += level[k - w]
                after += level[k + w - 1]
                if math.isnan(before) or math.isnan(after):
                    break
                step = (before - after) / w
                spread = 2 * read / w + shot * (2 * w * w + 1) / (3 * w)
                mark = step / math.sqrt(spread)
                if mark > here:
                    # Means over several groups may mix the two levels.
                    here, size = mark, level[k - 1] - level[k]
        worst = 0
        for j in range(1, marks.size):
            if marks[j] < marks[worst]:
                worst = j
        if here > marks[worst]:
            marks[worst], guesses[worst] = here, size


@numba.njit(cache=True)
def _median_step(level: Any, starts: Any) -> Any:
    """Give the median of the differences of neighbouring groups."""
    steps = np.empty(level.size)
    n = 0
    for i in range(starts.size - 1):
        for k in range(starts[i] + 1, starts[i + 1]):
            step = level[k] - level[k - 1]
            if not math.isnan(step):
                steps[n] = step
                n += 1
    return np.median(steps[:n]) if n > 0 else 0.0


@numba.njit(cache=True)
def _take_off_line(level: Any, starts: Any, slope: Any, out: Any) -> None:
    for i in range(starts.size - 1):
        for k in range(starts[i], starts[i + 1]):
            out[k] = level[k] - slope * (k - starts[i])


@numba.njit(cache=True)
def _both_models(level: Any, starts: Any, read: Any, shot: Any, room: Any) -> Any:
    """Fill what fits two levels best, and give the log likelihood of one.

    The median of the differences, which few steps up and down do not move, is taken off in place before. Two
    levels are climbed to from the best guess of step and drift, if it is not hopeless.
    """
    guesses, work, best = room
    one = _one_level(level, starts, read, shot)
    median = _median_step(level, starts)
    _take_off_line(level, starts, median, level)
    _first_signs(level, starts, read, shot, guesses)
    same = median * median < _SAME_DRIFT**2 * read
    if not same:
        one = max(one, _one_level(level, starts, read, shot))
    best[:] = 0.0
    best[0] = most = -math.inf
    step, drift = 0.0, 0.0
    for j in range(guesses.size):
        for trial in range(1 if same else 2):
            if guesses[j] > 0:
                lean = -median * trial
                spread = max(shot, _WANDER**2 * read)
                total = _filter_two(level, starts, read, spread, guesses[j], _FIRST_RATE, lean, work)
                if total > most:
                    most, step, drift = total, guesses[j], lean
    if most > one - _HOPELESS:
        _climb(level, starts, read, shot, step, drift, work, best)
    return one


@numba.njit(cache=True)
def _take_off_common_shape(level: Any, starts: Any, steps: Any, out: Any) -> None:
    """Fill the levels less the ramp that the medians of the differences of all integrations make."""
    longest = 0
    for i in range(starts.size - 1):
        longest = max(longest, starts[i + 1] - starts[i])
        out[starts[i]] = level[starts[i]]
    shape = 0.0
    for g in range(1, longest):
        n = 0
        for i in range(starts.size - 1):
            k = starts[i] + g
            if k < starts[i + 1] and not math.isnan(level[k] - level[k - 1]):
                steps[n] = level[k] - level[k - 1]
                n += 1
        shape += np.median(steps[:n]) if n > 0 else 0.0
        for i in range(starts.size - 1):
            if starts[i] + g < starts[i + 1]:
                out[starts[i] + g] = level[starts[i] + g] - shape


@numba.njit(cache=True)
def _compare_pixel(
    level: Any,
    starts: Any,
    read: Any,
    shot: Any,
    slope: Any,
    bends: Any,
    threshold: Any,
    room: Any,
    found: Any,
) -> None:
    """Compare two levels with one, on a straight line and on a ramp that bends; the better of each counts."""
    straight, bent, guesses, work, best = room
    found[:] = 0.0
    if not _shows_signs(level, starts, read, shot, slope, threshold):
        return
    _take_off_line(level, starts, slope, straight)
    one = _both_models(straight, starts, read, shot, (guesses, work, best))
    found[STEP], found[SIGMA], found[UPS], found[DOWNS] = best[1], best[2], best[3], best[4]
    two = best[0]
    if bends:
        _take_off_common_shape(level, starts, straight, bent)
        one = max(one, _both_models(bent, starts, read, shot, (guesses, work, best)))
        if best[0] > two:
            two = best[0]
            found[STEP], found[SIGMA], found[UPS], found[DOWNS] = best[1], best[2], best[3], best[4]
            found[BENT] = 1.0
    found[EVIDENCE] = two - one


@numba.njit(cache=True, parallel=True)
def compare_levels(
    levels: Any, starts: Any, read: Any, shot: Any, slope: Any, bends: Any, threshold: Any, out: Any
) -> None:
    """Compare two levels with one for each pixel that shows any sign of steps down.

    Parameters
    ----------
    levels : ndarray of float32, shape (nlevels, npixels)
        Levels of all integrations, one after the other; NaN where there is none.
    starts : ndarray of int64, shape (nintegrations + 1,)
        Index of the first level of each integration, and the number of all.
    read : ndarray of float32, shape (npixels,)
        Read variance of a group in DN^2, at most: that of a typical pixel, or its own if that is less. Pixels
        of 0 are left out.
    shot : ndarray of float32, shape (npixels,)
        Variance in DN^2 that the signal collected between two groups adds to their difference.
    slope : ndarray of float32, shape (npixels,)
        Slope in DN per group.
    bends : ndarray of bool, shape (npixels,)
        Where the ramps may bend, so that what is common to all integrations is tried too in place of a line.
    threshold : float
        Steps down that are less significant are no sign.
    out : ndarray of float32, shape (IMAGES, npixels)
        Filled with the log of the ratio of the likelihoods, the step in DN, the read noise in DN, the
        numbers of steps up and down, and whether they are those about a ramp that bends; 0 where there is no
        sign.
    """
    nlevels, npixels = levels.shape
    for tile in numba.prange((npixels + _TILE - 1) // _TILE):
        first = tile * _TILE
        width = min(_TILE, npixels - first)
        level = np.empty((width, nlevels), np.float32)
        for k in range(nlevels):
            for t in range(width):
                level[t, k] = levels[k, first + t]
        room = np.empty(nlevels), np.empty(nlevels), np.empty(3), np.empty(6), np.empty(5)
        found = np.empty(IMAGES)
        for t in range(width):
            p = first + t
            found[:] = 0.0
            if read[p] > 0:
                variance, step, line = np.float64(read[p]), np.float64(shot[p]), np.float64(slope[p])
                _compare_pixel(level[t], starts, variance, step, line, bends[p], threshold, room, found)
            for image in range(IMAGES):
                out[image, p] = found[image]
