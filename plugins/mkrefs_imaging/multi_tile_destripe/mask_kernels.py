"""Compiled loops over the residuals of a tile: in units of their scatter, and the weights that follow."""

import numba
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]

#: Side of the blocks whose scatter tells where comparisons are worse than elsewhere.
BLOCK = 16
# No pixel counts more than this many times as much as the typical one of its tile.
_LARGEST_SQUARE = 25.0


@numba.njit(cache=True, nogil=True)
def scale_residuals(clean: Image, weight: Image, mean: Image, total: Image) -> None:
    """Turn ``mean``, the average of the other tiles, into residuals where weight 1 has its own scatter.

    NaN where a pixel of the tile, or all others, have no weight.
    """
    for row in range(clean.shape[0]):
        for col in range(clean.shape[1]):
            one, other = weight[row, col], total[row, col]
            residual = clean[row, col] - mean[row, col]
            known = one > 0 and other > 0
            scale = np.sqrt(one * other / (one + other)) if known else np.float32(np.nan)
            mean[row, col] = residual * scale


@numba.njit(cache=True, nogil=True)
def take_middles(residual: Image, middle: Image, amplifier: NDArray[np.int64]) -> None:
    """Take off what is in the middle of each row of each amplifier."""
    for row in range(residual.shape[0]):
        for col in range(residual.shape[1]):
            residual[row, col] -= middle[row, amplifier[col]]


@numba.njit(cache=True, nogil=True)
def finite_sample(values: Image, most: int) -> tuple[Image, int]:
    """Give up to about so many of the finite values, evenly chosen, and how many there are."""
    count = 0
    for row in range(values.shape[0]):
        for col in range(values.shape[1]):
            count += np.isfinite(values[row, col])
    every = count // most + 1
    out, met, found = np.empty(count // every + 1, dtype=np.float32), 0, 0
    for row in range(values.shape[0]):
        for col in range(values.shape[1]):
            if np.isfinite(values[row, col]):
                if met == 0:
                    out[found] = values[row, col]
                    found += 1
                met = met + 1 if met + 1 < every else 0
    return out[:found], count


@numba.njit(cache=True, nogil=True)
def mask_outliers(residual: Image, centre: float, limit: float, mask: NDArray[np.bool_]) -> None:
    """Add to a mask what differs from the centre by more than the limit."""
    for row in range(residual.shape[0]):
        for col in range(residual.shape[1]):
            mask[row, col] |= abs(residual[row, col] - centre) > limit


@numba.njit(cache=True, nogil=True)
def block_factors(residual: Image, mask: NDArray[np.bool_], spread: float) -> Image:
    """Give less weight to blocks whose residuals scatter more than ``spread``, and none to what is masked.

    A block of few pixels may scatter by chance: a quarter of a block's pixels of that scatter are added.
    """
    rows, cols = residual.shape
    out = np.empty((rows, cols), dtype=np.float32)
    some, across = BLOCK**2 / 4, (cols + BLOCK - 1) // BLOCK
    squares, counts = np.empty(across), np.empty(across)
    for top in range(0, rows, BLOCK):
        squares[:], counts[:] = 0.0, 0.0
        bottom = min(top + BLOCK, rows)
        for row in range(top, bottom):
            for col in range(cols):
                value = residual[row, col] / spread
                if not mask[row, col] and np.isfinite(value):
                    squares[col // BLOCK] += min(value * value, _LARGEST_SQUARE)
                    counts[col // BLOCK] += 1.0
        for block in range(across):
            mean = (squares[block] + some) / (counts[block] + some)
            squares[block] = 1 / max(mean, 1.0)
        for row in range(top, bottom):
            for col in range(cols):
                out[row, col] = 0.0 if mask[row, col] else squares[col // BLOCK]
    return out


@numba.njit(cache=True, nogil=True)
def drop_uncompared(residual: Image, weight: Image, factor: Image) -> float:
    """Drop what is not compared and had no weight before; give the share of the compared that is dropped."""
    seen = dropped = 0
    for row in range(residual.shape[0]):
        for col in range(residual.shape[1]):
            if np.isnan(residual[row, col]):
                if weight[row, col] == 0:
                    factor[row, col] = 0.0
            elif np.isfinite(residual[row, col]):
                seen += 1
                dropped += factor[row, col] == 0
    return dropped / seen if seen else 0.0


@numba.njit(cache=True, nogil=True)
def weigh(
    first: Image,
    factor: Image,
    total: Image,
    amplifier: NDArray[np.int64],
    pixels: NDArray[np.int64],
    least: float,
    weight: Image,
) -> NDArray[np.float64]:
    """Write the weights of a tile, none for rows of an amplifier of which too little is left.

    Parameters
    ----------
    first, factor : ndarray of float32
        Weights before any masking, and by what they are multiplied.
    total : ndarray of float32
        Weights of the averages of the other tiles.
    amplifier, pixels : ndarray of int64
        Of each column, and in each row of an amplifier.
    least : float
        Smallest share of a row that must have a weight.
    weight : ndarray of float32
        Written.

    Returns
    -------
    ndarray of float64, shape (nrows, namplifiers)
        Share of the pixels of each row of an amplifier that are compared.
    """
    shares = np.zeros((first.shape[0], pixels.size))
    left = np.empty(pixels.size)
    for row in range(first.shape[0]):
        left[:] = 0.0
        for col in range(first.shape[1]):
            weight[row, col] = first[row, col] * factor[row, col]
            left[amplifier[col]] += weight[row, col] > 0
        for col in range(first.shape[1]):
            if left[amplifier[col]] / pixels[amplifier[col]] < least:
                weight[row, col] = 0.0
            shares[row, amplifier[col]] += weight[row, col] > 0 and total[row, col] > 0
        shares[row] /= pixels
    return shares
