"""Compiled loops of the documented method: the clipped mean level of each group by itself.

Importing this module loads numba but compiles nothing; compiled code is cached on disk.
"""

import math
from typing import Any

import numba
import numpy as np

from mkrefs_detector.dark.sorting import UNHIT


@numba.njit(cache=True)
def _clipped(levels: Any, n: Any, sigma: Any, iterations: Any) -> Any:
    """Clip in place about the median as astropy's ``sigma_clip`` does; give mean, deviation and number."""
    mean = scatter = math.nan
    for turn in range(iterations + 1):
        mean = levels[:n].mean()
        scatter = math.sqrt(((levels[:n] - mean) ** 2).mean())
        if turn == iterations:
            break
        centre = np.median(levels[:n])
        kept = 0
        for i in range(n):
            if abs(levels[i] - centre) <= sigma * scatter:
                levels[kept] = levels[i]
                kept += 1
        if kept == n:
            break
        n = kept
    return mean, scatter, n


@numba.njit(cache=True, nogil=True)
def average_levels(
    values: Any, states: Any, sigma: Any, iterations: Any, place: Any, ramp: Any, error: Any, number: Any
) -> None:
    """Average the levels of each group of each pixel.

    Parameters
    ----------
    values, states : ndarray, shape (nintegrations, ngroups, npixels)
        Signal in DN, and what counts.
    sigma : float
        Threshold of the clip.
    iterations : int
        Largest number of passes of the clip.
    place : int
        Where the first of these pixels is in what is filled.
    ramp, error : ndarray of float32, shape (ngroups, nall)
        Filled with the mean in DN, and the standard deviation of a level, with ddof 0; NaN without a level.
    number : ndarray of unsigned int, shape (ngroups, nall)
        Filled with the numbers of levels in the mean.
    """
    count, ngroups, npixels = values.shape
    levels = np.empty(count)
    for g in range(ngroups):
        for pixel in range(npixels):
            n = 0
            for k in range(count):
                if states[k, g, pixel] & UNHIT:
                    levels[n] = values[k, g, pixel]
                    n += 1
            mean, scatter = math.nan, math.nan
            if n > 0:
                mean, scatter, n = _clipped(levels, n, sigma, iterations)
            ramp[g, place + pixel] = mean
            error[g, place + pixel] = scatter
            number[g, place + pixel] = n
