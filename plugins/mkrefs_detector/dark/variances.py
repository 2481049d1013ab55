"""Compiled functions of what variance to expect of one pixel's differences and levels.

Compiled code that calls them is cached on disk and notices no change here: remove ``__pycache__`` then.
"""

import math
from typing import Any

import numba

from mkrefs_detector.dark.recipe import (
    AVERAGING,
    LEVEL_VARIANCE,
    LEVEL_WORTH,
    READ_VARIANCE,
    READ_WORTH,
    SHARE,
    SHOT,
)

# Below so many degrees of freedom a variance is too uncertain for the factor d / (d - 2) of its expectation.
_LEAST_DOF = 4
_MOST_EXCESS = 2.0


@numba.njit(cache=True)
def _expected(own: Any, dof: Any, shared: Any, scale: Any, worth: Any, high: Any) -> Any:
    """Give the variance to expect from a pixel's own one and the common one, here ``scale``.

    These are worth ``shared`` and ``worth`` degrees of freedom; a pixel's own that is more than ``high[dof]``
    times the common one is not like the others.
    """
    alone = own * (shared / (shared - 2) if shared > _LEAST_DOF else _MOST_EXCESS)
    if not (worth > 0 and scale > 0) or (dof > 0 and own > high[min(dof, high.size - 1)] * scale):
        return alone
    total = shared + worth
    return (shared * own + worth * scale) / max(total - 2, total / _MOST_EXCESS)


@numba.njit(cache=True)
def split_variance(own: Any, dof: Any, slope: Any, numbers: Any, high: Any) -> Any:
    """Give the variances of a difference: by the noise of each of its two reads, by the signal collected."""
    poisson = max(slope, 0.0) * numbers[SHOT] if dof > 0 else 0.0
    scale = 2 * numbers[READ_VARIANCE] + numbers[AVERAGING] * poisson
    total = _expected(own, dof, dof * numbers[SHARE], scale, numbers[READ_WORTH], high)
    poisson = min(poisson, total / numbers[AVERAGING])
    return (total - poisson) / 2, poisson


@numba.njit(cache=True)
def reach_of(read: Any, poisson: Any, ngroups: Any) -> Any:
    """Give over how many groups a level is averaged in the search for steps.

    Further ones say less of a step than the signal collected meanwhile spoils.
    """
    if 27 * max(read, 0.0) >= poisson * ngroups**2:
        return ngroups
    return max(1, min(ngroups, int(math.sqrt(3 * max(read, 0.0) / poisson) + 0.5)))


@numba.njit(cache=True)
def level_variance(own: Any, levels: Any, numbers: Any, high: Any) -> Any:
    """Give the variance of a mean level; NaN without any."""
    if levels == 0:
        return math.nan
    dof = levels - 1
    return _expected(own, dof, dof, numbers[LEVEL_VARIANCE], numbers[LEVEL_WORTH], high) / levels
