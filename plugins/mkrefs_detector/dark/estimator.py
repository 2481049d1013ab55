"""Looks up all that the compiled loops need: limits, corrections, weights and common noise."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mkrefs_detector.dark.recipe import (
    AVERAGING,
    CLOSEST,
    ITERATIONS,
    LEVEL_VARIANCE,
    LEVEL_WORTH,
    READ_VARIANCE,
    READ_WORTH,
    SHARE,
    SHOT,
    THRESHOLD,
    Recipe,
)
from mkrefs_detector.dark.settings import DarkSettings
from mkrefs_detector.dark.slopes import slope_weights
from mkrefs_detector.statistics.corrections import rejection_factor, rejection_limits
from mkrefs_detector.statistics.quadratic_forms import differences, differences_without_one
from mkrefs_detector.superbias.error import CommonScatter

# Raw data are whole DN: what is within a step of the mean may be as far away as the noise is small.
_CLOSEST_OUTLIER = 1.5
# A variance is unlike the common one if chance makes one so high this rarely.
_UNLIKE = 1e-3

_NOTHING = CommonScatter(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class CommonNoise:
    """What the pixels of an array have in common.

    Attributes
    ----------
    read : CommonScatter
        Variance of a read in DN^2, and what that knowledge is worth.
    level : CommonScatter
        The same of the level of the first group.
    shot : float
        Variance in DN^2 that the signal collected adds for each DN of it.
    """

    read: CommonScatter = _NOTHING
    level: CommonScatter = _NOTHING
    shot: float = 0.0


def prepare_recipe(
    count: int, ngroups: int, settings: DarkSettings, noise: CommonNoise, *, averaging: float = 1.0
) -> Recipe:
    """Compute the tables for up to so many integrations.

    Parameters
    ----------
    count, ngroups : int
        Largest number of integrations, and groups of each, two or more.
    settings : DarkSettings
        The choices made.
    noise : CommonNoise
        What is known beforehand.
    averaging : float
        From `averaging_of`.

    Returns
    -------
    Recipe
    """
    length = ngroups - 1
    steps = max(count * length, 3)
    weights, ratios = slope_weights(ngroups, without_last=settings.slope_without_last)
    share = length / (length + (length - 1) / 2)
    groups = np.arange(ngroups + 2, dtype=np.float64)
    inverse = np.zeros((2, groups.size))
    inverse[0, 1:] = 1 / groups[1:]
    inverse[1, 1:] = (groups[1:] - 1) * (2 * groups[1:] - 1) / (6 * groups[1:])
    numbers = np.empty(10)
    numbers[[CLOSEST, ITERATIONS]] = _CLOSEST_OUTLIER, settings.max_clipping_iters
    numbers[[THRESHOLD, SHARE]] = settings.step_threshold, share
    numbers[[READ_VARIANCE, READ_WORTH]] = noise.read.variance, noise.read.dof
    numbers[[LEVEL_VARIANCE, LEVEL_WORTH]] = noise.level.variance, noise.level.dof
    numbers[[SHOT, AVERAGING]] = noise.shot, averaging
    return Recipe(
        numbers=numbers,
        step_limits=rejection_limits(steps + 1, settings.sigma_threshold, float(length)),
        level_limits=rejection_limits(max(count, 3), settings.sigma_threshold, 1.0),
        step_factors=_factors(steps + 1, settings, float(length)),
        level_factors=_factors(max(count, 3), settings, 1.0),
        read_high=_high(noise.read, steps, share),
        level_high=_high(noise.level, max(count, 3), 1.0),
        weights=weights,
        ratios=ratios,
        inverse=inverse,
        line=settings.fit_rate,
    )


def averaging_of(nframes: int, groupgap: int) -> float:
    """Give the share of the shot noise that the difference of two groups of averaged frames shows.

    The mean of n frames lags behind the last one: the difference of two means has the variance of the signal
    collected in a group time less (n^2 - 1) / (3 n) frame times, and neighbours are positively correlated.
    """
    return 1 - (nframes**2 - 1) / (3 * nframes * (nframes + groupgap))


def _factors(size: int, settings: DarkSettings, length: float) -> NDArray[np.float64]:
    """Give what rejection leaves of the standard deviation, by number of values."""
    factors = np.ones(size + 1)
    if settings.max_clipping_iters > 0:
        n = np.arange(3, size + 1, dtype=np.float64)
        factors[3:] = rejection_factor(
            n,
            differences(n, length, 1),
            differences_without_one(n, length, 1),
            sigma=settings.sigma_threshold,
            iterations=settings.max_clipping_iters,
            length=length,
        )
    return factors


def _high(known: CommonScatter, size: int, share: float) -> NDArray[np.float64]:
    """Give up to which ratio to the common variance chance explains a pixel's own, by degrees of freedom."""
    dof = np.maximum(np.arange(size + 1, dtype=np.float64) * share, 1e-3)
    return np.asarray(stats.f.isf(_UNLIKE, dof, max(known.dof, 1e-3)), dtype=np.float64)
