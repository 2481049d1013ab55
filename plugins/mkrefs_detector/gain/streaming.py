"""Measures the gain of ramps in rows of cells, so that memory stays bounded whatever their size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import ExposureMetadata, UserError, reference_pixels
from mkrefs_detector.gain.analysis import Analysis, analyse
from mkrefs_detector.gain.grid import Grid, make_grid, pool
from mkrefs_detector.gain.kernels import KEPT
from mkrefs_detector.gain.levels import measure_ramps, signals, usable_dark_groups, usable_groups
from mkrefs_detector.gain.modes import LONGEST, modes_of_total
from mkrefs_detector.gain.parts import Linearity, Timing, check_groups, find_linearity, make_parts
from mkrefs_detector.gain.products import add_all
from mkrefs_detector.gain.reading import RowSource
from mkrefs_detector.gain.settings import GainSettings

# Boxes are not made larger than this to lower their error; some pixels are always flagged.
_LARGEST_BOX = 128
_MARGIN = 1.2
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GainMeasurement:
    """What flats and darks tell of the gain, box by box.

    Attributes
    ----------
    grid : Grid
        The boxes.
    analysis : Analysis
        Gain, errors, and what all boxes have in common.
    fraction : ndarray of float64, shape (nrows, ncols)
        Share of the pixels of a box that it was measured with.
    signal : ndarray of float64, same shape
        Signal of the last group used, in DN.
    groups : ndarray of float64, same shape
        Mean number of groups used.
    linearity : Linearity
        What is known of the linearity.
    """

    grid: Grid
    analysis: Analysis
    fraction: Values
    signal: Values
    groups: Values
    linearity: Linearity


def measure_pairs(
    flats: Sequence[RowSource],
    darks: Sequence[RowSource],
    raws: Sequence[RowSource | None],
    metadata: ExposureMetadata,
    settings: GainSettings,
    *,
    made_linear: bool,
) -> GainMeasurement:
    """Measure the gain from pairs of flats and pairs of darks of one array size.

    Parameters
    ----------
    flats, darks : sequence of RowSource
        Exposures in pairs. Without darks the read noise comes from the flats.
    raws : sequence of RowSource or None
        The flats as they were taken, where they are known.
    metadata : ExposureMetadata
        Amplifiers, frames of a group, and times.
    settings : GainSettings
        The choices made.
    made_linear : bool
        Whether the ramps have been made linear.

    Returns
    -------
    GainMeasurement

    Raises
    ------
    mkrefs.api.UserError
        If there are too few exposures, groups, or pixels.
    """
    _check_numbers(flats, darks)
    shape = flats[0].shape[2:]
    grid = make_grid(metadata, shape, _boxsize(flats, settings))
    light = (
        ~reference_pixels(metadata) if shape == (metadata.ysize, metadata.xsize) else np.ones(shape, np.bool_)
    )
    ramps = measure_ramps(flats, raws, grid, light)
    timing = Timing.of(metadata)
    used = usable_groups(ramps, settings, first=timing.first)
    number = used[1] - used[0]
    check_groups(number, settings, least=2 if darks else 3)
    linearity = find_linearity(ramps, grid, used, settings, made_linear=made_linear, first=timing.first)
    dark_groups = usable_dark_groups(darks, grid)
    longest = min(LONGEST, dark_groups[1] - dark_groups[0] - 1) if darks else LONGEST
    parts = make_parts(ramps, grid, used, linearity, longest=longest, first=timing.first)
    bright, dim = add_all(flats, darks, grid, light, parts, settings.clipping_sigma, dark_groups)
    level = signals(ramps.steps, first=timing.first).mean(axis=0)
    last = np.take_along_axis(level, np.maximum(used[1] - 1, 0)[..., None], axis=-1)[..., 0]
    kept = pool(grid, bright.counts[..., KEPT].sum(axis=0))
    possible = grid.pixels * _integrations(flats) * np.maximum((parts.length > 0).sum(axis=0), 1)
    return GainMeasurement(
        grid=grid,
        analysis=analyse(bright, dim if darks else None, parts, grid, settings, timing),
        fraction=kept / pool(grid, possible.astype(np.float64)),
        signal=_mean_of_cells(grid, np.where(number > 0, last, 0.0)),
        groups=_mean_of_cells(grid, number.astype(np.float64)),
        linearity=linearity,
    )


def _check_numbers(flats: Sequence[RowSource], darks: Sequence[RowSource]) -> None:
    for ramps, kind in ((flats, "flats"), (darks, "darks")):
        if len(ramps) % 2 or (kind == "flats" and not ramps):
            raise UserError(
                f"gain: there are {len(ramps)} {kind}, but they are used in pairs; set imtypes to DDFF, or "
                "to FF for no darks."
            )


def _boxsize(flats: Sequence[RowSource], settings: GainSettings) -> float:
    """Give the side of a box: as asked for, or larger where its error would be too large."""
    shape = flats[0].shape[2:]
    if settings.boxsize is not None:
        return float(settings.boxsize)
    asked = max(shape) / settings.num_boxes
    if settings.box_error == 0:
        return asked
    steps = max(min(ramp.shape[1] for ramp in flats) - 1, 1)
    parts = -(-steps // LONGEST)
    totals = parts * modes_of_total(steps // parts) if settings.sums else 0
    squares = _integrations(flats) * (steps + totals)
    needed = math.sqrt(_MARGIN * 2 / settings.box_error**2 / squares)
    return max(asked, min(needed, _LARGEST_BOX))


def _integrations(flats: Sequence[RowSource]) -> int:
    """Give the number of pairs of integrations of one record."""
    return min(ramp.shape[0] for ramp in flats)


def _mean_of_cells(grid: Grid, cells: Values) -> Values:
    weight = grid.pixels.astype(np.float64)
    return pool(grid, weight * cells) / pool(grid, weight)
