"""Compiled loops over the pixels of an overlap.

A map is given by its nodes: ``x`` and ``y`` in the other image at rows ``row + i * row_step`` and columns
``column + j * column_step``, interpolated linearly between them.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

# Positions this close to the middle of a pixel count as there, so that the pixel beside it is not asked for.
_SNAP = 1e-4


@numba.njit(cache=True, nogil=True)
def _row_of_nodes(nodes: Any, at: float, out: Any) -> None:
    """Interpolate the nodes at ``at``, in units of rows of nodes."""
    low = min(max(int(at), 0), nodes.shape[0] - 2)
    part = at - low
    for j in range(nodes.shape[1]):
        out[j] = nodes[low, j] * (1 - part) + nodes[low + 1, j] * part


@numba.njit(cache=True, nogil=True)
def positions(
    x_nodes: NDArray[np.float64],
    y_nodes: NDArray[np.float64],
    row_scale: float,
    column_scale: float,
    start: int,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> None:
    """Write the positions in the other image of all pixels of rows ``start`` and on.

    Parameters
    ----------
    x_nodes, y_nodes : ndarray of float64, shape (node rows, node columns)
        Positions at the nodes, the first of which is the first pixel of the box.
    row_scale, column_scale : float
        Nodes per pixel.
    start : int
        First row, within the box.
    x, y : ndarray of float64, shape (nrows, ncols)
        Written.
    """
    across_x, across_y = np.empty(x_nodes.shape[1]), np.empty(x_nodes.shape[1])
    for i in range(x.shape[0]):
        _row_of_nodes(x_nodes, (start + i) * row_scale, across_x)
        _row_of_nodes(y_nodes, (start + i) * row_scale, across_y)
        for j in range(x.shape[1]):
            at = j * column_scale
            low = min(int(at), across_x.size - 2)
            part = at - low
            x[i, j] = across_x[low] * (1 - part) + across_x[low + 1] * part
            y[i, j] = across_y[low] * (1 - part) + across_y[low + 1] * part


@numba.njit(cache=True, nogil=True)
def _snapped(value: float) -> float:
    whole = np.floor(value + 0.5)
    return whole if abs(value - whole) < _SNAP else value


@numba.njit(cache=True, nogil=True)
def bilinear(
    image: NDArray[np.floating],
    x_nodes: NDArray[np.float64],
    y_nodes: NDArray[np.float64],
    row_scale: float,
    column_scale: float,
    values: NDArray[np.float32],
    weight_squares: NDArray[np.float32],
) -> None:
    """Interpolate an image at the positions of a map; NaN where a pixel that takes part is NaN or missing.

    Parameters
    ----------
    image : ndarray of float, shape (nrows, ncols)
        What is resampled, NaN where it is not usable.
    x_nodes, y_nodes, row_scale, column_scale
        The map, see `positions`.
    values, weight_squares : ndarray of float32, shape of the box
        Written: the values, and the sums of the squares of their four weights. An empty ``weight_squares``
        is left alone.
    """
    bottom, right = image.shape[0] - 1, image.shape[1] - 1
    across_x, across_y = np.empty(x_nodes.shape[1]), np.empty(x_nodes.shape[1])
    weigh = weight_squares.size > 0
    for i in range(values.shape[0]):
        _row_of_nodes(x_nodes, i * row_scale, across_x)
        _row_of_nodes(y_nodes, i * row_scale, across_y)
        for j in range(values.shape[1]):
            at = j * column_scale
            low = min(int(at), across_x.size - 2)
            part = at - low
            x = _snapped(across_x[low] * (1 - part) + across_x[low + 1] * part)
            y = _snapped(across_y[low] * (1 - part) + across_y[low + 1] * part)
            values[i, j] = np.nan
            if weigh:
                weight_squares[i, j] = np.nan
            if not (0 <= x <= right and 0 <= y <= bottom):
                continue
            left, lower = int(x), int(y)
            fx, fy = x - left, y - lower
            # Where the weight is zero the pixel beside takes no part, nor need there be one.
            beside = left + 1 if fx > 0 else left
            above = lower + 1 if fy > 0 else lower
            down = image[lower, left] * (1 - fx) + image[lower, beside] * fx
            up = image[above, left] * (1 - fx) + image[above, beside] * fx
            value = down * (1 - fy) + up * fy
            values[i, j] = value
            if weigh and not np.isnan(value):
                weight_squares[i, j] = ((1 - fx) ** 2 + fx**2) * ((1 - fy) ** 2 + fy**2)
