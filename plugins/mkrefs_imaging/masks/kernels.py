"""Compiled loops over masks: groups of pixels that are too small are taken out, others are grown."""

import numba
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]

# While a group is looked at its pixels are marked so; then as kept or dropped.
_MET, _KEPT = 2, 3


@numba.njit(cache=True, nogil=True)
def _neighbours(mask: Mask, row: int, column: int, places: NDArray[np.int64], count: int) -> int:
    """Mark the neighbours of a pixel that are not met yet, and note where; give how many are noted."""
    for y in range(max(row - 1, 0), min(row + 2, mask.shape[0])):
        for x in range(max(column - 1, 0), min(column + 2, mask.shape[1])):
            if mask[y, x] == 1:
                mask[y, x] = _MET
                places[count] = y * mask.shape[1] + x
                count += 1
    return count


@numba.njit(cache=True, nogil=True)
def keep_groups(mask: Mask, least: int) -> None:
    """Keep only pixels in groups of at least so many, touching by sides or corners; in place, 0 or 1."""
    places = np.empty(int((mask != 0).sum()) + 1, dtype=np.int64)
    for row in range(mask.shape[0]):
        for column in range(mask.shape[1]):
            if mask[row, column] != 1:
                continue
            mask[row, column] = _MET
            places[0], count, done = row * mask.shape[1] + column, 1, 0
            while done < count:
                count = _neighbours(
                    mask, places[done] // mask.shape[1], places[done] % mask.shape[1], places, count
                )
                done += 1
            for k in range(count):
                mask[places[k] // mask.shape[1], places[k] % mask.shape[1]] = _KEPT if count >= least else 0
    for row in range(mask.shape[0]):
        for column in range(mask.shape[1]):
            mask[row, column] = mask[row, column] != 0


@numba.njit(cache=True, nogil=True)
def grown(mask: Mask, size: int) -> Mask:
    """Grow a mask by a square of so many pixels; one of an even size reaches further back than forward."""
    rows, columns = mask.shape
    forward, back = size // 2, size - 1 - size // 2
    along, out = np.zeros_like(mask), np.zeros_like(mask)
    for row in range(rows):
        until = 0
        for column in range(columns):
            if mask[row, column]:
                first, last = max(column - back, until), min(column + forward + 1, columns)
                along[row, first:last] = 1
                until = last
    for row in range(rows):
        for other in range(max(row - forward, 0), min(row + back + 1, rows)):
            for column in range(columns):
                out[row, column] |= along[other, column]
    return out
