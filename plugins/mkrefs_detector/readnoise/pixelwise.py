"""The computations of the kernels in plain numpy, one pixel at a time: slow, and easy to read.

The kernels are tested against these functions; nothing else uses them.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]
Index = NDArray[np.int64]


def reject(samples: Samples, limits: Samples, iterations: int) -> Index:
    """Give the positions of the samples that are there and are no outliers.

    Parameters
    ----------
    samples : ndarray of float64, shape (ndifferences,)
        Differences of a pixel; NaN where there is none.
    limits : ndarray of float64, shape (ndifferences + 1,)
        Largest share of one of ``n`` samples in their sum of squares, by ``n``.
    iterations : int
        Largest number of passes.

    Returns
    -------
    ndarray of int64
    """
    kept = np.flatnonzero(~np.isnan(samples))
    for _ in range(iterations):
        n = kept.size
        if n < 3:
            break
        squares = (samples[kept] - samples[kept].mean()) ** 2
        kept = kept[squares <= limits[n] * squares.sum() * (n - 1) / n]
    return kept


def covariance(kept: Index, joined: NDArray[np.bool_]) -> Samples:
    """Give the covariance matrix of differences, in units of their variance."""
    matrix = np.eye(kept.size)
    for i in range(1, kept.size):
        if joined[kept[i]] and kept[i - 1] == kept[i] - 1:
            matrix[i - 1, i] = matrix[i, i - 1] = -0.5
    return matrix


def pool(samples: Samples, kept: Index, cell: Index, joined: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Give the pooled sum of squares about the cells' means, and its tr(A) and tr(A A)."""
    totals = np.zeros(3)
    for one in np.unique(cell[kept]):
        members = kept[cell[kept] == one]
        if members.size < 2:
            continue
        centre = np.eye(members.size) - 1 / members.size
        a = centre @ covariance(members, joined) @ centre
        residuals = centre @ samples[members]
        totals += residuals @ residuals, np.trace(a), np.trace(a @ a)
    return float(totals[0]), float(totals[1]), float(totals[2])


def pool_lines(samples: Samples, kept: Index, joined: NDArray[np.bool_]) -> tuple[float, float]:
    """Give the squared residuals about lines through runs of groups, and their degrees of freedom."""
    squares, dof = 0.0, 0.0
    starts = [i for i in range(kept.size) if i == 0 or not (joined[kept[i]] and kept[i - 1] == kept[i] - 1)]
    for start, stop in pairwise([*starts, kept.size]):
        levels = np.concatenate([np.zeros(1), np.cumsum(samples[kept[start:stop]])])
        if levels.size > 2:
            time = np.arange(levels.size)
            residuals = levels - np.polyval(np.polyfit(time, levels, 1), time)
            squares += float(residuals @ residuals)
            dof += levels.size - 2
    return squares, dof
