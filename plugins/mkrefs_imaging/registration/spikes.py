"""Single pixels that stand out of an image: cosmic rays and hot pixels that nobody flagged.

They stay where they are while a star moves. Where frames are compared, a few of them would otherwise say
louder than the star that nothing moved, or, as chance pairs of cosmic rays, that something moved far.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.registration.filling import fill_bad
from mkrefs_imaging.registration.fitting import Plane

_SIGMAS = 6.0  # beyond so many standard deviations a pixel stands out
_NEIGHBOUR = 0.1  # of its height: what the third highest neighbour of a star's summit reaches at least
_NOISE = 2.0  # standard deviations that a neighbour may have by chance
_BOX, _WIDE_BOX = 5, 9  # pixels: boxes of the median, and of its scatter
_THIRD = 2
_TO_SIGMA = 1.4826  # from the median absolute deviation


def without_spikes(plane: Plane) -> Plane:
    """Call pixels bad that stand out alone, or in twos and threes; stars do not, however sharp.

    Parameters
    ----------
    plane : Plane
        A frame.

    Returns
    -------
    Plane
        The same with more that is bad.
    """
    if min(plane.data.shape) < _BOX or plane.bad.all():
        return plane
    return replace(plane, bad=plane.bad | _spikes(fill_bad(plane.data, plane.bad)))


def _spikes(image: NDArray[np.float64]) -> NDArray[np.bool_]:
    from scipy import ndimage

    height = image - ndimage.median_filter(image, _BOX, mode="nearest")
    scatter = _TO_SIGMA * ndimage.median_filter(np.abs(height), _WIDE_BOX, mode="nearest")
    sigma = np.maximum(scatter, np.median(scatter))
    return _stand_out(height, sigma) | _stand_out(-height, sigma)


def _stand_out(height: NDArray[np.float64], sigma: NDArray[np.float64]) -> NDArray[np.bool_]:
    high = np.zeros(height.shape, dtype=bool)
    rows, columns = np.nonzero((height > _SIGMAS * sigma) & (height > 0))
    framed = np.pad(height, 1, mode="reflect")
    around = [framed[rows + 1 + dy, columns + 1 + dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dx or dy]
    third = np.sort(np.asarray(around), axis=0)[::-1][_THIRD]
    own = height[rows, columns]
    high[rows, columns] = third < np.maximum(_NEIGHBOUR * own, _NOISE * sigma[rows, columns])
    return high
