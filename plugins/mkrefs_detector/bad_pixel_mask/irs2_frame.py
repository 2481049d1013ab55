"""Masks of NIRSpec's IRS2 read-out, whose raw frames interleave reference pixels with those of the detector.

The mask is applied to raw frames, whose 3200 rows the reference pixel correction reduces to the detector's.
"""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import IRS2_SHAPE, ExposureMetadata, irs2_rows
from mkrefs_detector.bad_pixel_mask.search import BoolMap

_T = TypeVar("_T", bound=np.generic)


def interleaves(metadata: ExposureMetadata, shape: tuple[int, ...]) -> bool:
    """Tell whether raw frames have more rows than an array of this shape: IRS2, corrected."""
    return "IRS2" in metadata.readpatt and shape[-2] < IRS2_SHAPE[0]


def raw_frames(
    flags: Mapping[str, BoolMap], extensions: Mapping[str, NDArray[np.generic]], metadata: ExposureMetadata
) -> tuple[dict[str, BoolMap], dict[str, NDArray[np.generic]]]:
    """Put maps of the detector into raw frames; what is interleaved is REFERENCE_PIXEL.

    Parameters
    ----------
    flags : mapping of str to ndarray of bool, shape (2048, 2048)
        Maps by mnemonic.
    extensions : mapping of str to ndarray, same shape
        Further images; interleaved pixels get 0.
    metadata : ExposureMetadata
        Tells the detector.

    Returns
    -------
    flags, extensions : dict
        The same, of shape (3200, 2048).
    """
    rows = irs2_rows(metadata.detector).science
    wide = {name: _interleaved(pixels, rows, name == "REFERENCE_PIXEL") for name, pixels in flags.items()}
    return wide, {name: _interleaved(image, rows, 0) for name, image in extensions.items()}


def detector_rows(image: NDArray[_T], metadata: ExposureMetadata) -> NDArray[_T]:
    """Take the detector's pixels out of a raw frame; an image that is none passes unchanged."""
    if "IRS2" not in metadata.readpatt or image.shape != IRS2_SHAPE:
        return image
    return image[irs2_rows(metadata.detector).science]


def _interleaved(image: NDArray[_T], rows: NDArray[np.intp], value: int) -> NDArray[_T]:
    frame = np.full(IRS2_SHAPE, value, dtype=image.dtype)
    frame[rows] = image
    return frame
