"""Where the reference pixels of a detector lie, from the geometry in an exposure's header."""

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.exposure_metadata import ExposureMetadata

_FULL = 2048
_BORDER = 4
#: MIRI arrays are 1032 columns wide: 4 reference columns on each side, none above or below.
_MIRI_COLUMNS = 1032


def reference_pixels(metadata: ExposureMetadata) -> NDArray[np.bool_]:
    """Map the reference pixels of an exposure's array.

    Parameters
    ----------
    metadata : ExposureMetadata
        Instrument, corner and size of the subarray.

    Returns
    -------
    ndarray of bool, shape (ysize, xsize)
        True at reference pixels. NIRSpec IRS2 frames are mapped as they are without the interleaved
        reference pixels: by the border alone.
    """
    corner, shape = (metadata.xstart, metadata.ystart), (metadata.ysize, metadata.xsize)
    return reference_pixels_at(metadata.instrument, corner, shape)


def reference_pixels_at(
    instrument: str, corner: tuple[int, int], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Map the reference pixels of a part of a detector.

    Parameters
    ----------
    instrument : str
        As INSTRUME spells it.
    corner : tuple of int
        First column and row, counted from 1 (SUBSTRT1, SUBSTRT2).
    shape : tuple of int
        Rows and columns.

    Returns
    -------
    ndarray of bool, shape (rows, columns)
        True at reference pixels.
    """
    x = np.arange(corner[0], corner[0] + shape[1])
    y = np.arange(corner[1], corner[1] + shape[0])
    if instrument == "MIRI":
        columns = (x <= _BORDER) | (x > _MIRI_COLUMNS - _BORDER)
        return np.broadcast_to(columns, (y.size, x.size)).copy()
    columns = (x <= _BORDER) | (x > _FULL - _BORDER)
    rows = (y <= _BORDER) | (y > _FULL - _BORDER)
    return rows[:, None] | columns[None, :]
