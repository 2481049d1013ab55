"""Reads ramps one row of cells at a time, and tells which pixels and groups can be used.

Ramps are anything that gives its shape and blocks of rows; nothing here knows of files or headers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import GROUP_DQ, PIXEL_DQ, RampRows

#: Flags of a group that leave it out, and those that tell of a jump before it.
SPOILS = np.uint8(GROUP_DQ["DO_NOT_USE"] | GROUP_DQ["SATURATED"] | GROUP_DQ["AD_FLOOR"])
STRUCK = np.uint8(GROUP_DQ["JUMP_DET"])
_BAD_PIXEL = np.uint32(
    sum(
        PIXEL_DQ[name]
        for name in (
            *(
                "DO_NOT_USE",
                "NON_SCIENCE",
                "REFERENCE_PIXEL",
                "DEAD",
                "HOT",
                "WARM",
                "LOW_QE",
                "RC",
                "TELEGRAPH",
            ),
            *(
                "NONLINEAR",
                "OPEN",
                "ADJ_OPEN",
                "OTHER_BAD_PIXEL",
                "NO_LIN_CORR",
                "DROPOUT",
                "MSA_FAILED_OPEN",
            ),
        )
    )
)


class RowSource(Protocol):
    """What is needed of a ramp; `mkrefs.api.Ramp` has it."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape (nints, ngroups, nrows, ncols)."""

    def rows(self, start: int, stop: int, groups: slice = ...) -> RampRows:
        """Read rows ``start`` up to, not including, ``stop``, of a slice of the groups."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One row of cells of some ramps.

    Attributes
    ----------
    number : int
        Number of the row of cells.
    start, stop : int
        Its rows of pixels.
    blocks : tuple of RampRows
        One for each ramp.
    """

    number: int
    start: int
    stop: int
    blocks: tuple[RampRows, ...]


def read_strip(ramps: Sequence[RowSource], edges: NDArray[np.int64], number: int, groups: int) -> Strip:
    """Read one row of cells of ramps.

    Parameters
    ----------
    ramps : sequence of RowSource
        Ramps of one array size.
    edges : ndarray of int64
        First rows of the rows of cells, and the end.
    number : int
        Which of them.
    groups : int
        Groups that are wanted, from the first.

    Returns
    -------
    Strip
    """
    start, stop = int(edges[number]), int(edges[number + 1])
    blocks = tuple(_native(ramp.rows(start, stop, slice(0, groups))) for ramp in ramps)
    return Strip(number, start, stop, blocks)


def good_pixels(blocks: Sequence[RampRows], light: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the pixels of a strip that no flag of any ramp forbids.

    Parameters
    ----------
    blocks : sequence of RampRows
        The strip of each ramp.
    light : ndarray of bool, shape (nrows, ncols)
        Pixels of the strip that are sensitive to light.

    Returns
    -------
    ndarray of bool, shape (nrows, ncols)
    """
    flags = np.bitwise_or.reduce([block.pixel_dq for block in blocks])
    return np.asarray(light & ((flags & _BAD_PIXEL) == 0), dtype=np.bool_)


def _native(block: RampRows) -> RampRows:
    """Give read-only arrays in the machine's byte order, so that one compiled kernel serves all inputs."""
    science = np.ascontiguousarray(block.science, np.float32)[...]
    group_dq = np.ascontiguousarray(block.group_dq, np.uint8)[...]
    science.flags.writeable = group_dq.flags.writeable = False
    return RampRows(block.start, science, group_dq, block.pixel_dq)
