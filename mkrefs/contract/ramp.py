"""A calibrated ramp as a creator sees it: metadata, and rows of pixels on request."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.exposure_metadata import ExposureMetadata

#: All groups of a ramp.
ALL_GROUPS = slice(None)


@dataclass(frozen=True, slots=True)
class RampRows:
    """A block of whole detector rows of one ramp; the arrays are read-only.

    Attributes
    ----------
    start : int
        Index of the first row in the array of the exposure.
    science : ndarray of float32, shape (nints, ngroups, nrows, ncols)
        Signal in DN.
    group_dq : ndarray of uint8, shape (nints, ngroups, nrows, ncols)
        Group DQ flags.
    pixel_dq : ndarray of uint32, shape (nrows, ncols)
        Pixel DQ flags.
    """

    start: int
    science: NDArray[np.float32]
    group_dq: NDArray[np.uint8]
    pixel_dq: NDArray[np.uint32]


@runtime_checkable
class Ramp(Protocol):
    """A ramp that is read in blocks of rows, so that memory stays bounded."""

    @property
    def name(self) -> str:
        """Base name of the file, for messages and HISTORY."""

    @property
    def metadata(self) -> ExposureMetadata:
        """What the header says."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape (nints, ngroups, nrows, ncols)."""

    def rows(self, start: int, stop: int, groups: slice = ALL_GROUPS) -> RampRows:
        """Read rows ``start`` up to, not including, ``stop``; of all groups, or of a slice of them."""
