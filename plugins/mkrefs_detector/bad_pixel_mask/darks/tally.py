"""Counts of integrations, and sums over them, for a block of rows while its darks are read one by one."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.bad_pixel_mask.darks.levels import EARLY, JUMPS, LATE, SATURATED, USABLE
from mkrefs_detector.bad_pixel_mask.darks.pedestals import PedestalLimits, judge_pedestals, read_pedestals
from mkrefs_detector.bad_pixel_mask.darks.settings import DarkSettings
from mkrefs_detector.bad_pixel_mask.darks.sources import DarkSource, Geometry

_COUNTS = (
    *("known", "saturated", "clipped", "many_jumps", "early_jumps"),
    *("pedestals", "high_pedestals", "low_pedestals", "clean_slopes"),
)
_EARLIEST = slice(0, 2)


class Tally:
    """What the flags and the fits of darks say of a block of rows.

    Parameters
    ----------
    start, stop : int
        The rows.
    geometry : Geometry
        The array.
    settings : DarkSettings
        What counts as many, early, high and low.
    """

    def __init__(self, start: int, stop: int, geometry: Geometry, settings: DarkSettings) -> None:
        self._rows = start, stop
        self._geometry, self._settings = geometry, settings
        npixels = (stop - start) * geometry.light.shape[1]
        self._counts = {name: np.zeros(npixels, dtype=np.int32) for name in _COUNTS}
        self._level = np.full(npixels, np.nan, dtype=np.float32)
        self._mean, self._squares = np.zeros(npixels), np.zeros(npixels)

    def add(self, dark: DarkSource, limits: PedestalLimits | None, counts: NDArray[np.int32]) -> None:
        """Add a dark.

        Parameters
        ----------
        dark : DarkSource
            The dark.
        limits : PedestalLimits or None
            Usual pedestals of its integrations; None without pedestals.
        counts : ndarray of int32, shape (COUNTS, nints, npixels)
            Numbers of groups by flag, as `levels.write_levels` gives them.
        """
        ngroups = dark.ramp.shape[1]
        usable = counts[USABLE] > 1
        always = counts[SATURATED] == ngroups
        clipped = always | (~usable & (ngroups > 1) & (counts[SATURATED] >= ngroups - 1))
        self._count("known", usable)
        self._count("saturated", always)
        self._count("clipped", clipped)
        if clipped.any():
            level = _earliest_levels(dark, *self._rows).reshape(clipped.shape)
            highest = np.where(clipped, level, np.float32(-np.inf)).max(axis=0)
            self._level = np.fmax(self._level, highest)
        many = counts[JUMPS] >= self._settings.max_jump_limit
        mostly_early = counts[EARLY] >= self._settings.jump_ratio_threshold * counts[LATE]
        self._count("many_jumps", many)
        self._count("early_jumps", many & mostly_early & (counts[EARLY] > 0))
        if dark.slopes is not None:
            slopes = np.asarray(dark.slopes.rows("SCI", *self._rows), dtype=np.float64).reshape(usable.shape)
            self._add_slopes(slopes, counts[JUMPS] == 0)
            self._add_pedestals(dark, limits, slopes, usable)

    def images(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Give all maps by name, flat."""
        yield from self._counts.items()
        yield "saturated_level", self._level
        yield "slope_squares", self._squares

    def _count(self, name: str, integrations: NDArray[np.bool_]) -> None:
        self._counts[name] += integrations.sum(axis=0, dtype=np.int32)

    def _add_slopes(self, slopes: NDArray[np.float64], clean: NDArray[np.bool_]) -> None:
        number = self._counts["clean_slopes"]
        for slope, use in zip(slopes, clean & np.isfinite(slopes), strict=True):
            number[use] += 1
            away = slope[use] - self._mean[use]
            self._mean[use] += away / number[use]
            self._squares[use] += away * (slope[use] - self._mean[use])

    def _add_pedestals(
        self,
        dark: DarkSource,
        limits: PedestalLimits | None,
        slopes: NDArray[np.float64],
        usable: NDArray[np.bool_],
    ) -> None:
        pedestal = read_pedestals(dark, *self._rows, relative=self._geometry.relative_pedestal)
        if limits is None or pedestal is None:
            return
        known, high, low = judge_pedestals(
            pedestal.reshape(usable.shape),
            limits,
            slopes * self._geometry.group_time,
            usable,
            sigma=self._settings.pedestal_sigma_threshold,
            careful=self._settings.search == "measured",
        )
        for name, pixels in (("pedestals", known), ("high_pedestals", high), ("low_pedestals", low)):
            self._count(name, pixels)


def _earliest_levels(dark: DarkSource, start: int, stop: int) -> NDArray[np.float32]:
    """Give the higher of the first two levels, as they were taken if that is known: (nints, nrows, ncols)."""
    same = dark.raw is not None and dark.raw.shape == dark.ramp.shape
    source = dark.raw if dark.raw is not None and same else dark.ramp
    return np.asarray(source.rows(start, stop, _EARLIEST).science.max(axis=1), dtype=np.float32)
