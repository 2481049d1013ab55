"""Which pixels the same electronics read: amplifiers, each with its even and odd columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import ExposureMetadata

_FULL, _OUTPUTS, _PARITIES = 2048, 4, 2
# With IRS2 a raw frame has a block of so many samples for the reference output and for each of the others.
_IRS2_OUTPUT = 640


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels of an array: what is read by one amplifier, in even or in odd columns.

    Attributes
    ----------
    axis : int
        Axis of the array along which an amplifier reads: 1 along a row, 0 along a column.
    number : ndarray of int64, shape (size of the axis,)
        Number of the channel, from 0, at each place along that axis.
    """

    axis: int
    number: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of channels."""
        return int(self.number.max()) + 1

    def image(self, shape: tuple[int, int]) -> NDArray[np.int64]:
        """Give the number of the channel of each pixel, read-only."""
        along = self.number[None, :] if self.axis == 1 else self.number[:, None]
        return np.broadcast_to(along, shape)

    def rows(self, start: int, stop: int, ncols: int) -> NDArray[np.int64]:
        """Give the numbers of the pixels of a block of rows, one row after the other."""
        along = self.number if self.axis == 1 else self.number[start:stop]
        return Channels(self.axis, along).image((stop - start, ncols)).ravel()

    def places(self, number: int) -> tuple[slice | NDArray[np.int64], ...]:
        """Give an index that takes the pixels of one channel out of an image, as an image."""
        along = np.flatnonzero(self.number == number)
        return (slice(None), along) if self.axis == 1 else (along, slice(None))


def single_channel(ncols: int) -> Channels:
    """Give the channels of an array of which nothing is known: one."""
    return Channels(1, np.zeros(ncols, dtype=np.int64))


def read_channels(metadata: ExposureMetadata, shape: tuple[int, int]) -> Channels:
    """Give the channels of a near-infrared array.

    Parameters
    ----------
    metadata : ExposureMetadata
        Place on the detector, direction of reading, number of outputs.
    shape : (int, int)
        Rows and columns of the array; with IRS2 those of the raw frame.

    Returns
    -------
    Channels
        Outputs read stripes side by side along the fast axis; where there is one output only its even and
        odd columns are told apart.
    """
    along_row = abs(metadata.fastaxis) == 1
    size = shape[1] if along_row else shape[0]
    first = (metadata.xstart if along_row else metadata.ystart) - 1
    places = np.arange(first, first + size, dtype=np.int64)
    if "IRS2" in metadata.readpatt and size > _FULL:
        stripe = places // _IRS2_OUTPUT
    elif metadata.noutputs == 1 or (metadata.noutputs is None and size < _FULL):
        stripe = np.zeros_like(places)
    else:
        stripe = places // (_FULL // _OUTPUTS)
    _, number = np.unique(stripe * _PARITIES + places % _PARITIES, return_inverse=True)
    return Channels(1 if along_row else 0, number.astype(np.int64))
