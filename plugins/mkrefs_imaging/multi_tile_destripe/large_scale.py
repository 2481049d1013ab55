"""Ripples that comparing tiles does not show: rows that differ from those around them, on empty sky.

Where all tiles that see a place share a ripple, or only one sees it, their differences say nothing. There the
sky itself is taken to be smooth along the slow axis, where nothing is seen on it, and as far as what is found
is alike across an amplifier.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mkrefs_imaging.masks import clipped_level, source_mask
from mkrefs_imaging.multi_tile_destripe.masking import some_columns
from mkrefs_imaging.multi_tile_destripe.mosaic import Mosaic
from mkrefs_imaging.multi_tile_destripe.settings import DestripeSettings, ExtendMode
from mkrefs_imaging.multi_tile_destripe.spectra import band_of_frequency, band_power, shape_series
from mkrefs_imaging.statistics.clipped import clipped_medians

Image = NDArray[np.float32]
Vector = NDArray[np.float64]

_DEFAULT_SHARE = 10
# Sections of a row: this many for each amplifier, not narrower than so many pixels.
_SECTIONS, _NARROWEST = 4, 16
# A section's row counts if this share of it is empty sky.
_EMPTY = 0.5
# Side of the blocks in which faint sources are looked for, and by how many blocks they are grown.
_BLOCK, _GROWN = 16, 7
_NPIXELS = 5
# Rows over which scatters are averaged.
_ROWS = 51
_MOST_ITERS = 100


def filter_rows(settings: DestripeSettings, rows: int) -> int:
    """Give the width of the filter, an odd number of rows: a tenth of the tile if none is set."""
    width = settings.large_scale_filter_scale or rows // _DEFAULT_SHARE
    return max(int(width) - (int(width) % 2 == 0), 3)


def find_ripples(
    mosaic: Mosaic, number: int, draw: Vector, ripple_scale: float, settings: DestripeSettings
) -> Vector:
    """Measure the ripples that are left in a tile.

    Parameters
    ----------
    mosaic : Mosaic
        Cleaned of all that is known; its weights are set.
    number : int
        The tile.
    draw : ndarray of float64, shape (nrows, namplifiers)
        How far the offsets may be off: a draw from what is known of them. Ripples are taken off in as far as
        they may be there.
    ripple_scale : float
        Standard deviation of all stripes: nothing much brighter is a ripple.
    settings : DestripeSettings
        Filter and clip.

    Returns
    -------
    ndarray of float64, shape (nrows, namplifiers)
    """
    tile = mosaic.tiles[number]
    image = _average_with_itself(mosaic, number, settings)
    image[_sources(image, ripple_scale, settings)] = np.nan
    width = filter_rows(settings, tile.shape[0])
    mode = settings.large_scale_filter_extend_mode
    found, expected = np.zeros_like(draw), np.zeros_like(draw)
    for amplifier in range(tile.amplifiers):
        columns = np.flatnonzero(tile.amplifier == amplifier)
        sections = _section_medians(image[:, columns[0] : columns[-1] + 1], settings)
        high = sections - _running_median(sections, width, mode)
        mean, variance = _mean_of_sections(high)
        may_be = draw[:, amplifier] - _running_median(draw[:, amplifier, None], width, mode)[:, 0]
        power = _smooth(may_be**2)
        gain = power / np.maximum(power + variance, 1e-300)
        found[:, amplifier], expected[:, amplifier] = gain * mean, np.sqrt(gain) * may_be
    return _as_strong_as(found, expected)


def _as_strong_as(found: Vector, expected: Vector) -> Vector:
    """Weaken frequencies at which more is found than ripples would be: what is too strong is on the sky."""
    rows = found.shape[0]
    bands = band_of_frequency(rows)
    strong, may_be = band_power(found.T, bands), band_power(expected.T, bands)
    gain = np.minimum(may_be / np.maximum(strong, 1e-300), 1.0)
    return np.ascontiguousarray(shape_series(found.T, gain[bands]).T)


def _average_with_itself(mosaic: Mosaic, number: int, settings: DestripeSettings) -> Image:
    """Average all tiles on the pixels of one, this one included."""
    tile = mosaic.tiles[number]
    own, weight = mosaic.part(mosaic.clean, number), tile.weight
    mean, total = mosaic.average(
        number, method=settings.weight_method, limit=np.inf, reproject_func=settings.reproject_func
    )
    with np.errstate(invalid="ignore"):
        both = (weight * own + total * np.nan_to_num(mean, nan=0.0)) / (weight + total)
    both[~(weight > 0)] = np.nan
    return np.asarray(both, dtype=np.float32)


def _sources(image: Image, ripple_scale: float, settings: DestripeSettings) -> NDArray[np.bool_]:
    """Mark what is seen on the sky, by pixels, and fainter by blocks, but nothing as faint as a ripple."""
    rows, cols = image.shape
    middle = clipped_medians(some_columns(image), sigma=settings.sigma, max_iters=_MOST_ITERS)
    flat = image - np.nan_to_num(middle, nan=0.0).astype(np.float32)[:, None]
    mask = source_mask(
        flat,
        sigma=settings.sigma,
        npixels=_NPIXELS,
        dilate_size=settings.dilate_size,
        max_iters=settings.maxiters,
        negative=True,
    )
    centre, spread = clipped_level(flat[np.isfinite(flat)], sigma=settings.sigma)
    with np.errstate(invalid="ignore"):
        mask |= np.abs(flat - centre) > settings.sigma * spread
    blocks = _block_means(np.where(mask, np.float32(np.nan), image))
    bright = np.nan_to_num(blocks, nan=np.inf) > _faintest(blocks, ripple_scale, settings.sigma)
    grown = ndimage.maximum_filter(bright, size=_GROWN, mode="constant")
    return mask | np.repeat(np.repeat(grown, _BLOCK, axis=0), _BLOCK, axis=1)[:rows, :cols]


def _faintest(blocks: Vector, ripple_scale: float, sigma: float) -> float:
    """Give the level above which a block is taken to show a source.

    Below its median the sky has no sources: that half scatters by noise and ripples alone.
    """
    known = blocks[np.isfinite(blocks)]
    if not known.size:
        return float("inf")
    level = float(np.median(known))
    low = known[known < level]
    scatter = float(np.sqrt(np.mean((low - level) ** 2))) if low.size else 0.0
    return level + sigma * min(scatter, ripple_scale)


def _block_means(image: Image) -> Vector:
    rows, cols = (-(-size // _BLOCK) * _BLOCK for size in image.shape)
    padded = np.full((rows, cols), np.nan, dtype=np.float64)
    padded[: image.shape[0], : image.shape[1]] = image
    known = np.isfinite(padded)
    shape = (rows // _BLOCK, _BLOCK, cols // _BLOCK, _BLOCK)
    count = known.reshape(shape).sum(axis=(1, 3))
    total = np.where(known, padded, 0.0).reshape(shape).sum(axis=(1, 3))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _section_medians(image: Image, settings: DestripeSettings) -> Vector:
    """Give the clipped medians of sections of each row, shape (nrows, nsections); NaN of too few pixels."""
    count = max(min(_SECTIONS, image.shape[1] // _NARROWEST), 1)
    parts = []
    for part in np.array_split(image, count, axis=1):
        medians = clipped_medians(np.ascontiguousarray(part), sigma=settings.sigma, max_iters=_MOST_ITERS)
        medians[np.isfinite(part).mean(axis=1) < _EMPTY] = np.nan
        parts.append(medians)
    return np.stack(parts, axis=1)


def _running_median(values: Vector, width: int, mode: ExtendMode) -> Vector:
    """Smooth along rows by a running median; NaN are bridged for it, and stay NaN."""
    out = np.full(values.shape, np.nan)
    rows = np.arange(values.shape[0])
    for column in range(values.shape[1]):
        known = np.isfinite(values[:, column])
        if known.any():
            bridged = np.interp(rows, rows[known], values[known, column])
            out[:, column] = ndimage.median_filter(bridged, size=width, mode=mode)
    out[~np.isfinite(values)] = np.nan
    return out


def _mean_of_sections(high: Vector) -> tuple[Vector, Vector]:
    """Give the mean of the sections of each row, and its variance by how they differ, around that row."""
    known = np.isfinite(high)
    count = known.sum(axis=1)
    mean = np.where(known, high, 0.0).sum(axis=1) / np.maximum(count, 1)
    squares = np.where(known, (high - mean[:, None]) ** 2, 0.0).sum(axis=1)
    freedom = np.maximum(count - 1, 0).astype(np.float64)
    scatter = _smooth(squares) / np.maximum(_smooth(freedom), 1e-9)
    variance = np.where(count > 0, scatter / np.maximum(count, 1), np.inf)
    variance[_smooth(freedom) < 1.0 / _ROWS] = np.inf
    return mean, variance


def _smooth(values: Vector) -> Vector:
    return np.asarray(ndimage.uniform_filter1d(values, min(_ROWS, values.size), mode="nearest"))
