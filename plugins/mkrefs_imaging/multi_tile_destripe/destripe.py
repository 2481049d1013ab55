"""The destriping of tiles as a whole: rows, columns and ripples, with level (and plane) of each tile kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mkrefs.stacks import side_by_side
from mkrefs_imaging.multi_tile_destripe.large_scale import find_ripples
from mkrefs_imaging.multi_tile_destripe.mosaic import Mosaic
from mkrefs_imaging.multi_tile_destripe.passes import Stripes, find_stripes
from mkrefs_imaging.multi_tile_destripe.settings import DestripeSettings
from mkrefs_imaging.multi_tile_destripe.tiles import Overlaps, Tile, find_overlaps, turn_overlaps

Image = NDArray[np.float32]
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TileStripes:
    """What was found of one tile.

    Attributes
    ----------
    rows : ndarray of float64, shape (nslow, namplifiers)
        Offsets to be taken off, by row and amplifier.
    columns : ndarray of float64, shape (nfast,)
        Offsets of columns; all 0 unless they were asked for.
    level : float
        The level to be taken off: 0 unless levels were to be matched.
    pattern : ndarray of float32, shape (nslow, nfast)
        All of it as an image; without the level its mean over the usable pixels is 0.
    error : float
        Expected rms error of the row offsets where the tile was compared with others, NaN if nowhere.
    open_error : float
        The same elsewhere, NaN if it was compared everywhere.
    uncompared : int
        Rows of amplifiers without a pixel to compare.
    masked : float
        Share of the compared pixels that took no part because of sources and outliers.
    others : int
        Number of tiles it was compared with.
    compared : bool
        Whether any of its pixels was compared.
    """

    rows: Vector
    columns: Vector
    level: float
    pattern: Image
    error: float
    open_error: float
    uncompared: int
    masked: float
    others: int
    compared: bool


@dataclass(frozen=True, slots=True)
class Destriped:
    """What was found of all tiles.

    Attributes
    ----------
    tiles : tuple of TileStripes
        Of each.
    noise : float
        Standard deviation of a pixel of weight 1; NaN where nothing overlaps.
    changes : tuple of float
        Largest change of an offset in each pass after the first, in units of its error.
    common, own : float
        Standard deviations of stripes common to the amplifiers of a row, and of each; NaN if not known.
    converged : bool or None
        Whether the passes ended because nothing changed any more; None if that was not asked for.
    """

    tiles: tuple[TileStripes, ...]
    noise: float
    changes: tuple[float, ...]
    common: float
    own: float
    converged: bool | None


def destripe_tiles(tiles: Sequence[Tile], settings: DestripeSettings | None = None) -> Destriped:
    """Find the stripes of overlapping tiles by comparing all of them.

    Parameters
    ----------
    tiles : sequence of Tile
        The tiles; their arrays are not changed.
    settings : DestripeSettings or None
        How; None for the documented defaults.

    Returns
    -------
    Destriped
        A tile that overlaps no other has no stripes found.
    """
    settings = settings or DestripeSettings()
    overlaps = find_overlaps(tiles)
    stripes = find_stripes(tiles, overlaps, settings)
    columns = [np.zeros(tile.shape[1]) for tile in tiles]
    if settings.do_vertical_subtraction:
        columns = _find_columns(tiles, overlaps, stripes, settings)
        stripes = find_stripes(_without_columns(tiles, columns), overlaps, settings)
    rows = list(stripes.model.offsets)
    if settings.do_large_scale and stripes.prior is not None:
        rows = _with_ripples(_without_columns(tiles, columns), overlaps, stripes, settings)
    parts = side_by_side(
        lambda number: _kept(tiles[number], rows[number], columns[number], settings.conserve),
        range(len(tiles)),
    )
    levels = np.zeros(len(tiles))
    if settings.do_level_match:
        means = [_mean(tile.pattern(o), tile) for tile, o in zip(tiles, stripes.model.offsets, strict=True)]
        levels = _matched_levels(stripes.model.planes.levels + np.array(means), overlaps)
    found = tuple(
        _tile_stripes(number, tile, overlaps[number], parts[number], float(levels[number]), stripes)
        for number, tile in enumerate(tiles)
    )
    known, prior = stripes.changes, stripes.prior
    return Destriped(
        found,
        stripes.noise,
        known,
        float(np.sqrt(prior.common.variance)) if prior else float("nan"),
        float(np.sqrt(prior.own.variance)) if prior else float("nan"),
        bool(known and known[-1] < settings.convergence_sigma) if settings.do_convergence else None,
    )


def _find_columns(
    tiles: Sequence[Tile], overlaps: Sequence[Overlaps], stripes: Stripes, settings: DestripeSettings
) -> list[Vector]:
    """Measure the offsets of columns, with those of rows taken off."""
    cleaned = [
        replace(tile, data=tile.data - tile.pattern(offsets))
        for tile, offsets in zip(tiles, stripes.model.offsets, strict=True)
    ]
    across = [tile.across() for tile in cleaned]
    found = find_stripes(across, turn_overlaps(overlaps, across), settings)
    return [offsets[:, 0] - offsets[:, 0].mean() for offsets in found.model.offsets]


def _without_columns(tiles: Sequence[Tile], columns: Sequence[Vector]) -> list[Tile]:
    return [
        replace(tile, data=tile.data - _column_pattern(tile, offsets)) if offsets.any() else tile
        for tile, offsets in zip(tiles, columns, strict=True)
    ]


def _column_pattern(tile: Tile, columns: Vector) -> Image:
    plain = np.broadcast_to(columns.astype(np.float32), tile.shape)
    return plain if tile.gain is None else plain * tile.gain


def _with_ripples(
    tiles: Sequence[Tile], overlaps: Sequence[Overlaps], stripes: Stripes, settings: DestripeSettings
) -> list[Vector]:
    """Add the ripples that are left to the offsets of rows."""
    mosaic = Mosaic(tiles, overlaps)
    mosaic.clean_with(stripes.model)
    ripples = side_by_side(
        lambda number: find_ripples(mosaic, number, stripes.draws[number], stripes.scale, settings),
        range(len(tiles)),
    )
    return [offsets + each for offsets, each in zip(stripes.model.offsets, ripples, strict=True)]


def _kept(tile: Tile, rows: Vector, columns: Vector, conserve: str) -> tuple[Vector, Vector, Image]:
    """Take off the offsets what they would do to the level, and if wanted the plane, of the tile."""
    height = np.linspace(-1, 1, tile.shape[0])
    pattern = tile.pattern(rows) + _column_pattern(tile, columns)
    unit = tile.pattern(np.ones_like(rows))
    if conserve == "plane":
        ramp = tile.pattern(np.broadcast_to(height[:, None], rows.shape))
        slope = _covariance(pattern, ramp, tile) / max(_covariance(ramp, ramp, tile), 1e-300)
        rows, pattern = rows - slope * height[:, None], pattern - np.float32(slope) * ramp
    shift = _mean(pattern, tile) / (_mean(unit, tile) or 1.0)
    return rows - shift, columns, pattern - np.float32(shift) * unit


def _mean(image: Image, tile: Tile) -> float:
    """Give the mean over the usable pixels."""
    usable = tile.weight > 0
    return float(image[usable].mean(dtype=np.float64)) if usable.any() else 0.0


def _covariance(a: Image, b: Image, tile: Tile) -> float:
    usable = tile.weight > 0
    one, two = a[usable].astype(np.float64), b[usable].astype(np.float64)
    return float(np.mean((one - one.mean()) * (two - two.mean()))) if one.size else 0.0


def _matched_levels(levels: Vector, overlaps: Sequence[Overlaps]) -> Vector:
    """Give the levels of tiles that hang together, about the mean of those."""
    links = sparse.lil_matrix((levels.size, levels.size))
    for number, found in enumerate(overlaps):
        links[number, list(found.others)] = 1
    _, label = sparse.csgraph.connected_components(links, directed=False)
    return levels - (np.bincount(label, levels) / np.bincount(label))[label]


def _tile_stripes(
    number: int,
    tile: Tile,
    overlaps: Overlaps,
    parts: tuple[Vector, Vector, Image],
    level: float,
    stripes: Stripes,
) -> TileStripes:
    rows, columns, pattern = parts
    compared, error = stripes.compared[number] > 0, stripes.error[number]
    return TileStripes(
        rows,
        columns,
        level,
        pattern,
        _rms(error[compared]),
        _rms(error[~compared]),
        int((~compared).sum()),
        float(stripes.masked[number]),
        len(overlaps.others),
        bool(compared.any()),
    )


def _rms(values: Vector) -> float:
    return float(np.sqrt(np.mean(values**2))) if values.size else float("nan")
