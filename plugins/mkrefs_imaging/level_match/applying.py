"""Corrections on the pixels of images."""

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import SkyTransform
from mkrefs_imaging.level_match.plane import TangentPlane, coordinate_nodes
from mkrefs_imaging.overlaps.kernels import positions

Vector = NDArray[np.float64]


def correction_of(
    correction: Vector, sky: SkyTransform, plane: TangentPlane, shape: tuple[int, int]
) -> NDArray[np.float32] | np.float32:
    """Give a correction on the pixels of an image.

    Parameters
    ----------
    correction : ndarray of float64, shape (3,)
        Constant and slopes in the common coordinates.
    sky : SkyTransform
        The image's way to the sky.
    plane : TangentPlane
        The common coordinates.
    shape : (int, int)
        Rows and columns.

    Returns
    -------
    float32 or ndarray of float32, shape (nrows, ncols)
        A number where there are no slopes.
    """
    if not correction[1:].any():
        return np.float32(correction[0])
    u_nodes, v_nodes, rows, columns = coordinate_nodes(sky, plane, slice(0, shape[0]), slice(0, shape[1]))
    u, v = np.empty(shape), np.empty(shape)
    positions(u_nodes, v_nodes, rows, columns, 0, u, v)
    return np.asarray(correction[0] + correction[1] * u + correction[2] * v, dtype=np.float32)


def in_pixels(
    correction: Vector, sky: SkyTransform, plane: TangentPlane, shape: tuple[int, int]
) -> tuple[float, float, float]:
    """Give a correction in the middle of an image, and its slopes per pixel along x and y there."""
    x = (shape[1] - 1) / 2 + np.array([0.0, 0.5, -0.5, 0.0, 0.0])
    y = (shape[0] - 1) / 2 + np.array([0.0, 0.0, 0.0, 0.5, -0.5])
    u, v = plane.coordinates(*sky.to_sky(x, y))
    values = correction[0] + correction[1] * u + correction[2] * v
    return float(values[0]), float(values[1] - values[2]), float(values[3] - values[4])
