"""Tiles as the algorithm sees them: turned so that stripes run along rows, with weights and amplifiers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import SkyTransform
from mkrefs_imaging.overlaps.pixel_map import PixelMap, pixel_map
from mkrefs_imaging.overlaps.smooth_sky import smooth_sky

Image = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tile:
    """One image of a mosaic, turned so that its rows run along the fast axis of the detector.

    Attributes
    ----------
    name : str
        What it is called in messages.
    data : ndarray of float32, shape (nslow, nfast)
        Values, NaN where they are not usable.
    weight : ndarray of float32, shape (nslow, nfast)
        Weight of each pixel, 0 where it is not usable; in any unit common to all tiles.
    amplifier : ndarray of int64, shape (nfast,)
        Number of the amplifier that reads each column, from 0.
    sky : SkyTransform
        The way from the pixels of the image, as it was before it was turned.
    turned : bool
        Whether rows and columns of the image were exchanged.
    gain : ndarray of float32, shape (nslow, nfast), or None
        By what an offset is multiplied in the image: the inverse of the flat field where offsets were there
        before it was divided by; None for 1.
    """

    name: str
    data: Image
    weight: Image
    amplifier: NDArray[np.int64]
    sky: SkyTransform
    turned: bool = False
    gain: Image | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows along the slow axis, columns along the fast one."""
        return self.data.shape[0], self.data.shape[1]

    @property
    def amplifiers(self) -> int:
        """Number of amplifiers."""
        return int(self.amplifier.max()) + 1

    def pattern(self, offsets: NDArray[np.floating]) -> Image:
        """Give the image of offsets of rows by amplifier, shape (nslow, namplifiers)."""
        plain = offsets.astype(np.float32)[:, self.amplifier]
        return plain if self.gain is None else plain * self.gain

    def across(self) -> "Tile":
        """Give the tile with rows and columns exchanged, as one of a single amplifier."""
        return Tile(
            self.name,
            np.ascontiguousarray(self.data.T),
            np.ascontiguousarray(self.weight.T),
            np.zeros(self.data.shape[0], dtype=np.int64),
            self.sky,
            not self.turned,
            None if self.gain is None else np.ascontiguousarray(self.gain.T),
        )


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Where the pixels of one tile lie in others, as `kernels` take it.

    Attributes
    ----------
    table : ndarray of int64, shape (noverlaps, 8)
        Other tile, first row, row after the last, first column, column after the last, first node, rows and
        columns of nodes.
    scales : ndarray of float64, shape (noverlaps, 2)
        Nodes per row and per column.
    nodes : ndarray of float64, shape (2, nnodes)
        Places x and y in the other tile.
    maps : tuple of PixelMap
        What they were made of, in the frame of the images before they were turned.
    """

    table: NDArray[np.int64]
    scales: NDArray[np.float64]
    nodes: NDArray[np.float64]
    maps: tuple[PixelMap, ...]

    @property
    def others(self) -> tuple[int, ...]:
        """Numbers of the other tiles."""
        return tuple(int(number) for number in self.table[:, 0])


def find_overlaps(tiles: Sequence[Tile]) -> tuple[Overlaps, ...]:
    """Find, for each tile, where its pixels lie in each of the others."""
    skies = [smooth_sky(tile.sky, _plain_shape(tile)) for tile in tiles]
    return tuple(_overlaps_of(number, tiles, skies) for number in range(len(tiles)))


def turn_overlaps(overlaps: Sequence[Overlaps], tiles: Sequence[Tile]) -> tuple[Overlaps, ...]:
    """Give the same overlaps for the tiles with rows and columns exchanged, or not."""
    return tuple(
        _assemble(tile, [(j, found) for j, found in zip(one.others, one.maps, strict=True)], tiles)
        for tile, one in zip(tiles, overlaps, strict=True)
    )


def _overlaps_of(number: int, tiles: Sequence[Tile], skies: Sequence[SkyTransform]) -> Overlaps:
    tile, found = tiles[number], []
    for j, other in enumerate(tiles):
        if j == number:
            continue
        where = pixel_map(skies[number], skies[j], _plain_shape(tile), _plain_shape(other))
        if where is not None:
            found.append((j, where))
    return _assemble(tile, found, tiles)


def _plain_shape(tile: Tile) -> tuple[int, int]:
    return tile.shape[::-1] if tile.turned else tile.shape


def _assemble(tile: Tile, found: Sequence[tuple[int, PixelMap]], tiles: Sequence[Tile]) -> Overlaps:
    table, scales, nodes, first = [], [], [np.empty((2, 0))], 0
    for j, where in found:
        x, y, (row_scale, column_scale) = where.x, where.y, where.scales
        rows, columns = where.rows, where.columns
        if tile.turned:
            x, y, row_scale, column_scale, rows, columns = x.T, y.T, column_scale, row_scale, columns, rows
        if tiles[j].turned:
            x, y = y, x
        table.append((j, rows.start, rows.stop, columns.start, columns.stop, first, *x.shape))
        scales.append((row_scale, column_scale))
        nodes.append(np.stack([x.ravel(), y.ravel()]))
        first += x.size
    return Overlaps(
        np.array(table, dtype=np.int64).reshape(-1, 8),
        np.array(scales, dtype=np.float64).reshape(-1, 2),
        np.concatenate(nodes, axis=1),
        tuple(where for _, where in found),
    )
