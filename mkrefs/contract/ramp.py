"""A calibrated ramp as a creator sees it: metadata, and rows of pixels on request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.exposure_metadata import ExposureMetadata

#: All groups of a ramp.
ALL_GROUPS = slice(None)
#: What the pipeline's ramp_fit makes of a ramp: slopes of the exposure, of each integration, and details.
FIT_PRODUCTS = ("rate", "rateints", "fitopt")
#: The exposure as it was taken.
RAW = "raw"


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
class Images(Protocol):
    """Images that were made from a ramp, read in blocks of rows."""

    @property
    def name(self) -> str:
        """Base name of the file, for messages and HISTORY."""

    @property
    def arrays(self) -> Mapping[str, tuple[int, ...]]:
        """Shape of each array by the name of its extension; rows and columns are the last two axes."""

    def rows(self, array: str, start: int, stop: int) -> NDArray[Any]:
        """Read rows ``start`` up to, not including, ``stop`` of an array, whatever axes stand before them."""


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

    @property
    def done(self) -> frozenset[str]:
        """The pipeline steps it has been through, by their names in ``ssbsteps``; not those skipped."""

    def rows(self, start: int, stop: int, groups: slice = ALL_GROUPS) -> RampRows:
        """Read rows ``start`` up to, not including, ``stop``; of all groups, or of a slice of them.

        May be called from several threads at once.
        """

    def group_flags(self, start: int, stop: int, groups: slice = ALL_GROUPS) -> NDArray[np.uint8]:
        """Read the group DQ flags of the same rows and groups alone; read-only, as `RampRows` has them.

        May be called from several threads at once.
        """

    def images(self, product: str) -> Images:
        """Give one of `FIT_PRODUCTS`, if the creator's ``products`` name it for this type of image.

        ``rate`` and ``rateints`` hold SCI and ERR in DN/s, DQ, VAR_POISSON and VAR_RNOISE, the latter with
        one plane for each integration; ``fitopt`` holds what the step calls optional results, PEDESTAL and
        YINT (DN) and SLOPE (DN/s) among them. Bad pixels of the mask in use are fitted like others.

        Raises
        ------
        mkrefs.api.UserError
            If there is no such product.
        """

    @property
    def raw(self) -> "Ramp | None":
        """The exposure as it was taken, if the creator's ``products`` name it and it was found."""
