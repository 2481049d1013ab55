"""What a pixel shows of the signal of its neighbours, measured from the brightest ones.

Capacitance between pixels shows a share of each pixel's signal in the four around it. A pixel next to a hot
one seems warm, and one next to a pixel that settles seems to settle, though it is as good as others.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

# Bright enough for the share to be seen: so many times the error of a typical pixel.
_BRIGHT = 1000.0
# Bright pixels needed, without another one so close.
_LEAST = 5
_LONELY = 5
# Standard errors of the median from which on a share is seen.
_SEEN = 5.0
# No detector shows more.
_MOST_SHARE = 0.06
_CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=np.float64)

Image = NDArray[np.floating]


def neighbour_share(signal: Image, error: Image, light: NDArray[np.bool_]) -> float:
    """Measure the share of a pixel's signal that each of its four neighbours shows.

    Parameters
    ----------
    signal : ndarray of float, shape (nrows, ncols)
        Any quantity that is linear in the signal; NaN where it is not known.
    error : ndarray of float, same shape
        Its standard error.
    light : ndarray of bool, same shape
        Light-sensitive pixels.

    Returns
    -------
    float
        0 if there are too few bright pixels that stand alone, or if none of it is seen.
    """
    known = light & np.isfinite(signal) & np.isfinite(error)
    if not known.any():
        return 0.0
    values = np.where(known, signal, 0.0).astype(np.float64)
    typical = float(np.median(error[known]))
    bright = known & (values > _BRIGHT * typical)
    alone = bright & (ndimage.uniform_filter(bright.astype(np.float64), _LONELY) < 1.5 / _LONELY**2)
    whole = ndimage.convolve(known.astype(np.float64), _CROSS, mode="constant") == _CROSS.sum()
    chosen = alone & whole
    if np.count_nonzero(chosen) < _LEAST:
        return 0.0
    around = ndimage.convolve(values, _CROSS, mode="constant")[chosen] / _CROSS.sum()
    share = float(np.median(around / values[chosen]))
    spread = float(np.median(np.abs(around / values[chosen] - share))) * 1.4826
    seen = share > _SEEN * 1.25 * spread / np.sqrt(np.count_nonzero(chosen))
    return min(share, _MOST_SHARE) if seen else 0.0


def shown_by_neighbours(signal: Image, share: float) -> NDArray[np.float64]:
    """Give what a pixel shows of its four neighbours: ``share`` of the signal of each, unknown ones as 0."""
    values = np.where(np.isfinite(signal), signal, 0.0).astype(np.float64)
    return np.asarray(share * ndimage.convolve(values, _CROSS, mode="constant"))
