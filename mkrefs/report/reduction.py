"""Makes large images small enough for a page: pure functions on arrays."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def reduction_factor(shape: tuple[int, ...], most: int) -> int:
    """Give the side of the square blocks that leave at most ``most`` cells along the longer side."""
    return max(1, math.ceil(max(shape) / most))


def block_medians(image: NDArray[np.number], factor: int) -> NDArray[np.float32]:
    """Give the median of the finite values in each block of pixels.

    Parameters
    ----------
    image : ndarray, shape (nrows, ncols)
        The image. Blocks at the upper and right edge may be incomplete.
    factor : int
        Side of a block in pixels.

    Returns
    -------
    ndarray of float32, shape (ceil(nrows / factor), ceil(ncols / factor))
        NaN where a block holds no finite value.
    """
    plain = image.astype(np.float32)
    plain[~np.isfinite(plain)] = np.nan
    if factor == 1:
        return plain
    cells = np.sort(_blocks(plain, factor, np.nan), axis=-1)  # NaN comes last
    number = np.isfinite(cells).sum(axis=-1)
    lower, upper = np.maximum(number - 1, 0) // 2, number // 2
    middle = [np.take_along_axis(cells, index[..., None], axis=-1)[..., 0] for index in (lower, upper)]
    # an index that is out of the finite values belongs to a block without any
    return np.where(number > 0, (middle[0] + middle[1]) / 2, np.nan).astype(np.float32)


def block_maxima(classes: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Give the largest value in each block of pixels, so that no single pixel is lost.

    Parameters
    ----------
    classes : ndarray of uint8, shape (nrows, ncols)
        Numbers of classes.
    factor : int
        Side of a block in pixels.

    Returns
    -------
    ndarray of uint8, shape (ceil(nrows / factor), ceil(ncols / factor))
    """
    return classes if factor == 1 else _blocks(classes, factor, 0).max(axis=-1)


def _blocks(image: NDArray[Any], factor: int, filling: float) -> NDArray[Any]:
    """Give the pixels of each block along a last axis of their own; what a block lacks is filled."""
    rows, columns = (-(-length // factor) for length in image.shape)
    margins = [
        (0, cells * factor - length) for cells, length in zip((rows, columns), image.shape, strict=True)
    ]
    padded = np.pad(image, margins, constant_values=filling)
    blocks = padded.reshape(rows, factor, columns, factor).swapaxes(1, 2)
    return blocks.reshape(rows, columns, factor * factor)
