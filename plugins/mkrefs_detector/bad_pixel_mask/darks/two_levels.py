"""How much likelier two levels are than one, for telegraph pixels: which parameters are tried.

The filters themselves are in `mkrefs_detector.bad_pixel_mask.darks.filters`. Parameters are improved for all
pixels together, round by round; a pixel that gains no more leaves.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.bad_pixel_mask.darks import filters
from mkrefs_detector.bad_pixel_mask.darks.signs import GUESSES, guess_steps

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
_LEAST_READ = 0.08

#: Rows of what `compare_levels` gives, in this order.
EVIDENCE, STEP, SIGMA, UPS, DOWNS, BENT = range(6)
IMAGES = 6

Array = NDArray[np.float64]
Levels = NDArray[np.float32]
Starts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Pixels:
    """Pixels that are compared, with their variances in DN^2."""

    levels: Levels
    starts: Starts
    read: Array
    shot: Array

    def some(self, chosen: NDArray[np.bool_]) -> "_Pixels":
        return _Pixels(self.levels[chosen], self.starts, self.read[chosen], self.shot[chosen])


def compare_levels(
    levels: Levels,
    starts: Starts,
    read: NDArray[np.floating],
    shot: NDArray[np.floating],
    slope: NDArray[np.floating],
    bends: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Compare two levels with one for each pixel, on a straight line and on a ramp that bends.

    Parameters
    ----------
    levels : ndarray of float32, shape (npixels, nlevels)
        Levels of all integrations, one after the other; NaN where there is none.
    starts : ndarray of int64, shape (nintegrations + 1,)
        Index of the first level of each integration, and the number of all.
    read : ndarray of float, shape (npixels,)
        Read variance of a group in DN^2, at most: that of a typical pixel, or its own if that is less.
    shot : ndarray of float, shape (npixels,)
        Variance in DN^2 that the signal collected between two groups adds to their difference.
    slope : ndarray of float, shape (npixels,)
        Slope in DN per group.
    bends : ndarray of bool, shape (npixels,)
        Where the ramps may bend, so that what is common to all integrations is tried too in place of a line.

    Returns
    -------
    ndarray of float32, shape (IMAGES, npixels)
        The log of the ratio of the likelihoods, the step in DN, the read noise in DN, the numbers of steps
        up and down, and whether they are those about a ramp that bends.
    """
    straight = _less_line(levels, starts, np.asarray(slope, np.float64))
    pixels = _Pixels(straight, starts, np.asarray(read, np.float64), np.asarray(shot, np.float64))
    one, two = _both_models(pixels)
    found = np.zeros((IMAGES, len(levels)))
    found[STEP : DOWNS + 1] = two[1:]
    if bends.any():
        bent = less_common_shape(levels[bends], starts)
        other, more = _both_models(_Pixels(bent, starts, pixels.read[bends], pixels.shot[bends]))
        one[bends] = np.maximum(one[bends], other)
        better = np.zeros_like(bends)
        better[bends] = more[0] > two[0, bends]
        two[:, better] = more[:, better[bends]]
        found[STEP : DOWNS + 1] = two[1:]
        found[BENT, better] = 1
    found[EVIDENCE] = two[0] - one
    return found.astype(np.float32)


def _both_models(pixels: _Pixels) -> tuple[Array, Array]:
    """Give the log likelihood of one level; and of two, with step, noise, and numbers of steps up and down.

    Two levels are climbed to from the best guess of step and drift, if it is not hopeless.
    """
    one = _one_level(pixels)
    # The median of the differences is what few steps up and down do not move.
    median = _medians(_steps(pixels.levels, pixels.starts).reshape(len(one), -1))
    straight = _less_line(pixels.levels, pixels.starts, median)
    guesses = np.empty((GUESSES, len(one)))
    guess_steps(straight, pixels.starts, pixels.read, pixels.shot, guesses)
    level = _Pixels(straight, pixels.starts, pixels.read, pixels.shot)
    tilted = median**2 >= _SAME_DRIFT**2 * pixels.read
    if tilted.any():
        one[tilted] = np.maximum(one[tilted], _one_level(level.some(tilted)))
    most, first = np.full(len(one), -np.inf), np.zeros((3, len(one)))
    first[1] = _FIRST_RATE
    for guess in guesses:
        _try(level, np.flatnonzero(guess > 0), guess, np.zeros_like(median), most, first)
        _try(level, np.flatnonzero((guess > 0) & tilted), guess, -median, most, first)
    two = np.zeros((5, len(one)))
    two[0] = -np.inf
    _climb(level, np.flatnonzero(most > one - _HOPELESS), first, two)
    return one, two


def less_common_shape(levels: Levels, starts: Starts) -> Levels:
    """Take off the ramp that the medians of the differences of all integrations make.

    Parameters
    ----------
    levels : ndarray of float32, shape (npixels, nlevels)
        Levels.
    starts : ndarray of int64, shape (nintegrations + 1,)
        Index of the first level of each integration, and the number of all.

    Returns
    -------
    ndarray of float32, shape (npixels, nlevels)
    """
    steps = _steps(levels, starts)
    middle = _medians(np.swapaxes(steps, 1, 2))
    shape = np.concatenate([np.zeros((len(levels), 1)), np.cumsum(middle, axis=1)], axis=1)
    return np.asarray(levels - shape[:, _groups(starts)], dtype=np.float32)


def _less_line(levels: Levels, starts: Starts, slope: Array) -> Levels:
    return np.asarray(levels - slope[:, None] * _groups(starts), dtype=np.float32)


def _groups(starts: Starts) -> NDArray[np.int64]:
    """Give the number of each level in its integration, from 0."""
    return np.arange(starts[-1]) - np.repeat(starts[:-1], np.diff(starts))


def _steps(levels: Levels, starts: Starts) -> Levels:
    """Give the differences of neighbouring groups by integration; NaN behind the end of shorter ones."""
    longest = int(np.diff(starts).max() - 1)
    steps = np.full((len(levels), starts.size - 1, longest), np.nan, dtype=np.float32)
    for i, (first, last) in enumerate(pairwise(starts)):
        steps[:, i, : last - first - 1] = np.diff(levels[:, first:last], axis=1)
    return steps


def _medians(values: Levels) -> Array:
    """Give the medians along the last axis of what is known, 0 without any; sorting puts the rest last."""
    known = np.count_nonzero(np.isfinite(values), axis=-1)[..., None]
    values = np.sort(values, axis=-1)
    low, high = (
        np.take_along_axis(values, np.maximum(place, 0), axis=-1) for place in ((known - 1) // 2, known // 2)
    )
    middle = (low.astype(np.float64) + high) / 2
    return np.asarray(np.where(known > 0, middle, 0.0)[..., 0])


def _wander(shot: Array, read: Array) -> Array:
    return np.maximum(shot, _WANDER**2 * read)


def _rescale(read: Array, shot: Array, factor: Array) -> Array:
    """Give the next guess of the read variance, when variances are ``factor`` times the expected ones."""
    total = factor * (2 * read + shot)
    return np.maximum(np.maximum((total - shot) / 2, 0.1 * read), _LEAST_READ)


def _one_level(pixels: _Pixels) -> Array:
    """Give the largest log likelihood under one level, from a small and from a large read variance."""
    best = np.full(len(pixels.read), -np.inf)
    for times in (1.0, _NOISIER):
        read, before = pixels.read * times, np.full(len(best), -np.inf)
        which = np.arange(len(best))
        for _ in range(_ROUNDS):
            shot, here = pixels.shot[which], read[which]
            found = np.empty((2, which.size))
            filters.filter_one(pixels.levels, which, pixels.starts, here, _wander(shot, here), found)
            total, factor = found
            best[which] = np.maximum(best[which], total)
            more = total >= before[which] + _GAIN
            before[which], read[which] = total, _rescale(here, shot, factor)
            which = which[more]
            if not which.size:
                break
    return best


def _try(
    pixels: _Pixels, which: NDArray[np.intp], step: Array, drift: Array, most: Array, first: Array
) -> None:
    """Take over a guess of step and drift where it is likelier than the best so far."""
    if not which.size:
        return
    guess = np.stack([step[which], np.full(which.size, _FIRST_RATE), drift[which]])
    total, _ = _follow(pixels, which, pixels.read[which], guess)
    better = total > most[which]
    most[which[better]] = total[better]
    first[:, which[better]] = guess[:, better]


def _follow(pixels: _Pixels, which: NDArray[np.intp], read: Array, guess: Array) -> tuple[Array, Array]:
    total, found = np.empty(which.size), np.empty((filters.FOUND, which.size))
    shot = _wander(pixels.shot[which], read)
    filters.filter_two(pixels.levels, which, pixels.starts, read, shot, guess, total, found)
    return total, found


def _climb(pixels: _Pixels, which: NDArray[np.intp], guess: Array, best: Array) -> None:
    """Improve guesses; fill log likelihood, step, noise and numbers of steps where they are the best."""
    guess, read, before = guess.copy(), pixels.read.copy(), np.full(guess.shape[1], -np.inf)
    for _ in range(_ROUNDS):
        if not which.size:
            return
        here = guess[:, which]
        total, found = _follow(pixels, which, read[which], here)
        ups, downs = found[filters.UPS], found[filters.DOWNS]
        better = total > best[0, which]
        best[:, which[better]] = np.stack([total, here[0], np.sqrt(read[which]), ups, downs])[:, better]
        changes = ups + downs
        step = np.divide(found[filters.SIZES], changes, out=np.zeros_like(changes), where=changes > 0)
        more = (changes >= _LEAST_CHANGES) & (total >= before[which] + _GAIN) & (step > 0)
        before[which] = total
        guess[0, which] = step
        rate = (changes + 0.5) / (found[filters.NUMBER] + 1)
        guess[1, which] = np.clip(rate, _LEAST_RATE, _MOST_RATE)
        guess[2, which] = found[filters.MEAN_STEP]
        read[which] = _rescale(read[which], pixels.shot[which], found[filters.FACTOR])
        which = which[more]
