"""A compiled loop that writes the levels of ramps in tiles of pixels.

The levels of a block of rows are kept in tiles of `TILE` neighbouring pixels, (ntiles, nlevels, TILE), so
that loops over the pixels of a tile are vectorised while all its levels stay in the processor's cache.
Importing this module loads numba but compiles nothing; compiled code is cached on disk.
"""

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

# The compiler may reorder sums, but must still honour NaN.
_SUMS = {"reassoc", "contract", "nsz"}
#: Pixels of a tile.
TILE = 64


def chosen_levels(levels: NDArray[np.float32], pixels: NDArray[np.intp]) -> NDArray[np.float32]:
    """Give the levels of some pixels, (npixels, nlevels)."""
    return levels[pixels // TILE, :, pixels % TILE]


@numba.njit(cache=True)
def _spoil(flags: Any, bad: Any, level: Any, usable: Any) -> None:
    """Make NaN of the levels of a group that have a bad flag or are not finite; the latter are not usable."""
    for p in range(flags.size):
        if flags[p] & bad:
            level[p] = math.nan
        elif not math.isfinite(level[p]):
            level[p] = math.nan
            usable[p] -= 1


@numba.njit(cache=True, fastmath=_SUMS)
def _write(science: Any, common: Any, channel: Any, level: Any) -> Any:
    """Write the levels of a group; give 0 if all are finite, and NaN if not."""
    wrong = np.float32(0)
    for p in range(science.size):
        value = science[p] - common[channel[p]]
        level[p] = value
        wrong += np.float32(0) * value
    return wrong


@numba.njit(cache=True, nogil=True)
def write_levels(
    science: Any, group_dq: Any, common: Any, channel: Any, bad: Any, first: Any, levels: Any, usable: Any
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
    channel : ndarray of uint16, shape (npixels,)
        Channel of each pixel.
    bad : int
        Flags that spoil a group.
    first : int
        Index of the ramp's first level among those of all ramps.
    levels : ndarray of float32, shape (ntiles, nlevels, TILE)
        Filled where this ramp's levels are; pixels behind the last one keep what they have.
    usable : ndarray of int32, shape (nints, npixels)
        Groups that no flag spoils; those whose signal is no number are taken off.
    """
    nints, ngroups, npixels = science.shape
    spoilt = np.uint8(bad)
    for tile in range(levels.shape[0]):
        start = tile * TILE
        stop = min(start + TILE, npixels)
        for i in range(nints):
            for g in range(ngroups):
                flags = group_dq[i, g, start:stop]
                level = levels[tile, first + i * ngroups + g]
                wrong = _write(science[i, g, start:stop], common[i, g], channel[start:stop], level)
                some = np.uint8(0)
                for p in range(flags.size):
                    some |= flags[p]
                if some & spoilt or math.isnan(wrong):
                    _spoil(flags, spoilt, level, usable[i, start:stop])
