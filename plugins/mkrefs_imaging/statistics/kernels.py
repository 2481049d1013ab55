"""Compiled loops for clipped statistics: selection, and clipping in place."""

import numba
import numpy as np
from numpy.typing import NDArray

# Standard deviations of a normal distribution in one median absolute deviation.
_MAD_TO_SIGMA = 1.4826022185056018
# Ranges larger than this are split about a value from a small part of them.
_LARGE = 600
# The scatter of the first pass is taken of so many values at most, evenly chosen.
_SAMPLE = 50000


@numba.njit(cache=True, nogil=True)
def _split(values: NDArray[np.floating], low: int, high: int, pivot: float) -> tuple[int, int]:
    """Bring what is below the pivot to the front of a range; give the last of the front, the first behind."""
    i, j = low, high
    while i <= j:
        while values[i] < pivot:
            i += 1
        while pivot < values[j]:
            j -= 1
        if i <= j:
            values[i], values[j] = values[j], values[i]
            i += 1
            j -= 1
    return j, i


@numba.njit(cache=True, nogil=True)
def _select_within(values: NDArray[np.floating], low: int, high: int, rank: int) -> None:
    """Bring the value of a rank to its place in a range."""
    while low < high:
        front, behind = _split(values, low, high, values[(low + high) // 2])
        if rank <= front:
            high = front
        elif rank >= behind:
            low = behind
        else:
            break


@numba.njit(cache=True, nogil=True)
def select(values: NDArray[np.floating], size: int, rank: int) -> float:
    """Give the value of a rank among the first ``size`` values, which are put into another order.

    Of a large range first a small part about the rank is sorted out, whose middle is close to the value
    wanted and so splits the range best (Floyd and Rivest).
    """
    low, high = 0, size - 1
    while high - low > _LARGE:
        count = high - low + 1
        place = rank - low + 1
        part = 0.5 * np.exp(2 * np.log(count) / 3)
        spread = 0.5 * np.sqrt(np.log(count) * part * (count - part) / count)
        if place < count / 2:
            spread = -spread
        first = max(low, int(rank - place * part / count + spread))
        last = min(high, int(rank + (count - place) * part / count + spread))
        _select_within(values, first, last, min(max(rank, first), last))
        front, behind = _split(values, low, high, values[rank])
        if rank <= front:
            high = front
        elif rank >= behind:
            low = behind
        else:
            return float(values[rank])
    _select_within(values, low, high, rank)
    return float(values[rank])


@numba.njit(cache=True, nogil=True)
def median(values: NDArray[np.floating], size: int) -> float:
    """Give the median of the first ``size`` values, at least one; they are put into another order."""
    half = size // 2
    upper = float(select(values, size, half))
    if size % 2:
        return upper
    lower = values[0]
    for k in range(1, half):
        lower = max(lower, values[k])
    return float((lower + upper) / 2)


@numba.njit(cache=True, nogil=True)
def _moments(values: NDArray[np.floating], size: int, centre: float) -> tuple[float, float]:
    """Give mean and standard deviation."""
    total = squares = 0.0
    for k in range(size):
        away = float(values[k]) - centre
        total += away
        squares += away * away
    mean = total / size
    return centre + mean, np.sqrt(max(squares / size - mean * mean, 0.0))


@numba.njit(cache=True, nogil=True)
def _clip(values: NDArray[np.floating], size: int, low: float, high: float) -> int:
    """Move what lies within limits to the front, and give how many these are."""
    kept = 0
    for k in range(size):
        value = values[k]
        if low <= value <= high:
            values[k] = values[kept]
            values[kept] = value
            kept += 1
    return kept


@numba.njit(cache=True, nogil=True)
def workspace(size: int) -> int:
    """Give how many values the work array of `clipped` should have for so many values."""
    return min(size, _SAMPLE)


@numba.njit(cache=True, nogil=True)
def clipped(
    values: NDArray[np.floating], size: int, sigma: float, max_iters: int, work: NDArray[np.floating]
) -> tuple[float, float, float, int]:
    """Give median, mean, standard deviation and number of what is left of the first ``size`` values.

    What lies further from the median than ``sigma`` scatters is left out, until nothing does or ``max_iters``
    passes are done. In the first pass the scatter is the one by the median absolute deviation, which giants
    do not widen; then the standard deviation. ``values`` are put into another order; ``work`` is written, and
    of the size that `workspace` gives.
    """
    if size == 0:
        return np.nan, np.nan, np.nan, 0
    centre = median(values, size)
    mean, scatter = _moments(values, size, centre)
    for step in range(max_iters):
        width = scatter
        if step == 0:
            count = min(size, work.size)
            for k in range(count):
                work[k] = abs(values[k * size // count] - centre)
            robust = _MAD_TO_SIGMA * median(work, count)
            if robust > 0:
                width = min(robust, scatter)
        kept = _clip(values, size, centre - sigma * width, centre + sigma * width)
        if kept == size or kept == 0:
            break
        size = kept
        centre = median(values, size)
        mean, scatter = _moments(values, size, centre)
    return centre, mean, scatter, size


@numba.njit(cache=True, nogil=True)
def finite(values: NDArray[np.floating], out: NDArray[np.floating]) -> int:
    """Copy what is finite to the front of ``out``, and give how many these are."""
    size = 0
    for value in values:
        if np.isfinite(value):
            out[size] = value
            size += 1
    return size


@numba.njit(cache=True, nogil=True)
def clipped_rows(
    rows: NDArray[np.floating], sigma: float, max_iters: int, medians: NDArray[np.float64]
) -> None:
    """Write the clipped median of each row, NaN where a row has no finite value."""
    values = np.empty(rows.shape[1], rows.dtype)
    work = np.empty(workspace(rows.shape[1]), rows.dtype)
    for i in range(rows.shape[0]):
        size = finite(rows[i], values)
        medians[i] = clipped(values, size, sigma, max_iters, work)[0]
