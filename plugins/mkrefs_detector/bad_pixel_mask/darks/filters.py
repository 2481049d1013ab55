"""Compiled filters that follow the levels of pixels under one level and under two; several pixels at a time.

The model: the level of a pixel wanders by the noise of the signal it collects (variance V a group), is seen
with read noise (variance S), and may jump for good (a cosmic ray, of unknown size); single values may be
spoilt. A telegraph pixel moreover is up by a step A part of the time, and changes its state between groups
with a probability q. Both models are filtered forward as a Gaussian for each state, mixtures being merged at
each group.

Pixels lie side by side in lanes, so that each step of the filter is vectorised over them; nothing in a step
branches. All that a step needs is in one array, because the compiler then sees that nothing overlaps. Which
parameters are tried is the business of `mkrefs_detector.bad_pixel_mask.darks.two_levels`.
"""

import math
from typing import Any

import numba
import numpy as np

# Pixels that are filtered side by side.
_LANES = 16
# Chance of a jump for good up and down between two groups; the logarithm of its size is uniform over a range.
_HIT, _DROP = 0.01, 0.002
# Chance that a single value is far off, and the next one is not.
_SPIKE = 0.002
_CALM = 1 - _HIT - _DROP - _SPIKE
_DECADES = 9.2
_ROOT_2PI = math.sqrt(2 * math.pi)
# Exponents beyond this are as good as it; the exponential is that of a 64th, squared six times.
_FARTHEST = 58.0
# Likelihoods are multiplied for so many groups before their logarithm is taken.
_TOGETHER = 8
_SMALLEST = 1e-300
# The compiler may reorder sums, but must still honour NaN.
_SUMS = {"reassoc", "contract", "nsz"}
# What a lane needs, by its place in one array.
_READ, _SHOT, _SCALE, _STEP, _RATE, _DRIFT = (place * _LANES for place in range(6))
_SEEN, _LAST, _LIKELY, _LOG, _CALM_SUM, _SQUARES = (place * _LANES for place in range(6, 12))
_W0, _W1, _M0, _M1, _V0, _V1 = (place * _LANES for place in range(12, 18))
_UPS, _DOWNS, _SIZES, _NUMBER, _MEAN_STEP = (place * _LANES for place in range(18, 23))
_PLACES = 23

#: What `filter_two` fills besides the log likelihood: mean squared deviation in units of the expected
#: variance, numbers of steps up and down, sum of their sizes, number of differences, mean difference without
#: steps.
FACTOR, UPS, DOWNS, SIZES, NUMBER, MEAN_STEP = range(6)
FOUND = 6


@numba.njit(error_model="numpy", cache=True, inline="always")
def _falling(z: Any) -> Any:
    """Give exp(-z) of a positive number."""
    x = -min(z, _FARTHEST) / 64
    p = 1 + x * (1 + x * (1 / 2 + x * (1 / 6 + x * (1 / 24 + x * (1 / 120 + x * (1 / 720 + x / 5040))))))
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p
    return p * p


@numba.njit(error_model="numpy", cache=True, inline="always")
def _density(away: Any, spread: Any) -> Any:
    """Give the density of a normal deviate that no jump for good comes with."""
    return _CALM * _falling(0.5 * away * away / spread) / (math.sqrt(spread) * _ROOT_2PI)


@numba.njit(error_model="numpy", cache=True, inline="always")
def _jump(away: Any) -> Any:
    """Give the chance of a jump for good, by its sign."""
    return _HIT if away > 0 else _DROP


@numba.njit(error_model="numpy", cache=True)
def _load(levels: Any, which: Any, first: Any, lanes: Any) -> None:
    """Lay the levels of pixels side by side; lanes without a pixel repeat the first."""
    for lane in range(_LANES):
        pixel = which[first + lane] if first + lane < which.size else which[first]
        for k in range(levels.shape[1]):
            lanes[k * _LANES + lane] = levels[pixel, k]


@numba.njit(error_model="numpy", cache=True)
def _set(work: Any, place: Any, values: Any, first: Any) -> None:
    for lane in range(_LANES):
        work[place + lane] = values[min(first + lane, values.size - 1)]


@numba.njit(error_model="numpy", cache=True)
def _begin(work: Any) -> None:
    for lane in range(_LANES):
        work[_SCALE + lane] = math.sqrt(2 * work[_READ + lane] + work[_SHOT + lane])
        work[_LIKELY + lane] = 1.0
    for k in range(_LOG, _LOG + 3 * _LANES):
        work[k] = 0.0
    for k in range(_UPS, _PLACES * _LANES):
        work[k] = 0.0


@numba.njit(error_model="numpy", cache=True)
def _take_logarithms(work: Any) -> None:
    for lane in range(_LANES):
        work[_LOG + lane] += math.log(work[_LIKELY + lane])
        work[_LIKELY + lane] = 1.0


@numba.njit(error_model="numpy", cache=True, fastmath=_SUMS)
def _see_one(lanes: Any, k: Any, work: Any) -> None:
    """Take in a level of each pixel under one level."""
    level = lanes[k * _LANES : (k + 1) * _LANES]
    for j in range(_LANES):
        read, mean = work[_READ + j], work[_M0 + j]
        variance = work[_V0 + j] + work[_SHOT + j]
        known = level[j] == level[j]
        value = level[j] if known else mean
        use = known and work[_SEEN + j] > 0
        away = value - mean
        spread = variance + read if use else 1.0
        quiet = _density(away, spread)
        broad = 1 / (_DECADES * (work[_SCALE + j] + abs(away)))
        jump, spike = _jump(away) * broad, _SPIKE * broad
        norm = quiet + jump + spike
        gain = variance / spread
        near = mean + gain * away
        middle = (quiet * near + jump * value + spike * mean) / norm
        calm = quiet * ((1 - gain) * variance + (near - middle) ** 2)
        calm += jump * (read + (value - middle) ** 2) + spike * (variance + (mean - middle) ** 2)
        share = quiet / norm if use else 0.0
        work[_LIKELY + j] *= norm if use else 1.0
        work[_SQUARES + j] += share * away * away / spread
        work[_CALM_SUM + j] += share
        work[_M0 + j] = middle if use else value
        work[_V0 + j] = calm / norm if use else (read if known else variance)
        work[_SEEN + j] = 1.0 if known else work[_SEEN + j]


@numba.njit(error_model="numpy", cache=True, inline="always")
def _part(total: Any) -> Any:
    """Give the inverse of a sum of weights; 0 if there is none."""
    return 1 / total if total > _SMALLEST else 0.0


@numba.njit(error_model="numpy", cache=True, fastmath=_SUMS)
def _see_two(lanes: Any, k: Any, work: Any) -> None:
    """Take in a level of each pixel under two levels.

    The state is, for the lower and for the upper level, its weight, and mean and variance of the level
    without the step. Differences are named by the states before and after: a01 is how far off the level is if
    it went up. Whatever the state, the level may have jumped for good, or a single value may be spoilt.
    """
    level = lanes[k * _LANES : (k + 1) * _LANES]
    for j in range(_LANES):
        read, shot, step, rate = work[_READ + j], work[_SHOT + j], work[_STEP + j], work[_RATE + j]
        scale, drift = work[_SCALE + j], work[_DRIFT + j]
        known = level[j] == level[j]
        use = known and work[_SEEN + j] > 0
        w0, w1 = work[_W0 + j], work[_W1 + j]
        m0, m1 = work[_M0 + j] + drift, work[_M1 + j] + drift
        v0, v1 = work[_V0 + j] + shot, work[_V1 + j] + shot
        value = level[j] if known else m0
        s0, s1 = (v0 + read if use else 1.0), (v1 + read if use else 1.0)
        a00, a10 = value - m0, value - m1
        a01, a11 = a00 - step, a10 - step
        h00, h10, h01, h11 = w0 * (1 - rate), w1 * rate, w0 * rate, w1 * (1 - rate)
        q00, q10, q01, q11 = (
            h00 * _density(a00, s0),
            h10 * _density(a10, s1),
            h01 * _density(a01, s0),
            h11 * _density(a11, s1),
        )
        b00, b10 = h00 / (_DECADES * (scale + abs(a00))), h10 / (_DECADES * (scale + abs(a10)))
        b01, b11 = h01 / (_DECADES * (scale + abs(a01))), h11 / (_DECADES * (scale + abs(a11)))
        f0, f1 = b00 * _jump(a00) + b10 * _jump(a10), b01 * _jump(a01) + b11 * _jump(a11)
        k00, k10, k01, k11 = _SPIKE * b00, _SPIKE * b10, _SPIKE * b01, _SPIKE * b11
        p0, p1 = q00 + q10 + f0 + k00 + k10, q01 + q11 + f1 + k01 + k11
        inverse = 1 / (p0 + p1)
        o0, o1 = 1 / s0, 1 / s1
        g0, g1 = v0 * o0, v1 * o1
        n0, n1 = (1 - g0) * v0, (1 - g1) * v1
        x00, x10, x01, x11 = m0 + g0 * a00, m1 + g1 * a10, m0 + g0 * a01, m1 + g1 * a11
        y = value - step
        i0, i1 = _part(p0), _part(p1)
        x0 = (q00 * x00 + q10 * x10 + f0 * value + k00 * m0 + k10 * m1) * i0
        x1 = (q01 * x01 + q11 * x11 + f1 * y + k01 * m0 + k11 * m1) * i1
        u0 = q00 * (n0 + (x00 - x0) ** 2) + q10 * (n1 + (x10 - x0) ** 2) + f0 * (read + (value - x0) ** 2)
        u0 += k00 * (v0 + (m0 - x0) ** 2) + k10 * (v1 + (m1 - x0) ** 2)
        u1 = q01 * (n0 + (x01 - x1) ** 2) + q11 * (n1 + (x11 - x1) ** 2) + f1 * (read + (y - x1) ** 2)
        u1 += k01 * (v0 + (m0 - x1) ** 2) + k11 * (v1 + (m1 - x1) ** 2)
        calm = (q00 + q10 + q01 + q11) * inverse if use else 0.0
        ups, downs = (q01 * inverse if use else 0.0), (q10 * inverse if use else 0.0)
        squares = (q00 * a00 * a00 + q01 * a01 * a01) * o0 + (q10 * a10 * a10 + q11 * a11 * a11) * o1
        sizes = (q01 * a00 + q10 * (step - a10)) * inverse
        moved = calm * (value - work[_LAST + j]) - step * (ups - downs)
        work[_SQUARES + j] += squares * inverse if use else 0.0
        work[_UPS + j] += ups
        work[_DOWNS + j] += downs
        work[_SIZES + j] += sizes if use else 0.0
        work[_NUMBER + j] += 1.0 if use else 0.0
        work[_MEAN_STEP + j] += moved if use else 0.0
        work[_CALM_SUM + j] += calm
        work[_LIKELY + j] *= p0 + p1 if use else 1.0
        begins = known and not use
        work[_W0 + j] = p0 * inverse if use else (0.5 if begins else h00 + h10)
        work[_W1 + j] = p1 * inverse if use else (0.5 if begins else h01 + h11)
        work[_M0 + j] = (x0 if p0 > _SMALLEST else m0) if use else (value if begins else m0)
        work[_M1 + j] = (x1 if p1 > _SMALLEST else m1) if use else (y if begins else m1)
        work[_V0 + j] = (u0 * i0 if p0 > _SMALLEST else v0) if use else (read if begins else v0)
        work[_V1 + j] = (u1 * i1 if p1 > _SMALLEST else v1) if use else (read if begins else v1)
        work[_LAST + j] = value if known else work[_LAST + j]
        work[_SEEN + j] = 1.0 if known else work[_SEEN + j]


@numba.njit(error_model="numpy", cache=True)
def _start(work: Any) -> None:
    """Begin an integration, of which nothing is seen yet."""
    for j in range(_LANES):
        work[_SEEN + j], work[_LAST + j] = 0.0, 0.0
        work[_W0 + j], work[_W1 + j] = 0.5, 0.5
        work[_M0 + j], work[_M1 + j], work[_V0 + j], work[_V1 + j] = 0.0, 0.0, 0.0, 0.0


@numba.njit(error_model="numpy", cache=True, nogil=True)
def filter_one(levels: Any, which: Any, starts: Any, read: Any, shot: Any, out: Any) -> None:
    """Follow pixels under one level.

    Parameters
    ----------
    levels : ndarray of float32, shape (npixels, nlevels)
        Levels of all integrations, one after the other; NaN where there is none.
    which : ndarray of int64, shape (n,)
        Pixels to follow.
    starts : ndarray of int64, shape (nintegrations + 1,)
        Index of the first level of each integration, and the number of all.
    read, shot : ndarray of float64, shape (n,)
        Read variance of a level, and variance of the signal collected between two, in DN^2.
    out : ndarray of float64, shape (2, n)
        Filled with the log likelihood, and the mean squared deviation in units of the expected variance.
    """
    lanes, work = np.empty(levels.shape[1] * _LANES, np.float64), np.zeros(_PLACES * _LANES)
    for first in range(0, which.size, _LANES):
        _load(levels, which, first, lanes)
        _set(work, _READ, read, first)
        _set(work, _SHOT, shot, first)
        _begin(work)
        for i in range(starts.size - 1):
            _start(work)
            for k in range(starts[i], starts[i + 1]):
                _see_one(lanes, k, work)
                if k % _TOGETHER == 0:
                    _take_logarithms(work)
        _take_logarithms(work)
        for j in range(min(_LANES, which.size - first)):
            out[0, first + j] = work[_LOG + j]
            out[1, first + j] = work[_SQUARES + j] / max(work[_CALM_SUM + j], 1e-9)


@numba.njit(error_model="numpy", cache=True, nogil=True)
def filter_two(
    levels: Any, which: Any, starts: Any, read: Any, shot: Any, guess: Any, total: Any, out: Any
) -> None:
    """Follow pixels under two levels.

    Parameters
    ----------
    levels, which, starts, read, shot
        As for `filter_one`.
    guess : ndarray of float64, shape (3, n)
        Step in DN, probability of a change between two groups, and drift in DN per group.
    total : ndarray of float64, shape (n,)
        Filled with the log likelihood.
    out : ndarray of float64, shape (FOUND, n)
        Filled with what a next guess of the parameters needs.
    """
    lanes, work = np.empty(levels.shape[1] * _LANES, np.float64), np.zeros(_PLACES * _LANES)
    for first in range(0, which.size, _LANES):
        _load(levels, which, first, lanes)
        _set(work, _READ, read, first)
        _set(work, _SHOT, shot, first)
        _set(work, _STEP, guess[0], first)
        _set(work, _RATE, guess[1], first)
        _set(work, _DRIFT, guess[2], first)
        _begin(work)
        for i in range(starts.size - 1):
            _start(work)
            for k in range(starts[i], starts[i + 1]):
                _see_two(lanes, k, work)
                if k % _TOGETHER == 0:
                    _take_logarithms(work)
        _take_logarithms(work)
        for j in range(min(_LANES, which.size - first)):
            weight = max(work[_CALM_SUM + j], 1e-9)
            total[first + j] = work[_LOG + j]
            out[FACTOR, first + j] = work[_SQUARES + j] / weight
            out[UPS, first + j], out[DOWNS, first + j] = work[_UPS + j], work[_DOWNS + j]
            out[SIZES, first + j], out[NUMBER, first + j] = work[_SIZES + j], work[_NUMBER + j]
            out[MEAN_STEP, first + j] = work[_MEAN_STEP + j] / weight
