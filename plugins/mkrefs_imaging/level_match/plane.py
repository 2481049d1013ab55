"""Coordinates for planes: a tangent plane on the sky that all images share, so that rotated images agree."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import SkyTransform
from mkrefs_imaging.overlaps.pixel_map import Footprint, unit_vectors

Vector = NDArray[np.float64]

# Nodes along each side of an image between which coordinates are interpolated.
_NODES = 33


@dataclass(frozen=True, slots=True)
class TangentPlane:
    """A plane that touches the sky in the middle of the mosaic.

    Attributes
    ----------
    centre, east, north : ndarray of float64, shape (3,)
        Unit vectors.
    unit : float
        Tangent of the angle that is one unit of the coordinates: about the radius of the mosaic.
    """

    centre: Vector
    east: Vector
    north: Vector
    unit: float

    def coordinates(self, ra: Vector, dec: Vector) -> tuple[Vector, Vector]:
        """Give the coordinates of positions (degrees) towards east and north."""
        vectors = unit_vectors(ra, dec)
        depth = (vectors @ self.centre) * self.unit
        return (vectors @ self.east) / depth, (vectors @ self.north) / depth


def common_plane(footprints: Sequence[Footprint]) -> TangentPlane:
    """Give the tangent plane in the middle of images."""
    middle = np.mean([footprint.centre for footprint in footprints], axis=0)
    centre = middle / np.linalg.norm(middle)
    east = np.cross([0.0, 0.0, 1.0], centre)
    if np.linalg.norm(east) < 1e-6:
        east = np.array([0.0, 1.0, 0.0])
    east = east / np.linalg.norm(east)
    reach = max(float(np.linalg.norm(one.centre - centre)) + one.radius for one in footprints)
    return TangentPlane(centre, east, np.cross(centre, east), min(reach, 1.0))


def coordinate_nodes(
    sky: SkyTransform, plane: TangentPlane, rows: slice, columns: slice
) -> tuple[Vector, Vector, float, float]:
    """Give the coordinates of a box of an image at nodes, and the nodes per pixel along rows and columns."""
    nrows, ncols = rows.stop - rows.start, columns.stop - columns.start
    down = np.linspace(rows.start, max(rows.stop - 1, rows.start + 1), _NODES)
    across = np.linspace(columns.start, max(columns.stop - 1, columns.start + 1), _NODES)
    x, y = np.meshgrid(across, down)
    u, v = plane.coordinates(*sky.to_sky(x, y))
    return u, v, (_NODES - 1) / max(nrows - 1, 1), (_NODES - 1) / max(ncols - 1, 1)
