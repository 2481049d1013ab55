"""Compact sources in an image, and how much of their cores a mask takes away. Plain arrays, no sky."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
Values = NDArray[np.float64]

# Surroundings of a source are the pixels at this distance from its peak.
_INNER, _OUTER = 5.0, 8.0
_FEWEST_AROUND = 20
_TO_SIGMA = 1.4826
# Share of the height of a peak down to which pixels belong to the core.
_HALF = 0.5
# The highest of the four pixels beside a peak has at least this share of its height, and so many sigma: light
# is spread by the telescope, and a hit of a single pixel is not.
_WING_SHARE, _WING_SIGMA = 0.03, 3.0
# How many of the highest pixels are looked at for each source that is wanted.
_CANDIDATES = 4


@dataclass(frozen=True, slots=True)
class Peaks:
    """Compact sources of one image, the brightest first.

    Attributes
    ----------
    row, column : ndarray of int64, shape (npeaks,)
        The highest pixel of each.
    height : ndarray of float64, shape (npeaks,)
        Its height above the surroundings.
    level : ndarray of float64, shape (npeaks,)
        Median of the surroundings.
    """

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    height: Values
    level: Values

    def take(self, chosen: NDArray[np.intp] | Mask) -> "Peaks":
        """Give some of the sources."""
        return Peaks(self.row[chosen], self.column[chosen], self.height[chosen], self.level[chosen])


def find_peaks(data: NDArray[np.floating], usable: Mask, *, sigma: float, most: int) -> Peaks:
    """Find compact sources: local maxima that stand far above what surrounds them.

    Parameters
    ----------
    data : ndarray of float, shape (nrows, ncols)
        The image.
    usable : ndarray of bool, same shape
        Pixels whose values count.
    sigma : float
        Least height of a peak above the median of its surroundings, 5 to 8 pixels away, in units of their
        scatter or of that of the whole image, whichever is larger. What hit a single pixel is no source.
    most : int
        Largest number of sources.

    Returns
    -------
    Peaks
    """
    good = usable & np.isfinite(data)
    if not good.any() or most == 0:
        return _no_peaks()
    values = np.where(good, data, -np.inf)
    level, scatter = _level_and_scatter(values[good])
    highest = (ndimage.maximum_filter(values, size=3) == values) & (values > level + sigma * scatter)
    row, column = np.nonzero(highest & good)
    order = np.argsort(-values[row, column], kind="stable")[: _CANDIDATES * most]
    row, column = row[order], column[order]
    around, local = _surroundings(data, good, row, column)
    height = values[row, column] - around
    noise = np.maximum(local, scatter)
    wing = _highest_beside(values, row, column) - around
    wide = (wing >= _WING_SHARE * height) & (wing >= _WING_SIGMA * noise)
    chosen = np.flatnonzero((height > sigma * noise) & wide)
    chosen = chosen[np.argsort(-height[chosen], kind="stable")][:most]
    return Peaks(row, column, height, around).take(chosen)


def core_fractions(
    data: NDArray[np.floating], usable: Mask, flagged: Mask, peaks: Peaks, *, radius: float
) -> tuple[Values, NDArray[np.int64]]:
    """Measure which fraction of the core of each source is flagged.

    Parameters
    ----------
    data : ndarray of float, shape (nrows, ncols)
        The image before anything was flagged.
    usable : ndarray of bool, same shape
        Pixels whose values counted then.
    flagged : ndarray of bool, same shape
        Pixels that were flagged.
    peaks : Peaks
        The sources.
    radius : float
        Pixels no farther than this from the peak, and above half of its height, are the core.

    Returns
    -------
    fraction : ndarray of float64, shape (npeaks,)
        Flagged pixels of the core among all of its usable pixels.
    size : ndarray of int64, shape (npeaks,)
        Usable pixels of the core, one at least.
    """
    drow, dcolumn = _offsets(0.0, radius)
    row, column, inside = _places(peaks, drow, dcolumn, data.shape)
    values = np.where(inside & usable[row, column], data[row, column], np.nan)
    limit = peaks.level + _HALF * peaks.height
    core = (values >= limit[:, None]) | ((drow == 0) & (dcolumn == 0))[None, :]
    size = core.sum(axis=1)
    return (core & flagged[row, column]).sum(axis=1) / size, size.astype(np.int64)


def _no_peaks() -> Peaks:
    nothing = np.empty(0)
    return Peaks(nothing.astype(np.int64), nothing.astype(np.int64), nothing, nothing)


def _level_and_scatter(values: NDArray[np.floating]) -> tuple[float, float]:
    level = float(np.median(values))
    return level, _TO_SIGMA * float(np.median(np.abs(values - level)))


def _offsets(inner: float, outer: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the offsets of the pixels at distances from ``inner`` to ``outer``."""
    reach = int(outer)
    drow, dcolumn = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    distance = np.hypot(drow, dcolumn)
    ring = (distance >= inner) & (distance <= outer)
    return drow[ring].astype(np.int64), dcolumn[ring].astype(np.int64)


def _places(
    peaks: Peaks, drow: NDArray[np.int64], dcolumn: NDArray[np.int64], shape: tuple[int, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64], Mask]:
    """Give the pixels at offsets from the peaks, shape (npeaks, noffsets), and which lie in the image."""
    row, column = peaks.row[:, None] + drow, peaks.column[:, None] + dcolumn
    inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    return np.clip(row, 0, shape[0] - 1), np.clip(column, 0, shape[1] - 1), inside


def _highest_beside(
    values: NDArray[np.floating], row: NDArray[np.int64], column: NDArray[np.int64]
) -> NDArray[np.floating]:
    """Give the highest of the four pixels beside each."""
    padded = np.pad(values, 1, constant_values=-np.inf)
    beside = [
        padded[row + 1 + down, column + 1 + right] for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0))
    ]
    return np.asarray(np.max(beside, axis=0))


def _surroundings(
    data: NDArray[np.floating], good: Mask, row: NDArray[np.int64], column: NDArray[np.int64]
) -> tuple[Values, Values]:
    """Give level and scatter around pixels; infinite where too little is known."""
    peaks = Peaks(row, column, np.zeros(row.size), np.zeros(row.size))
    places_row, places_column, inside = _places(peaks, *_offsets(_INNER, _OUTER), data.shape)
    known = inside & good[places_row, places_column]
    level, scatter = np.full(row.size, np.inf), np.full(row.size, np.inf)
    enough = known.sum(axis=1) >= _FEWEST_AROUND
    if enough.any():
        values = np.where(known, data[places_row, places_column], np.nan)[enough].astype(np.float64)
        level[enough] = np.nanmedian(values, axis=1)
        scatter[enough] = _TO_SIGMA * np.nanmedian(np.abs(values - level[enough, None]), axis=1)
    return level, scatter
