"""A compiled loop over pixels that writes the levels of ramps, and counts their flags.

Importing this module loads numba but compiles nothing; compiled code is cached on disk.
"""

import math
from typing import Any

import numba
import numpy as np

from mkrefs.api import GROUP_DQ

_JUMP, _SATURATED = GROUP_DQ["JUMP_DET"], GROUP_DQ["SATURATED"]
# Pixels of one thread at a time.
_TILE = 64

#: Numbers of groups that `write_levels` counts, in this order.
JUMPS, EARLY, LATE, USABLE, SATURATED = range(5)
COUNTS = 5


@numba.njit(cache=True)
def _count_jumps(flags: Any, start: Any, stop: Any, count: Any) -> None:
    for p in range(start, stop):
        count[p] += 1 if flags[p] & _JUMP else 0


@numba.njit(cache=True)
def _count_flags(flags: Any, start: Any, stop: Any, bad: Any, level: Any, counts: Any) -> None:
    """Spoil the levels that have a bad flag; count jumps and saturated groups."""
    for p in range(start, stop):
        if flags[p] & bad:
            level[p] = math.nan
        counts[SATURATED, p] += 1 if flags[p] & _SATURATED else 0
        counts[JUMPS, p] += 1 if flags[p] & _JUMP else 0


@numba.njit(cache=True, parallel=True)
def write_levels(
    science: Any, group_dq: Any, common: Any, channel: Any, bad: Any, early: Any, levels: Any, counts: Any
) -> None:
    """Write the levels of one ramp's rows, less what is common to a channel; NaN where a flag spoils one.

    Parameters
    ----------
    science : ndarray of float32, shape (nints, ngroups, npixels)
        Signal in DN.
    group_dq : ndarray of uint8, same shape
        Group flags.
    common : ndarray of float32, shape (nints, ngroups, nchannels)
        What is taken off.
    channel : ndarray of int64, shape (npixels,)
        Channel of each pixel.
    bad : int
        Flags that spoil a group.
    early : int
        Number of groups that count as first, and as last.
    levels : ndarray of float32, shape (nints * ngroups, npixels)
        Filled.
    counts : ndarray of int32, shape (COUNTS, nints, npixels)
        Filled with numbers of groups: flagged JUMP_DET in all, among the first, and among the last ``early``;
        usable ones; saturated ones.
    """
    nints, ngroups, npixels = science.shape
    tiles = (npixels + _TILE - 1) // _TILE
    for tile in numba.prange(tiles):
        start = tile * _TILE
        stop = min(start + _TILE, npixels)
        for i in range(nints):
            counts[:, i, start:stop] = 0
            for g in range(ngroups):
                flags = 0
                for p in range(start, stop):
                    flags |= group_dq[i, g, p]
                row = i * ngroups + g
                for p in range(start, stop):
                    value = science[i, g, p] - common[i, g, channel[p]]
                    levels[row, p] = value if value - value == 0 else np.float32(math.nan)
                if flags != 0:
                    _count_flags(group_dq[i, g], start, stop, bad, levels[row], counts[:, i])
                    if g < early:
                        _count_jumps(group_dq[i, g], start, stop, counts[EARLY, i])
                    if g >= ngroups - early:
                        _count_jumps(group_dq[i, g], start, stop, counts[LATE, i])
                for p in range(start, stop):
                    counts[USABLE, i, p] += 1 if levels[row, p] == levels[row, p] else 0
