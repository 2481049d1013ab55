"""Counts of integrations, and sums over them, for a block of rows while its darks are read one by one."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.bad_pixel_mask.darks.counting import COUNTED, tally_integrations
from mkrefs_detector.bad_pixel_mask.darks.pedestals import (
    GROUPS_IN_DOUBT,
    PedestalLimits,
    no_limits,
    read_pedestals,
)
from mkrefs_detector.bad_pixel_mask.darks.settings import DarkSettings
from mkrefs_detector.bad_pixel_mask.darks.sources import DarkSource, Geometry, read_only

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
        self._counts = np.zeros((len(COUNTED), npixels), dtype=np.int32)
        self._level = np.full(npixels, np.nan, dtype=np.float32)
        self._moments = np.zeros((2, npixels))

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
        settings, shape = self._settings, counts.shape[1:]
        slopes = np.full(shape, np.nan, dtype=np.float32)
        if dark.slopes is not None:
            slopes = read_only(dark.slopes.rows("SCI", *self._rows), np.float32).reshape(shape)
        pedestal = None
        if dark.slopes is not None and limits is not None:
            pedestal = read_pedestals(dark, *self._rows, relative=self._geometry.relative_pedestal)
        known = limits if limits is not None and pedestal is not None else no_limits(shape[0])
        doubt = GROUPS_IN_DOUBT * self._geometry.group_time if settings.search == "measured" else 0.0
        clipped = np.empty(shape, dtype=np.bool_)
        tally_integrations(
            counts,
            ngroups,
            (settings.max_jump_limit, settings.jump_ratio_threshold),
            read_only(slopes, np.float32),
            read_only(slopes if pedestal is None else pedestal.reshape(shape), np.float32),
            read_only(known.mean, np.float64),
            read_only(settings.pedestal_sigma_threshold * known.deviation, np.float64),
            doubt,
            self._counts,
            self._moments,
            clipped,
        )
        if settings.search == "measured" and clipped.any():
            level = _earliest_levels(dark, *self._rows).reshape(shape)
            highest = np.where(clipped, level, np.float32(-np.inf)).max(axis=0)
            self._level = np.fmax(self._level, highest)

    def images(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Give all maps by name, flat."""
        yield from zip(COUNTED, self._counts, strict=True)
        yield "saturated_level", self._level
        yield "slope_squares", self._moments[1]


def _earliest_levels(dark: DarkSource, start: int, stop: int) -> NDArray[np.float32]:
    """Give the higher of the first two levels, as they were taken if that is known: (nints, nrows, ncols)."""
    same = dark.raw is not None and dark.raw.shape == dark.ramp.shape
    source = dark.raw if dark.raw is not None and same else dark.ramp
    return np.asarray(source.rows(start, stop, _EARLIEST).science.max(axis=1), dtype=np.float32)
