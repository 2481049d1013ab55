"""Where the reference pixels of an array are: as its flags tell, or as its place on the detector does."""

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import PIXEL_DQ, ExposureMetadata, reference_pixels

_REFERENCE = np.uint32(PIXEL_DQ["REFERENCE_PIXEL"])
_BAD = np.uint32(PIXEL_DQ["DO_NOT_USE"] | PIXEL_DQ["BAD_REF_PIXEL"])


def map_reference_pixels(
    pixel_dq: NDArray[np.uint32], metadata: ExposureMetadata
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Map the reference pixels, and those of them that can be relied on.

    Parameters
    ----------
    pixel_dq : ndarray of uint32, shape (nrows, ncols)
        Flags of the pixels after ``dq_init``.
    metadata : ExposureMetadata
        The place on the detector, which counts where no pixel is flagged REFERENCE_PIXEL.

    Returns
    -------
    reference, fit : ndarray of bool, shape (nrows, ncols)
        ``fit`` leaves out what is flagged DO_NOT_USE or BAD_REF_PIXEL. A raw frame with interleaved reference
        pixels (IRS2) and without flags has none.
    """
    reference = (pixel_dq & _REFERENCE) != 0
    if not reference.any() and pixel_dq.shape == (metadata.ysize, metadata.xsize):
        reference = reference_pixels(metadata)
    return reference, reference & ((pixel_dq & _BAD) == 0)
