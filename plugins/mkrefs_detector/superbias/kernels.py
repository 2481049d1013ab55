"""Compiled loops over pixels: rejection of outliers among the samples of a pixel, and their mean.

A stack of samples lies in memory tile by tile, each of some neighbouring pixels with all their samples, which
stays in the processor's cache while it is worked on: shape (ntiles, nsamples, npixels of a tile). Samples are
put into order first, of several pixels at once: outliers are then at either end, wherever one looks for them.

Importing this module loads numba but compiles nothing; compiled code is cached on disk. All kernels share
this module because the cache notices no change in another file. The tests hold them against the same
computations in numpy.
"""

import math
from typing import Any

import numba
import numpy as np

# Division by zero gives infinity, as in numpy, and so needs no branch.
_compiled = numba.njit(cache=True, nogil=True, error_model="numpy")


@_compiled
def write_samples(
    science: Any, group_dq: Any, pixel_dq: Any, flags: Any, shift: Any, channel: Any, first: Any, out: Any
) -> None:
    """Write the first groups of one ramp less their drift; infinity for what is spoilt, and behind the last.

    Parameters
    ----------
    science : ndarray of float32, shape (nints, npixels)
        First groups.
    group_dq : ndarray of uint8, same shape
        Their flags.
    pixel_dq : ndarray of uint32, shape (npixels,)
        Flags of the pixels.
    flags : (numpy.uint8, numpy.uint8, numpy.uint32)
        Group flags that spoil a sample, those that do unless the whole pixel has them, and the flag of a
        whole pixel.
    shift : ndarray of float64, shape (nsamples, nchannels)
        What is taken off a sample of a channel.
    channel : ndarray of int64, shape (npixels,)
        Channel of each pixel.
    first : int
        Place of the ramp's first sample among those of all ramps.
    out : ndarray of float64, shape (ntiles, nsamples, tile)
        Filled from ``first`` on.
    """
    spoils, forbids, masked = flags
    nints, npixels = science.shape
    ntiles, _, tile = out.shape
    for number in range(ntiles):
        start = number * tile
        width = min(tile, npixels - start)
        own, mask = channel[start : start + width], pixel_dq[start : start + width]
        for i in range(nints):
            values, q = science[i, start : start + width], group_dq[i, start : start + width]
            row, less = out[number, first + i], shift[first + i]
            for t in range(width):
                bad = (q[t] & spoils) != 0 or ((q[t] & forbids) != 0 and (mask[t] & masked) == 0)
                fit = not bad and abs(values[t]) < np.float32(np.inf)
                row[t] = np.float64(values[t]) - less[own[t]] if fit else math.inf
            row[width:] = math.inf


@_compiled
def _sort(tile: Any) -> None:
    """Put the samples of each pixel into order, by Batcher's merge exchange (Knuth, 5.2.2, algorithm M)."""
    count, width = tile.shape
    top = 1
    while 2 * top < count:
        top *= 2
    p = top
    while p > 0:
        q, r, d = top, 0, p
        while True:
            for i in range(count - d):
                if i & p == r:
                    one, two = tile[i], tile[i + d]
                    for t in range(width):
                        a, b = one[t], two[t]
                        one[t] = min(a, b)
                        two[t] = max(a, b)
            if q == p:
                break
            d, r = q - p, p
            q //= 2
        p //= 2


@_compiled
def _describe(tile: Any, number: Any, mean: Any, squares: Any) -> None:
    """Fill number, mean and sum of squares about it of the samples that are there."""
    number[:] = 0.0
    mean[:] = 0.0
    squares[:] = 0.0
    for k in range(tile.shape[0]):
        row = tile[k]
        for t in range(row.size):
            there = row[t] < math.inf
            number[t] += 1.0 if there else 0.0
            mean[t] += row[t] if there else 0.0
    for t in range(mean.size):
        mean[t] /= number[t]
    for k in range(tile.shape[0]):
        row = tile[k]
        for t in range(row.size):
            square = (row[t] - mean[t]) ** 2
            squares[t] += square if square < math.inf else 0.0


@_compiled
def _suspect_outliers(
    tile: Any, stats: Any, limits: Any, hidden: Any, closest: Any, ends: Any, suspect: Any
) -> None:
    """Mark the pixels that have an outlier in sight, or one behind up to a quarter of the samples.

    The extremes are set aside one after the other, of many pixels at once.
    """
    low, high, number, mean, squares = ends[0], ends[1], stats[0], stats[1], stats[2]
    for t in range(suspect.size):
        n = int(number[t])
        low[t], high[t] = 0, max(n - 1, 0)
        far = max(mean[t] - tile[0, t], tile[high[t], t] - mean[t])
        suspect[t] = n > 2 and far * far > max(limits[n] * squares[t], closest)
    for level in range(tile.shape[0] // 4):
        for t in range(suspect.size):
            n = high[t] - low[t] + 1
            below, above = mean[t] - tile[low[t], t], tile[high[t], t] - mean[t]
            far = max(below, above)
            left = max(n - 1, 1)
            under = below >= above
            one, other = low[t] + (1 if under else 0), high[t] - (0 if under else 1)
            centre = mean[t] + (far if under else -far) / left
            rest = squares[t] - far * far * n / left
            far = max(centre - tile[one, t], tile[max(other, 0), t] - centre)
            goes_on = level < int(number[t]) // 4
            found = left > 2 and far * far > max(hidden[left] * rest, closest)
            suspect[t] |= goes_on and found
            low[t], high[t] = (one, other) if goes_on else (low[t], high[t])
            mean[t], squares[t] = (centre, rest) if goes_on else (mean[t], squares[t])


@_compiled
def _spread(tile: Any, t: Any, first: Any, stop: Any) -> Any:
    """Give mean and sum of squares about it of the samples ``first`` to ``stop`` of a pixel."""
    total = 0.0
    for k in range(first, stop):
        total += tile[k, t]
    mean = total / (stop - first)
    squares = 0.0
    for k in range(first, stop):
        squares += (tile[k, t] - mean) ** 2
    return mean, squares


@_compiled
def _drop(tile: Any, t: Any, first: Any, stop: Any, mean: Any, limit: Any) -> Any:
    """Leave out, at either end, samples whose squared distance from the mean exceeds the limit."""
    while first < stop and (tile[first, t] - mean) ** 2 > limit:
        first += 1
    while first < stop and (tile[stop - 1, t] - mean) ** 2 > limit:
        stop -= 1
    return first, stop


@_compiled
def _drop_hidden(
    tile: Any, t: Any, first: Any, stop: Any, mean: Any, squares: Any, hidden: Any, closest: Any
) -> Any:
    """Leave out outliers that hide one another: set the extremes aside, look whether the rest has any."""
    low, high, n = first, stop, stop - first
    for _ in range(n // 4):
        below, above = mean - tile[low, t], tile[high - 1, t] - mean
        n -= 1
        if below >= above:
            low += 1
            mean += below / n
            squares -= below * below * (n + 1) / n
        else:
            high -= 1
            mean -= above / n
            squares -= above * above * (n + 1) / n
        limit = max(hidden[n] * squares, closest)
        one, other = _drop(tile, t, low, high, mean, limit)
        if n > 2 and other - one < n:
            return one, other
    return first, stop


@_compiled
def _reject(
    tile: Any,
    t: Any,
    n: Any,
    mean: Any,
    squares: Any,
    limits: Any,
    hidden: Any,
    closest: Any,
    iterations: Any,
) -> Any:
    """Give the range kept of a pixel's samples, their mean and sum of squares."""
    first, stop = 0, n
    for _ in range(iterations):
        n = stop - first
        if n < 3:
            break
        one, other = _drop(tile, t, first, stop, mean, max(limits[n] * squares, closest))
        if other - one == n:
            one, other = _drop_hidden(tile, t, first, stop, mean, squares, hidden, closest)
        if other - one == n:
            break
        first, stop = one, other
        mean, squares = _spread(tile, t, first, stop)
    return stop - first, mean, squares


@_compiled
def _clip_about_median(tile: Any, t: Any, n: Any, sigma: Any, iterations: Any) -> Any:
    """Clip about the median as astropy's ``sigma_clip`` does; give number kept, mean and sum of squares."""
    first, stop = 0, n
    mean, squares = _spread(tile, t, first, stop)
    for _ in range(iterations):
        n = stop - first
        centre = (tile[first + (n - 1) // 2, t] + tile[first + n // 2, t]) / 2
        reach = sigma * math.sqrt(squares / n)
        while tile[first, t] < centre - reach:
            first += 1
        while tile[stop - 1, t] > centre + reach:
            stop -= 1
        if stop - first == n:
            break
        mean, squares = _spread(tile, t, first, stop)
    return stop - first, mean, squares


@_compiled
def average_samples(
    stack: Any, limits: Any, hidden: Any, factor: Any, closest: Any, sigma: Any, iterations: Any, out: Any
) -> Any:
    """Average the samples of each pixel without outliers.

    Parameters
    ----------
    stack : ndarray of float64, shape (ntiles, nsamples, tile)
        Samples, infinity where there is none; put into order.
    limits : ndarray of float64, shape (nsamples + 1,)
        Largest square of a distance from the mean, as a share of the sum of squares of ``n`` samples, by
        ``n``; empty for a plain clip about the median.
    hidden : ndarray of float64, same shape
        The limits where an outlier is looked for behind another.
    factor : ndarray of float64, shape (nsamples + 1,)
        What the standard deviation of ``n`` samples kept is multiplied by, by ``n``.
    closest : float
        What is closer to the mean than this is no outlier.
    sigma : float
        Threshold of the plain clip.
    iterations : int
        Largest number of passes.
    out : ndarray of float32, shape (3, npixels)
        Filled with the mean, NaN where there is no sample, the standard deviation of a sample, NaN where
        there are fewer than two, and the number of samples kept.

    Returns
    -------
    int
        Number of samples that were there.
    """
    ntiles, _, tile = stack.shape
    npixels = out.shape[1]
    stats, work = np.empty((3, tile)), np.empty((3, tile))
    ends, suspect = np.empty((2, tile), np.int64), np.ones(tile, np.bool_)
    found = 0
    for place in range(ntiles):
        samples = stack[place]
        _sort(samples)
        _describe(samples, stats[0], stats[1], stats[2])
        if limits.size > 0:
            for r in range(3):
                for t in range(tile):
                    work[r, t] = stats[r, t]
            _suspect_outliers(samples, work, limits, hidden, closest * closest, ends, suspect)
        start = place * tile
        for t in range(min(tile, npixels - start)):
            n, mean, squares = int(stats[0, t]), stats[1, t], stats[2, t]
            found += n
            if suspect[t] and n > 1:
                if limits.size > 0:
                    n, mean, squares = _reject(
                        samples, t, n, mean, squares, limits, hidden, closest * closest, iterations
                    )
                else:
                    n, mean, squares = _clip_about_median(samples, t, n, sigma, iterations)
            out[0, start + t] = mean
            out[1, start + t] = math.sqrt(squares / n) * factor[n] if n > 1 else math.nan
            out[2, start + t] = n
    return found
