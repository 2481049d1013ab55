"""All tiles in flat arrays, cleaned of what is known so far, and what the kernels give of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mkrefs.stacks import side_by_side
from mkrefs_imaging.multi_tile_destripe import clean_kernels, kernels
from mkrefs_imaging.multi_tile_destripe.system import Cells, Groups, Planes
from mkrefs_imaging.multi_tile_destripe.tiles import Overlaps, Tile
from mkrefs_imaging.overlaps.methods import ReprojectFunction
from mkrefs_imaging.overlaps.resampling import resample

Image = NDArray[np.float32]
Vector = NDArray[np.float64]

_METHODS = {"mean": kernels.MEAN, "median": kernels.MEDIAN, "sigma_clip": kernels.CLIP}
# More cells than about this many are not kept in memory, at 24 bytes each.
_MOST_CELLS = 50_000_000
# A row of an overlap has a cell for each amplifier it touches, in both tiles, besides those of other rows.
_CELLS_OF_AMPLIFIERS = 8


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of the tiles.

    Attributes
    ----------
    planes : Planes
        Levels and planes.
    offsets : tuple of ndarray of float64, shape (nrows, namplifiers)
        Offsets of the rows of each tile by amplifier.
    """

    planes: Planes
    offsets: tuple[Vector, ...]

    def terms(self, number: int, tile: Tile) -> tuple[Image, Image, Image]:
        """Give what it adds to the pixels of one tile: offsets of rows, and its plane along and down."""
        nrows, ncols = tile.shape
        along = (2.0 * np.arange(ncols) / ncols - 1.0) * self.planes.slopes[number]
        down = (2.0 * np.arange(nrows) / nrows - 1.0) * self.planes.tilts[number] + self.planes.levels[number]
        return (
            self.offsets[number].astype(np.float32),
            along.astype(np.float32),
            down.astype(np.float32),
        )


class Mosaic:
    """The tiles of a mosaic in flat arrays.

    Parameters
    ----------
    tiles : sequence of Tile
        The tiles.
    overlaps : sequence of Overlaps
        Where the pixels of each lie in others.
    """

    def __init__(self, tiles: Sequence[Tile], overlaps: Sequence[Overlaps]) -> None:
        self.tiles, self.overlaps = tuple(tiles), tuple(overlaps)
        shapes = np.array([tile.shape for tile in tiles], dtype=np.int64)
        self.groups = Groups(shapes[:, 0], np.array([tile.amplifiers for tile in tiles], dtype=np.int64))
        self._pixels = _starts(shapes.prod(axis=1))
        self._blocks = _starts((-(-shapes // clean_kernels.SIDE)).prod(axis=1))
        columns = [self._pixels[:-1], self._blocks[:-1], self.groups.starts[:-1], self.groups.amplifiers]
        self.layout = np.column_stack([shapes, *columns, _starts(shapes[:, 1])[:-1]])
        self._amplifier = np.concatenate([tile.amplifier for tile in tiles])
        self.clean = np.empty(self._pixels[-1], dtype=np.float32)
        self.weight = np.concatenate([tile.weight.ravel() for tile in tiles])
        self.total = np.zeros(self._pixels[-1], dtype=np.float32)
        self._gradients = np.zeros((self._blocks[-1], 2), dtype=np.float32)

    def part(self, flat: Image, number: int) -> Image:
        """Give the part of a flat array that belongs to one tile, as a view."""
        return flat[self._pixels[number] : self._pixels[number + 1]].reshape(self.tiles[number].shape)

    def clean_with(self, model: Model, *, gradients: bool = True) -> None:
        """Take a model off all tiles, and measure the gradients that are left."""
        side_by_side(partial(self._clean_one, model=model, gradients=gradients), range(len(self.tiles)))

    def _clean_one(self, number: int, *, model: Model, gradients: bool) -> None:
        tile, image = self.tiles[number], self.part(self.clean, number)
        offsets, along, down = model.terms(number, tile)
        gain = np.empty((0, 0), dtype=np.float32) if tile.gain is None else tile.gain
        clean_kernels.take_off(tile.data, offsets, tile.amplifier, gain, along, down, image)
        if gradients:
            blocks = self._gradients[self._blocks[number] : self._blocks[number + 1]]
            clean_kernels.gradients_of(clean_kernels.block_medians(image), blocks)

    def average(
        self, number: int, *, method: str, limit: float, reproject_func: ReprojectFunction = "interp"
    ) -> tuple[Image, Image]:
        """Average all other tiles on the pixels of one.

        Parameters
        ----------
        number : int
            The one tile.
        method : {"mean", "median", "sigma_clip"}
            How to average.
        limit : float
            With "sigma_clip", by how much a value may differ from the median.
        reproject_func : {"interp", "exact", "adaptive"}
            How to bring the others onto its pixels.

        Returns
        -------
        mean, total : ndarray of float32, shape of the tile
            The average, NaN where there is none, and its weight.
        """
        if reproject_func != "interp":
            return self._average_reprojected(number, method, limit, reproject_func)
        found, shape = self.overlaps[number], self.tiles[number].shape
        mean, total = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
        kernels.average(
            self.clean,
            self.weight,
            self._gradients,
            self.layout,
            found.table,
            found.scales,
            found.nodes,
            _METHODS[method],
            limit,
            mean,
            total,
        )
        return mean, total

    def _average_reprojected(
        self, number: int, method: str, limit: float, function: ReprojectFunction
    ) -> tuple[Image, Image]:
        tile, found = self.tiles[number], self.overlaps[number]
        shape = tile.shape[::-1] if tile.turned else tile.shape
        values = np.full((len(found.maps), *shape), np.nan, dtype=np.float32)
        weights = np.zeros_like(values)
        for k, (j, where) in enumerate(zip(found.others, found.maps, strict=True)):
            image, weight = self.part(self.clean, j), self.part(self.weight, j)
            if self.tiles[j].turned:
                image, weight = image.T, weight.T
            usable = weight > 0
            if not usable.any():
                continue
            there = resample(np.ascontiguousarray(image), usable, where, method=function).values
            values[k, where.rows, where.columns] = there
            weights[k, where.rows, where.columns] = np.where(np.isnan(there), 0, weight[usable].mean())
        mean, total = kernels.average_stack(values, weights, _METHODS[method], limit)
        return (mean.T.copy(), total.T.copy()) if tile.turned else (mean, total)

    def samples(self, number: int, overlap: int, wanted: int) -> Vector:
        """Give about so many samples of an overlap, see `kernels.pair_samples`."""
        found = self.overlaps[number]
        entry = found.table[overlap]
        every = max(int(np.sqrt((entry[2] - entry[1]) * (entry[4] - entry[3]) / wanted)), 1)
        samples = kernels.pair_samples(
            self.clean,
            self._gradients,
            self.layout,
            number,
            entry,
            found.scales[overlap],
            found.nodes,
            every,
        )
        return np.asarray(samples, dtype=np.float64)

    def cells(self, variance: float) -> Cells:
        """Add up the differences of all pairs of tiles, in units of a pixel's variance at weight 1."""
        every, ntiles = self._thinning(), len(self.tiles)
        groups, sums = [np.empty((2, 0), dtype=np.int32)], [np.empty((0, 4), dtype=np.float32)]
        slopes, sides = np.zeros((ntiles, ntiles)), np.zeros(ntiles)
        pairs = self.pairs()
        found = side_by_side(lambda pair: self._cells_of_pair(*pair, every), pairs)
        for (i, k), (cells, values, excess) in zip(pairs, found, strict=True):
            values[:, 0] /= variance
            excess /= variance
            groups.append(cells)
            sums.append(values)
            j = self.overlaps[i].others[k]
            slopes[i, i] += excess[0]
            slopes[j, j] += excess[1]
            slopes[i, j] -= excess[2]
            slopes[j, i] -= excess[2]
            sides[i] += excess[3]
            sides[j] -= excess[4]
        first, second = np.concatenate(groups, axis=1)
        return Cells(first, second, np.concatenate(sums), slopes, sides)

    def pairs(self) -> list[tuple[int, int]]:
        """Give each overlapping pair once: number of the first, and of its overlap with the second."""
        return [(i, k) for i, found in enumerate(self.overlaps) for k, j in enumerate(found.others) if j > i]

    def _cells_of_pair(self, i: int, k: int, every: int) -> tuple[NDArray[np.int32], Image, Vector]:
        found = self.overlaps[i]
        cells, values, excess = kernels.pair_cells(
            self.clean,
            self.weight,
            self.total,
            self._gradients,
            self.layout,
            self._amplifier,
            i,
            found.table[k],
            found.scales[k],
            found.nodes,
            every,
        )
        return cells, values, excess

    def _thinning(self) -> int:
        """Tell of how many pixels one is used, so that the cells can be kept in memory; 1 for all."""
        expected = 0.0
        for i, k in self.pairs():
            found = self.overlaps[i]
            entry = found.table[k]
            nodes = found.nodes[1, entry[5] : entry[5] + entry[6] * entry[7]].reshape(entry[6], entry[7])
            known = nodes[np.isfinite(nodes).all(axis=1)]
            runs = float(np.abs(known[:, -1] - known[:, 0]).max(initial=0.0)) + _CELLS_OF_AMPLIFIERS
            expected += (entry[2] - entry[1]) * min(runs, entry[4] - entry[3])
        return max(int(np.ceil(expected / _MOST_CELLS)), 1)


def with_offsets(cells: Cells, offsets: Sequence[Vector]) -> Cells:
    """Put back the offsets that tiles were cleaned of, so that the differences are those of the stripes."""
    flat = np.concatenate([part.ravel() for part in offsets])
    sums = cells.sums.copy()
    sums[:, 1] += (flat[cells.first] - flat[cells.second]).astype(np.float32)
    return replace(cells, sums=sums)


def _starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
