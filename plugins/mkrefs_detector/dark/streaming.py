"""Measures dark ramps in blocks of rows, so that memory stays bounded whatever the number of exposures."""

from collections.abc import Sequence
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mkrefs.api import UserError
from mkrefs.stacks import in_row_blocks, threads_given
from mkrefs_detector.dark.averaging import average_into, counting_type, stack_states
from mkrefs_detector.dark.blocks import (
    BlockReader,
    RowSource,
    Selection,
    Stack,
    most_groups,
    select_integrations,
)
from mkrefs_detector.dark.estimator import prepare_recipe
from mkrefs_detector.dark.levels import average_levels
from mkrefs_detector.dark.recipe import (
    EXCESS,
    EXCESS_DOF,
    NOISE,
    RATE,
    RATE_VARIANCE,
    REJECTED,
    USED,
    Recipe,
)
from mkrefs_detector.dark.settings import DarkSettings
from mkrefs_detector.dark.survey import Survey, survey_ramps
from mkrefs_detector.statistics.corrections import tail
from mkrefs_detector.superbias.channels import Channels

# Below this threshold the factor for the samples rejected is off by more than a few percent.
_LEAST_SIGMA = 2.0
# Ramps of the blocks of rows that are in memory at a time, and bytes of a value: what is read, what is
# computed with, and the flags of both.
_BLOCK_BYTES, _BYTES = 1 << 25, 10


@dataclass(frozen=True, slots=True)
class DarkMap:
    """Mean ramps, and what is known of them. With two selections the first axis has two places.

    Attributes
    ----------
    ramp, err : ndarray of float32, shape (nselections, nout, nrows, ncols)
        Mean ramp and its standard error in DN; with `levels` the scatter of a level. NaN without data.
    count : ndarray of uint8 or uint16, shape (nselections, ngroups, nrows, ncols)
        Contributions to each group.
    rate, rate_err : ndarray of float32, shape (nselections, nrows, ncols)
        Slope and its standard error in DN per group; NaN without data.
    scatter : ndarray of float32, same shape
        Standard deviation of the difference of two groups in DN, by each pixel's own samples.
    used : ndarray of float32, same shape
        Integrations that contribute.
    unsteady : ndarray of bool, same shape
        Pixels whose integrations differ by more than noise.
    missed : ndarray of int64, shape (nselections, nrows)
        Ramps left out because a step was missed, of the pixels of each row together.
    selections : tuple of Selection
        What was averaged together.
    surveys : tuple of Survey
        Drifts and common noise.
    """

    ramp: NDArray[np.float32]
    err: NDArray[np.float32]
    count: NDArray[np.unsignedinteger]
    rate: NDArray[np.float32]
    rate_err: NDArray[np.float32]
    scatter: NDArray[np.float32]
    used: NDArray[np.float32]
    unsteady: NDArray[np.bool_]
    missed: NDArray[np.int64]
    selections: tuple[Selection, ...]
    surveys: tuple[Survey, ...]

    @property
    def rejected(self) -> int:
        """Ramps left out because a step was missed, of all pixels together."""
        return int(self.missed.sum())


def measure_ramps(
    ramps: Sequence[RowSource],
    settings: DarkSettings,
    *,
    channels: Channels,
    first_apart: bool = False,
    averaging: float = 1.0,
    block_bytes: int = _BLOCK_BYTES,
) -> DarkMap:
    """Average the ramps of each pixel.

    Parameters
    ----------
    ramps : sequence of RowSource
        Ramps of one array size; numbers of integrations and groups may differ.
    settings : DarkSettings
        The choices made.
    channels : Channels
        What drifts together.
    first_apart : bool
        Average the first integrations of the ramps by themselves.
    averaging : float
        Share of the shot noise that a difference shows: `mkrefs_detector.dark.estimator.averaging_of`.
    block_bytes : int
        Memory for ramps; the result does not depend on it.

    Returns
    -------
    DarkMap

    Raises
    ------
    mkrefs.api.UserError
        If there are too few integrations or groups, or the threshold is too low for the correction.
    """
    selections = select_integrations(ramps, first_apart=first_apart)
    ngroups = most_groups(ramps)
    _check(selections, ngroups, settings)
    nrows, ncols = ramps[0].shape[2:]
    surveys = survey_ramps(ramps, selections, settings, channels, averaging)
    recipes = [
        prepare_recipe(each.size, ngroups, settings, survey.noise, averaging=averaging)
        for each, survey in zip(selections, surveys, strict=True)
    ]
    values = sum(each.size for each in selections) * ngroups * ncols
    rows = max(1, min(nrows, block_bytes // (threads_given() * _BYTES * values)))
    found = _empty_map(ngroups, (nrows, ncols), settings, selections, surveys)
    readers: SimpleQueue[BlockReader] = SimpleQueue()
    for _ in range(threads_given()):
        readers.put(BlockReader(ramps, selections, settings, rows))
    shifts = [survey.shift for survey in surveys]

    def measure_rows(start: int, stop: int) -> None:
        reader = readers.get()
        blocks, _ = reader.read(start, stop, channels, shifts)
        for place, block in enumerate(blocks):
            _measure_block(block, recipes[place], settings, found, (place, start, stop))
        readers.put(reader)

    in_row_blocks(measure_rows, nrows, rows)
    return found


def _empty_map(
    ngroups: int,
    shape: tuple[int, int],
    settings: DarkSettings,
    selections: tuple[Selection, ...],
    surveys: tuple[Survey, ...],
) -> DarkMap:
    number = len(selections)
    nout = (settings.ngroups or ngroups) if settings.fit_rate else ngroups
    most = max(each.size for each in selections)
    return DarkMap(
        ramp=np.empty((number, nout, *shape), dtype=np.float32),
        err=np.empty((number, nout, *shape), dtype=np.float32),
        count=np.empty((number, ngroups, *shape), dtype=counting_type(most)),
        rate=np.empty((number, *shape), dtype=np.float32),
        rate_err=np.empty((number, *shape), dtype=np.float32),
        scatter=np.empty((number, *shape), dtype=np.float32),
        used=np.empty((number, *shape), dtype=np.float32),
        unsteady=np.empty((number, *shape), dtype=np.bool_),
        missed=np.empty((number, shape[0]), dtype=np.int64),
        selections=selections,
        surveys=surveys,
    )


def _measure_block(
    block: Stack, recipe: Recipe, settings: DarkSettings, found: DarkMap, where: tuple[int, int, int]
) -> None:
    """Fill the rows of one selection."""
    place, start, stop = where
    nrows, ncols = found.rate.shape[1:]
    first, rows = start * ncols, slice(start, stop)
    planes = [cube[place].reshape(-1, nrows * ncols) for cube in (found.ramp, found.err, found.count)]
    images = average_into(block, recipe, first, planes[0], planes[1], planes[2])
    if settings.average == "levels":
        sigma, iterations = float(settings.sigma_threshold), settings.max_clipping_iters
        average_levels(block.values, stack_states(block), sigma, iterations, first, *planes)
    images = images.reshape(-1, stop - start, ncols)
    found.rate[place, rows] = images[RATE]
    np.sqrt(np.maximum(images[RATE_VARIANCE], 0), out=found.rate_err[place, rows])
    np.sqrt(images[NOISE], out=found.scatter[place, rows])
    found.used[place, rows] = images[USED]
    found.unsteady[place, rows] = _unsteady(images, block.values.shape[0], settings.unsteady_sigma)
    found.missed[place, rows] = images[REJECTED].sum(axis=1, dtype=np.float64)


def _unsteady(images: NDArray[np.float32], count: int, sigma: float) -> NDArray[np.bool_]:
    """Mark pixels whose integrations differ, or of which more than half are spoilt by steps."""
    limits = np.full(count + 1, np.inf)
    limits[1:] = stats.chi2.isf(tail(sigma), np.arange(1, count + 1))
    differ = images[EXCESS] > limits[images[EXCESS_DOF].astype(np.intp)]
    return np.asarray(differ | (2 * images[REJECTED] > count), dtype=np.bool_)


def _check(selections: tuple[Selection, ...], ngroups: int, settings: DarkSettings) -> None:
    if ngroups < 2:
        raise UserError(
            "dark: the inputs have 1 group, which shows no dark current: two are needed at least; give "
            "exposures of more groups."
        )
    for place, selection in enumerate(selections):
        if selection.size < 2:
            which = "" if len(selections) == 1 else (" first", " later")[place]
            raise UserError(
                f"dark: the inputs have {selection.size}{which} integration, too few to know the error of a "
                "mean ramp: two are needed at least; give more exposures."
            )
    rejects = settings.max_clipping_iters > 0 and settings.average == "differences"
    if rejects and settings.sigma_threshold < _LEAST_SIGMA:
        raise UserError(
            f"dark: sigma_threshold is {settings.sigma_threshold:g}, but what a clip below "
            f"{_LEAST_SIGMA:g} sigma takes away cannot be corrected: give {_LEAST_SIGMA:g} or more, or set "
            "average to levels."
        )
