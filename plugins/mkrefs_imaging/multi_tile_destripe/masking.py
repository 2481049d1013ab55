"""Which pixels take part in a comparison, and with what weight: those no source or outlier spoils."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.stacks import side_by_side
from mkrefs_imaging.masks import MOST_VALUES, clipped_level, groups_beyond
from mkrefs_imaging.multi_tile_destripe import mask_kernels
from mkrefs_imaging.multi_tile_destripe.mosaic import Mosaic
from mkrefs_imaging.multi_tile_destripe.settings import DestripeSettings
from mkrefs_imaging.multi_tile_destripe.tiles import Tile
from mkrefs_imaging.statistics.clipped import clipped_medians

Image = NDArray[np.float32]
Vector = NDArray[np.float64]

_NPIXELS = 5
_MOST_ITERS = 100
# So many pixels of a row are enough for a median that only centres what is masked.
_COLUMNS = 160
# Rows of an amplifier with fewer pixels to compare have no median of their own.
_LEAST_IN_ROW = 8


@dataclass(frozen=True, slots=True)
class Masking:
    """How tiles were masked.

    Attributes
    ----------
    scatter : float
        Standard deviation of a pixel of weight 1.
    compared : tuple of ndarray of float64, shape (nrows, namplifiers)
        Share of the pixels of each group that are compared with another tile.
    masked : ndarray of float64, shape (ntiles,)
        Share of the compared pixels of each tile that take no part.
    """

    scatter: float
    compared: tuple[Vector, ...]
    masked: Vector


def mask_tiles(mosaic: Mosaic, scatter: float, settings: DestripeSettings) -> Masking:
    """Compare each tile with the average of the others, and give its pixels new weights.

    Parameters
    ----------
    mosaic : Mosaic
        Cleaned; its weights and the weights of the averages are set.
    scatter : float
        Standard deviation of a pixel of weight 1, as far as it is known.
    settings : DestripeSettings
        The clip.

    Returns
    -------
    Masking
    """
    numbers = range(len(mosaic.tiles))
    judged = side_by_side(lambda number: _judged(mosaic, number, scatter, settings), numbers)
    compared = side_by_side(
        lambda number: _weighted(mosaic, number, judged[number].factor, settings.min_mask_frac), numbers
    )
    known = [(one.spread, one.seen) for one in judged if np.isfinite(one.spread)]
    values, sizes = np.array(known or [(scatter, 1)]).T
    masked = np.array([one.masked for one in judged])
    return Masking(float(np.sqrt(np.average(values**2, weights=sizes))), tuple(compared), masked)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the comparison of one tile says: factors of weights, scatter, pixels compared and masked share."""

    factor: Image
    spread: float
    seen: int
    masked: float


def _judged(mosaic: Mosaic, number: int, scatter: float, settings: DestripeSettings) -> _Judged:
    residual = _compare(mosaic, number, scatter, settings)
    factor, spread, seen = _judge(residual, mosaic.tiles[number], settings)
    # What all others have masked is not compared any more: it stays masked.
    masked = mask_kernels.drop_uncompared(residual, mosaic.part(mosaic.weight, number), factor)
    return _Judged(factor, spread, seen, masked)


def _weighted(mosaic: Mosaic, number: int, factor: Image, least: float) -> Vector:
    """Give a tile its new weights; give the share of each group that is compared."""
    tile = mosaic.tiles[number]
    weight, total = mosaic.part(mosaic.weight, number), mosaic.part(mosaic.total, number)
    pixels = np.bincount(tile.amplifier, minlength=tile.amplifiers)
    shares = mask_kernels.weigh(tile.weight, factor, total, tile.amplifier, pixels, least, weight)
    return np.asarray(shares, dtype=np.float64)


def _compare(mosaic: Mosaic, number: int, scatter: float, settings: DestripeSettings) -> Image:
    """Give a tile minus the average of the others, in units where a pixel of weight 1 has its own scatter."""
    tile = mosaic.tiles[number]
    mean, total = mosaic.average(
        number,
        method=settings.weight_method,
        limit=settings.sigma * scatter / np.sqrt(_typical_weight(tile)),
        reproject_func=settings.reproject_func,
    )
    mosaic.part(mosaic.total, number)[...] = total
    mask_kernels.scale_residuals(mosaic.part(mosaic.clean, number), tile.weight, mean, total)
    return mean


def _typical_weight(tile: Tile) -> float:
    """Give the median of the weights that are not 0."""
    values = tile.weight[tile.weight > 0]
    if not values.size:
        return 1.0
    return float(values[0]) if values[0] == values.max() == values.min() else float(np.median(values))


def _judge(residual: Image, tile: Tile, settings: DestripeSettings) -> tuple[Image, float, int]:
    """Give the factor of each pixel's weight, 0 for sources and outliers, the scatter and number of all."""
    maxiters = _MOST_ITERS if settings.maxiters is None else settings.maxiters
    middles = np.zeros((residual.shape[0], tile.amplifiers), dtype=np.float32)
    for amplifier in range(tile.amplifiers):
        part = some_columns(residual[:, _columns(tile, amplifier)])
        middle = clipped_medians(part, sigma=settings.sigma, max_iters=maxiters)
        middle[np.isfinite(part).sum(axis=1) < _LEAST_IN_ROW] = 0.0
        middles[:, amplifier] = np.nan_to_num(middle, nan=0.0)
    mask_kernels.take_middles(residual, middles, tile.amplifier)
    sample, seen = mask_kernels.finite_sample(residual, MOST_VALUES)
    level = clipped_level(sample, sigma=settings.sigma, max_iters=settings.maxiters)
    if not level[1] > 0:
        return np.ones(residual.shape, dtype=np.float32), float("nan"), seen
    mask = groups_beyond(
        residual,
        level,
        sigma=settings.sigma,
        npixels=_NPIXELS,
        dilate_size=settings.dilate_size,
        negative=True,
    )
    mask_kernels.mask_outliers(residual, level[0], settings.sigma * level[1], mask)
    return mask_kernels.block_factors(residual, mask, level[1]), level[1], seen


def some_columns(image: Image) -> Image:
    """Give enough columns, evenly spread, for the medians of rows that a threshold is measured from."""
    return np.ascontiguousarray(image[:, :: max(image.shape[1] // _COLUMNS, 1)])


def _columns(tile: Tile, amplifier: int) -> slice:
    places = np.flatnonzero(tile.amplifier == amplifier)
    return slice(int(places[0]), int(places[-1]) + 1)
