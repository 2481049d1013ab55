"""Robust numbers of images with their statistical errors; arrays alone."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mkrefs.robust import scatter_about

#: Into how many pieces, down and across, an image is cut to see how much a number varies by chance: tiles,
#: and bands of rows and of columns, which drifts of the read-out have in common.
_PIECES = ((4, 4), (8, 1), (1, 8))
#: So many values a piece must have to count, and so many pieces there must be.
_LEAST_VALUES = 8
_LEAST_PIECES = 4

Floats = NDArray[np.floating]
Statistic = Callable[[Floats], float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its statistical error; NaN where there are too few values."""

    value: float
    error: float


def median(values: Floats) -> float:
    """Give the median; NaN of nothing."""
    return float(np.median(values)) if values.size else math.nan


def scatter(values: Floats) -> float:
    """Give 1.4826 times the median absolute deviation from the median; NaN of fewer than three values."""
    if values.size < 3:
        return math.nan
    return scatter_about(values, median(values))


def estimate(planes: Floats, pixels: NDArray[np.bool_], statistic: Statistic) -> Estimate:
    """Compute a number of the finite values of some pixels, and how far chance moves it.

    The error is the standard deviation of the numbers of 16 tiles, divided by the root of their number, or
    the same of 8 bands of rows or 8 of columns, whichever is largest: noise that neighbours, rows or columns
    have in common counts as such. Structure of larger size counts too.

    Parameters
    ----------
    planes : ndarray, shape (..., ny, nx)
        Images; values that are not finite are left out.
    pixels : ndarray of bool, shape (ny, nx)
        Those that count.
    statistic : callable
        Gives a number of a one-dimensional array.

    Returns
    -------
    Estimate
    """
    errors = [
        _error(
            [
                _values(planes[..., rows, :][..., columns], pixels[rows, columns], statistic)
                for rows in _cuts(pixels.shape[0], down)
                for columns in _cuts(pixels.shape[1], across)
            ]
        )
        for down, across in _PIECES
    ]
    error = max((each for each in errors if math.isfinite(each)), default=math.nan)
    return Estimate(_values(planes, pixels, statistic, least=1), error)


def without_structure(image: Floats, pixels: NDArray[np.bool_], *, size: int = 16) -> NDArray[np.float64]:
    """Take the median of each block of an image out of it.

    Parameters
    ----------
    image : ndarray, shape (ny, nx)
        The image.
    pixels : ndarray of bool, shape (ny, nx)
        Those that make the medians; where a block has none, the median of all is taken.
    size : int
        Pixels along the side of a block.

    Returns
    -------
    ndarray of float64, shape (ny, nx)
    """
    result = image.astype(np.float64)
    overall = median(image[pixels])
    for top in range(0, image.shape[0], size):
        for left in range(0, image.shape[1], size):
            block = np.s_[top : top + size, left : left + size]
            values = image[block][pixels[block]]
            result[block] -= median(values) if values.size else overall
    return result


def _error(numbers: list[float]) -> float:
    usable = np.array([number for number in numbers if math.isfinite(number)])
    if usable.size < _LEAST_PIECES:
        return math.nan
    return float(usable.std(ddof=1) / math.sqrt(usable.size))


def _cuts(length: int, pieces: int) -> list[slice]:
    edges = [length * number // pieces for number in range(pieces + 1)]
    return [slice(first, stop) for first, stop in pairwise(edges)]


def _values(
    planes: Floats, pixels: NDArray[np.bool_], statistic: Statistic, least: int = _LEAST_VALUES
) -> float:
    values = planes[..., pixels]
    values = values[np.isfinite(values)]
    return statistic(values) if values.size >= least else math.nan
