"""The level of each frame of a cube, by the documented methods; pure functions on arrays."""

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.statistics.clipped import clipped_median
from mkrefs_imaging.subtract_median.parameters import MedianMethod

# Standard deviations of a Gaussian per median absolute deviation.
_SIGMAS_PER_MAD = 1.482602218505602


def frame_levels(
    data: NDArray[np.floating],
    usable: NDArray[np.bool_],
    *,
    method: MedianMethod,
    sigma: float,
    borderwidth: int,
    max_iters: int,
    robust_sigma: float,
) -> NDArray[np.float64]:
    """Measure the level of each frame.

    Parameters
    ----------
    data : ndarray, shape (nplanes, nrows, ncols)
        The frames.
    usable : ndarray of bool, shape (nplanes, nrows, ncols)
        Pixels that may be measured.
    method : {"border", "robust", "sigma_clipped", "simple"}
        What is measured, see `SubtractMedianParameters`.
    sigma, robust_sigma : float
        Thresholds of the clips, in standard deviations.
    borderwidth : int
        Width of the border in pixels, counted within the frame, never along the integrations.
    max_iters : int
        Largest number of passes of the clip.

    Returns
    -------
    ndarray of float64, shape (nplanes,)
        The levels; NaN where a frame has no pixel to measure.
    """
    used = usable & border(data.shape[1:], borderwidth) if method == "border" else usable
    levels = np.full(len(data), np.nan)
    for number, (frame, good) in enumerate(zip(data, used, strict=True)):
        values = frame[good].astype(np.float64)
        if not values.size:
            continue
        if method == "simple":
            levels[number] = np.median(values)
        elif method == "robust":
            levels[number] = _without_bright(values, robust_sigma)
        else:
            levels[number] = clipped_median(values, sigma=sigma, max_iters=max_iters)
    return levels


def border(shape: tuple[int, ...], width: int) -> NDArray[np.bool_]:
    """Mark the pixels within ``width`` of any edge of a frame of ``shape`` (nrows, ncols)."""
    inside = np.zeros(shape, dtype=np.bool_)
    inside[width : max(shape[0] - width, width), width : max(shape[1] - width, width)] = True
    return ~inside


def _without_bright(values: NDArray[np.float64], sigma: float) -> float:
    median = np.median(values)
    scatter = _SIGMAS_PER_MAD * np.median(np.abs(values - median))
    return float(np.median(values[values <= median + sigma * scatter]))
