"""Compiled loops over the groups of ramps: differences, first flagged groups, and what is usable before them.

All kernels share this module because the cache of compiled code notices no change in another file.
"""

from typing import Any

import numba
import numpy as np

_NAN, _LARGEST = np.float32(np.nan), np.float32(np.finfo(np.float32).max)


@numba.njit(cache=True, nogil=True)
def write_differences(
    science: Any, group_dq: Any, earlier: Any, later: Any, spoils: Any, strikes: Any, out: Any
) -> None:
    """Write the differences of groups; NaN where a flag spoils one, or a value is not finite.

    Parameters
    ----------
    science : ndarray of float32, shape (nints, ngroups, npixels)
        Signal.
    group_dq : ndarray of uint8, same shape
        Group flags.
    earlier, later : ndarray of int64, shape (npairs,)
        Groups of each difference.
    spoils, strikes : numpy.uint8
        Flags that spoil a difference in either group, and in its later group.
    out : ndarray of float32, shape (nints * npairs, npixels)
        Filled.
    """
    for i in range(science.shape[0]):
        for pair in range(earlier.size):
            a, b = earlier[pair], later[pair]
            before, after = science[i, a], science[i, b]
            flags, hits = group_dq[i, a], group_dq[i, b]
            row = out[i * earlier.size + pair]
            for x in range(row.size):
                bad = ((flags[x] | hits[x]) & spoils) | (hits[x] & strikes)
                step = after[x] - before[x]
                row[x] = step if (bad == 0) & (abs(step) <= _LARGEST) else _NAN


@numba.njit(cache=True, nogil=True)
def find_first(group_dq: Any, flags: Any, out: Any) -> None:
    """Fill the first group of each ramp that has any of the flags; the number of groups where none has.

    Parameters
    ----------
    group_dq : ndarray of uint8, shape (nints, ngroups, npixels)
        Group flags.
    flags : numpy.uint8
        The flags.
    out : ndarray of uint16, shape (nints, npixels)
        Filled.
    """
    nints, ngroups, npixels = group_dq.shape
    for i in range(nints):
        first = out[i]
        first[:] = ngroups
        for g in range(ngroups - 1, -1, -1):
            row = group_dq[i, g]
            for x in range(npixels):
                first[x] = np.uint16(g) if row[x] & flags else first[x]


@numba.njit(cache=True, nogil=True)
def mark_usable(group_dq: Any, ends: Any, spoils: Any, out: Any) -> None:
    """Mark the groups before the first that ends a ramp, without those that are spoilt by themselves.

    Parameters
    ----------
    group_dq : ndarray of uint8, shape (nints, ngroups, npixels)
        Group flags.
    ends, spoils : numpy.uint8
        Flags from which on a ramp is not used, and those of a group that is left out alone.
    out : ndarray of uint8, same shape
        Filled with 1 where a group is usable, and 0 elsewhere.
    """
    nints, ngroups, npixels = group_dq.shape
    over = np.empty(npixels, np.uint8)
    for i in range(nints):
        over[:] = 0
        for g in range(ngroups):
            row, usable = group_dq[i, g], out[i, g]
            for x in range(npixels):
                over[x] |= row[x] & ends
                usable[x] = 1 if (over[x] | (row[x] & spoils)) == 0 else 0
