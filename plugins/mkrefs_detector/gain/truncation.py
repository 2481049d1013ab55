"""What a clip at k standard deviations takes from a variance, and what hits that it misses add."""

from functools import lru_cache

import numpy as np
from scipy import stats

# Hits of this many standard deviations, by their logarithm, tell of those that are missed.
TAIL = (4.5, 9.0)
_SMALLEST, _LARGEST, _STEPS = 1e-3, 60.0, 4000


def kept_variance(sigma: float) -> float:
    """Give the variance of a Gaussian cut off at ``sigma`` of its standard deviations on both sides."""
    inside = 1 - 2 * stats.norm.sf(sigma)
    return float(1 - 2 * sigma * stats.norm.pdf(sigma) / inside)


@lru_cache(maxsize=8)
def missed_variance(sigma: float) -> float:
    """Give what hits add to the mean square of what is within ``sigma``, per hit and unit of log(size).

    Their sizes are taken to be spread evenly in logarithm, in units of the noise.

    Parameters
    ----------
    sigma : float
        Threshold in standard deviations.

    Returns
    -------
    float
        In units of the variance; sigma^2 / 2 for hits without noise.
    """
    size = np.geomspace(_SMALLEST, _LARGEST, _STEPS)
    low, high = -sigma - size, sigma - size
    inside = stats.norm.cdf(high) - stats.norm.cdf(low)
    first = stats.norm.pdf(low) - stats.norm.pdf(high)
    second = inside + low * stats.norm.pdf(low) - high * stats.norm.pdf(high)
    added = size**2 * inside + 2 * size * first + second - kept_variance(sigma) * inside
    return float(np.trapezoid(added, np.log(size)))
