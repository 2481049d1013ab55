"""Which pixels take part in a comparison, and with what weight: those no source or outlier spoils."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.masks import clipped_level, source_mask
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
# Side of the blocks whose scatter tells where comparisons are worse than elsewhere.
_BLOCK = 16
# No pixel counts more than this many times as much as the typical one of its tile.
_LARGEST_SQUARE = 25.0


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
    factors, spreads, masked = [], [], []
    for number, tile in enumerate(mosaic.tiles):
        residual = _compare(mosaic, number, scatter, settings)
        factor, spread = _judge(residual, tile, settings)
        # What all others have masked is not compared any more: it stays masked.
        factor[np.isnan(residual) & (mosaic.part(mosaic.weight, number) == 0)] = 0
        factors.append(factor)
        seen = np.isfinite(residual)
        masked.append(float((factor[seen] == 0).mean()) if seen.any() else 0.0)
        if np.isfinite(spread):
            spreads.append((spread, int(seen.sum())))
    compared = []
    for number, tile in enumerate(mosaic.tiles):
        weight, total = mosaic.part(mosaic.weight, number), mosaic.part(mosaic.total, number)
        np.multiply(tile.weight, factors[number], out=weight)
        _drop_masked_groups(weight, tile, settings.min_mask_frac)
        compared.append(_by_group((weight > 0) & (total > 0), tile))
    values, sizes = np.array(spreads or [(scatter, 1)]).T
    return Masking(float(np.sqrt(np.average(values**2, weights=sizes))), tuple(compared), np.array(masked))


def _compare(mosaic: Mosaic, number: int, scatter: float, settings: DestripeSettings) -> Image:
    """Give a tile minus the average of the others, in units where a pixel of weight 1 has its own scatter."""
    tile = mosaic.tiles[number]
    typical = float(np.median(tile.weight[tile.weight > 0])) if (tile.weight > 0).any() else 1.0
    mean, total = mosaic.average(
        number,
        method=settings.weight_method,
        limit=settings.sigma * scatter / np.sqrt(typical),
        reproject_func=settings.reproject_func,
    )
    mosaic.part(mosaic.total, number)[...] = total
    np.subtract(mosaic.part(mosaic.clean, number), mean, out=mean)
    total[tile.weight == 0] = 0
    with np.errstate(invalid="ignore", divide="ignore"):
        mean *= np.sqrt(tile.weight * total / (tile.weight + total))
    mean[total == 0] = np.nan
    return mean


def _judge(residual: Image, tile: Tile, settings: DestripeSettings) -> tuple[Image, float]:
    """Give the factor of each pixel's weight, 0 for sources and outliers, and the scatter of the rest."""
    maxiters = _MOST_ITERS if settings.maxiters is None else settings.maxiters
    for amplifier in range(tile.amplifiers):
        columns = _columns(tile, amplifier)
        part = some_columns(residual[:, columns])
        middle = clipped_medians(part, sigma=settings.sigma, max_iters=maxiters)
        middle[np.isfinite(part).sum(axis=1) < _LEAST_IN_ROW] = 0.0
        residual[:, columns] -= np.nan_to_num(middle, nan=0.0).astype(np.float32)[:, None]
    seen = np.isfinite(residual)
    centre, spread = clipped_level(residual[seen], sigma=settings.sigma, max_iters=settings.maxiters)
    if not spread > 0:
        return np.ones(residual.shape, dtype=np.float32), float("nan")
    mask = source_mask(
        residual,
        seen,
        sigma=settings.sigma,
        npixels=_NPIXELS,
        dilate_size=settings.dilate_size,
        max_iters=settings.maxiters,
        negative=True,
    )
    with np.errstate(invalid="ignore"):
        mask |= np.abs(residual - centre) > settings.sigma * spread
    factor = _local_factor(np.where(mask, np.nan, residual / spread).astype(np.float32))
    factor[mask] = 0
    return factor, spread


def some_columns(image: Image) -> Image:
    """Give enough columns, evenly spread, for the medians of rows that a threshold is measured from."""
    return np.ascontiguousarray(image[:, :: max(image.shape[1] // _COLUMNS, 1)])


def _columns(tile: Tile, amplifier: int) -> slice:
    places = np.flatnonzero(tile.amplifier == amplifier)
    return slice(int(places[0]), int(places[-1]) + 1)


def _local_factor(residual: Image) -> Image:
    """Give less weight to blocks whose residuals, in units of their scatter, scatter by more than 1."""
    rows, cols = residual.shape
    squares = np.minimum(np.nan_to_num(residual, nan=0.0) ** 2, _LARGEST_SQUARE)
    count = _block_sums(np.isfinite(residual).astype(np.float32))
    mean = _block_sums(squares) / np.maximum(count, 1)
    # A block of few pixels may scatter by chance: a quarter of a block's pixels of scatter 1 are added.
    some = _BLOCK**2 / 4
    mean = (mean * count + some) / (count + some)
    factor = (1 / np.maximum(mean, 1)).astype(np.float32)
    return np.repeat(np.repeat(factor, _BLOCK, axis=0), _BLOCK, axis=1)[:rows, :cols].copy()


def _block_sums(image: Image) -> Image:
    rows, cols = (-(-size // _BLOCK) * _BLOCK for size in image.shape)
    padded = np.zeros((rows, cols), dtype=np.float32)
    padded[: image.shape[0], : image.shape[1]] = image
    blocks = padded.reshape(rows // _BLOCK, _BLOCK, cols // _BLOCK, _BLOCK)
    return np.asarray(blocks.sum(axis=(1, 3)), dtype=np.float32)


def _by_group(marks: NDArray[np.bool_], tile: Tile) -> Vector:
    """Give the share of marked pixels of each group."""
    parts = [marks[:, _columns(tile, number)].mean(axis=1) for number in range(tile.amplifiers)]
    return np.stack(parts, axis=1)


def _drop_masked_groups(weight: Image, tile: Tile, least: float) -> None:
    """Take away the weights of rows of an amplifier of which too few pixels are left."""
    share = _by_group(weight > 0, tile)
    for number in range(tile.amplifiers):
        weight[share[:, number] < least, _columns(tile, number)] = 0
