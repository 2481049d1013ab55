"""Compiled loops that look for first signs of two levels: steps down, which cosmic rays do not make."""

import math
from typing import Any

import numba
import numpy as np

from mkrefs_detector.bad_pixel_mask.darks.levels import TILE

# Widest means of levels that are compared.
_WIDEST = 3
# Guesses of the step of a pixel.
GUESSES = 3
# No step counts for more: a drop for good explains any at about this logarithm of its likelihood.
_MOST = 10.0
# The compiler may reorder sums, but must still honour NaN.
_SUMS = {"reassoc", "contract", "nsz"}
_SLOPE, _SCALE, _LARGEST, _SUM, _WORTH = 0, TILE, 4 * TILE, 5 * TILE, 6 * TILE
_BUFFERS = 7


@numba.njit(error_model="numpy", cache=True, fastmath=_SUMS)
def _mark(row: Any, k: Any, reach: Any, worth: Any, work: Any) -> None:
    """Compare the means of up to three levels before a level with those from it on, as far as they reach."""
    zero = np.float32(0)
    most, free = np.float32(_MOST), np.float32(worth)
    at = k * TILE
    before1, after1 = row[at - TILE : at], row[at : at + TILE]
    wide, wider = (TILE if reach > 1 else 0), (2 * TILE if reach > 2 else 0)
    before2, after2 = row[at - TILE - wide : at - wide], row[at + wide : at + wide + TILE]
    before3, after3 = row[at - TILE - wider : at - wider], row[at + wider : at + wider + TILE]
    for t in range(TILE):
        slope = work[_SLOPE + t]
        before, after = before1[t], after1[t]
        mark = (before - after + slope) * work[_SCALE + t]
        best = max(zero, mark)
        if reach > 1:
            before += before2[t]
            after += after2[t]
            mark = (np.float32(0.5) * (before - after) + np.float32(2) * slope) * work[_SCALE + TILE + t]
            best = max(best, mark)
        if reach > 2:
            before += before3[t]
            after += after3[t]
            mark = (np.float32(1 / 3) * (before - after) + np.float32(3) * slope) * work[
                _SCALE + 2 * TILE + t
            ]
            best = max(best, mark)
        gain = min(work[_WORTH + t] * best * best, most) - free
        work[_LARGEST + t] = max(work[_LARGEST + t], best)
        work[_SUM + t] += max(zero, gain)


@numba.njit(error_model="numpy", cache=True, nogil=True)
def mark_signs(
    levels: Any, starts: Any, read: Any, own: Any, shot: Any, slope: Any, limits: Any, marked: Any
) -> None:
    """Mark the pixels that step down significantly, and more often than by accident.

    Parameters
    ----------
    levels : ndarray of float32, shape (ntiles, nlevels, TILE)
        Levels of all integrations, one after the other; NaN where there is none.
    starts : ndarray of int64, shape (nintegrations + 1,)
        Index of the first level of each integration, and the number of all.
    read : ndarray of float32, shape (npixels,)
        Read variance of a group in DN^2, at most; pixels of 0 are left out.
    own : ndarray of float32, shape (npixels,)
        Read variance by which chance makes steps down.
    shot : ndarray of float32, shape (npixels,)
        Variance in DN^2 that the signal collected between two groups adds to their difference.
    slope : ndarray of float32, shape (npixels,)
        Slope in DN per group.
    limits : tuple of float
        Least significance of one step; what a step down must gain in log likelihood to be worth its price;
        and how much all that are worth it must gain beyond that.
    marked : ndarray of bool, shape (npixels,)
        Filled.
    """
    least, worth, together = limits
    work = np.zeros(_BUFFERS * TILE, np.float32)
    for tile in range(levels.shape[0]):
        start = tile * TILE
        width = min(TILE, marked.size - start)
        work[:] = 0
        for t in range(width):
            variance, step = read[start + t], shot[start + t]
            if variance > 0:
                work[_SLOPE + t] = slope[start + t]
                work[_WORTH + t] = 0.5 * (2 * variance + step) / (2 * own[start + t] + step)
                for w in range(1, _WIDEST + 1):
                    spread = 2 * variance / w + step * (2 * w * w + 1) / (3 * w)
                    work[_SCALE + (w - 1) * TILE + t] = 1 / math.sqrt(spread)
        row = levels[tile].reshape(levels.shape[1] * TILE)
        for i in range(starts.size - 1):
            for k in range(starts[i] + 1, starts[i + 1]):
                _mark(row, k, min(k - starts[i], starts[i + 1] - k), worth, work)
        for t in range(width):
            marked[start + t] = work[_LARGEST + t] >= least and work[_SUM + t] >= together


@numba.njit(error_model="numpy", cache=True)
def _largest_sign(level: Any, first: Any, last: Any, inverse: Any) -> Any:
    """Give significance and size of the most significant step down of an integration."""
    here, size = 0.0, 0.0
    for k in range(first + 1, last):
        before, after = 0.0, 0.0
        for w in range(1, min(_WIDEST, k - first, last - k) + 1):
            before += level[k - w]
            after += level[k + w - 1]
            mark = (before - after) * inverse[w - 1]
            if mark > here:
                # Means over several groups may mix the two levels.
                here, size = mark, np.float64(level[k - 1] - level[k])
    return here, size


@numba.njit(error_model="numpy", cache=True, nogil=True)
def guess_steps(levels: Any, starts: Any, read: Any, shot: Any, guesses: Any) -> None:
    """Find the sizes of the most significant steps down of each pixel, one of an integration at most.

    Parameters
    ----------
    levels : ndarray of float32, shape (npixels, nlevels)
        Levels.
    starts : ndarray of int64, shape (nintegrations + 1,)
        Index of the first level of each integration, and the number of all.
    read, shot : ndarray of float64, shape (npixels,)
        Variances in DN^2.
    guesses : ndarray of float64, shape (GUESSES, npixels)
        Filled with steps in DN; 0 for none.
    """
    marks, inverse = np.empty(GUESSES), np.empty(_WIDEST)
    for p in range(levels.shape[0]):
        guesses[:, p] = 0.0
        marks[:] = 0.0
        for w in range(1, _WIDEST + 1):
            inverse[w - 1] = 1 / (w * math.sqrt(2 * read[p] / w + shot[p] * (2 * w * w + 1) / (3 * w)))
        for i in range(starts.size - 1):
            here, size = _largest_sign(levels[p], starts[i], starts[i + 1], inverse)
            worst = 0
            for j in range(1, GUESSES):
                if marks[j] < marks[worst]:
                    worst = j
            if here > marks[worst]:
                marks[worst], guesses[worst, p] = here, size
