"""Adds up the products of differences of exposures in every cell, from which all variances follow.

A record is one pair of exposures and one part of their ramps: ramps of more than `LONGEST` increments, or of
more than the darks have, are cut in parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import RampRows
from mkrefs.stacks import in_row_blocks
from mkrefs_detector.gain.grid import Grid
from mkrefs_detector.gain.kernels import COUNTS, LAGS, add_products
from mkrefs_detector.gain.modes import LONGEST, all_modes
from mkrefs_detector.gain.reading import SPOILS, STRUCK, RowSource, good_pixels, read_strip
from mkrefs_detector.gain.truncation import TAIL, kept_variance

# Neighbours of a hit of so many standard deviations are left out too: they hold some percent of it.
_LARGE_HIT = 10.0
Values = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of ramps that make the records, with the factors of their groups.

    Attributes
    ----------
    start, length : ndarray of int64, shape (nrecords, nrows, ncols)
        First group and number of increments; 0 where a cell has no such part.
    level : ndarray of float64, shape (nrecords, nrows, ncols, 2)
        Factors that bring the two flats to one level; part of the following.
    light, noise : ndarray of float64, shape (nrecords, nrows, ncols, 2, LONGEST + 1)
        Factors of the groups of the two flats, and of the darks that stand for their read noise.
    slope : ndarray of float64, shape (nrecords, nrows, ncols, 2, LONGEST)
        Factors that make the mean increments of the two flats linear.
    """

    start: Numbers
    length: Numbers
    level: Values
    light: Values
    noise: Values
    slope: Values


@dataclass(frozen=True, slots=True)
class Products:
    """Sums of products by record and cell; see `mkrefs_detector.gain.kernels.add_products`.

    Attributes
    ----------
    counts : ndarray of float64, shape (nrecords, nrows, ncols, COUNTS)
    modes : ndarray of float64, shape (nrecords, nrows, ncols, 5, 2 LONGEST)
    whole : ndarray of float64, shape (nrecords, nrows, ncols, 5, LONGEST)
    steps : ndarray of float64, shape (nrecords, nrows, ncols, 2, LONGEST)
    """

    counts: Values
    modes: Values
    whole: Values
    steps: Values


def add_all(
    flats: Sequence[RowSource],
    darks: Sequence[RowSource],
    grid: Grid,
    light: NDArray[np.bool_],
    parts: Parts,
    sigma: float,
    dark_groups: tuple[int, int],
) -> tuple[Products, Products]:
    """Add up the products of all pairs of flats, and of all pairs of darks.

    Parameters
    ----------
    flats, darks : sequence of RowSource
        Even numbers of exposures; darks may be none.
    grid : Grid
        The cells.
    light : ndarray of bool, shape (nrows, ncols)
        Pixels sensitive to light.
    parts : Parts
        What is looked at.
    sigma : float
        Threshold of the rejection.
    dark_groups : (int, int)
        The first group of the darks that can be used, and the one after the last.

    Returns
    -------
    flats, darks : Products
        A pixel that no dark keeps is left out of the flats.
    """
    bright, dim = _no_products(parts), _no_products(parts)
    groups = max(int((parts.start + parts.length).max()) + 1, dark_groups[1])
    nparts = parts.start.shape[0] // (len(flats) // 2)

    def add(first: int, last: int) -> None:
        for number in range(first, last):
            strip = read_strip([*flats, *darks], grid.rows.cells, number, groups)
            good = good_pixels(strip.blocks, light[strip.start : strip.stop])
            for record in range(parts.start.shape[0]):
                adder = _Adder(grid, number, strip.start, parts, record, sigma, dark_groups)
                quiet = good
                if darks:
                    quiet = np.zeros_like(good)
                    for pair in range(len(darks) // 2):
                        blocks = strip.blocks[len(flats) + 2 * pair :][:2]
                        quiet |= adder.add(blocks, good, parts.noise, dim, as_dark=True)
                blocks = strip.blocks[2 * (record // nparts) :][:2]
                adder.add(blocks, quiet, parts.light, bright, as_dark=False)

    in_row_blocks(add, grid.cells[0], 1)
    return bright, dim


def _no_products(parts: Parts) -> Products:
    shape = parts.start.shape
    return Products(
        np.zeros((*shape, COUNTS)),
        np.zeros((*shape, len(LAGS), 2 * LONGEST)),
        np.zeros((*shape, len(LAGS), LONGEST)),
        np.zeros((*shape, 2, LONGEST)),
    )


@dataclass(frozen=True, slots=True)
class _Adder:
    """Adds the products of one record in one row of cells."""

    grid: Grid
    number: int
    first_row: int
    parts: Parts
    record: int
    sigma: float
    dark_groups: tuple[int, int]

    def add(
        self,
        blocks: Sequence[RampRows],
        good: NDArray[np.bool_],
        factors: Values,
        out: Products,
        *,
        as_dark: bool,
    ) -> NDArray[np.bool_]:
        """Add all integrations of two exposures; give the pixels that were kept in any."""
        first, second = blocks
        kept = np.zeros_like(good)
        here = (self.record, self.number)
        tables = all_modes()
        phase = self.grid.phase[self.first_row : self.first_row + good.shape[0]]
        for integration in range(min(first.science.shape[0], second.science.shape[0])):
            add_products(
                first.science[integration],
                second.science[integration],
                first.group_dq[integration],
                second.group_dq[integration],
                good,
                SPOILS,
                STRUCK,
                self.grid.columns.cells,
                phase,
                self.grid.phases,
                self._starts(as_dark),
                self.parts.length[here],
                factors[here],
                self.sigma,
                kept_variance(self.sigma),
                np.array([max(TAIL[0], self.sigma), max(TAIL[1], 2 * self.sigma), _LARGE_HIT]),
                tables.difference,
                tables.total,
                tables.trend,
                out.counts[here],
                out.modes[here],
                out.whole[here],
                out.steps[here],
                kept,
            )
        return kept

    def _starts(self, as_dark: bool) -> Numbers:
        """Give the first groups; where the darks do not have them all, their own first ones."""
        start: Numbers = self.parts.start[self.record, self.number]
        if not as_dark:
            return start
        length: Numbers = self.parts.length[self.record, self.number]
        first, stop = self.dark_groups
        return np.where((start >= first) & (start + length < stop), start, first)
