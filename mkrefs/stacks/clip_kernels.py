"""Compiled loops over the columns of a block: sums, proofs that nothing is rejected, sorting, clipping.

A block has a sample in each row and a pixel in each column, and lies in near memory. All kernels share this
module because the cache of compiled code notices no change in another file.
"""

import math
from typing import Any

import numba
import numpy as np

# What the compiler may do with numbers of which some are NaN.
_SUMS = {"contract", "nsz"}
_LARGEST = np.float32(np.finfo(np.float32).max)
_INFINITY, _NAN = np.float32(np.inf), np.float32(np.nan)
# Columns whose sums stay in the nearest memory, and columns that are sorted together.
_TILE, _SORTED = 512, 64
# A reference further from the mean than so many scatters, squared, leaves too few digits of the sums.
_WORST_SQUARE = 16.0
# Squares smaller than this lose digits.
_LEAST_SQUARES = 1e-30
# What rounding may do to a scatter: at all, and by each sample.
_SLACK, _SLACK_EACH = 1e-4, 2e-6
# Sums of which rejection has left less than this share are taken anew.
_LEAST_SHARE = 1e-3
#: What a column is known to be: not well enough from its sums; from them, but it may have outliers; done.
_UNKNOWN, _DOUBTFUL, _SURE = np.uint8(0), np.uint8(1), np.uint8(2)


@numba.njit(cache=True, nogil=True)
def leave_out(block: Any, mask: Any) -> None:
    """Make NaN of what is masked."""
    for k in range(block.shape[0]):
        row, hidden = block[k], mask[k]
        for x in range(row.size):
            row[x] = _NAN if hidden[x] else row[x]


@numba.njit(cache=True, nogil=True)
def _find_references(block: Any, start: Any, stop: Any, reference: Any) -> None:
    """Take the first finite sample of each column; 0 where there is none."""
    for x in range(start, stop):
        k = 0
        while k < block.shape[0] and not abs(block[k, x]) <= _LARGEST:
            k += 1
        reference[x - start] = block[k, x] if k < block.shape[0] else np.float32(0)


@numba.njit(cache=True, nogil=True, fastmath=_SUMS)
def _add_two(one: Any, other: Any, reference: Any, number: Any, sums: Any) -> None:
    """Add two rows to number of samples, sum, sum of squares about the reference, and extremes."""
    total, squares, low, high = sums
    for x in range(one.size):
        base = reference[x]
        first, second = abs(one[x]) <= _LARGEST, abs(other[x]) <= _LARGEST
        a, b = one[x] if first else base, other[x] if second else base
        number[x] += (1 if first else 0) + (1 if second else 0)
        low[x] = min(low[x], min(a, b))
        high[x] = max(high[x], max(a, b))
        a, b = a - base, b - base
        total[x] += a + b
        squares[x] += a * a + b * b


@numba.njit(cache=True, nogil=True)
def _add_up(block: Any, start: Any, stop: Any, reference: Any, number: Any, sums: Any, nothing: Any) -> None:
    """Fill number of samples, sum, sum of squares about the reference, and extremes."""
    total, squares, low, high = sums
    for x in range(stop - start):
        number[x], total[x], squares[x] = 0, 0, 0
        low[x], high[x] = reference[x], reference[x]
    count = block.shape[0]
    for k in range(0, count, 2):
        other = block[k + 1, start:stop] if k + 1 < count else nothing[: stop - start]
        _add_two(block[k, start:stop], other, reference, number, sums)


@numba.njit(cache=True, nogil=True)
def _judge(
    number: Any, reference: Any, sums: Any, sigmas: Any, limits: Any, out: Any, count: Any, state: Any
) -> None:
    """Fill what the sums tell of each column, and whether that is all.

    A column is sure if a clip about the mean rejects nothing. A clip about the median rejects nothing if the
    median lies between the two limits.
    """
    total, squares, lowest, highest = sums
    above, below = limits
    mean, error, scatter, low, high = out
    for x in range(count.size):
        n, base = number[x], np.float64(reference[x])
        inverse = 1.0 / max(n, 1)
        centre = total[x] * inverse
        variance = squares[x] * inverse - centre * centre
        good = centre * centre <= _WORST_SQUARE * variance and _LEAST_SQUARES <= squares[x] <= _LARGEST
        good = good or lowest[x] == highest[x]
        variance = max(variance, 0.0)
        deviation = math.sqrt(variance)
        reach = sigmas[np.uint32(n)] * deviation * (1 - _SLACK - _SLACK_EACH * n)
        up, down = highest[x] - base, lowest[x] - base
        inside = up - centre <= reach and centre - down <= reach
        above[x], below[x] = up - reach, down + reach
        state[x] = _UNKNOWN if not good else _SURE if inside else _DOUBTFUL
        count[x] = n
        mean[x] = base + centre if n > 0 else np.nan
        scatter[x] = deviation if n > 0 else np.nan
        error[x] = math.sqrt(variance / max(n - 1, 1)) if n > 1 else np.nan
        low[x] = lowest[x] if n > 0 else _NAN
        high[x] = highest[x] if n > 0 else _NAN


@numba.njit(cache=True, nogil=True)
def _prove(
    block: Any, start: Any, stop: Any, reference: Any, number: Any, limits: Any, counts: Any, state: Any
) -> None:
    """Tell where the median surely lies between the limits."""
    above, below = limits
    fewer, more = counts
    size = stop - start
    for x in range(size):
        fewer[x], more[x] = 0, 0
    for k in range(block.shape[0]):
        row = block[k, start:stop]
        for x in range(size):
            away = row[x] - reference[x]
            fewer[x] += 1 if away < above[x] else 0
            more[x] += 1 if away > below[x] else 0
    for x in range(size):
        between = 2 * fewer[x] < number[x] and 2 * more[x] < number[x]
        state[x] = _UNKNOWN if state[x] == _UNKNOWN else _SURE if between else _DOUBTFUL


@numba.njit(cache=True, nogil=True)
def _exchange(one: Any, other: Any) -> None:
    """Put the smaller of each two values into the first row."""
    for x in range(one.size):
        # With min and max, unlike comparisons, the compiler does many columns at a time.
        small, large = min(one[x], other[x]), max(one[x], other[x])
        one[x] = small
        other[x] = large


@numba.njit(cache=True, nogil=True)
def _sort(tile: Any) -> None:
    """Sort the columns of a tile, all at once (Batcher's merge exchange)."""
    count = tile.shape[0]
    top = 1
    while 2 * top < count:
        top *= 2
    p = top
    while p > 0 and count > 1:
        q, r, d = top, 0, p
        while True:
            for i in range(count - d):
                if i & p == r:
                    _exchange(tile[i], tile[i + d])
            if q == p:
                break
            q, r, d = q // 2, p, q - p
        p //= 2


@numba.njit(cache=True, nogil=True)
def _gather(block: Any, columns: Any, tile: Any, number: Any) -> None:
    """Copy columns to a tile, what is not finite as infinity, and count the others."""
    for j in range(number.size):
        number[j] = 0
    for k in range(block.shape[0]):
        row, here = block[k], tile[k]
        for j in range(columns.size):
            here[j] = row[columns[j]]
        for j in range(here.size):
            there = abs(here[j]) <= _LARGEST
            here[j] = here[j] if there else _INFINITY
            number[j] += 1 if there else 0


@numba.njit(cache=True, nogil=True)
def _add_tile(tile: Any, centre: Any, total: Any, squares: Any) -> None:
    """Fill sum and sum of squares about the centres."""
    for j in range(total.size):
        total[j], squares[j] = 0, 0
    for k in range(tile.shape[0]):
        row = tile[k]
        for j in range(row.size):
            away = np.float64(row[j]) - np.float64(centre[j])
            away = away if row[j] <= _LARGEST else np.float64(0.0)
            total[j] += away
            squares[j] += away * away


@numba.njit(cache=True, nogil=True)
def _middle(column: Any, first: Any, last: Any) -> Any:
    """Give the median of a range of sorted values."""
    half = first + (last - first) // 2
    upper = np.float64(column[half])
    return upper if (last - first) % 2 else 0.5 * (np.float64(column[half - 1]) + upper)


@numba.njit(cache=True, nogil=True)
def _move(column: Any, first: Any, last: Any, base: Any, sign: Any) -> Any:
    """Give sum and sum of squares of a range about a base, times a sign."""
    total, squares = np.float64(0.0), np.float64(0.0)
    for k in range(first, last):
        away = np.float64(column[k]) - base
        total += away
        squares += away * away
    return sign * total, sign * squares


@numba.njit(cache=True, nogil=True)
def _narrow(column: Any, first: Any, last: Any, low: Any, high: Any) -> Any:
    """Give the part of a range of sorted values that lies within limits."""
    while first < last and column[first] < low:
        first += 1
    while last > first and column[last - 1] > high:
        last -= 1
    return first, last


@numba.njit(cache=True, nogil=True)
def _widen(column: Any, size: Any, first: Any, last: Any, low: Any, high: Any) -> Any:
    """Give a range of sorted values with all beside it that lies within limits."""
    while first > 0 and column[first - 1] >= low:
        first -= 1
    while last < size and column[last] <= high:
        last += 1
    return first, last


@numba.njit(cache=True, nogil=True)
def _sums_anew(column: Any, first: Any, last: Any) -> Any:
    """Give a base in the middle of a range, and the sums about it."""
    base = np.float64(column[min((first + last) // 2, column.size - 1)])
    total, squares = _move(column, first, last, base, 1.0)
    return base, total, squares


@numba.njit(cache=True, nogil=True)
def _clip(column: Any, size: Any, base: Any, total: Any, squares: Any, rule: Any) -> Any:
    """Clip sorted values, of known sums about a base; give the range left, its mean, and squares about it.

    All that lies within the limits of the last pass is left.
    """
    sigmas, iterations, about_median = rule
    first, last = 0, size
    low, high = np.float64(column[0]), np.float64(column[size - 1])
    for _ in range(iterations):
        n = last - first
        mean = total / n
        centre = _middle(column, first, last) if about_median else base + mean
        reach = sigmas[n] * math.sqrt(max(squares / n - mean * mean, 0.0))
        low, high = centre - reach, centre + reach
        start, stop = _narrow(column, first, last, low, high)
        if stop - start == n or stop == start:
            first, last = start, stop
            break
        front, behind = _move(column, first, start, base, -1.0), _move(column, stop, last, base, -1.0)
        before = squares
        first, last, n = start, stop, stop - start
        total, squares = total + front[0] + behind[0], squares + front[1] + behind[1]
        # What was taken off, or a base far from the rest, may have been much larger than what is left.
        if squares < _LEAST_SHARE * before or squares - total * total / n < _LEAST_SHARE * squares:
            base, total, squares = _sums_anew(column, first, last)
    start, stop = _widen(column, size, first, last, low, high)
    if first == last or start < first or stop > last:
        base, total, squares = _sums_anew(column, start, stop)
    mean = total / max(stop - start, 1)
    return start, stop, base + mean, max(squares - total * mean, 0.0)


@numba.njit(cache=True, nogil=True)
def _write(column: Any, found: Any, x: Any, out: Any, middle: Any, count: Any) -> None:
    """Fill what is left of a column."""
    first, last, mean, squares = found
    n = last - first
    count[x] = n
    out[0][x] = mean if n > 0 else np.nan
    out[1][x] = math.sqrt(squares / (n - 1) / n) if n > 1 else np.nan
    out[2][x] = math.sqrt(squares / n) if n > 0 else np.nan
    out[3][x] = column[first] if n > 0 else _NAN
    out[4][x] = column[last - 1] if n > 0 else _NAN
    if middle.size > 0:
        middle[x] = _middle(column, first, last) if n > 0 else np.nan


@numba.njit(cache=True, nogil=True)
def _visit(block: Any, columns: Any, rule: Any, state: Any, out: Any, middle: Any, count: Any) -> None:
    """Do columns exactly, sorted many at a time; where they are sure, give their medians."""
    tile = np.zeros((block.shape[0], _SORTED), block.dtype)
    number, base = np.empty(_SORTED, np.int32), np.empty(_SORTED, block.dtype)
    total, squares = np.empty(_SORTED), np.empty(_SORTED)
    for start in range(0, columns.size, _SORTED):
        here = columns[start : start + _SORTED]
        _gather(block, here, tile, number)
        _sort(tile)
        for j in range(_SORTED):
            base[j] = tile[number[j] // 2, j] if number[j] > 1 else tile[0, j]
        _add_tile(tile, base, total, squares)
        for j in range(here.size):
            x, size, column = here[j], number[j], tile[:, j]
            if size == 0 or state[x] == _SURE:
                if middle.size > 0:
                    middle[x] = _middle(column, 0, size) if size > 0 else np.nan
            else:
                found = _clip(column, size, np.float64(base[j]), total[j], squares[j], rule)
                _write(column, found, x, out, middle, count)


@numba.njit(cache=True, nogil=True)
def clip_block(
    block: Any, sigmas: Any, iterations: Any, about_median: Any, out: Any, middle: Any, count: Any
) -> None:
    """Fill what clipping leaves of the samples of each pixel.

    Parameters
    ----------
    block : ndarray of float32 or float64, shape (nsamples, npixels)
        Samples, in C order; what is not finite is left aside.
    sigmas : ndarray of float64, shape (nsamples + 1,)
        Threshold in standard deviations, by number of samples.
    iterations : int
        Largest number of passes.
    about_median : bool
        Whether distances are from the median, or from the mean.
    out : tuple of ndarray of the block's type, each of shape (npixels,)
        Filled with mean, standard error, scatter, lowest and highest value kept; NaN without a value.
    middle : ndarray of the block's type, shape (npixels,) or (0,)
        Filled with the median of the values kept; empty if none is wanted.
    count : ndarray of int32, shape (npixels,)
        Filled with the numbers of values kept.
    """
    npixels = block.shape[1]
    reference, number = np.empty(_TILE, block.dtype), np.empty(_TILE, np.int32)
    room, nothing = np.empty((6, _TILE), block.dtype), np.empty((1, _TILE), block.dtype)
    nothing[0].fill(_NAN)
    sums, limits = (room[0], room[1], room[2], room[3]), (room[4], room[5])
    counts = np.empty(_TILE, np.int32), np.empty(_TILE, np.int32)
    state, columns = np.empty(npixels, np.uint8), np.empty(npixels, np.uint32)
    many = 0
    for start in range(0, npixels, _TILE):
        stop = min(start + _TILE, npixels)
        mean, error, scatter, low, high = out
        here = mean[start:stop], error[start:stop], scatter[start:stop], low[start:stop], high[start:stop]
        _find_references(block, start, stop, reference)
        _add_up(block, start, stop, reference, number, sums, nothing[0])
        _judge(number, reference, sums, sigmas, limits, here, count[start:stop], state[start:stop])
        if about_median and iterations > 0:
            _prove(block, start, stop, reference, number, limits, counts, state[start:stop])
        for x in range(start, stop):
            if state[x] == _DOUBTFUL and iterations == 0:
                state[x] = _SURE
            columns[many] = x
            many += 1 if middle.size > 0 or state[x] != _SURE else 0
    _visit(block, columns[:many], (sigmas, iterations, about_median), state, out, middle, count)
