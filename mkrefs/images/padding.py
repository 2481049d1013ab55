"""Adds empty pixels around arrays; no files."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.instruments.dq import PIXEL_DQ

#: Pixels on the left, right, bottom and top.
Pad = tuple[int, int, int, int]


def padded_shape(shape: tuple[int, ...], pad: Pad) -> tuple[int, ...]:
    """Give the shape of an array after pixels are added to its last two axes, rows and columns."""
    left, right, bottom, top = pad
    return (*shape[:-2], shape[-2] + bottom + top, shape[-1] + left + right)


def padded(array: NDArray[Any], pad: Pad, *, flags: bool = False) -> NDArray[Any]:
    """Add pixels around the last two axes of an array.

    Parameters
    ----------
    array : ndarray, shape (..., nrows, ncols)
        Its type stays.
    pad : (int, int, int, int)
        Pixels on the left, right, bottom and top.
    flags : bool
        It holds DQ flags.

    Returns
    -------
    ndarray
        The new pixels are DO_NOT_USE where it holds flags, NaN where it can, and else 0.
    """
    empty = np.nan if array.dtype.kind in "fc" else 0
    filled = np.full(padded_shape(array.shape, pad), PIXEL_DQ["DO_NOT_USE"] if flags else empty, array.dtype)
    inner(filled, pad)[...] = array
    return filled


def inner(array: NDArray[Any], pad: Pad) -> NDArray[Any]:
    """Give the part of a padded array that was there before, as a view."""
    left, right, bottom, top = pad
    rows, columns = array.shape[-2:]
    return array[..., bottom : rows - top, left : columns - right]
