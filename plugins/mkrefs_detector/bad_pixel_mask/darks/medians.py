"""Compiled loops over a sample of pixels: what the median pixel of each channel has collected."""

import math
from typing import Any

import numba
import numpy as np

# Values that tell where the median lies, within quantiles so far from it.
_SCOUTS, _REACH = 256, 0.1
# Of fewer values all are sorted.
_MANY = 2048


@numba.njit(error_model="numpy", cache=True, nogil=True)
def pick_levels(science: Any, group_dq: Any, bad: Any, places: Any, into: Any, levels: Any) -> None:
    """Pick the levels of some pixels.

    Parameters
    ----------
    science : ndarray of float32, shape (nints, ngroups, npixels)
        Signal in DN.
    group_dq : ndarray of uint8, same shape
        Group flags.
    bad : int
        Flags that spoil a group.
    places, into : ndarray of int64, shape (n,)
        Which pixels, and their places among the levels.
    levels : ndarray of float32, shape (nints, ngroups, nlevels)
        Filled at ``into``; NaN where a group is spoilt.
    """
    nints, ngroups, _ = science.shape
    for i in range(nints):
        for g in range(ngroups):
            for k in range(places.size):
                spoilt = group_dq[i, g, places[k]] & bad
                levels[i, g, into[k]] = math.nan if spoilt else science[i, g, places[k]]


@numba.njit(error_model="numpy", cache=True)
def _select(values: Any, n: Any, k: Any) -> Any:
    """Give the k-th smallest, from 0 on, of the first n values, which are reordered about it."""
    low, high = 0, n - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    return values[k]


@numba.njit(error_model="numpy", cache=True)
def _middle(values: Any, n: Any, first: Any, second: Any) -> Any:
    """Give the mean of two values of neighbouring ranks among the first n, which are reordered."""
    high = _select(values, n, second)
    low = high
    if first < second:
        low = values[0]
        for k in range(1, second):
            low = max(low, values[k])
    return 0.5 * (np.float64(low) + high)


@numba.njit(error_model="numpy", cache=True)
def _median(values: Any, n: Any, room: Any) -> Any:
    """Give the median of the first n values, which are reordered.

    Of many, only those between two quantiles of a few are sorted, if the median is indeed among them.
    """
    if n < _MANY:
        return _middle(values, n, (n - 1) // 2, n // 2)
    stride = n // _SCOUTS
    for k in range(_SCOUTS):
        room[k] = values[k * stride]
    low = _select(room, _SCOUTS, int((0.5 - _REACH) * _SCOUTS))
    high = _select(room, _SCOUTS, int((0.5 + _REACH) * _SCOUTS))
    below, inside = 0, 0
    for k in range(n):
        value = values[k]
        below += 1 if value < low else 0
        room[inside] = value
        inside += 1 if value >= low and value <= high else 0
    first, second = (n - 1) // 2 - below, n // 2 - below
    if first < 0 or second >= inside:
        return _middle(values, n, (n - 1) // 2, n // 2)
    return _middle(room, inside, first, second)


@numba.njit(error_model="numpy", cache=True, nogil=True)
def common_signal(levels: Any, edges: Any, least: Any, out: Any) -> None:
    """Add up the medians of the differences of neighbouring groups.

    Parameters
    ----------
    levels : ndarray of float32, shape (nints, ngroups, npixels)
        Levels, channel by channel; NaN where there is none.
    edges : ndarray of int64, shape (nchannels + 1,)
        Where each channel begins, and the number of all pixels.
    least : int
        Differences that a median needs; of fewer it is 0.
    out : ndarray of float32, shape (nints, ngroups, nchannels)
        Filled with what the median pixel of each channel has collected since the first group.
    """
    nints, ngroups, npixels = levels.shape
    steps, room = np.empty(npixels + 1, np.float32), np.empty(npixels + 1, np.float32)
    for channel in range(edges.size - 1):
        for i in range(nints):
            out[i, 0, channel] = 0
            for g in range(1, ngroups):
                before, after = levels[i, g - 1], levels[i, g]
                n = 0
                for p in range(edges[channel], edges[channel + 1]):
                    step = after[p] - before[p]
                    steps[n] = step
                    n += 0 if math.isnan(step) or math.isinf(step) else 1
                middle = _median(steps, n, room) if n >= least else 0.0
                out[i, g, channel] = out[i, g - 1, channel] + middle
