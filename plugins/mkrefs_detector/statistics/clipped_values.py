"""The sigma clip of many values about their median: in order, what is left is a range of them."""

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Values that are summed up at a time.
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class ClippedValues:
    """What a clip leaves of a set of values.

    Attributes
    ----------
    mean, deviation : float
        Mean and standard deviation (with the number, not one less, below it); NaN without a value.
    count : int
        Number of values.
    """

    mean: float
    deviation: float
    count: int

    @property
    def sample_deviation(self) -> float:
        """Standard deviation with one less than the number below it; NaN with fewer than two values."""
        return self.deviation * math.sqrt(self.count / (self.count - 1)) if self.count > 1 else math.nan


def clip_values(values: NDArray[np.floating], *, sigma: float, iterations: int) -> ClippedValues:
    """Leave out values further from the median than so many standard deviations, until nothing changes.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        The values; those not finite are left out. Their order is lost.
    sigma : float
        Threshold in standard deviations.
    iterations : int
        Largest number of passes.

    Returns
    -------
    ClippedValues
        If a pass would leave nothing, what was there before it.
    """
    known = np.isfinite(values)
    kept = values if known.all() else values[known]
    if not kept.size:
        return ClippedValues(math.nan, math.nan, 0)
    kept.sort()
    low, high = 0, kept.size
    mean, deviation = _moments(kept)
    for _ in range(iterations):
        middle, reach = _middle(kept[low:high]), sigma * deviation
        first = bisect_left(kept, middle - reach, low, high, key=float)
        last = bisect_right(kept, middle + reach, low, high, key=float)
        if (first, last) == (low, high) or first == last:
            break
        low, high = first, last
        mean, deviation = _moments(kept[low:high])
    return ClippedValues(mean, deviation, high - low)


def _moments(values: NDArray[np.floating]) -> tuple[float, float]:
    """Give mean and standard deviation of values in order, in pieces that need little memory."""
    centre = float(values[values.size // 2])
    total = squares = 0.0
    for first in range(0, values.size, _PIECE):
        away = values[first : first + _PIECE].astype(np.float64) - centre
        total += float(away.sum())
        squares += float(away @ away)
    shift = total / values.size
    return centre + shift, math.sqrt(max(squares / values.size - shift * shift, 0.0))


def _middle(values: NDArray[np.floating]) -> float:
    """Give the median of values in order."""
    return (float(values[(values.size - 1) // 2]) + float(values[values.size // 2])) / 2
