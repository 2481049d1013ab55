"""Which parts of the ramps of each cell are looked at, and by which factors their groups are scaled."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import ExposureMetadata, UserError
from mkrefs_detector.gain.grid import Grid
from mkrefs_detector.gain.levels import MeanRamps, level_factors, signals
from mkrefs_detector.gain.modes import LONGEST, shared_frames
from mkrefs_detector.gain.products import Parts
from mkrefs_detector.gain.response import Response, no_response, response_of_linear, response_of_ramps
from mkrefs_detector.gain.settings import GainSettings

Values = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of frames and groups.

    Attributes
    ----------
    first : float
        Mean time of the frames of the first group after the reset, in group times.
    shared : float
        As `mkrefs_detector.gain.modes.shared_frames` gives.
    """

    first: float
    shared: float

    @classmethod
    def of(cls, metadata: ExposureMetadata) -> Self:
        """Take them from what the header says."""
        frames, gap = metadata.nframes, metadata.groupgap
        return cls((frames + 1) / 2 / (frames + gap), shared_frames(frames, gap))


@dataclass(frozen=True, slots=True)
class Linearity:
    """What is known of the linearity of the ramps.

    Attributes
    ----------
    made_linear : bool
        Whether the ramps have been made linear.
    response : Response or None
        The derivative of the response; None where it is not known or not wanted.
    fall : float
        By how much the derivative is lower at the largest signal used, relatively, on average.
    """

    made_linear: bool
    response: Response | None
    fall: float


def check_groups(number: Numbers, settings: GainSettings, *, least: int) -> None:
    """Refuse ramps of which no cell has enough groups.

    Raises
    ------
    mkrefs.api.UserError
        If no cell has ``least`` usable groups.
    """
    if int(number.max()) >= least:
        return
    wanted = "two" if least == 2 else "three"
    raise UserError(
        f"gain: no part of the array has more than {int(number.max())} unflagged groups of at most "
        f"{settings.max_signal:g} DN (max_signal) in all flats; {wanted} are needed at least"
        f"{'' if least == 2 else ', since there are no darks'}: give flats of more groups or less light, or "
        "raise max_signal."
    )


def find_linearity(
    ramps: MeanRamps,
    grid: Grid,
    used: tuple[Numbers, Numbers],
    settings: GainSettings,
    *,
    made_linear: bool,
    first: float,
) -> Linearity:
    """Measure the derivative of the response as the ramps allow.

    Parameters
    ----------
    ramps : MeanRamps
        Of the flats.
    grid : Grid
        The cells.
    used : tuple of ndarray of int64, each of shape (nrows, ncols)
        First group used of each cell, and the one after the last.
    settings : GainSettings
        Whether the correction is wanted.
    made_linear : bool
        Whether the ramps have been made linear.
    first : float
        As `Timing` has it.

    Returns
    -------
    Linearity
    """
    if not settings.nonlinearity or (made_linear and ramps.raw is None):
        return Linearity(made_linear, None, 0.0)
    number = np.arange(ramps.steps.shape[-1])
    start, stop = used
    steps = (number > start[..., None]) & (number < stop[..., None])
    measure = response_of_linear if made_linear else response_of_ramps
    response = measure(ramps, amplifier_of_cells(grid), steps, first=first)
    level = signals(ramps.steps, first=first).mean(axis=0)
    last = np.take_along_axis(level, np.maximum(stop - 1, 0)[..., None], axis=-1)[..., 0]
    there = stop > start
    fall = 1 - response.at(last, amplifier_of_cells(grid))[there].mean() if there.any() else 0.0
    return Linearity(made_linear, response, float(fall))


def amplifier_of_cells(grid: Grid) -> Numbers:
    """Give the amplifier of each cell, of shape ``grid.cells``."""
    return grid.amplifier[grid.rows.box[:, None], grid.columns.box[None, :]]


def make_parts(
    ramps: MeanRamps,
    grid: Grid,
    used: tuple[Numbers, Numbers],
    linearity: Linearity,
    *,
    longest: int,
    first: float,
) -> Parts:
    """Cut the ramps, and compute the factors of their groups.

    Parameters
    ----------
    ramps, grid, used, first
        As for `find_linearity`.
    linearity : Linearity
        What that gave.
    longest : int
        Largest number of increments of a part.

    Returns
    -------
    Parts
        By pair of flats, then part.
    """
    start, length = split_ramps(*used, longest=longest)
    amplifier = amplifier_of_cells(grid)
    response = linearity.response or no_response(int(amplifier.max()) + 1)
    level = signals(ramps.steps, first=first)
    middle = level - np.nan_to_num(ramps.steps) / 2
    number = start[..., None] + np.arange(LONGEST + 1)
    number = np.minimum(number, level.shape[-1] - 1)
    starts, lengths, levels, light, noise, slope = [], [], [], [], [], []
    for pair in range(ramps.steps.shape[0] // 2):
        two = slice(2 * pair, 2 * pair + 2)
        both = level_factors(ramps.steps[two], *used)
        inverse = [1 / response.at(each, amplifier) for each in level[two]]
        between = [1 / response.at(each, amplifier) for each in middle[two]]
        for part in range(start.shape[0]):
            groups, steps = number[part], number[part][..., 1:]
            factors = np.stack(
                [
                    scale[..., None] * np.take_along_axis(each, groups, axis=-1)
                    for scale, each in zip(both, inverse, strict=True)
                ],
                axis=-2,
            )
            plain = np.broadcast_to(np.stack(list(both), axis=-1)[..., None], factors.shape)
            levels.append(np.stack(list(both), axis=-1))
            starts.append(start[part])
            lengths.append(length[part])
            light.append(plain if linearity.made_linear else factors)
            noise.append(factors)
            straight = np.stack([np.take_along_axis(each, steps, axis=-1) for each in between], axis=-2)
            slope.append(np.ones_like(straight) if linearity.made_linear else straight)
    return Parts(*(np.stack(each) for each in (starts, lengths, levels, light, noise, slope)))


def split_ramps(start: Numbers, stop: Numbers, *, longest: int) -> tuple[Numbers, Numbers]:
    """Cut the groups used into parts of nearly equal length.

    Parameters
    ----------
    start, stop : ndarray of int64, shape (nrows, ncols)
        Groups used of each cell.
    longest : int
        Largest number of increments of a part.

    Returns
    -------
    start, length : ndarray of int64, shape (nparts, nrows, ncols)
        First group and number of increments; 0 where a cell has no such part.
    """
    steps = np.maximum(stop - start - 1, 0)
    number = -(-steps // longest)
    starts, lengths = [], []
    for part in range(max(int(number.max()), 1)):
        low, high = (steps * (part + end) // np.maximum(number, 1) for end in (0, 1))
        there = part < number
        starts.append(np.where(there, start + low, 0))
        lengths.append(np.where(there, high - low, 0))
    return np.stack(starts), np.stack(lengths)
