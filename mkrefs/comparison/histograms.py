"""Histograms of differences and ratios: a robust range, and what lies beyond it counted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Robust scatters on each side of the median that a histogram shows.
_REACH = 8.0
#: A range that is narrower cannot be divided into bins.
_NARROWEST = 1e-300
_FEWEST_BINS, _MOST_BINS = 20, 200


@dataclass(frozen=True, slots=True)
class Histogram:
    """Numbers of values by bins of equal width.

    Attributes
    ----------
    edges : tuple of float
        One more than there are bins.
    counts : tuple of int
        Values in each; the last one holds its upper edge.
    below, above : int
        Values beyond the first and the last edge.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    below: int = 0
    above: int = 0


@dataclass(frozen=True, slots=True)
class Histograms:
    """Of new - previous and of new / previous; None where there are no such values."""

    difference: Histogram | None = None
    ratio: Histogram | None = None


def histogram(values: NDArray[np.float64], median: float, scatter: float) -> Histogram:
    """Count values in bins about their median.

    Parameters
    ----------
    values : ndarray
        Finite, at least one.
    median, scatter : float
        Their median and robust scatter. The range is eight scatters to each side, or less where the values
        reach less far; all of them if the scatter is 0.

    Returns
    -------
    Histogram
        An odd number of bins that grows with the cube root of the number of values, from 21 to 201 (65 for
        64 x 64 pixels, 201 from 360 x 360 on).
    """
    least, most = float(values.min()), float(values.max())
    low, high = max(least, median - _REACH * scatter), min(most, median + _REACH * scatter)
    if not scatter:
        low, high = least, most
    if not high - low > max(1e-12 * max(abs(low), abs(high)), _NARROWEST):
        half = abs(median) / 2 if abs(median) > _NARROWEST else 0.5
        low, high = min(least, median - half), max(most, median + half)
    bins = int(np.clip(4 * np.cbrt(values.size), _FEWEST_BINS, _MOST_BINS)) | 1
    counts, edges = np.histogram(values, bins=bins, range=(low, high))
    return Histogram(
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
        below=int((values < edges[0]).sum()),
        above=int((values > edges[-1]).sum()),
    )
