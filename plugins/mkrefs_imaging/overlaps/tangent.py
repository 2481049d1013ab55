"""Places on the plane that touches the sky in the middle of an image."""

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import SkyTransform
from mkrefs_imaging.overlaps.pixel_map import unit_vectors

Vector = NDArray[np.float64]


def tangent_frame(sky: SkyTransform, middle: Vector) -> tuple[Vector, float]:
    """Give the axes of a tangent plane, and the size of a pixel on it.

    Parameters
    ----------
    sky : SkyTransform
        The way of an image to the sky.
    middle : ndarray of float64, shape (2,)
        The pixel, x and y, where the plane touches.

    Returns
    -------
    frame : ndarray of float64, shape (3, 3)
        Unit vectors towards that place, and towards east and north from there.
    pixel : float
        The size, where 1 is a radian.
    """
    at = middle[:, None] + np.array([[0.0, 1.0], [0.0, 0.0]])
    centre, beside = unit_vectors(*sky.to_sky(at[0], at[1]))
    east = np.cross(np.eye(3)[np.argmin(np.abs(centre))], centre)
    east /= np.linalg.norm(east)
    return np.stack([centre, east, np.cross(centre, east)]), float(np.linalg.norm(beside - centre))


def on_plane(ra: Vector, dec: Vector, frame: Vector) -> Vector:
    """Give places (degrees) on a tangent plane, along a first axis of two.

    NaN for the other half of the sky.
    """
    depth, east, north = np.moveaxis(unit_vectors(ra, dec) @ frame.T, -1, 0)
    depth = np.where(depth > 0, depth, np.nan)
    return np.stack([east / depth, north / depth])
