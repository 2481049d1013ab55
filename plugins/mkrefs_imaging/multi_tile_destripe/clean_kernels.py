"""Compiled loops that take off a tile what is known of it, and measure the gradients that are left."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

#: Side of the blocks that gradients are taken of.
SIDE = 2


@numba.njit(cache=True, nogil=True)
def take_off(
    data: NDArray[np.float32],
    offsets: NDArray[np.float32],
    amplifier: NDArray[np.int64],
    gain: NDArray[np.float32],
    along: NDArray[np.float32],
    down: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Take offsets of rows by amplifier, times ``gain`` unless that is empty, and a plane off a tile.

    The plane is the sum of ``along`` by column and ``down`` by row. ``out`` is written.
    """
    for row in range(data.shape[0]):
        for col in range(data.shape[1]):
            pattern = offsets[row, amplifier[col]]
            if gain.shape[0] > 0:
                pattern *= gain[row, col]
            out[row, col] = data[row, col] - ((pattern + along[col]) + down[row])


@numba.njit(cache=True, nogil=True)
def _median_of_block(image: Any, top: int, left: int, values: Any) -> Any:
    """Give the median of what is known of a block that is cut by the edge, or not wholly known."""
    count = 0
    for y in range(top, min(top + SIDE, image.shape[0])):
        for x in range(left, min(left + SIDE, image.shape[1])):
            if not np.isnan(image[y, x]):
                values[count] = image[y, x]
                count += 1
    if 2 * count < SIDE * SIDE:
        return np.float32(np.nan)
    known = np.sort(values[:count])
    return np.float32(0.5) * (known[(count - 1) // 2] + known[count // 2])


@numba.njit(cache=True, nogil=True)
def block_medians(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the medians of blocks of 2 x 2 pixels; NaN where more than half of a block is NaN."""
    rows, cols = (image.shape[0] + SIDE - 1) // SIDE, (image.shape[1] + SIDE - 1) // SIDE
    out = np.empty((rows, cols), dtype=np.float32)
    values = np.empty(SIDE * SIDE, dtype=np.float32)
    half = np.float32(0.5)
    for r in range(rows):
        top = SIDE * r
        whole = image.shape[1] // SIDE if top + 1 < image.shape[0] else 0
        for c in range(whole):
            p, q = image[top, 2 * c], image[top, 2 * c + 1]
            s, t = image[top + 1, 2 * c], image[top + 1, 2 * c + 1]
            # Of four values these are the two in the middle; NaN, of which one comparison is false, stays.
            low, high = max(min(p, q), min(s, t)), min(max(p, q), max(s, t))
            out[r, c] = half * (low + high) + np.float32(0) * (p + q + s + t)
        for c in range(whole):
            if np.isnan(out[r, c]):
                out[r, c] = _median_of_block(image, top, SIDE * c, values)
        for c in range(whole, cols):
            out[r, c] = _median_of_block(image, top, SIDE * c, values)
    return out


@numba.njit(cache=True, nogil=True)
def gradients_of(medians: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Write the gradients of blocks along x and y, per pixel, shape (nblocks, 2); 0 where not known."""
    rows, cols = medians.shape
    for r in range(rows):
        above, below = min(r + 1, rows - 1), max(r - 1, 0)
        down = np.float32(1 / (SIDE * max(above - below, 1)))
        for c in range(cols):
            right, left = min(c + 1, cols - 1), max(c - 1, 0)
            across = np.float32(1 / (SIDE * max(right - left, 1)))
            x = (medians[r, right] - medians[r, left]) * across
            y = (medians[above, c] - medians[below, c]) * down
            out[r * cols + c, 0] = np.float32(0) if np.isnan(x) else x
            out[r * cols + c, 1] = np.float32(0) if np.isnan(y) else y
