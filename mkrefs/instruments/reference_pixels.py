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
    x = np.arange(metadata.xstart, metadata.xstart + metadata.xsize)
    y = np.arange(metadata.ystart, metadata.ystart + metadata.ysize)
    if metadata.instrument == "MIRI":
        columns = (x <= _BORDER) | (x > _MIRI_COLUMNS - _BORDER)
        return np.broadcast_to(columns, (y.size, x.size)).copy()
    columns = (x <= _BORDER) | (x > _FULL - _BORDER)
    rows = (y <= _BORDER) | (y > _FULL - _BORDER)
    return rows[:, None] | columns[None, :]
