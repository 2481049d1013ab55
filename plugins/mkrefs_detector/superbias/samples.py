"""Reads the first group of every integration in blocks of rows, without what its flags spoil.

Ramps are anything that gives its shape and blocks of rows; nothing here knows of files or headers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import GROUP_DQ, PIXEL_DQ, RampRows

_FIRST = slice(0, 1)
_DO_NOT_USE = np.uint8(GROUP_DQ["DO_NOT_USE"])
_SPOILT = np.uint8(GROUP_DQ["SATURATED"] | GROUP_DQ["JUMP_DET"] | GROUP_DQ["AD_FLOOR"])
_MASKED = np.uint32(PIXEL_DQ["DO_NOT_USE"])


class RowSource(Protocol):
    """What is needed of a ramp; `mkrefs.api.Ramp` has it."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape (nints, ngroups, nrows, ncols)."""

    def rows(self, start: int, stop: int, groups: slice = ...) -> RampRows:
        """Read rows ``start`` up to, not including, ``stop``, of a slice of the groups."""


@dataclass(frozen=True, slots=True)
class SampleRows:
    """The samples of a block of rows.

    Attributes
    ----------
    start, stop : int
        The rows.
    stack : ndarray of float32, shape (nsamples, nrows, ncols)
        First groups; NaN where flags spoil one.
    pixel_dq : ndarray of uint32, shape (nrows, ncols)
        Flags that a pixel has in any ramp.
    """

    start: int
    stop: int
    stack: NDArray[np.float32]
    pixel_dq: NDArray[np.uint32]


def count_samples(ramps: Sequence[RowSource]) -> int:
    """Give the number of samples: the integrations of all ramps."""
    return sum(ramp.shape[0] for ramp in ramps)


def read_samples(ramps: Sequence[RowSource], rows: int) -> Iterator[SampleRows]:
    """Read the first groups of all integrations of all ramps, block by block.

    A group is left out if it is flagged SATURATED, AD_FLOOR or JUMP_DET, if it is not finite, or if it is
    flagged DO_NOT_USE. What is DO_NOT_USE because the whole pixel is (``dq_init`` writes a bad pixel mask
    into all groups) does count: a bad pixel has a bias too.

    Parameters
    ----------
    ramps : sequence of RowSource
        Ramps of one array size.
    rows : int
        Largest number of rows of a block.

    Yields
    ------
    SampleRows
    """
    nrows, ncols = ramps[0].shape[2:]
    for start in range(0, nrows, rows):
        stop = min(start + rows, nrows)
        stack = np.empty((count_samples(ramps), stop - start, ncols), dtype=np.float32)
        pixel_dq = np.zeros((stop - start, ncols), dtype=np.uint32)
        first = 0
        for ramp in ramps:
            block = ramp.rows(start, stop, _FIRST)
            here = stack[first : first + ramp.shape[0]]
            here[:] = block.science[:, 0]
            here[_spoilt(block)] = np.nan
            pixel_dq |= block.pixel_dq
            first += ramp.shape[0]
        yield SampleRows(start, stop, stack, pixel_dq)


def _spoilt(block: RampRows) -> NDArray[np.bool_]:
    flags = block.group_dq[:, 0]
    unmasked = (block.pixel_dq & _MASKED) == 0
    spoilt = ((flags & _SPOILT) != 0) | (((flags & _DO_NOT_USE) != 0) & unmasked)
    return np.asarray(spoilt | ~np.isfinite(block.science[:, 0]), dtype=np.bool_)
