"""The fixers of bad pixels: pure functions that give values and errors for the places they are asked for."""

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.fix_bad_pixels import kernels
from mkrefs_imaging.fix_bad_pixels.state import State

Places = NDArray[np.intp]
Estimates = tuple[NDArray[np.float64], NDArray[np.float64]]


def timemed(state: State, places: Places) -> Estimates:
    """Take the median of the pixel's good values in other integrations, and the median of their errors."""
    return kernels.median_in_time(state.data, state.err, state.good, places)  # type: ignore[no-any-return]  # numba


def around(state: State, places: Places, offsets: tuple[tuple[int, int], ...]) -> Estimates:
    """Take the median of the good pixels at some offsets (rows, columns) from each.

    The error is the median of theirs, or their standard deviation if that is larger.
    """
    shifts = np.array(offsets, dtype=np.int64).reshape(-1, 2)
    dy, dx = np.ascontiguousarray(shifts[:, 0]), np.ascontiguousarray(shifts[:, 1])
    return kernels.median_of_neighbours(state.data, state.err, state.good, places, dy, dx)  # type: ignore[no-any-return]  # numba


def window(size: int) -> tuple[tuple[int, int], ...]:
    """Give the offsets of the pixels of a window centred on a pixel, but for the pixel itself."""
    reach = range(-(size // 2), size // 2 + 1)
    return tuple((y, x) for y in reach for x in reach if (y, x) != (0, 0))


def interp2d(state: State, places: Places, size: int) -> Estimates:
    """Interpolate from the good pixels in a box.

    The error is the median of theirs, or what they scatter about the fitted surface if that is larger.
    """
    return kernels.interpolated(state.data, state.err, state.good, places, size)  # type: ignore[no-any-return]  # numba
