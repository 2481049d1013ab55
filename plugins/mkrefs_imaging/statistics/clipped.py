"""Sigma-clipped median, mean and scatter of many values."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.statistics import kernels


@dataclass(frozen=True, slots=True)
class Clipped:
    """What is left of values after clipping.

    Attributes
    ----------
    median, mean, scatter : float
        Median, mean and standard deviation; NaN if there was no value.
    count : int
        Number of values left.
    """

    median: float
    mean: float
    scatter: float
    count: int


def clipped_statistics(values: NDArray[np.floating], *, sigma: float, max_iters: int) -> Clipped:
    """Clip values about their median.

    What lies further from the median than ``sigma`` standard deviations of what is left is left out, until
    nothing does. In the first pass the scatter is taken from the median absolute deviation where that is
    smaller, so that giants need no passes of their own.

    Parameters
    ----------
    values : ndarray of float
        Of any shape; what is not finite is left aside.
    sigma : float
        Threshold, in standard deviations.
    max_iters : int
        Largest number of passes.

    Returns
    -------
    Clipped
    """
    flat = np.ravel(values)
    kept = np.empty(flat.size, dtype=flat.dtype)
    size = kernels.finite(flat, kept)
    work = np.empty(kernels.workspace(size), dtype=flat.dtype)
    return Clipped(*kernels.clipped(kept, size, sigma, max_iters, work))


def clipped_median(values: NDArray[np.floating], *, sigma: float, max_iters: int) -> float:
    """Give the clipped median alone; see `clipped_statistics`."""
    return clipped_statistics(values, sigma=sigma, max_iters=max_iters).median


def clipped_medians(rows: NDArray[np.floating], *, sigma: float, max_iters: int) -> NDArray[np.float64]:
    """Give the clipped median of each row of an array; see `clipped_statistics`.

    Parameters
    ----------
    rows : ndarray of float, shape (n, m)
        What is not finite is left aside.
    sigma, max_iters : float, int
        Threshold and largest number of passes.

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN where a row has no finite value.
    """
    medians = np.empty(rows.shape[0])
    kernels.clipped_rows(rows, sigma, max_iters, medians)
    return medians
