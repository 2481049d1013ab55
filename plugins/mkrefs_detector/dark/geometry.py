"""Where reference pixels are, and which pixels the same electronics read, of any instrument."""

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import ExposureMetadata, Ramp
from mkrefs_detector.superbias.channels import Channels, read_channels
from mkrefs_detector.superbias.reference_map import map_reference_pixels

_MIRI_OUTPUTS = 4


def reference_map(ramp: Ramp) -> NDArray[np.bool_]:
    """Map the reference pixels of a ramp's array: by its flags, or else by its place on the detector."""
    pixel_dq = ramp.rows(0, ramp.shape[2], slice(0, 1)).pixel_dq
    return map_reference_pixels(pixel_dq, ramp.metadata)[0]


def read_outputs(metadata: ExposureMetadata, shape: tuple[int, int]) -> Channels:
    """Tell which pixels are read by one amplifier; near-infrared ones have even and odd columns apart.

    Parameters
    ----------
    metadata : ExposureMetadata
        Instrument, place on the detector, direction of reading, number of outputs.
    shape : (int, int)
        Rows and columns of the array.

    Returns
    -------
    Channels
        MIRI's four outputs read every fourth column.
    """
    if metadata.instrument == "MIRI":
        first = metadata.xstart - 1
        return Channels(1, np.arange(first, first + shape[1], dtype=np.int64) % _MIRI_OUTPUTS)
    return read_channels(metadata, shape)
