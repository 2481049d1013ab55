"""Weights that turn the mean differences of neighbouring groups into a slope and an exponential.

Functions of the number of groups alone. Levels of unit variance, y = p + r t - A exp(-t / tau), are fitted by
least squares; the weights are for the differences, so that p drops out.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Smallest time constant in groups; each further one is longer by a factor, up to a share of the ramp.
_SHORTEST = 0.5
_FACTOR = np.sqrt(2.0)
_LONGEST = 0.7

Array = NDArray[np.float64]


class Tables(NamedTuple):
    """Weights by number of differences, and the variances that they give.

    Attributes
    ----------
    times : ndarray, shape (ntimes,)
        Time constants in groups.
    slope : ndarray, shape (longest + 1, longest)
        Weights of the slope of a straight line, in DN per group.
    slope_variance : ndarray, shape (2, longest + 1)
        Its variance for a unit variance of a level, and for a unit variance that each step adds.
    curve : ndarray, shape (ntimes, longest + 1, longest)
        Weights of the amplitude A, from the first level on.
    curve_variance : ndarray, shape (2, ntimes, longest + 1)
        Its variances; 0 where it cannot be told.
    late : ndarray, shape (ntimes, longest + 1, longest)
        Weights of the slope that is left when the exponential has settled.
    late_variance : ndarray, shape (2, ntimes, longest + 1)
        Its variances.
    """

    times: Array
    slope: Array
    slope_variance: Array
    curve: Array
    curve_variance: Array
    late: Array
    late_variance: Array


def time_constants(ngroups: int) -> Array:
    """Give the time constants to look for in ramps of so many groups, in groups."""
    count = int(np.log(max(ngroups * _LONGEST / _SHORTEST, 1.0)) / np.log(_FACTOR)) + 1
    return np.asarray(_SHORTEST * _FACTOR ** np.arange(count))


def make_tables(ngroups: int) -> Tables:
    """Compute the weights for ramps of up to so many groups.

    Parameters
    ----------
    ngroups : int
        Groups of the longest ramp.

    Returns
    -------
    Tables
    """
    longest = max(ngroups - 1, 1)
    times = time_constants(ngroups)
    count = times.size
    slope, slope_variance = np.zeros((longest + 1, longest)), np.zeros((2, longest + 1))
    curve, curve_variance = np.zeros((count, longest + 1, longest)), np.zeros((2, count, longest + 1))
    late, late_variance = np.zeros_like(curve), np.zeros_like(curve_variance)
    for length in range(1, longest + 1):
        groups = np.arange(length + 1, dtype=np.float64)
        line = np.stack([np.ones_like(groups), groups])
        (_, weights), variance = _fit(line)
        slope[length, :length], slope_variance[:, length] = _on_steps(weights), variance[:, 1]
        for k, time in enumerate(times):
            if length < 2 or (length < 3 and time > 1):
                continue
            (_, rate, amplitude), variance = _fit(np.vstack([line, -np.exp(-groups / time)]))
            curve[k, length, :length], curve_variance[:, k, length] = _on_steps(amplitude), variance[:, 2]
            late[k, length, :length], late_variance[:, k, length] = _on_steps(rate), variance[:, 1]
    return Tables(times, slope, slope_variance, curve, curve_variance, late, late_variance)


def _fit(shapes: Array) -> tuple[Array, Array]:
    """Give the weights of the levels for each coefficient, and the variances of the coefficients."""
    weights = np.linalg.pinv(shapes.T)
    steps = np.stack([_on_steps(row) for row in weights])
    variances = np.stack([(weights**2).sum(axis=1), (steps**2).sum(axis=1)])
    return np.asarray(weights, dtype=np.float64), np.asarray(variances, dtype=np.float64)


def _on_steps(weights: Array) -> Array:
    """Turn weights of levels that add up to zero into weights of the differences of neighbouring levels."""
    return np.asarray(np.cumsum(weights[::-1])[::-1][1:])
