"""The sigma-clipped mean of many values, about their median."""

import numpy as np
from numpy.typing import ArrayLike

from mkrefs_detector.statistics.clipped_values import clip_values


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
    kept = clip_values(np.array(values, dtype=np.float64).ravel(), sigma=sigma, iterations=iterations)
    err = kept.sample_deviation / np.sqrt(kept.count) if kept.count > 1 else 0.0
    return kept.mean, float(err)
