"""What the search needs of a dark ramp, and how its rows are sampled for statistics of the whole array.

Ramps are anything that gives its shape and blocks of rows; nothing here knows of files or headers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import RampRows

# Rows are sampled in bands of so many, so that a file is not read line by line.
_BAND = 8


class ImageSource(Protocol):
    """What is needed of the results of a ramp fit; `mkrefs.api.Images` has it."""

    @property
    def arrays(self) -> Mapping[str, tuple[int, ...]]:
        """Shape of each array by name."""

    def rows(self, array: str, start: int, stop: int) -> NDArray[Any]:
        """Read rows ``start`` up to, not including, ``stop`` of an array."""


class RowSource(Protocol):
    """What is needed of a ramp; `mkrefs.api.Ramp` has it."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape (nints, ngroups, nrows, ncols)."""

    def rows(self, start: int, stop: int, groups: slice = ...) -> RampRows:
        """Read rows ``start`` up to, not including, ``stop``, of a slice of the groups."""

    def group_flags(self, start: int, stop: int, groups: slice = ...) -> NDArray[np.uint8]:
        """Read the group flags of the same rows and groups alone."""


@dataclass(frozen=True, slots=True)
class DarkSource:
    """A dark with what was made of it.

    Attributes
    ----------
    ramp : RowSource
        The ramp, with jumps and saturation flagged.
    slopes : ImageSource or None
        Slopes of the integrations: SCI in DN/s and VAR_POISSON in (DN/s)^2, (nints, nrows, ncols).
    details : ImageSource or None
        PEDESTAL in DN, (nints, nrows, ncols).
    raw : RowSource or None
        The exposure as it was taken.
    """

    ramp: RowSource
    slopes: ImageSource | None = None
    details: ImageSource | None = None
    raw: RowSource | None = None


@dataclass(frozen=True, slots=True)
class Geometry:
    """The array of all darks.

    Attributes
    ----------
    group_time : float
        Seconds between two groups.
    channel : ndarray of int64, shape (nrows, ncols)
        What drifts together, by number from 0.
    light : ndarray of bool, shape (nrows, ncols)
        Light-sensitive pixels.
    relative_pedestal : bool
        Whether pedestals are taken relative to the second group of the raw exposure, as for MIRI.
    """

    group_time: float
    channel: NDArray[np.int64]
    light: NDArray[np.bool_]
    relative_pedestal: bool = False

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.channel.max()) + 1


def sample_bands(nrows: int, ncols: int, most: int) -> Sequence[tuple[int, int]]:
    """Give bands of rows, evenly spread over the array, that together have about ``most`` pixels at most.

    They depend on the size of the array alone, so that no result depends on how it is read.
    """
    count = max(1, most // (_BAND * ncols))
    if count * _BAND >= nrows:
        return ((0, nrows),)
    starts = np.linspace(0, nrows - _BAND, count).astype(int)
    starts = np.unique(starts // _BAND * _BAND)
    return tuple((int(start), min(int(start) + _BAND, nrows)) for start in starts)


def read_only(array: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """Give a read-only view in the machine's byte order, so that one compiled kernel serves all inputs."""
    view = np.ascontiguousarray(array, dtype=dtype)[...]
    view.flags.writeable = False
    return view
