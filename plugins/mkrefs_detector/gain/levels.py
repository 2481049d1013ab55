"""The mean ramps of the cells: which groups of each can be used, and how the lamp's level changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import RampRows, UserError
from mkrefs.stacks import in_row_blocks
from mkrefs_detector.gain.grid import Grid
from mkrefs_detector.gain.kernels import mean_increments
from mkrefs_detector.gain.reading import SPOILS, RowSource, good_pixels, read_strip
from mkrefs_detector.gain.settings import GainSettings

# Share of a cell's pixels that must have a group unflagged.
_LEAST_FREE = 0.98
# Share of the flagged pixels from which on a group of a dark counts as flagged by a step.
_MOST_FLAGGED = 0.5
_LEAST_OF_DARK = 2
Cells = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MeanRamps:
    """The mean ramps of all cells of some exposures.

    Attributes
    ----------
    steps : ndarray of float64, shape (nramps, nrows, ncols, ngroups)
        Mean increments in DN; NaN for the first group.
    free : ndarray of float64, same shape
        Share of the pixels in which a group is not flagged.
    raw : ndarray of float64, same shape, or None
        The increments as they were taken, before any calibration.
    """

    steps: Cells
    free: Cells
    raw: Cells | None


def measure_ramps(
    ramps: Sequence[RowSource], raws: Sequence[RowSource | None], grid: Grid, light: NDArray[np.bool_]
) -> MeanRamps:
    """Measure the mean ramps of all cells.

    Parameters
    ----------
    ramps : sequence of RowSource
        The flats; as many groups as the shortest has are used.
    raws : sequence of RowSource or None
        The flats as they were taken, in the same order; all or none are used.
    grid : Grid
        The cells.
    light : ndarray of bool, shape (nrows, ncols)
        Pixels that are sensitive to light.

    Returns
    -------
    MeanRamps
    """
    groups = min(ramp.shape[1] for ramp in ramps)
    known = [raw for raw in raws if raw is not None and raw.shape[2:] == ramps[0].shape[2:]]
    sources = [*ramps, *(known if len(known) == len(ramps) else [])]
    steps = np.full((len(sources), *grid.cells, groups), np.nan)
    free = np.zeros_like(steps)

    def measure(first: int, last: int) -> None:
        for place in range(first, last):
            strip = read_strip(sources, grid.rows.cells, place, groups)
            good = good_pixels(strip.blocks[: len(ramps)], light[strip.start : strip.stop])
            for number, block in enumerate(strip.blocks):
                flags = strip.blocks[number % len(ramps)].group_dq
                found = [
                    _increments(block, flags, good, grid, integration)
                    for integration in range(block.science.shape[0])
                ]
                steps[number, place] = np.mean([each[0] for each in found], axis=0)
                free[number, place] = np.min([each[1] for each in found], axis=0)

    in_row_blocks(measure, grid.cells[0], 1)
    count = len(ramps)
    return MeanRamps(steps[:count], free[:count], steps[count:] if len(sources) > count else None)


def _increments(
    block: RampRows, flags: NDArray[np.uint8], good: NDArray[np.bool_], grid: Grid, integration: int
) -> tuple[Cells, Cells]:
    steps = np.empty((grid.columns.box.size, block.science.shape[1]))
    free = np.empty_like(steps)
    mean_increments(
        block.science[integration], flags[integration], good, SPOILS, grid.columns.cells, steps, free
    )
    return steps, free


def signals(steps: Cells, *, first: float) -> Cells:
    """Add increments up to signals since the reset.

    Parameters
    ----------
    steps : ndarray of float64, shape (..., ngroups)
        Mean increments; NaN where there is none.
    first : float
        Time of the first group after the reset, in group times; its signal is what the next increment
        tells.

    Returns
    -------
    ndarray of float64, shape (..., ngroups)
        Signals in DN; groups before the first increment count as if that had been there before too.
    """
    known = np.isfinite(steps)
    begin = np.argmax(known, axis=-1)[..., None]
    rate = np.take_along_axis(np.nan_to_num(steps), begin, axis=-1)
    sums = np.cumsum(np.nan_to_num(steps), axis=-1)
    number = np.arange(steps.shape[-1])
    missed = np.minimum(number, np.maximum(begin - 1, 0))
    return np.asarray(sums + rate * (first + missed), dtype=np.float64)


def usable_groups(
    ramps: MeanRamps, settings: GainSettings, *, first: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the groups of each cell that can be used in all flats.

    Parameters
    ----------
    ramps : MeanRamps
        Of the flats.
    settings : GainSettings
        Tells the largest signal, and the first and last group wanted.
    first : float
        As for `signals`.

    Returns
    -------
    start, stop : ndarray of int64, shape (nrows, ncols)
        The first group and the one after the last; equal where there is none.
    """
    level = signals(ramps.steps, first=first).max(axis=0)
    number = np.arange(level.shape[-1])
    wanted = number >= settings.first_group
    if settings.last_group is not None:
        wanted &= number <= settings.last_group
    usable = (ramps.free.min(axis=0) >= _LEAST_FREE) & wanted
    start = np.argmax(usable, axis=-1)
    usable &= level <= settings.max_signal
    after = number >= start[..., None]
    blocked = after & ~usable
    stop = np.where(blocked.any(axis=-1), np.argmax(blocked, axis=-1), level.shape[-1])
    return start, np.where(usable.any(axis=-1), stop, start)


def usable_dark_groups(darks: Sequence[RowSource], grid: Grid) -> tuple[int, int]:
    """Find the longest run of groups that all darks have, and that no step has flagged as a whole.

    Parameters
    ----------
    darks : sequence of RowSource
        The darks; may be none.
    grid : Grid
        The cells, of which the middle row is looked at.

    Returns
    -------
    first, stop : int
        The first group, and the one after the last.

    Raises
    ------
    mkrefs.api.UserError
        If there are darks, and they have fewer than two such groups in a row.
    """
    if not darks:
        return 0, 0
    middle = grid.cells[0] // 2
    groups = min(ramp.shape[1] for ramp in darks)
    strip = read_strip(darks, grid.rows.cells, middle, groups)
    flagged = [((block.group_dq & SPOILS) != 0).mean(axis=(2, 3)).max(axis=0) for block in strip.blocks]
    usable = np.max(flagged, axis=0) < _MOST_FLAGGED
    best, first = (0, 0), 0
    for group in range(groups + 1):
        if group < groups and usable[group]:
            continue
        best = max(best, (group - first, -first))
        first = group + 1
    length, start = best[0], -best[1]
    if length < _LEAST_OF_DARK:
        raise UserError(
            f"gain: the darks have only {length} unflagged group in a row; give darks of two groups or more."
        )
    return start, start + length


def level_factors(steps: Cells, start: NDArray[np.int64], stop: NDArray[np.int64]) -> Cells:
    """Give the factors that bring two flats to one level in each cell.

    Parameters
    ----------
    steps : ndarray of float64, shape (2, nrows, ncols, ngroups)
        Mean increments of two flats.
    start, stop : ndarray of int64, shape (nrows, ncols)
        The groups used.

    Returns
    -------
    ndarray of float64, shape (2, nrows, ncols)
        Factors of mean 1 weighted by the levels; 1 where they cannot be told.
    """
    number = np.arange(steps.shape[-1])
    used = (number > start[..., None]) & (number < stop[..., None])
    level = np.where(used, np.nan_to_num(steps), 0.0).sum(axis=-1)
    total = level.sum(axis=0)
    fit = (level > 0).all(axis=0) & (total > 0)
    return np.where(fit, 2 * level[::-1] / np.where(fit, total, 1.0), 1.0)
