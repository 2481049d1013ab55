"""Looks at some rows of the ramps first: how the pixels drift together, and how noisy they are alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import PIXEL_DQ
from mkrefs.stacks import in_row_blocks
from mkrefs_detector.dark.averaging import average_stack, stack_states
from mkrefs_detector.dark.blocks import BlockReader, RowSource, Selection, Stack, join, most_groups
from mkrefs_detector.dark.estimator import CommonNoise, prepare_recipe
from mkrefs_detector.dark.recipe import (
    AVERAGING,
    LEVEL,
    LEVELS,
    NOISE,
    NOISE_DOF,
    RATE,
    SHARE,
    Recipe,
)
from mkrefs_detector.dark.settings import DarkSettings
from mkrefs_detector.dark.shot_noise import find_shot_noise
from mkrefs_detector.dark.sorting import STEP, UNHIT
from mkrefs_detector.statistics.corrections import rejection_limits
from mkrefs_detector.statistics.sampling import spread_step
from mkrefs_detector.superbias.channels import Channels
from mkrefs_detector.superbias.error import find_common

_UNUSABLE = np.uint32(PIXEL_DQ["DO_NOT_USE"] | PIXEL_DQ["REFERENCE_PIXEL"])
# Values and pixels that are looked at, and in how many places of the array.
_MOST_VALUES, _MOST_PIXELS, _CHUNKS = 1 << 24, 1 << 17, 8
# Pixels of a channel that tell its drift; of fewer than the least it is not known.
_MOST_OF_CHANNEL, _LEAST_OF_CHANNEL = 4096, 64
_OUTLIER = 4.0
# An integration whose drift stands out by so many Gaussian standard deviations does not tell of the mean.
_GLITCH = 5.0
# Gaussian standard deviation over the median absolute deviation.
_MAD = 1.4826


@dataclass(frozen=True, slots=True)
class Survey:
    """What some of the pixels tell of the ramps of a selection.

    Attributes
    ----------
    shift : ndarray of float32, shape (nintegrations, ngroups, nchannels)
        Common drift in DN, relative to the mean of all integrations; 0 where it is not known.
    noise : CommonNoise
        Of differences and levels.
    """

    shift: NDArray[np.float32]
    noise: CommonNoise

    @property
    def drift(self) -> float:
        """Root mean square of the drift of the groups against the first in DN."""
        moved = self.shift - self.shift[:, :1]
        return float(np.sqrt(np.mean(moved[:, 1:] ** 2))) if moved.shape[1] > 1 else 0.0


def survey_ramps(
    ramps: Sequence[RowSource],
    selections: tuple[Selection, ...],
    settings: DarkSettings,
    channels: Channels,
    averaging: float,
) -> tuple[Survey, ...]:
    """Survey the ramps of each selection.

    Parameters
    ----------
    ramps : sequence of RowSource
        Ramps of one array size.
    selections : tuple of Selection
        What is averaged together.
    settings : DarkSettings
        The choices made.
    channels : Channels
        What drifts together.
    averaging : float
        Share of the shot noise that a difference shows.

    Returns
    -------
    tuple of Survey
    """
    ngroups = most_groups(ramps)
    still = [np.zeros((each.size, ngroups, channels.count), dtype=np.float32) for each in selections]
    parts, channel = _read_sample(ramps, selections, settings, channels, still)
    found = []
    for part, selection, shift in zip(parts, selections, still, strict=True):
        plain = prepare_recipe(selection.size, ngroups, _quick(settings), CommonNoise(), averaging=averaging)
        if settings.drift_correction and part.values.size:
            shift += _find_drift(part, plain, channel, channels.count)
            part.values[:] -= shift[:, :, channel]
        noise = _find_noise(part, plain) if part.values.size else CommonNoise()
        if not settings.share_noise:
            noise = CommonNoise(shot=noise.shot)
        found.append(Survey(shift, noise))
    return tuple(found)


def _quick(settings: DarkSettings) -> DarkSettings:
    return DarkSettings(
        sigma_threshold=settings.sigma_threshold,
        max_clipping_iters=settings.max_clipping_iters,
        step_threshold=0.0,
        slope_without_last=settings.slope_without_last,
    )


def _read_sample(
    ramps: Sequence[RowSource],
    selections: tuple[Selection, ...],
    settings: DarkSettings,
    channels: Channels,
    shifts: Sequence[NDArray[np.float32]],
) -> tuple[list[Stack], NDArray[np.int64]]:
    """Read evenly spaced rows; leave out reference pixels and those not to be used."""
    nrows, ncols = ramps[0].shape[2:]
    values = sum(each.size for each in selections) * most_groups(ramps)
    pixels = min(_MOST_PIXELS, _MOST_VALUES // values)
    rows = max(1, min(-(-nrows // _CHUNKS), pixels // (_CHUNKS * ncols)))
    chunks = min(_CHUNKS, -(-nrows // rows))
    reader = BlockReader(ramps, selections, settings, rows)
    parts: list[list[Stack]] = []
    numbers = []
    for place in range(chunks):
        start = min(place * nrows // chunks, nrows - rows)
        blocks, pixel_dq = reader.read(start, start + rows, channels, shifts)
        usable = (pixel_dq & _UNUSABLE) == 0
        parts.append([block.pick(np.flatnonzero(usable)) for block in blocks])
        numbers.append(channels.rows(start, start + rows, ncols)[usable])
    joined = [join([part[place] for part in parts]) for place in range(len(selections))]
    return joined, np.concatenate(numbers)


def _find_drift(
    part: Stack, recipe: Recipe, channel: NDArray[np.int64], nchannels: int
) -> NDArray[np.float32]:
    """Find how the pixels of each channel drift in each integration, apart from the mean of all."""
    count, ngroups, _ = part.values.shape
    drift = np.zeros((count, ngroups, nchannels), dtype=np.float32)

    def find(number: int, _: int) -> None:
        here = np.flatnonzero(channel == number)
        if here.size >= _LEAST_OF_CHANNEL:
            few = part.pick(here[:: spread_step(here.size, _MOST_OF_CHANNEL)])
            moved = _find_moves(few, recipe)
            drift[:, :, number] = np.cumsum(moved - _clipped_mean(moved), axis=1)

    in_row_blocks(find, nchannels, 1)
    return drift


def _find_moves(part: Stack, recipe: Recipe) -> NDArray[np.float64]:
    """Find what the pixels have in common in the first level and the differences of each integration."""
    count, ngroups, _ = part.values.shape
    ramp = average_stack(part, recipe, ngroups, threads=1)[0]
    states = stack_states(part)
    first = np.where((states[:, :1] & UNHIT) != 0, part.values[:, :1] - ramp[:1], np.nan)
    steps = np.diff(part.values, axis=1) - np.diff(ramp, axis=0)
    steps = np.where((states[:, 1:] & STEP) != 0, steps, np.nan)
    moved = _robust_means(np.concatenate([first, steps], axis=1).reshape(count * ngroups, -1))
    return moved.reshape(count, ngroups)


def _robust_means(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Average each row without outliers and NaN; 0 where there are too few values."""
    means = np.zeros(values.shape[0])
    for place, row in enumerate(values):
        some = row[np.isfinite(row)]
        if some.size >= _LEAST_OF_CHANNEL:
            away = np.abs(some - np.median(some))
            means[place] = some[away <= _OUTLIER * _MAD * np.median(away)].mean(dtype=np.float64)
    return means


def _clipped_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average over the first axis without the integrations that stand out."""
    kept = np.ones(values.shape, dtype=np.bool_)
    limits = rejection_limits(max(values.shape[0], 3), _GLITCH, 1.0)
    for _ in range(3):
        n = kept.sum(axis=0)
        mean = np.where(kept, values, 0.0).sum(axis=0) / n
        squares = np.where(kept, (values - mean) ** 2, 0.0)
        kept = kept & (squares <= limits[n] * squares.sum(axis=0) * (n - 1) / n)
    return np.asarray(np.where(kept, values, 0.0).sum(axis=0) / kept.sum(axis=0), dtype=np.float64)


def _find_noise(part: Stack, recipe: Recipe) -> CommonNoise:
    """Find what the variances of the pixels have in common."""
    images = average_stack(part, recipe, part.values.shape[1])[3].astype(np.float64)
    known = (images[NOISE_DOF] > 0) & (images[NOISE] > 0) & np.isfinite(images[RATE])
    own, dof = images[NOISE, known], images[NOISE_DOF, known] * recipe.numbers[SHARE]
    shown = images[RATE, known] * recipe.numbers[AVERAGING]
    shot = find_shot_noise(own, dof, shown, part.values.shape[1])
    read = (own - np.maximum(shown, 0.0) * shot) / 2
    levels = images[LEVELS] - 1
    some = levels > 0
    return CommonNoise(
        find_common(read, dof),
        find_common(images[LEVEL, some], levels[some]),
        shot,
    )
