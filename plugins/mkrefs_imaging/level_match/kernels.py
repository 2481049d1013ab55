"""Compiled loops over the differences of a pair: planes, and what each row of an amplifier adds."""

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def _at(nodes: NDArray[np.float64], row: float, column: float) -> float:
    i = min(int(row), nodes.shape[0] - 2)
    j = min(int(column), nodes.shape[1] - 2)
    r, c = row - i, column - j
    low = nodes[i, j] * (1 - c) + nodes[i, j + 1] * c
    high = nodes[i + 1, j] * (1 - c) + nodes[i + 1, j + 1] * c
    return float(low * (1 - r) + high * r)


@numba.njit(cache=True, nogil=True)
def gather(
    box: NDArray[np.float32],
    u_nodes: NDArray[np.float64],
    v_nodes: NDArray[np.float64],
    row_scale: float,
    column_scale: float,
    values: NDArray[np.float32],
    u: NDArray[np.float64],
    v: NDArray[np.float64],
) -> int:
    """Collect the differences of a box that are finite, and their coordinates; give how many these are."""
    size = 0
    for i in range(box.shape[0]):
        for j in range(box.shape[1]):
            if np.isfinite(box[i, j]):
                values[size] = box[i, j]
                u[size] = _at(u_nodes, i * row_scale, j * column_scale)
                v[size] = _at(v_nodes, i * row_scale, j * column_scale)
                size += 1
    return size


@numba.njit(cache=True, nogil=True)
def plane_sums(
    values: NDArray[np.float32],
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    plane: NDArray[np.float64],
    width: float,
    normal: NDArray[np.float64],
    right: NDArray[np.float64],
) -> tuple[int, float]:
    """Sum up for a fit what lies within ``width`` of a plane; give the number and the scatter about it.

    Parameters
    ----------
    values, u, v : ndarray, shape (n,)
        Differences and their coordinates.
    plane : ndarray of float64, shape (3,)
        Constant and slopes.
    width : float
        What lies further from the plane takes no part.
    normal, right : ndarray of float64, shapes (3, 3) and (3,)
        Written: the sums of the products of (1, u, v), and of these with the distances from the plane.
    """
    normal[:] = 0.0
    right[:] = 0.0
    squares = 0.0
    kept = 0
    for k in range(values.size):
        away = values[k] - plane[0] - plane[1] * u[k] - plane[2] * v[k]
        if abs(away) <= width:
            kept += 1
            squares += away * away
            normal[0, 1] += u[k]
            normal[0, 2] += v[k]
            normal[1, 1] += u[k] * u[k]
            normal[1, 2] += u[k] * v[k]
            normal[2, 2] += v[k] * v[k]
            right[0] += away
            right[1] += away * u[k]
            right[2] += away * v[k]
    normal[0, 0] = kept
    normal[1, 0], normal[2, 0], normal[2, 1] = normal[0, 1], normal[0, 2], normal[1, 2]
    return kept, np.sqrt(squares / max(kept, 1))


@numba.njit(cache=True, nogil=True)
def _cell(slow: int, fast: int, amplifiers: int, length: int) -> int:
    return slow * amplifiers + min(max(fast, 0) * amplifiers // length, amplifiers - 1)


@numba.njit(cache=True, nogil=True)
def cell_moments(
    box: NDArray[np.float32],
    corner: tuple[int, int],
    maps: tuple[NDArray[np.float64], NDArray[np.float64], float, float],
    plane_maps: tuple[NDArray[np.float64], NDArray[np.float64], float, float],
    plane: NDArray[np.float64],
    width: float,
    layouts: NDArray[np.int64],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
) -> None:
    """Add up, for each row of an amplifier of both images, (1, u, v) of the differences that are kept.

    Parameters
    ----------
    box : ndarray of float32
        Differences, NaN where there is none.
    corner : (int, int)
        First row and column of the box in the first image.
    maps, plane_maps : tuple of ndarray, ndarray, float, float
        Nodes of the positions in the second image (x, y) and of the coordinates (u, v), each with the nodes
        per pixel along rows and columns.
    plane, width : ndarray of float64, float
        What lies further than the width from the plane is not kept.
    layouts : ndarray of int64, shape (2, 3)
        For both images: 1 if rows share noise and 0 if columns do, number of amplifiers along them, length.
    first, second : ndarray of float64, shape (ncells, 3)
        Added to.
    """
    x_nodes, y_nodes, row_scale, column_scale = maps
    u_nodes, v_nodes, u_rows, u_columns = plane_maps
    for i in range(box.shape[0]):
        for j in range(box.shape[1]):
            if not np.isfinite(box[i, j]):
                continue
            u = _at(u_nodes, i * u_rows, j * u_columns)
            v = _at(v_nodes, i * u_rows, j * u_columns)
            if abs(box[i, j] - plane[0] - plane[1] * u - plane[2] * v) > width:
                continue
            x = int(_at(x_nodes, i * row_scale, j * column_scale) + 0.5)
            y = int(_at(y_nodes, i * row_scale, j * column_scale) + 0.5)
            row, column = i + corner[0], j + corner[1]
            if layouts[0, 0] == 0:
                row, column = column, row
            if layouts[1, 0] == 0:
                x, y = y, x
            a = _cell(row, column, layouts[0, 1], layouts[0, 2])
            b = _cell(y, x, layouts[1, 1], layouts[1, 2])
            first[a, 0] += 1
            first[a, 1] += u
            first[a, 2] += v
            second[b, 0] += 1
            second[b, 1] += u
            second[b, 2] += v
