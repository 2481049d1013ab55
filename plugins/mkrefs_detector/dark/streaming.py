"""Measures dark ramps in blocks of rows, so that memory stays bounded whatever the number of exposures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mkrefs.api import UserError
from mkrefs_detector.dark.averaging import average_stack, stack_states
from mkrefs_detector.dark.blocks import (
    BlockReader,
    RowSource,
    Selection,
    Stack,
    most_groups,
    select_integrations,
)
from mkrefs_detector.dark.estimator import prepare_recipe
from mkrefs_detector.dark.kernels import (
    EXCESS,
    EXCESS_DOF,
    NOISE,
    RATE,
    RATE_VARIANCE,
    REJECTED,
    USED,
)
from mkrefs_detector.dark.levels import average_levels
from mkrefs_detector.dark.recipe import Recipe
from mkrefs_detector.dark.settings import DarkSettings
from mkrefs_detector.dark.survey import Survey, survey_ramps
from mkrefs_detector.statistics.corrections import tail
from mkrefs_detector.superbias.channels import Channels

# Below this threshold the factor for the samples rejected is off by more than a few percent.
_LEAST_SIGMA = 2.0
# Ramps of a block of rows, in memory at a time.
_BLOCK_BYTES = 1 << 26


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
    used : ndarray of uint16, same shape
        Integrations that contribute.
    unsteady : ndarray of bool, same shape
        Pixels whose integrations differ by more than noise.
    rejected : ndarray of int64, shape (nselections,)
        Ramps left out because a step was missed, of all pixels together.
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
    used: NDArray[np.uint16]
    unsteady: NDArray[np.bool_]
    rejected: NDArray[np.int64]
    selections: tuple[Selection, ...]
    surveys: tuple[Survey, ...]


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
    rows = max(1, min(nrows, block_bytes // (5 * values)))
    reader = BlockReader(ramps, selections, settings, rows)
    found = _empty_map(ngroups, (nrows, ncols), settings, selections, surveys)
    for start in range(0, nrows, rows):
        stop = min(start + rows, nrows)
        blocks, _ = reader.read(start, stop, channels, [survey.shift for survey in surveys])
        for place, block in enumerate(blocks):
            _measure_block(block, recipes[place], settings, found, (place, slice(start, stop)))
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
        count=np.empty((number, ngroups, *shape), dtype=np.uint8 if most < 1 << 8 else np.uint16),
        rate=np.empty((number, *shape), dtype=np.float32),
        rate_err=np.empty((number, *shape), dtype=np.float32),
        scatter=np.empty((number, *shape), dtype=np.float32),
        used=np.empty((number, *shape), dtype=np.uint16),
        unsteady=np.empty((number, *shape), dtype=np.bool_),
        rejected=np.zeros(number, dtype=np.int64),
        selections=selections,
        surveys=surveys,
    )


def _measure_block(
    block: Stack, recipe: Recipe, settings: DarkSettings, found: DarkMap, where: tuple[int, slice]
) -> None:
    """Fill the rows of one selection."""
    place, rows = where
    count, ngroups, _ = block.values.shape
    nout = found.ramp.shape[1]
    ramp, variance, number, images = average_stack(block, recipe, nout)
    if settings.average == "levels":
        sigma, iterations = float(settings.sigma_threshold), settings.max_clipping_iters
        average_levels(block.values, stack_states(block), sigma, iterations, ramp, variance, number)
    shape = found.rate[place, rows].shape
    found.ramp[place, :, rows] = ramp.reshape(nout, *shape)
    found.err[place, :, rows] = np.sqrt(variance, out=variance).reshape(nout, *shape)
    found.count[place, :, rows] = number.reshape(ngroups, *shape)
    found.rate[place, rows] = images[RATE].reshape(shape)
    found.rate_err[place, rows] = np.sqrt(np.maximum(images[RATE_VARIANCE], 0.0)).reshape(shape)
    found.scatter[place, rows] = np.sqrt(images[NOISE]).reshape(shape)
    found.used[place, rows] = images[USED].reshape(shape)
    found.unsteady[place, rows] = _unsteady(images, count, settings.unsteady_sigma).reshape(shape)
    found.rejected[place] += int(images[REJECTED].sum())


def _unsteady(images: NDArray[np.float64], count: int, sigma: float) -> NDArray[np.bool_]:
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
