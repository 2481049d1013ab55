"""Measure darks in blocks of rows, so that memory stays bounded whatever their number and length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.stacks import in_row_blocks, threads_given
from mkrefs_detector.bad_pixel_mask.darks.counting import COUNTS, JUMPS, USABLE, count_flags
from mkrefs_detector.bad_pixel_mask.darks.kernels import median_of_known
from mkrefs_detector.bad_pixel_mask.darks.levels import TILE, write_levels
from mkrefs_detector.bad_pixel_mask.darks.maps import Count, DarkMeasurement, Image, empty_map, maps_of
from mkrefs_detector.bad_pixel_mask.darks.ordinary import ordinary_ramps
from mkrefs_detector.bad_pixel_mask.darks.pedestals import PedestalLimits, survey_pedestals
from mkrefs_detector.bad_pixel_mask.darks.pixels import Yardstick, measure_levels, sampled
from mkrefs_detector.bad_pixel_mask.darks.settings import DarkSettings
from mkrefs_detector.bad_pixel_mask.darks.sources import DarkSource, Geometry, read_only
from mkrefs_detector.bad_pixel_mask.darks.survey import SPOILT, survey_darks
from mkrefs_detector.bad_pixel_mask.darks.tally import Tally
from mkrefs_detector.bad_pixel_mask.darks.weights import make_tables

# Levels of the blocks of rows that are in memory at a time; and flags, where these are all that is read.
_STACK_BYTES, _FLAG_BYTES = 1 << 27, 1 << 24
_LEVEL_BYTES = 4


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is needed for each block of rows."""

    darks: Sequence[DarkSource]
    geometry: Geometry
    settings: DarkSettings
    limits: Sequence[PedestalLimits | None]


@dataclass(frozen=True, slots=True)
class _Samples:
    """What is needed besides where samples are looked at."""

    channel: NDArray[np.uint16]
    closer: NDArray[np.bool_]
    yardstick: Yardstick


def measure_darks(
    darks: Sequence[DarkSource],
    geometry: Geometry,
    settings: DarkSettings,
    *,
    stack_bytes: int = _STACK_BYTES,
) -> DarkMeasurement:
    """Measure all that tells bad pixels from good ones.

    Parameters
    ----------
    darks : sequence of DarkSource
        Darks of one array size and group time; numbers of integrations and groups may differ.
    geometry : Geometry
        The array.
    settings : DarkSettings
        The choices made.
    stack_bytes : int
        Memory for levels; the result does not depend on it.

    Returns
    -------
    DarkMeasurement
    """
    nrows, ncols = geometry.light.shape
    lengths = [dark.ramp.shape[1] for dark in darks for _ in range(dark.ramp.shape[0])]
    plan = _Plan(darks, geometry, settings, tuple(survey_pedestals(dark, geometry) for dark in darks))
    samples = _prepare(darks, geometry, settings, lengths) if settings.search == "measured" else None
    maps: dict[str, NDArray[Any]] = {}
    per_row = sum(lengths) * ncols * _LEVEL_BYTES
    if not samples:
        per_row = max(dark.ramp.shape[0] * dark.ramp.shape[1] for dark in darks) * ncols
        stack_bytes = min(stack_bytes, _FLAG_BYTES)
    rows = max(1, min(nrows, stack_bytes // (per_row * threads_given())))

    # Memory that has been used before is there at once; as many rooms as threads.
    rooms: list[Image] = []

    def measure(start: int, stop: int) -> None:
        room = rooms.pop() if rooms else _room(samples, rows * ncols)
        levels = room[: -(-(stop - start) * ncols // TILE)]
        for name, values in _measure_rows(plan, samples, start, stop, levels):
            if name not in maps:
                maps.setdefault(name, empty_map(name, (nrows, ncols)))
            maps[name][start:stop] = values.reshape(stop - start, ncols)
        rooms.append(room)

    in_row_blocks(measure, nrows, rows)
    return DarkMeasurement(
        maps=maps_of(maps, (nrows, ncols)),
        survey=samples.yardstick.survey if samples else None,
        sample=samples.closer if samples else np.zeros((nrows, ncols), dtype=np.bool_),
        integrations=len(lengths),
        differences=sum(lengths) - len(lengths),
        ngroups=max(lengths),
        group_time=geometry.group_time,
        pedestals=all(limit is not None for limit in plan.limits),
    )


def _prepare(
    darks: Sequence[DarkSource], geometry: Geometry, settings: DarkSettings, lengths: Sequence[int]
) -> _Samples:
    """Take a first look at the samples."""
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    tables = make_tables(max(lengths))
    survey = survey_darks(darks, geometry, tables)
    ordinary = ordinary_ramps(survey.usual, starts)
    yardstick = Yardstick(starts, survey, ordinary, tables, settings, geometry.group_time)
    nrows, ncols = geometry.light.shape
    return _Samples(geometry.channel.astype(np.uint16), sampled((nrows, ncols)), yardstick)


def _room(samples: _Samples | None, npixels: int) -> Image:
    """Give room for the levels of so many pixels; none where samples are not looked at."""
    nlevels = int(samples.yardstick.starts[-1]) if samples else 0
    return np.full((-(-npixels // TILE), nlevels, TILE), np.nan, dtype=np.float32)


def _measure_rows(
    plan: _Plan, samples: _Samples | None, start: int, stop: int, levels: Image
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Give a block of rows of all maps by name, flat; of those of samples where these are looked at."""
    light = plan.geometry.light[start:stop].ravel()
    tally = Tally(start, stop, plan.geometry, plan.settings)
    shots = []
    first = 0
    for number, dark in enumerate(plan.darks):
        if samples:
            counts = _write(plan, samples, number, start, stop, first, levels)
            shots.append(_shot_variance(dark, plan.geometry, counts, start, stop))
        else:
            counts = _count(dark, dark.ramp.group_flags(start, stop), plan.settings)
        tally.add(dark, plan.limits[number], counts)
        first += dark.ramp.shape[0] * dark.ramp.shape[1]
    yield from tally.images()
    if samples:
        shot = np.empty(light.size, dtype=np.float32)
        median_of_known(np.concatenate(shots), shot)
        yield "shot", shot
        closer = samples.closer[start:stop].ravel()
        yield from measure_levels(levels, shot, light, closer, samples.yardstick)


def _count(dark: DarkSource, group_dq: NDArray[np.uint8], settings: DarkSettings) -> Count:
    """Give the counts of flags of a block of rows, (COUNTS, nints, npixels)."""
    nints, ngroups = dark.ramp.shape[:2]
    flags = read_only(group_dq.reshape(nints, ngroups, -1), np.uint8)
    counts = np.empty((COUNTS, nints, flags.shape[2]), dtype=np.int32)
    count_flags(flags, SPOILT, int(settings.early_cutoff_fraction * ngroups), counts)
    return counts


def _write(
    plan: _Plan, samples: _Samples, number: int, start: int, stop: int, first: int, levels: Image
) -> Count:
    """Write the levels of a dark's rows; give the counts of flags."""
    dark = plan.darks[number]
    nints, ngroups = dark.ramp.shape[:2]
    block = dark.ramp.rows(start, stop)
    counts = _count(dark, block.group_dq, plan.settings)
    write_levels(
        read_only(block.science.reshape(nints, ngroups, -1), np.float32),
        read_only(block.group_dq.reshape(nints, ngroups, -1), np.uint8),
        samples.yardstick.survey.common[number],
        samples.channel[start:stop].ravel(),
        SPOILT,
        first,
        levels,
        counts[USABLE],
    )
    return counts


def _shot_variance(
    dark: DarkSource, geometry: Geometry, counts: Count, start: int, stop: int
) -> NDArray[np.float64]:
    """Give the variance that the collected signal adds to a difference, by integration, as the fit has it."""
    steps = np.maximum(counts[USABLE] - 1 - counts[JUMPS], 1)
    if dark.slopes is None or "VAR_POISSON" not in dark.slopes.arrays:
        return np.full(steps.shape, np.nan)
    variance = np.asarray(dark.slopes.rows("VAR_POISSON", start, stop), dtype=np.float64)
    return np.asarray(variance.reshape(steps.shape) * steps * geometry.group_time**2)
