"""Reads ramps in blocks of rows, without common drifts, and tells what flags leave out.

Ramps are anything that gives its shape and blocks of rows; nothing here knows of files or headers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import GROUP_DQ, PIXEL_DQ, RampRows
from mkrefs_detector.dark.settings import DarkSettings
from mkrefs_detector.dark.sorting import Meaning
from mkrefs_detector.superbias.channels import Channels

_ALL = slice(None)
_MASKED = np.uint32(PIXEL_DQ["DO_NOT_USE"])
_FATAL = GROUP_DQ["SATURATED"] | GROUP_DQ["AD_FLOOR"]


class RowSource(Protocol):
    """What is needed of a ramp; `mkrefs.api.Ramp` has it."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape (nints, ngroups, nrows, ncols)."""

    def rows(self, start: int, stop: int, groups: slice = ...) -> RampRows:
        """Read rows ``start`` up to, not including, ``stop``."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The integrations that are averaged together.

    Attributes
    ----------
    integrations : slice
        Which of each ramp.
    counts : tuple of int
        How many of each ramp that are.
    """

    integrations: slice
    counts: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of integrations."""
        return sum(self.counts)


def select_integrations(ramps: Sequence[RowSource], *, first_apart: bool) -> tuple[Selection, ...]:
    """Tell which integrations are averaged together.

    Parameters
    ----------
    ramps : sequence of RowSource
        The ramps.
    first_apart : bool
        Average the first integrations by themselves, if there are others.

    Returns
    -------
    tuple of Selection
        One, or two.
    """
    counts = tuple(ramp.shape[0] for ramp in ramps)
    if not first_apart or max(counts) == 1:
        return (Selection(_ALL, counts),)
    others = tuple(count - 1 for count in counts)
    return Selection(slice(0, 1), (1,) * len(counts)), Selection(slice(1, None), others)


@dataclass(frozen=True, slots=True)
class Stack:
    """All integrations of a selection, of a block of pixels.

    Attributes
    ----------
    values : ndarray of float32, shape (nintegrations, ngroups, npixels)
        Signal in DN.
    flags : ndarray of uint8, same shape
        GROUPDQ; SATURATED where a ramp has no such group.
    masked : ndarray of bool, shape (npixels,)
        Pixels that PIXELDQ says not to use.
    meaning : Meaning
        What flags mean.
    """

    values: NDArray[np.float32]
    flags: NDArray[np.uint8]
    masked: NDArray[np.bool_]
    meaning: Meaning

    def pick(self, pixels: NDArray[np.intp]) -> "Stack":
        """Take some pixels out."""
        values, flags = np.take(self.values, pixels, axis=2), np.take(self.flags, pixels, axis=2)
        return Stack(values, flags, self.masked[pixels], self.meaning)


def join(stacks: Sequence[Stack]) -> Stack:
    """Put the pixels of stacks side by side."""
    values = np.concatenate([stack.values for stack in stacks], axis=2)
    flags = np.concatenate([stack.flags for stack in stacks], axis=2)
    return Stack(values, flags, np.concatenate([stack.masked for stack in stacks]), stacks[0].meaning)


class BlockReader:
    """Reads blocks of rows of all ramps into the same memory again and again.

    Parameters
    ----------
    ramps : sequence of RowSource
        Ramps of one array size.
    selections : tuple of Selection
        What is averaged together.
    settings : DarkSettings
        Tell what a hit means.
    rows : int
        Largest number of rows of a block.
    """

    def __init__(
        self,
        ramps: Sequence[RowSource],
        selections: tuple[Selection, ...],
        settings: DarkSettings,
        rows: int,
    ) -> None:
        self._ramps, self._selections = ramps, selections
        self._meaning = _meaning(settings)
        self._shapes = [(each.size, most_groups(ramps)) for each in selections]
        sizes = [count * ngroups * rows * ramps[0].shape[3] for count, ngroups in self._shapes]
        self._values = [np.empty(size, dtype=np.float32) for size in sizes]
        self._flags = [np.empty(size, dtype=np.uint8) for size in sizes]

    def read(
        self, start: int, stop: int, channels: Channels, shifts: Sequence[NDArray[np.float32]]
    ) -> tuple[list[Stack], NDArray[np.uint32]]:
        """Read rows ``start`` up to, not including, ``stop``.

        Parameters
        ----------
        start, stop : int
            The rows.
        channels : Channels
            Channel of each pixel.
        shifts : sequence of ndarray of float32, each of shape (nintegrations, ngroups, nchannels)
            What is taken off, for each selection.

        Returns
        -------
        list of Stack
            Valid until the next call.
        ndarray of uint32, shape (npixels,)
            Flags that a pixel has in any ramp.
        """
        ncols = self._ramps[0].shape[3]
        pixel_dq = np.zeros((stop - start, ncols), dtype=np.uint32)
        shape = (stop - start, ncols)
        stacks = [self._room(place, shape) for place in range(len(self._selections))]
        moved = [_spread(shift, channels, start, stop) for shift in shifts]
        first = [0] * len(stacks)
        for number, ramp in enumerate(self._ramps):
            block = ramp.rows(start, stop)
            pixel_dq |= block.pixel_dq
            for place, selection in enumerate(self._selections):
                here = slice(first[place], first[place] + selection.counts[number])
                first[place] = here.stop
                values, flags = stacks[place]
                _take_in(block, selection.integrations, moved[place][here], values[here], flags[here])
        masked = (pixel_dq.ravel() & _MASKED) != 0
        found = [
            Stack(
                values.reshape(*values.shape[:2], -1),
                flags.reshape(*flags.shape[:2], -1),
                masked,
                self._meaning,
            )
            for values, flags in stacks
        ]
        return found, pixel_dq.ravel()

    def _room(self, place: int, shape: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        whole = (*self._shapes[place], *shape)
        size = int(np.prod(whole))
        return self._values[place][:size].reshape(whole), self._flags[place][:size].reshape(whole)


def _spread(shift: NDArray[np.float32], channels: Channels, start: int, stop: int) -> NDArray[np.float32]:
    """Give shifts of channels the axes of a block of rows."""
    if channels.axis == 1:
        return shift[:, :, None, channels.number]
    return shift[:, :, channels.number[start:stop], None]


def _take_in(
    block: RampRows,
    integrations: slice,
    shift: NDArray[np.float32],
    values: NDArray[np.float32],
    flags: NDArray[np.uint8],
) -> None:
    """Fill a part of a stack from integrations of one ramp."""
    ngroups = block.science.shape[1]
    np.subtract(block.science[integrations], shift[:, :ngroups], out=values[:, :ngroups])
    flags[:, :ngroups] = block.group_dq[integrations]
    values[:, ngroups:] = 0
    flags[:, ngroups:] = GROUP_DQ["SATURATED"]


def most_groups(ramps: Sequence[RowSource]) -> int:
    """Give the largest number of groups of any ramp."""
    return max(ramp.shape[1] for ramp in ramps)


def _meaning(settings: DarkSettings) -> Meaning:
    keep_below = settings.max_hit_signal if settings.use_after_hits else -1.0
    return _FATAL, GROUP_DQ["DO_NOT_USE"], GROUP_DQ["JUMP_DET"], float(keep_below)
