"""Masks about the centre of a frame, for pixels that a comparison should leave out."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

#: A disc, a band of rows, or all but a ring.
MaskShape = Literal["circ", "rec", "ann"]


def centre_weights(
    shape: tuple[int, int], kind: MaskShape | None, size: float | Sequence[float]
) -> NDArray[np.float64]:
    """Give 0 where a mask covers a frame, else 1.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    kind : {'circ', 'rec', 'ann'} or None
        ``circ`` covers a disc of radius ``size`` about the middle ((nrows - 1) / 2, (ncols - 1) / 2),
        ``rec`` the rows within ``size`` of the middle, ``ann`` all but the ring between the two radii.
    size : float or sequence of two float
        In pixels.

    Returns
    -------
    ndarray of float64, shape ``shape``
    """
    if kind is None:
        return np.ones(shape)
    y = np.arange(shape[0])[:, np.newaxis] - (shape[0] - 1) / 2
    x = np.arange(shape[1]) - (shape[1] - 1) / 2
    distance = np.hypot(x, y)
    sizes = [float(part) for part in np.atleast_1d(np.asarray(size))]
    if kind == "ann":
        covered = (distance <= sizes[0]) | (distance >= sizes[-1])
    elif kind == "circ":
        covered = distance <= sizes[0]
    else:
        covered = np.broadcast_to(np.abs(y) <= sizes[0], shape)
    return np.where(covered, 0.0, 1.0)
