"""The sigma-clipped mean of many values, about their median."""

import numpy as np
from numpy.typing import ArrayLike

from mkrefs_detector.statistics.medians import median_of


def clipped_mean(values: ArrayLike, *, sigma: float, iterations: int) -> tuple[float, float]:
    """Take the sigma-clipped mean of a set of values.

    Parameters
    ----------
    values : array_like
        Finite values, one or more.
    sigma : float
        Values further from the median than this many standard deviations are left out.
    iterations : int
        Largest number of passes.

    Returns
    -------
    mean, err : float
        The mean and its standard error (0 for a single value).
    """
    kept = np.array(values, dtype=np.float64).ravel()
    for _ in range(iterations):
        inside = np.abs(kept - median_of(kept)) <= sigma * kept.std()
        if inside.all() or not inside.any():
            break
        kept = kept[inside]
    err = kept.std(ddof=1) / np.sqrt(kept.size) if kept.size > 1 else 0.0
    return float(kept.mean()), float(err)
