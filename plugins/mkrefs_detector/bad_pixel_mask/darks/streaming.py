"""Measure darks in blocks of rows, so that memory stays bounded whatever their number and length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mkrefs_detector.bad_pixel_mask.darks import kernels, two_levels
from mkrefs_detector.bad_pixel_mask.darks.levels import COUNTS, JUMPS, USABLE, write_levels
from mkrefs_detector.bad_pixel_mask.darks.maps import Count, DarkMeasurement, Image, empty_maps
from mkrefs_detector.bad_pixel_mask.darks.pedestals import PedestalLimits, survey_pedestals
from mkrefs_detector.bad_pixel_mask.darks.settings import DarkSettings
from mkrefs_detector.bad_pixel_mask.darks.sources import DarkSource, Geometry
from mkrefs_detector.bad_pixel_mask.darks.survey import SPOILT, Survey, survey_darks
from mkrefs_detector.bad_pixel_mask.darks.tally import Tally
from mkrefs_detector.bad_pixel_mask.darks.weights import Tables, make_tables

# Levels of a block of rows, in memory at a time.
_STACK_BYTES = 1 << 27
# Share of good pixels that chance alone has looked at for two levels.
_LOOKED_AT = 0.005
# Windows of different widths that are compared at each group, as far as they are independent.
_WINDOWS = 2
# Least variances in DN^2: of a typical pixel, and of one.
_LEAST_READ, _LEAST_OWN = 1e-3, 0.1


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is needed for each block of rows."""

    darks: Sequence[DarkSource]
    geometry: Geometry
    settings: DarkSettings
    survey: Survey
    tables: Tables
    limits: Sequence[PedestalLimits | None]

    @property
    def starts(self) -> NDArray[np.int64]:
        """Index of the first level of each integration, and the number of all."""
        lengths = [dark.ramp.shape[1] for dark in self.darks for _ in range(dark.ramp.shape[0])]
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    @property
    def sign(self) -> float:
        """Significance of a step down from which on a pixel is looked at for two levels."""
        tests = _WINDOWS * max(int((np.diff(self.starts) - 1).sum()), 1)
        return float(stats.norm.isf(_LOOKED_AT / tests))


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
    tables = make_tables(max(dark.ramp.shape[1] for dark in darks))
    survey = survey_darks(darks, geometry, tables)
    limits = tuple(survey_pedestals(dark, geometry) for dark in darks)
    plan = _Plan(darks, geometry, settings, survey, tables, limits)
    rows = max(1, min(nrows, stack_bytes // (4 * int(plan.starts[-1]) * ncols)))
    maps = empty_maps(nrows, ncols)
    for start in range(0, nrows, rows):
        stop = min(start + rows, nrows)
        for name, values in _measure_rows(plan, start, stop):
            getattr(maps, name)[start:stop] = values.reshape(stop - start, ncols)
    return DarkMeasurement(
        maps=maps,
        survey=survey,
        integrations=sum(dark.ramp.shape[0] for dark in darks),
        differences=sum(dark.ramp.shape[0] * (dark.ramp.shape[1] - 1) for dark in darks),
        ngroups=max(dark.ramp.shape[1] for dark in darks),
        group_time=geometry.group_time,
        pedestals=all(limit is not None for limit in limits),
    )


def _measure_rows(plan: _Plan, start: int, stop: int) -> Iterator[tuple[str, NDArray[Any]]]:
    """Give the maps of a block of rows by name, flat."""
    starts = plan.starts
    npixels = (stop - start) * plan.geometry.light.shape[1]
    levels = np.empty((int(starts[-1]), npixels), dtype=np.float32)
    tally = Tally(start, stop, plan.geometry, plan.settings)
    shots = []
    first = 0
    for number, dark in enumerate(plan.darks):
        nints, ngroups = dark.ramp.shape[:2]
        counts = _write(plan, number, start, stop, levels[first : first + nints * ngroups])
        shots.append(_shot_variance(dark, plan.geometry, counts, start, stop))
        tally.add(dark, plan.limits[number], counts)
        first += nints * ngroups
    shot = _median_known(np.concatenate(shots))
    yield from tally.images()
    yield "shot", shot
    found = np.empty((kernels.IMAGES, npixels), dtype=np.float32)
    read = plan.survey.read if np.isfinite(plan.survey.read) else 1.0
    kernels.measure_shape(levels, starts, shot, max(read, _LEAST_READ), plan.tables, found)
    yield from _shape_images(found, plan)
    if plan.settings.search == "measured":
        light = plan.geometry.light[start:stop].ravel()
        yield from _level_images(levels, shot, found, light, plan)


def _write(plan: _Plan, number: int, start: int, stop: int, levels: Image) -> Count:
    """Write the levels of a dark's rows; give the counts of flags, (COUNTS, nints, npixels)."""
    dark = plan.darks[number]
    nints, ngroups = dark.ramp.shape[:2]
    block = dark.ramp.rows(start, stop)
    counts = np.empty((COUNTS, nints, levels.shape[1]), dtype=np.int32)
    write_levels(
        _read_only(block.science.reshape(nints, ngroups, -1), np.float32),
        _read_only(block.group_dq.reshape(nints, ngroups, -1), np.uint8),
        plan.survey.common[number],
        np.ascontiguousarray(plan.geometry.channel[start:stop]).ravel(),
        SPOILT,
        int(plan.settings.early_cutoff_fraction * ngroups),
        levels,
        counts,
    )
    return counts


def _read_only(array: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """Give a read-only view in the machine's byte order, so that one compiled kernel serves all inputs."""
    view = np.ascontiguousarray(array, dtype=dtype)[...]
    view.flags.writeable = False
    return view


def _shot_variance(
    dark: DarkSource, geometry: Geometry, counts: Count, start: int, stop: int
) -> NDArray[np.float64]:
    """Give the variance that the collected signal adds to a difference, by integration, as the fit has it."""
    steps = np.maximum(counts[USABLE] - 1 - counts[JUMPS], 1)
    if dark.slopes is None or "VAR_POISSON" not in dark.slopes.arrays:
        return np.full(steps.shape, np.nan)
    variance = np.asarray(dark.slopes.rows("VAR_POISSON", start, stop), dtype=np.float64)
    return np.asarray(variance.reshape(steps.shape) * steps * geometry.group_time**2)


def _median_known(values: NDArray[np.float64]) -> Image:
    """Give the median of what is known and not negative, 0 without any."""
    values = np.where(np.isfinite(values) & (values >= 0), values, np.nan)
    some = np.isfinite(values).any(axis=0)
    middle = np.zeros(values.shape[1], dtype=np.float32)
    middle[some] = np.nanmedian(values[:, some], axis=0)
    return middle


def _shape_images(found: Image, plan: _Plan) -> Iterator[tuple[str, NDArray[Any]]]:
    per_second = np.float32(1 / plan.geometry.group_time)
    yield "rate", found[kernels.RATE] * per_second
    yield "rate_error", found[kernels.RATE_ERROR] * per_second
    yield "noise", found[kernels.NOISE]
    yield "noise_dof", found[kernels.NOISE_DOF]
    yield "slope_chi2", found[kernels.SLOPE_CHI2]
    yield "slopes", found[kernels.SLOPES]
    yield "curve", found[kernels.CURVE]
    yield "curve_error", found[kernels.CURVE_ERROR]
    yield "late_rate", found[kernels.LATE_RATE] * per_second
    yield "late_rate_error", found[kernels.LATE_RATE_ERROR] * per_second


def _level_images(
    levels: Image, shot: Image, found: Image, light: NDArray[np.bool_], plan: _Plan
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Compare two levels with one, on a line and on a ramp that bends."""
    with np.errstate(invalid="ignore", divide="ignore"):
        bends = np.abs(found[kernels.CURVE]) > plan.settings.rc_sigma_threshold * found[kernels.CURVE_ERROR]
    own = np.maximum((found[kernels.NOISE] - shot) / 2, _LEAST_OWN)
    looked_at = light & np.isfinite(own) & np.isfinite(found[kernels.RATE]) & np.isfinite(plan.survey.read)
    read = np.where(looked_at, np.minimum(own, plan.survey.read), 0).astype(np.float32)
    out = np.empty((two_levels.IMAGES, levels.shape[1]), dtype=np.float32)
    two_levels.compare_levels(levels, plan.starts, read, shot, found[kernels.RATE], bends, plan.sign, out)
    yield "evidence", out[two_levels.EVIDENCE]
    yield "step", out[two_levels.STEP]
    yield "sigma", out[two_levels.SIGMA]
    yield "ups", out[two_levels.UPS]
    yield "downs", out[two_levels.DOWNS]
    yield "bent", out[two_levels.BENT]
