"""The scene that images of one field share: solved for together with what it leaves of the flat field.

An image is (1 + change of the flat) x (scene + offset of the image): the scene on nodes of a grid on the sky,
the change on nodes of a grid on the detector, between which both are interpolated. Means of blocks of
pixels are fitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import lsqr

from mkrefs.api import SkyTransform

Values = NDArray[np.float64]

_PASSES = 3
_CLIP_SIGMA = 4.0
_TO_SIGMA = 1.4826
_SOLVER_STEPS, _PRECISION = 200, 1e-6
_TINY = 1e-6
# How much, relative to the sky, the flat and the offsets are expected to be off: a weak tie to nothing.
_TIE = 0.3
_FEWEST_SHARE = 0.3
# Nodes on the detector are so many times as far apart as those on the sky.
_COARSER = 4


@dataclass(frozen=True, slots=True)
class Places:
    """Where pixels lie among nodes: four of them, and their weights, shape (npixels, 4)."""

    node: NDArray[np.int64]
    weight: Values

    def matrix(self, nnodes: int) -> sparse.csr_matrix:
        """Give the matrix that interpolates values at nodes."""
        row = np.repeat(np.arange(self.node.shape[0]), 4)
        return sparse.csr_matrix(
            (self.weight.ravel(), (row, self.node.ravel())), (self.node.shape[0], nnodes)
        )


@dataclass(frozen=True, slots=True)
class Blocks:
    """Means of blocks of the pixels of one image.

    Attributes
    ----------
    x, y : ndarray of float64, shape (nblocks,)
        Centres of the blocks.
    value : ndarray of float64, same shape
        Mean of the pixels that count, of an image divided by a flat.
    weight : ndarray of float64, same shape
        Share of the pixels that count; too small a share leaves the block out.
    """

    x: Values
    y: Values
    value: Values
    weight: Values


@dataclass(frozen=True, slots=True)
class Scene:
    """The scene as images see it, and how the flat is to change.

    Attributes
    ----------
    images : tuple of ndarray of float32, shape (nrows, ncols)
        Scene and offset of each image.
    change : ndarray of float64, shape (nrows, ncols)
        Factor by which the flat is to be multiplied.
    """

    images: tuple[NDArray[np.float32], ...]
    change: Values


def image_blocks(flattened: NDArray[np.floating], used: NDArray[np.bool_], size: int) -> Blocks:
    """Take the means of blocks of pixels.

    Parameters
    ----------
    flattened : ndarray of float, shape (nrows, ncols)
        An image, divided by a flat.
    used : ndarray of bool, same shape
        Pixels that count.
    size : int
        Pixels along a side of a block; at the upper and right edges they are smaller.

    Returns
    -------
    Blocks
        Those of which enough is known.
    """
    starts = [np.arange(0, n, size) for n in flattened.shape]
    good = used & np.isfinite(flattened)
    y, x = (np.arange(n, dtype=np.float64) for n in flattened.shape)

    def total(image: Values) -> Values:
        return np.add.reduceat(np.add.reduceat(image, starts[0], axis=0), starts[1], axis=1)

    number = total(good.astype(np.float64))
    share = number / size**2
    kept = share > _FEWEST_SHARE
    number = np.maximum(number, 1)
    value = total(np.where(good, flattened, 0.0).astype(np.float64)) / number
    place_x, place_y = total(good * x[None, :]) / number, total(good * y[:, None]) / number
    return Blocks(place_x[kept], place_y[kept], value[kept], share[kept])


def fit_scene(
    blocks: Sequence[Blocks],
    skies: Sequence[SkyTransform],
    *,
    shape: tuple[int, int],
    size: int,
    level: float,
) -> Scene:
    """Fit scene, offsets and the change of the flat to the blocks of all images.

    Parameters
    ----------
    blocks : sequence of Blocks
        Of each image.
    skies : sequence of SkyTransform
        The way from the pixels of each image to the sky.
    shape : (int, int)
        Rows and columns of an image.
    size : int
        Distance of the nodes on the sky, in pixels; on the detector it is four times that.
    level : float
        Usual brightness of the sky.

    Returns
    -------
    Scene
    """
    flat_size = _COARSER * size
    plane = _Plane(skies[0], shape)
    positions = [plane.positions(sky, each.x, each.y) for sky, each in zip(skies, blocks, strict=True)]
    grid = _Grid.around(positions, plane.pixel * size)
    detector = _Grid(-0.5, -0.5, float(flat_size), *(-(-n // flat_size) + 1 for n in shape[::-1]))
    on_sky = sparse.vstack([grid.places(*each).matrix(grid.count) for each in positions]).tocsr()
    on_chip = sparse.vstack([detector.places(b.x, b.y).matrix(detector.count) for b in blocks]).tocsr()
    image = np.repeat(np.arange(len(blocks)), [each.value.size for each in blocks])
    whose = sparse.csr_matrix((np.ones(image.size), (np.arange(image.size), image)))
    value = np.concatenate([each.value for each in blocks])
    weight = np.sqrt(np.concatenate([each.weight for each in blocks]))
    scene, offset, change = _solve(on_sky, whose, on_chip, value, weight, level=level)
    images = tuple(
        (_expand(grid, plane, sky, shape, scene) + offset[number]).astype(np.float32)
        for number, sky in enumerate(skies)
    )
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float64)
    factor = detector.places(x.ravel(), y.ravel()).matrix(detector.count) @ change
    return Scene(images, 1 + factor.reshape(shape))


def _solve(
    on_sky: sparse.csr_matrix,
    whose: sparse.csr_matrix,
    on_chip: sparse.csr_matrix,
    value: Values,
    weight: Values,
    *,
    level: float,
) -> tuple[Values, Values, Values]:
    """Solve by Gauss and Newton: in each pass the product of flat and scene is linear about the last one.

    Offsets and changes are tied to zero, weakly, so that what the images do not tell apart goes to the scene.
    """
    ends = np.cumsum([on_sky.shape[1], whose.shape[1]])
    found = np.zeros(ends[-1] + on_chip.shape[1])
    found[: ends[0]] = level
    tied = np.where(np.arange(found.size) < ends[0], 0.0, 1.0)
    for _ in range(_PASSES):
        scene, offset, change = np.split(found, ends)
        light, gain = on_sky @ scene + whose @ offset, 1 + on_chip @ change
        residual = value - gain * light
        spread = _TO_SIGMA * float(np.median(np.abs(residual - np.median(residual)))) or level * _TINY
        robust = weight / np.maximum(1.0, np.abs(residual) / (_CLIP_SIGMA * spread))
        columns = [sparse.diags(gain) @ on_sky, sparse.diags(gain) @ whose, sparse.diags(light) @ on_chip]
        tie = spread / (_TIE * level) * tied
        system = sparse.vstack([sparse.diags(robust) @ sparse.hstack(columns), sparse.diags(tie)])
        right = np.concatenate([robust * residual, -tie * found])
        found += lsqr(system.tocsr(), right, atol=_PRECISION, btol=_PRECISION, iter_lim=_SOLVER_STEPS)[0]
    scene, offset, change = np.split(found, ends)
    return scene, offset, change - change.mean()


class _Plane:
    """The tangent plane of the middle of the first image, in degrees."""

    def __init__(self, sky: SkyTransform, shape: tuple[int, int]) -> None:
        x, y = (shape[1] - 1) / 2, (shape[0] - 1) / 2
        ra, dec = sky.to_sky(np.array([x, x + 1]), np.array([y, y]))
        self._ra, self._dec = float(ra[0]), float(dec[0])
        east, north = self._project(ra, dec)
        self.pixel = float(np.hypot(east[1] - east[0], north[1] - north[0]))

    def positions(self, sky: SkyTransform, x: Values, y: Values) -> tuple[Values, Values]:
        return self._project(*sky.to_sky(x, y))

    def _project(self, ra: Values, dec: Values) -> tuple[Values, Values]:
        away, delta, delta0 = np.deg2rad(ra - self._ra), np.deg2rad(dec), np.deg2rad(self._dec)
        depth = np.sin(delta0) * np.sin(delta) + np.cos(delta0) * np.cos(delta) * np.cos(away)
        east = np.cos(delta) * np.sin(away) / depth
        north = (np.cos(delta0) * np.sin(delta) - np.sin(delta0) * np.cos(delta) * np.cos(away)) / depth
        return np.rad2deg(east), np.rad2deg(north)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Nodes on a plane: the first at (left, low), ``step`` apart."""

    left: float
    low: float
    step: float
    ncols: int
    nrows: int

    @classmethod
    def around(cls, positions: Sequence[tuple[Values, Values]], step: float) -> "_Grid":
        u, v = (np.concatenate([each[axis] for each in positions]) for axis in (0, 1))
        left, low = float(u.min()) - 2 * step, float(v.min()) - 2 * step
        return cls(left, low, step, int((u.max() - left) // step) + 4, int((v.max() - low) // step) + 4)

    @property
    def count(self) -> int:
        return self.ncols * self.nrows

    def places(self, u: Values, v: Values) -> Places:
        """Give the nodes around positions; what lies outside is moved to the edge."""
        x = np.clip((u - self.left) / self.step, 0, self.ncols - 1.000001)
        y = np.clip((v - self.low) / self.step, 0, self.nrows - 1.000001)
        column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
        right, up = x - column, y - row
        first = row * self.ncols + column
        node = np.stack([first, first + 1, first + self.ncols, first + self.ncols + 1], axis=-1)
        weight = np.stack([(1 - right) * (1 - up), right * (1 - up), (1 - right) * up, right * up], axis=-1)
        return Places(node, weight)


def _expand(grid: _Grid, plane: _Plane, sky: SkyTransform, shape: tuple[int, int], scene: Values) -> Values:
    """Give the scene at all pixels of an image."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float64)
    places = grid.places(*plane.positions(sky, x.ravel(), y.ravel()))
    return np.asarray((scene[places.node] * places.weight).sum(axis=1)).reshape(shape)
