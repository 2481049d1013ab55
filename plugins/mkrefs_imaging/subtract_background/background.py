"""Background frames by chunks of integrations, and their subtraction; pure functions on arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import PIXEL_DQ
from mkrefs_imaging.planes.planes import Planes
from mkrefs_imaging.subtract_background.kernels import median_of_planes


@dataclass(frozen=True, slots=True)
class Background:
    """One median of background frames.

    Attributes
    ----------
    level : ndarray of float64, shape (nrows, ncols)
        The median; NaN where no frame has a good pixel.
    variance : ndarray of float64, shape (nrows, ncols)
        Variance of the median; 0 where no error of it is known.
    frames : int
        Number of frames.
    """

    level: NDArray[np.float64]
    variance: NDArray[np.float64]
    frames: int


def chunks(nints: int, nints_per_med: int | None) -> tuple[slice, ...]:
    """Split integrations into chunks of so many, the rest going with the last one."""
    size = nints if nints_per_med is None else min(nints_per_med, nints)
    number = max(nints // size, 1)
    return tuple(
        slice(start * size, nints if start == number - 1 else (start + 1) * size) for start in range(number)
    )


def median_backgrounds(exposures: Sequence[Planes], nints_per_med: int | None) -> tuple[Background, ...]:
    """Combine the frames of background exposures, chunk by chunk.

    Parameters
    ----------
    exposures : sequence of Planes
        The background exposures, of one size.
    nints_per_med : int or None
        Integrations per chunk, counted within each exposure; None for one chunk of all.

    Returns
    -------
    tuple of Background
        As many as the exposure with the most chunks has.
    """
    split = [chunks(len(planes.data), nints_per_med) for planes in exposures]
    made = []
    for number in range(max(map(len, split))):
        parts = [
            (planes, where[number])
            for planes, where in zip(exposures, split, strict=True)
            if number < len(where)
        ]
        made.append(_combined(parts))
    return tuple(made)


def _combined(parts: Sequence[tuple[Planes, slice]]) -> Background:
    stack = np.concatenate([planes.data[where] for planes, where in parts])
    usable = np.concatenate(
        [np.isfinite(planes.data[where]) & _not_bad(planes.dq[where]) for planes, where in parts]
    )
    variance = np.concatenate([_variance(planes, where) for planes, where in parts])
    level, count, mean = median_of_planes(stack, usable, variance)
    return Background(level, np.nan_to_num(mean * median_variance(count), nan=0.0), len(stack))


def _not_bad(dq: NDArray[np.uint32]) -> NDArray[np.bool_]:
    good: NDArray[np.bool_] = (dq & PIXEL_DQ["DO_NOT_USE"]) == 0
    return good


def _variance(planes: Planes, where: slice) -> NDArray[np.float32]:
    if planes.err is None:
        return np.full_like(planes.data[where], np.nan)
    err = planes.err[where]
    return np.where(np.isfinite(err), err, np.float32(np.nan)) ** 2


def median_variance(count: NDArray[np.integer]) -> NDArray[np.float64]:
    """Give the variance of the median of so many Gaussian values, in units of the variance of one.

    Good to 1 %: pi / 2n for large n, 1 for one value, 1/2 for two. 1 where there is none.
    """
    n = np.maximum(count, 1).astype(np.float64)
    even = 4 / 3 - 0.4 / n
    correction = np.where(count % 2 == 1, 0.5, even)
    return np.where(n < 2, 1.0, np.pi / 2 / (n + correction))


def subtract(target: Planes, backgrounds: Sequence[Background], nints_per_med: int | None) -> Planes:
    """Subtract backgrounds from the frames of a target, each from its chunk.

    Parameters
    ----------
    target : Planes
        The target.
    backgrounds : sequence of Background
        One for each chunk of the target, at least.
    nints_per_med : int or None
        Integrations per chunk.

    Returns
    -------
    Planes
        Data and errors without the background, in quadrature with its error; where there is no background the
        data are NaN and flagged DO_NOT_USE.
    """
    data, dq = target.data.copy(), np.array(target.dq)
    err = None if target.err is None else np.array(target.err)
    for where, background in zip(chunks(len(data), nints_per_med), backgrounds, strict=False):
        data[where] = target.data[where] - background.level
        dq[where] |= np.where(np.isnan(background.level), np.uint32(PIXEL_DQ["DO_NOT_USE"]), np.uint32(0))
        if err is not None and target.err is not None:
            err[where] = np.sqrt(np.square(target.err[where], dtype=np.float64) + background.variance)
    return Planes(data, err, dq)
