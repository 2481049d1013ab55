"""Reads the first group of every integration in blocks of rows, without what its flags spoil.

Ramps are anything that gives its shape and blocks of rows; nothing here knows of files or headers.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import GROUP_DQ, PIXEL_DQ, RampRows
from mkrefs_detector.superbias.kernels import write_samples

_FIRST = slice(0, 1)
# Group flags that spoil a sample, those that do unless the whole pixel has them, the flag of such a pixel.
_FLAGS = (
    np.uint8(GROUP_DQ["SATURATED"] | GROUP_DQ["JUMP_DET"] | GROUP_DQ["AD_FLOOR"]),
    np.uint8(GROUP_DQ["DO_NOT_USE"]),
    np.uint32(PIXEL_DQ["DO_NOT_USE"]),
)
# Samples of a tile of pixels stay in the cache of a core.
_TILE_BYTES = 1 << 17
_MOST_PIXELS = 1024
_LANES = 64


class RowSource(Protocol):
    """What is needed of a ramp; `mkrefs.api.Ramp` has it."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape (nints, ngroups, nrows, ncols)."""

    def rows(self, start: int, stop: int, groups: slice = ...) -> RampRows:
        """Read rows ``start`` up to, not including, ``stop``, of a slice of the groups."""


def count_samples(ramps: Sequence[RowSource]) -> int:
    """Give the number of samples: the integrations of all ramps."""
    return sum(ramp.shape[0] for ramp in ramps)


def read_samples(
    ramps: Sequence[RowSource], start: int, stop: int, shift: NDArray[np.float64], channel: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Read the first groups of all integrations of all ramps in a block of rows.

    A group is left out if it is flagged SATURATED, AD_FLOOR or JUMP_DET, if it is not finite, or if it is
    flagged DO_NOT_USE. What is DO_NOT_USE because the whole pixel is (``dq_init`` writes a bad pixel mask
    into all groups) does count: a bad pixel has a bias too.

    Parameters
    ----------
    ramps : sequence of RowSource
        Ramps of one array size.
    start, stop : int
        The rows.
    shift : ndarray of float64, shape (nsamples, nchannels)
        What is taken off a sample of a channel.
    channel : ndarray of int64, shape (npixels,)
        Channel of each pixel of the block, one row after the other.

    Returns
    -------
    ndarray of float64, shape (ntiles, nsamples, tile)
        Samples of neighbouring pixels, tile by tile; infinity where flags spoil one.
    """
    count, npixels = count_samples(ramps), channel.size
    tile = _tile_width(count)
    stack = np.empty((-(-npixels // tile), count, tile))
    first = 0
    for ramp in ramps:
        science, group_dq, pixel_dq = _first_groups(ramp, start, stop)
        write_samples(science, group_dq, pixel_dq, _FLAGS, shift, channel, first, stack)
        first += ramp.shape[0]
    return stack


def read_levels(
    ramps: Sequence[RowSource], start: int, stop: int, chosen: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Read the first groups of some pixels.

    Parameters
    ----------
    ramps : sequence of RowSource
        Ramps of one array size.
    start, stop : int
        The rows.
    chosen : ndarray of bool, shape (stop - start, ncols)
        The pixels.

    Returns
    -------
    ndarray of float32, shape (nsamples, npixels)
        NaN where flags spoil one, as for `read_samples`.
    """
    places = np.flatnonzero(chosen)
    spoils, forbids, masked = _FLAGS
    levels = []
    for ramp in ramps:
        science, group_dq, pixel_dq = _first_groups(ramp, start, stop)
        values, flags = science[:, places], group_dq[:, places]
        unmasked = (pixel_dq[places] & masked) == 0
        spoilt = ((flags & spoils) != 0) | (((flags & forbids) != 0) & unmasked)
        levels.append(np.where(spoilt | ~np.isfinite(values), np.float32(np.nan), values))
    return np.concatenate(levels)


def _first_groups(
    ramp: RowSource, start: int, stop: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.uint32]]:
    """Read a block of rows as rows of pixels, read-only, so that one compiled kernel serves all inputs."""
    block = ramp.rows(start, stop, _FIRST)
    science = np.ascontiguousarray(block.science, dtype=np.float32).reshape(ramp.shape[0], -1)
    group_dq = np.ascontiguousarray(block.group_dq, dtype=np.uint8).reshape(ramp.shape[0], -1)
    pixel_dq = np.ascontiguousarray(block.pixel_dq, dtype=np.uint32).reshape(-1)
    for array in (science, group_dq, pixel_dq):
        array.flags.writeable = False
    return science, group_dq, pixel_dq


def _tile_width(size: int) -> int:
    """Give how many pixels with so many samples each fit into the processor's cache."""
    return int(np.clip(_TILE_BYTES // (8 * size) // _LANES * _LANES, _LANES, _MOST_PIXELS))
