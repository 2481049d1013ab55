"""Compiled loops that count: groups by their flags, and integrations by what flags and fits say of them.

Importing this module loads numba but compiles nothing; compiled code is cached on disk.
"""

import math
from typing import Any

import numba
import numpy as np

from mkrefs.api import GROUP_DQ

_JUMP, _SATURATED = np.uint8(GROUP_DQ["JUMP_DET"]), np.uint8(GROUP_DQ["SATURATED"])
# Pixels whose groups are gone through together, as many as lie on a page of memory; and groups that are
# counted in a byte each.
_WIDTH, _BYTE = 4096, 255

#: Numbers of groups of an integration, in this order.
JUMPS, EARLY, LATE, USABLE, SATURATED = range(5)
COUNTS = 5
#: Numbers of integrations of a pixel, in this order: the fields of `DarkMaps`.
COUNTED = (
    *("known", "saturated", "clipped", "many_jumps", "early_jumps"),
    *("pedestals", "high_pedestals", "low_pedestals", "clean_slopes"),
)
_KNOWN, _ALWAYS, _CLIPPED, _MANY, _MOSTLY_EARLY, _PEDESTALS, _HIGH, _LOW, _CLEAN = range(9)


@numba.njit(cache=True)
def _count(flags: Any, wanted: Any, count: Any) -> None:
    for p in range(flags.size):
        count[p] += np.uint8(1) if flags[p] & wanted else np.uint8(0)


@numba.njit(cache=True)
def _add_up(here: Any, counts: Any) -> None:
    """Move what is counted in bytes to the counts."""
    for k in range(COUNTS):
        for p in range(counts.shape[1]):
            counts[k, p] += here[k, p]
    here[:] = 0


@numba.njit(cache=True, nogil=True)
def count_flags(group_dq: Any, bad: Any, early: Any, counts: Any) -> None:
    """Count the groups of each integration by their flags.

    Parameters
    ----------
    group_dq : ndarray of uint8, shape (nints, ngroups, npixels)
        Group flags.
    bad : int
        Flags that spoil a group.
    early : int
        Number of groups that count as first, and as last.
    counts : ndarray of int32, shape (COUNTS, nints, npixels)
        Filled with numbers of groups: flagged JUMP_DET in all, among the first, and among the last ``early``;
        usable ones; saturated ones.
    """
    nints, ngroups, npixels = group_dq.shape
    here = np.zeros((COUNTS, _WIDTH), np.uint8)
    spoilt = np.uint8(bad)
    counts[:] = 0
    for i in range(nints):
        for start in range(0, npixels, _WIDTH):
            stop = min(start + _WIDTH, npixels)
            for g in range(ngroups):
                flags = group_dq[i, g, start:stop]
                _count(flags, _JUMP, here[JUMPS])
                if g < early:
                    _count(flags, _JUMP, here[EARLY])
                if g >= ngroups - early:
                    _count(flags, _JUMP, here[LATE])
                _count(flags, _SATURATED, here[SATURATED])
                _count(flags, spoilt, here[USABLE])
                if g % _BYTE == _BYTE - 1 or g == ngroups - 1:
                    _add_up(here, counts[:, i, start:stop])
        for p in range(npixels):
            counts[USABLE, i, p] = ngroups - counts[USABLE, i, p]


@numba.njit(cache=True, nogil=True)
def tally_integrations(
    counts: Any,
    ngroups: Any,
    jump_limits: Any,
    slopes: Any,
    pedestal: Any,
    middle: Any,
    reach: Any,
    doubt: Any,
    tally: Any,
    moments: Any,
    clipped: Any,
) -> None:
    """Add the integrations of a dark to what is counted of each pixel.

    Parameters
    ----------
    counts : ndarray of int32, shape (COUNTS, nints, npixels)
        Numbers of groups by flag.
    ngroups : int
        Groups of an integration.
    jump_limits : tuple of (int, float)
        Jumps that are many, and the ratio of early to late ones that are mostly early.
    slopes, pedestal : ndarray of float32, shape (nints, npixels)
        In DN/s and DN; NaN where they are not known.
    middle, reach : ndarray of float64, shape (nints,)
        Mean pedestal of all pixels, and the distance from it within which one is usual, in DN; NaN where
        pedestals are not judged.
    doubt : float
        Seconds of a pixel's own signal that its pedestal may be off by; with 0 slopes are not asked.
    tally : ndarray of int32, shape (len(COUNTED), npixels)
        Added to.
    moments : ndarray of float64, shape (2, npixels)
        Mean of the slopes without jumps, and sum of squares about it; updated.
    clipped : ndarray of bool, shape (nints, npixels)
        Filled: integrations of which saturation leaves less than two groups.
    """
    limit, ratio = jump_limits
    for i in range(slopes.shape[0]):
        for p in range(slopes.shape[1]):
            jumps, early, late = counts[JUMPS, i, p], counts[EARLY, i, p], counts[LATE, i, p]
            usable, saturated = counts[USABLE, i, p] > 1, counts[SATURATED, i, p]
            always = saturated == ngroups
            clipped[i, p] = always or (not usable and ngroups > 1 and saturated >= ngroups - 1)
            tally[_KNOWN, p] += usable
            tally[_ALWAYS, p] += always
            tally[_CLIPPED, p] += clipped[i, p]
            if jumps >= limit:
                tally[_MANY, p] += 1
                tally[_MOSTLY_EARLY, p] += early > 0 and early >= ratio * late
            slope = np.float64(slopes[i, p])
            if jumps == 0 and abs(slope) < math.inf:
                tally[_CLEAN, p] += 1
                away = slope - moments[0, p]
                moments[0, p] += away / tally[_CLEAN, p]
                moments[1, p] += away * (slope - moments[0, p])
            if not (usable and reach[i] > 0):
                continue
            away = pedestal[i, p] - middle[i]
            far = reach[i] + (doubt * abs(slope) if doubt > 0 else 0.0)
            if abs(away) < math.inf and abs(far) < math.inf:
                tally[_PEDESTALS, p] += 1
                tally[_HIGH, p] += away > far
                tally[_LOW, p] += away < -far
