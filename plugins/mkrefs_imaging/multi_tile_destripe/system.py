"""The normal equations of the offsets of all groups of all tiles, with what is expected of them.

The offset of an amplifier's row is the sum of a series common to the amplifiers of its tile, and one of its
own. Both are stationary random series along the slow axis. A level and a plane of each tile are fitted too. A
slope along the slow axis may belong to the plane or to the stripes; it is shared by how large either is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from mkrefs_imaging.multi_tile_destripe.cell_kernels import apply_cells, gather_cells
from mkrefs_imaging.multi_tile_destripe.spectra import Spectrum, shape_series

Vector = NDArray[np.float64]

# Keeps what no difference determines, a level common to all tiles, at 0.
_RIDGE = 1e-7


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of all tiles: the rows of their amplifiers.

    Attributes
    ----------
    rows, amplifiers : ndarray of int64, shape (ntiles,)
        Rows and amplifiers of each tile.
    """

    rows: NDArray[np.int64]
    amplifiers: NDArray[np.int64]

    @property
    def starts(self) -> NDArray[np.int64]:
        """First group of each tile, and their total number."""
        return np.concatenate([[0], np.cumsum(self.rows * self.amplifiers)]).astype(np.int64)

    @property
    def tile(self) -> NDArray[np.int32]:
        """Tile of each group."""
        return np.repeat(np.arange(self.rows.size, dtype=np.int32), self.rows * self.amplifiers)

    @property
    def height(self) -> Vector:
        """Place of each group along the slow axis, from -1 to 1."""
        parts = [
            np.repeat(2.0 * np.arange(rows) / rows - 1.0, amplifiers)
            for rows, amplifiers in zip(self.rows, self.amplifiers, strict=True)
        ]
        return np.concatenate(parts)

    def split(self, offsets: Vector) -> list[Vector]:
        """Give the offsets of each tile, shape (nrows, namplifiers)."""
        starts = self.starts
        return [
            offsets[starts[t] : starts[t + 1]].reshape(self.rows[t], self.amplifiers[t])
            for t in range(self.rows.size)
        ]


@dataclass(frozen=True, slots=True)
class Cells:
    """Differences of tiles, added up over runs of pixels of one group in each; see `kernels.pair_cells`.

    Attributes
    ----------
    first, second : ndarray of int32, shape (ncells,)
        Groups.
    sums : ndarray of float32, shape (ncells, 4)
        Weight in units of 1 / variance, mean difference, mean places along the rows.
    slopes : ndarray of float64, shape (ntiles, ntiles)
        What the slopes of tiles add to the normal matrix beyond the mean places.
    slope_sides : ndarray of float64, shape (ntiles,)
        What they add to the right-hand side.
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    sums: NDArray[np.float32]
    slopes: Vector
    slope_sides: Vector


@dataclass(frozen=True, slots=True)
class Prior:
    """What is expected before the differences are seen.

    Attributes
    ----------
    common, own : Spectrum
        Of the series common to the amplifiers of a tile, and of that of each amplifier.
    slope, tilt : float
        Variances of the slopes of the tiles' planes, along the fast and along the slow axis.
    """

    common: Spectrum
    own: Spectrum
    slope: float
    tilt: float


@dataclass(frozen=True, slots=True)
class Planes:
    """Levels and planes of tiles.

    Attributes
    ----------
    levels, slopes, tilts : ndarray of float64, shape (ntiles,)
        A slope is what is added at the end of a row and taken away at its beginning, a tilt what is added to
        the last row and taken away from the first.
    """

    levels: Vector
    slopes: Vector
    tilts: Vector

    def __add__(self, other: "Planes") -> "Planes":
        return Planes(self.levels + other.levels, self.slopes + other.slopes, self.tilts + other.tilts)


class Series:
    """The random series of all tiles, and their sums as offsets of groups."""

    def __init__(self, groups: Groups, prior: Prior) -> None:
        self.groups = groups
        self.length = prior.common.length
        several = groups.amplifiers > 1
        self.counts = np.where(several, groups.amplifiers + 1, 1)
        self.first = np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64)
        is_common = np.zeros(self.first[-1], dtype=np.bool_)
        is_common[self.first[:-1]] = True
        self.is_common = is_common
        self.response = np.where(is_common[:, None], prior.common.response, prior.own.response)

    def offsets(self, series: Vector) -> Vector:
        """Give the offsets of groups from white series, shape (nseries, length)."""
        shaped = shape_series(series, self.response)
        parts = []
        for t, rows in enumerate(self.groups.rows):
            first, last = self.first[t], self.first[t + 1]
            common = shaped[first, :rows, None]
            parts.append(
                ((common + shaped[first + 1 : last, :rows].T) if last > first + 1 else common).ravel()
            )
        return np.concatenate(parts)

    def project(self, values: Vector) -> Vector:
        """Give what values of groups mean for the series: the transpose of `offsets`."""
        out = np.zeros((self.first[-1], self.length))
        for t, part in enumerate(self.groups.split(values)):
            first, last = self.first[t], self.first[t + 1]
            out[first, : part.shape[0]] = part.sum(axis=1)
            if last > first + 1:
                out[first + 1 : last, : part.shape[0]] = part.T
        return shape_series(out, self.response)


class System:
    """The normal equations of series, levels, slopes and tilts, one behind the other."""

    def __init__(self, cells: Cells, groups: Groups, prior: Prior) -> None:
        self.cells, self.groups, self.series = cells, groups, Series(groups, prior)
        self.tile, self.height = groups.tile, groups.height
        self.ntiles = groups.rows.size
        self.size = self.series.response.shape[0] * self.series.length
        self._scale(prior)

    def _scale(self, expected: Prior) -> None:
        """Find the diagonal, by which levels and planes are brought to the scale of the series."""
        cells, w = self.cells, self.cells.sums[:, 0].astype(np.float64)
        one, two = self.tile[cells.first], self.tile[cells.second]
        levels = np.bincount(one, w, self.ntiles) + np.bincount(two, w, self.ntiles)
        slopes = np.bincount(one, w * cells.sums[:, 2] ** 2, self.ntiles)
        slopes += np.bincount(two, w * cells.sums[:, 3] ** 2, self.ntiles) + np.diag(cells.slopes)
        tilts = np.bincount(one, w * self.height[cells.first] ** 2, self.ntiles)
        tilts += np.bincount(two, w * self.height[cells.second] ** 2, self.ntiles)
        prior = np.repeat([0.0, 1 / expected.slope, 1 / expected.tilt], self.ntiles)
        whole = np.concatenate([levels, slopes, tilts]) + prior
        self.scale = np.where(whole > 0, 1 / np.sqrt(np.maximum(whole, 1e-300)), 0.0)
        self.ridge = _RIDGE + prior * self.scale**2
        self._invert(levels.astype(np.float64))

    def _invert(self, levels: Vector) -> None:
        """Invert the matrix of each tile's series as if all its rows were known equally well.

        The series of the amplifiers fall into their mean and what differs from it; the mean and the common
        series belong together, and are a matrix of two by two at each frequency.
        """
        series, tiles = self.series, np.arange(self.ntiles).repeat(self.series.counts)
        amplifiers = self.groups.amplifiers[tiles].astype(np.float64)[:, None]
        weight = levels[tiles][:, None] / (self.groups.rows[tiles][:, None] * amplifiers)
        common = series.response[series.first[:-1]][tiles]
        own = np.where((series.counts[tiles] > 1)[:, None], series.response, 0.0)
        own[series.is_common] = 0.0
        own[series.is_common & (series.counts[tiles] > 1)] = series.response[~series.is_common][:1]
        a, d = 1 + amplifiers * weight * common**2, 1 + weight * own**2
        b = weight * common * own
        determinant = a * d - amplifiers * b**2
        self.alone = np.where(series.is_common[:, None], d / determinant, 1 / d)
        self.mixed = -b / determinant
        self.mean_part = a / determinant - 1 / d

    def parts(self, vector: Vector) -> tuple[Vector, Planes]:
        """Split a vector into series and planes."""
        scaled = vector[self.size :] * self.scale
        return vector[: self.size].reshape(-1, self.series.length), Planes(*scaled.reshape(3, self.ntiles))

    def joined(self, values: Vector, slopes: Vector, white_series: Vector | None) -> Vector:
        """Give a vector from values of groups and slopes, and of white series to be added."""
        series = self.series.project(values)
        if white_series is not None:
            series += white_series
        levels = np.bincount(self.tile, values, self.ntiles)
        tilts = np.bincount(self.tile, values * self.height, self.ntiles)
        return np.concatenate([series.ravel(), self.scale * np.concatenate([levels, slopes, tilts])])

    def apply(self, vector: Vector) -> Vector:
        """Multiply by the matrix."""
        series, planes = self.parts(vector)
        cells, values, slopes = self.cells, np.zeros(self.tile.size), self.cells.slopes @ planes.slopes
        x = self.series.offsets(series) + planes.levels[self.tile] + planes.tilts[self.tile] * self.height
        apply_cells(cells.first, cells.second, cells.sums, self.tile, x, planes.slopes, values, slopes)
        product = self.joined(values, slopes, series)
        product[self.size :] += self.ridge * vector[self.size :]
        return product

    def prior_of_planes(self, planes: Planes) -> Vector:
        """Give what planes that were taken off already mean for the right-hand side."""
        known = np.concatenate([planes.levels, planes.slopes, planes.tilts])
        weight = np.divide(self.ridge, self.scale, out=np.zeros_like(self.ridge), where=self.scale > 0)
        weight[: self.ntiles] = 0.0
        return np.concatenate([np.zeros(self.size), -weight * known])

    def precondition(self, vector: Vector) -> Vector:
        """Multiply by about the inverse of the matrix."""
        transforms = fft.rfft(vector[: self.size].reshape(-1, self.series.length))
        result = transforms * self.alone
        for t, first in enumerate(self.series.first[:-1]):
            last = self.series.first[t + 1]
            if last > first + 1:
                own = transforms[first + 1 : last]
                result[first] += self.mixed[first] * own.sum(axis=0)
                result[first + 1 : last] += self.mixed[first] * transforms[first]
                result[first + 1 : last] += self.mean_part[first] * own.mean(axis=0)
        series = fft.irfft(result, n=self.series.length)
        return np.concatenate([series.ravel(), vector[self.size :]])

    def right_side(self, values: Vector, slopes: Vector) -> tuple[Vector, Vector]:
        """Add up values of the cells for the groups, beginning with ``slopes``."""
        sums, slopes = np.zeros(self.tile.size), slopes.copy()
        cells = self.cells
        gather_cells(cells.first, cells.second, cells.sums, self.tile, values, sums, slopes)
        return sums, slopes
