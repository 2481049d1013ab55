"""Compiled loops over the standing of all pixels, each once through memory."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@numba.njit(cache=True, nogil=True)
def first_standing(
    data: NDArray[np.float32], dq: NDArray[np.uint32], do_not_use: int, no_sky: int, good: Mask, flagged: Mask
) -> None:
    """Write what is good, and what is NaN or has a flag of those not to be used; without sky it is neither.

    All arrays have one dimension.
    """
    for k in range(data.size):
        usable = np.isfinite(data[k]) and dq[k] & np.uint32(do_not_use) == 0
        sky = dq[k] & np.uint32(no_sky) == 0
        good[k] = usable and sky
        flagged[k] = not usable and sky


@numba.njit(cache=True, nogil=True)
def places_of(mask: Mask) -> NDArray[np.int64]:
    """Give plane, row and column of what is marked, in the order of the pixels, shape (n, 3)."""
    flat = mask.reshape(-1)
    count = 0
    for k in range(flat.size):
        count += flat[k]
    places = np.empty((count, 3), dtype=np.int64)
    found = 0
    columns, pixels = mask.shape[2], mask.shape[1] * mask.shape[2]
    for k in range(flat.size):
        if flat[k]:
            places[found, 0], rest = k // pixels, k % pixels
            places[found, 1], places[found, 2] = rest // columns, rest % columns
            found += 1
    return places


@numba.njit(cache=True, nogil=True)
def last_flags(
    dq: NDArray[np.uint32], bad: Mask, fixed: Mask, added: int, estimated: int, taken: int
) -> NDArray[np.uint32]:
    """Give flags with some ``added`` to what is bad, ``estimated`` to what is fixed and some ``taken`` there.

    All arrays have one dimension.
    """
    flags = np.empty_like(dq)
    for k in range(dq.size):
        value = dq[k]
        if bad[k]:
            value |= np.uint32(added)
        if fixed[k]:
            value = (value | np.uint32(estimated)) & ~np.uint32(taken)
        flags[k] = value
    return flags


@numba.njit(cache=True, nogil=True)
def _spread(row: int, column: int, frame: Any, marks: Any, places: Any) -> int:
    """Mark all NaNs beside or above each other that hang together with one; give how many these are."""
    places[0, 0], places[0, 1], marks[row, column] = row, column, 1
    count, done = 1, 0
    while done < count:
        y, x = places[done]
        for dy, dx in ((-1, 0), (0, -1), (0, 1), (1, 0)):
            v, u = y + dy, x + dx
            inside = 0 <= v < frame.shape[0] and 0 <= u < frame.shape[1]
            if inside and marks[v, u] == 0 and np.isnan(frame[v, u]):
                places[count, 0], places[count, 1], marks[v, u] = v, u, 1
                count += 1
        done += 1
    return count


@numba.njit(cache=True, nogil=True)
def times_in_clusters(data: NDArray[np.float32], least: int) -> NDArray[np.int64]:
    """Count, for each pixel, the planes in which it lies in a cluster of at least so many NaNs."""
    _, rows, columns = data.shape
    times = np.zeros((rows, columns), dtype=np.int64)
    marks = np.empty((rows, columns), dtype=np.uint8)
    places = np.empty((rows * columns, 2), dtype=np.int64)
    for frame in data:
        marks[:] = 0
        for row in range(rows):
            for column in range(columns):
                if np.isnan(frame[row, column]) and marks[row, column] == 0:
                    count = _spread(row, column, frame, marks, places)
                    for k in range(count if count >= least else 0):
                        times[places[k, 0], places[k, 1]] += 1
    return times
