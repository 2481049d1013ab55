"""Where the Lyot coronagraph lies on MIRI's imaging detector, as data.

Source: the outline that PJPipe's lyot_separate and lyot_mask steps use (version 1.3.0), rows from 735 and
columns below 290 of the full array, both from 0; it holds the whole field of the Lyot coronagraph, the upper
left corner of the detector in the layout of the MIRI imager (JDox, "MIRI Imaging", field of view).
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import DETECTORS, CalibratedImage

#: Rows and columns of the full array, from 0.
LYOT_ROWS = slice(735, None)
LYOT_COLUMNS = slice(None, 290)

_DETECTOR = "MIRIMAGE"


def has_lyot(image: CalibratedImage) -> bool:
    """Tell whether an image is of MIRI's whole imaging detector; subarrays are never divided."""
    detector = DETECTORS[_DETECTOR]
    return image.metadata.detector == _DETECTOR and image.shape == (detector.rows, detector.columns)


def lyot_region(shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Give the pixels of the Lyot coronagraph in a full array.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.

    Returns
    -------
    ndarray of bool
    """
    region = np.zeros(shape, dtype=bool)
    region[LYOT_ROWS, LYOT_COLUMNS] = True
    return region


#: The parts of an image by name: whether they lie within the Lyot region.
PARTS: Mapping[str, bool] = {"science": False, "lyot": True}
