"""Where the pixels of one image lie in another, from their ways to the sky on a coarse grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import SkyTransform

Vector = NDArray[np.float64]
Shape = tuple[int, int]

# Nodes along each side: of the search for the overlap, and at most of the map.
_SEARCH = 17
_FINEST = 1025
# Halving the cells takes the error of linear interpolation to a quarter; half of that is kept in hand.
_GAIN = 2.0


@dataclass(frozen=True, slots=True)
class PixelMap:
    """Where the pixels of a box of image a lie in image b.

    Attributes
    ----------
    rows, columns : slice
        The box of image a: every pixel whose centre lies within image b is in it.
    x, y : ndarray of float64, shape (node rows, node columns)
        Positions in image b at nodes evenly spread over the box, from its first pixel to its last.
    sky_a, sky_b : SkyTransform
        What the map was made of.
    """

    rows: slice
    columns: slice
    x: Vector
    y: Vector
    sky_a: SkyTransform
    sky_b: SkyTransform

    @property
    def shape(self) -> Shape:
        """Rows and columns of the box."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start

    @property
    def scales(self) -> tuple[float, float]:
        """Nodes per pixel along rows and columns."""
        nrows, ncols = self.shape
        return (self.x.shape[0] - 1) / max(nrows - 1, 1), (self.x.shape[1] - 1) / max(ncols - 1, 1)

    def positions(self, rows: slice | None = None) -> tuple[Vector, Vector]:
        """Give the positions in image b.

        Parameters
        ----------
        rows : slice, optional
            Rows, counted within the box; all by default.

        Returns
        -------
        x, y : ndarray of float64, shape (nrows, columns of the box)
        """
        from mkrefs_imaging.overlaps.kernels import positions

        start, stop, _ = (rows or slice(None)).indices(self.shape[0])
        x = np.empty((max(stop - start, 0), self.shape[1]))
        y = np.empty_like(x)
        positions(self.x, self.y, *self.scales, start, x, y)
        return x, y


@dataclass(frozen=True, slots=True)
class Footprint:
    """A circle on the sky that holds an image.

    Attributes
    ----------
    centre : ndarray of float64, shape (3,)
        Unit vector.
    radius : float
        Radians.
    """

    centre: Vector
    radius: float

    def distance(self, ra: Vector, dec: Vector) -> Vector:
        """Give the distance of positions (degrees) from the centre, in radians."""
        away = np.linalg.norm(unit_vectors(ra, dec) - self.centre, axis=-1)
        return np.asarray(2 * np.arcsin(np.clip(away / 2, 0, 1)), dtype=np.float64)

    def touches(self, other: "Footprint") -> bool:
        """Tell whether the two circles overlap."""
        return _angle(self.centre, other.centre) <= self.radius + other.radius


def pixel_map(
    sky_a: SkyTransform, sky_b: SkyTransform, shape_a: Shape, shape_b: Shape, *, tolerance: float = 0.002
) -> PixelMap | None:
    """Find where the pixels of image a lie in image b.

    The ways to the sky are followed on a grid, which is made finer until linear interpolation between its
    nodes is right to ``tolerance``; rotation and distortion are thereby included.

    Parameters
    ----------
    sky_a, sky_b : SkyTransform
        The ways between pixels and the sky.
    shape_a, shape_b : (int, int)
        Rows and columns.
    tolerance : float
        Largest error of the interpolation, in pixels of image b.

    Returns
    -------
    PixelMap or None
        None if no pixel of a lies in b.
    """
    circle_b = footprint(sky_b, shape_b)
    if not footprint(sky_a, shape_a).touches(circle_b):
        return None
    rows, columns = slice(0, shape_a[0]), slice(0, shape_a[1])
    for _ in range(2):
        x, y = _nodes(sky_a, sky_b, rows, columns, _SEARCH, circle_b)
        found = _box(x, y, rows, columns, shape_b)
        if found is None:
            return None
        rows, columns = found
    x, y = _refined(sky_a, sky_b, rows, columns, shape_b, circle_b, tolerance)
    return PixelMap(rows, columns, x, y, sky_a, sky_b)


def unit_vectors(ra: Vector, dec: Vector) -> Vector:
    """Give positions on the sky (degrees) as unit vectors, along a last axis of three."""
    ra, dec = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)


def _angle(a: Vector, b: Vector) -> float:
    return float(2 * np.arcsin(min(float(np.linalg.norm(a - b)) / 2, 1.0)))


def footprint(sky: SkyTransform, shape: Shape) -> Footprint:
    """Give a circle on the sky that holds a whole image, and a little more.

    Parameters
    ----------
    sky : SkyTransform
        Its way to the sky.
    shape : (int, int)
        Rows and columns.

    Returns
    -------
    Footprint
    """
    x, y = np.meshgrid(np.linspace(0, shape[1] - 1, 5), np.linspace(0, shape[0] - 1, 5))
    vectors = unit_vectors(*sky.to_sky(x, y)).reshape(-1, 3)
    centre = vectors.mean(axis=0)
    centre = centre / np.linalg.norm(centre)
    radius = max(_angle(vector, centre) for vector in vectors)
    return Footprint(centre, 1.1 * radius)


def _steps(box: slice, nodes: int) -> Vector:
    """Give the nodes along one side; a box of one pixel is as if it had two."""
    return np.linspace(box.start, max(box.stop - 1, box.start + 1), nodes)


def _nodes(
    sky_a: SkyTransform, sky_b: SkyTransform, rows: slice, columns: slice, nodes: int, circle_b: Footprint
) -> tuple[Vector, Vector]:
    """Give where nodes of a box of a lie in b; NaN far outside, where its inverse may say anything."""
    x, y = np.meshgrid(_steps(columns, nodes), _steps(rows, nodes))
    ra, dec = sky_a.to_sky(x, y)
    distance = circle_b.distance(ra, dec)
    vectors = unit_vectors(ra, dec)
    cell = max(_angle(vectors[0, 0], vectors[0, 1]), _angle(vectors[0, 0], vectors[1, 0]))
    near = distance <= 1.1 * circle_b.radius + 2 * cell
    x_b, y_b = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    if near.any():
        x_b[near], y_b[near] = sky_b.to_pixel(ra[near], dec[near])
    return x_b, y_b


def _inside(x: Vector, y: Vector, shape_b: Shape) -> NDArray[np.bool_]:
    """Tell which cells between nodes may hold a pixel that lies within b."""
    corners = [(slice(None, -1), slice(None, -1)), (slice(1, None), slice(None, -1))]
    corners += [(slice(None, -1), slice(1, None)), (slice(1, None), slice(1, None))]
    inside = np.ones((x.shape[0] - 1, x.shape[1] - 1), dtype=np.bool_)
    for values, last in ((x, shape_b[1] - 1), (y, shape_b[0] - 1)):
        stacked = np.stack([values[corner] for corner in corners])
        low, high = stacked.min(axis=0), stacked.max(axis=0)
        bend = 0.05 * (high - low) + 0.01
        inside &= (high + bend >= 0) & (low - bend <= last)
    return inside


def _box(x: Vector, y: Vector, rows: slice, columns: slice, shape_b: Shape) -> tuple[slice, slice] | None:
    """Give the part of a box of a whose cells may lie in b."""
    inside = _inside(x, y, shape_b)
    if not inside.any():
        return None
    return _part(rows, np.any(inside, axis=1)), _part(columns, np.any(inside, axis=0))


def _part(box: slice, wanted: NDArray[np.bool_]) -> slice:
    steps = _steps(box, wanted.size + 1)
    cells = np.flatnonzero(wanted)
    start = max(int(np.floor(steps[cells[0]])), box.start)
    return slice(start, min(int(np.ceil(steps[cells[-1] + 1])) + 1, box.stop))


def _refined(
    sky_a: SkyTransform,
    sky_b: SkyTransform,
    rows: slice,
    columns: slice,
    shape_b: Shape,
    circle_b: Footprint,
    tolerance: float,
) -> tuple[Vector, Vector]:
    """Make the grid finer until it is right to the tolerance wherever a lies in b."""
    nodes = _SEARCH
    while True:
        x, y = _nodes(sky_a, sky_b, rows, columns, nodes, circle_b)
        if nodes >= _FINEST or _error(x, y, shape_b) <= _GAIN * tolerance:
            return x, y
        nodes = 2 * nodes - 1


def _error(x: Vector, y: Vector, shape_b: Shape) -> float:
    """Give by how much every second node is missed by those around it, where that matters."""
    wanted = _inside(x[::2, ::2], y[::2, ::2], shape_b)
    misses = np.zeros(wanted.shape)
    for values in (x, y):
        coarse = values[::2, ::2]
        along = np.abs((coarse[:-1] + coarse[1:]) / 2 - values[1::2, ::2])
        across = np.abs((coarse[:, :-1] + coarse[:, 1:]) / 2 - values[::2, 1::2])
        middle = coarse[:-1, :-1] + coarse[1:, :-1] + coarse[:-1, 1:] + coarse[1:, 1:]
        middle = np.abs(middle / 4 - values[1::2, 1::2])
        for miss in (along[:, :-1], along[:, 1:], across[:-1], across[1:], middle):
            misses = np.maximum(misses, np.nan_to_num(miss, nan=np.inf))
    return float(misses[wanted].max(initial=0.0))
