"""Compiled loops over cells, the differences of two tiles over runs of pixels: the normal equations."""

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def apply_cells(
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    sums: NDArray[np.float32],
    tile: NDArray[np.int32],
    x: NDArray[np.float64],
    slopes: NDArray[np.float64],
    y: NDArray[np.float64],
    slopes_y: NDArray[np.float64],
) -> None:
    """Multiply offsets of groups and slopes of tiles by the normal matrix, adding to ``y`` and ``slopes_y``.

    ``tile`` tells the tile of each group; for the rest see `kernels.pair_cells`.
    """
    for k in range(first.size):
        one, two = first[k], second[k]
        i, j = tile[one], tile[two]
        w, a, b = sums[k, 0], sums[k, 2], sums[k, 3]
        flow = w * (x[one] - x[two] + slopes[i] * a - slopes[j] * b)
        y[one] += flow
        y[two] -= flow
        slopes_y[i] += a * flow
        slopes_y[j] -= b * flow


@numba.njit(cache=True, nogil=True)
def gather_cells(
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    sums: NDArray[np.float32],
    tile: NDArray[np.int32],
    values: NDArray[np.float64],
    y: NDArray[np.float64],
    slopes_y: NDArray[np.float64],
) -> None:
    """Add up ``values`` of the cells, times their weights, for the right-hand sides of groups and slopes."""
    for k in range(first.size):
        one, two = first[k], second[k]
        flow = sums[k, 0] * values[k]
        y[one] += flow
        y[two] -= flow
        slopes_y[tile[one]] += sums[k, 2] * flow
        slopes_y[tile[two]] -= sums[k, 3] * flow
