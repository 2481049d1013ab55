"""What an array is in a few numbers, and its histogram: pure functions, no drawing."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.robust import scatter_about

#: Share of the values in percent, at either end, that may lie outside of what is shown.
_OUTSIDE = 0.5
#: How many scatters from the median are shown at most.
_SCATTERS = 8.0
_BINS = 60
#: How many values suffice to tell what is worth showing.
_ENOUGH = 1 << 18


@dataclass(frozen=True, slots=True)
class Statistics:
    """The values of an array in a few numbers; NaN where it has no finite value.

    Attributes
    ----------
    size, finite : int
        Number of values, and of those that are finite.
    median, scatter : float
        Median, and 1.4826 times the median absolute deviation.
    least, greatest : float
        The extremes.
    low, high : float
        What is worth showing: all but 0.5 % of the values at either end, at most 8 scatters from the median.
    """

    size: int
    finite: int
    median: float = math.nan
    scatter: float = math.nan
    least: float = math.nan
    greatest: float = math.nan
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True, slots=True)
class Counts:
    """A histogram: limits of the bins, ascending, and numbers of values, with those beyond either end."""

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    below: int
    above: int


def statistics(values: NDArray[np.number]) -> Statistics:
    """Describe the finite values of an array of any shape."""
    found = finite_values(values)
    if not found.size:
        return Statistics(values.size, 0)
    median = float(np.median(found))
    # an odd step does not keep to the same columns
    some = found[:: max(1, found.size // _ENOUGH) | 1]
    low, high = (float(each) for each in np.percentile(some, [_OUTSIDE, 100 - _OUTSIDE]))
    scatter = scatter_about(found, median)
    if scatter > 0:
        low, high = max(low, median - _SCATTERS * scatter), min(high, median + _SCATTERS * scatter)
    return Statistics(
        values.size, found.size, median, scatter, float(found.min()), float(found.max()), low, high
    )


def histogram(values: NDArray[np.number], low: float, high: float) -> Counts:
    """Count the finite values in bins of one width; whole numbers have bins of their own if they are few."""
    found = finite_values(values)
    if values.dtype.kind in "iu" and high - low < _BINS:
        edges = np.arange(math.floor(low), math.ceil(high) + 2, dtype=np.float64) - 0.5
    else:
        edges = np.linspace(*widened(low, high), _BINS + 1, dtype=np.float64)
    counts = np.histogram(found, edges)[0].astype(np.int64)
    return Counts(edges, counts, int((found < edges[0]).sum()), int((found > edges[-1]).sum()))


def widened(low: float, high: float) -> tuple[float, float]:
    """Give limits that differ, also for an array that is all one value."""
    if high > low:
        return low, high
    margin = abs(low) * 0.01 or 1.0
    return low - margin, high + margin


def finite_values(values: NDArray[np.number]) -> NDArray[np.floating]:
    """Give the finite values as one row of floating-point numbers."""
    flat = np.ravel(values)
    if flat.dtype.kind != "f":
        return flat.astype(np.float64)
    flat = flat.astype(flat.dtype.newbyteorder("="), copy=False)
    finite = np.isfinite(flat)
    return flat if finite.all() else flat[finite]
