"""What is measured of each pixel of a set of darks; values only."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.bad_pixel_mask.darks.survey import Survey

Image = NDArray[np.float32]
Count = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class DarkMaps:
    """What was measured of each pixel, as far as the search asks for it.

    Images of shape (nrows, ncols), NaN where something is not known.

    Attributes
    ----------
    rate, rate_error : ndarray
        Dark rate above that of the median pixel and its error, in DN/s.
    noise, noise_dof : ndarray
        Variance of a difference of two groups in DN^2, without outliers, and its degrees of freedom.
    shot : ndarray
        Part of it that the signal collected explains, in DN^2.
    slope_chi2, slopes : ndarray
        Variance of the slopes of the integrations over that expected of a typical pixel, without the fifth
        that is furthest off, and the number of slopes.
    curve, curve_error : ndarray
        Signal in DN by which the ramp settles after the first group, positive for a ramp that is steep at
        first, and its error.
    late_rate, late_rate_error : ndarray
        Dark rate when the ramp has settled, in DN/s.
    evidence, step, sigma, ups, downs, bent : ndarray
        Log of the likelihood of two levels over that of one; step between them and noise about them in DN;
        numbers of steps up and down; 1 where they are those about a ramp that settles, not about a line.
    known : ndarray of int32
        Integrations with two usable groups at least.
    saturated, clipped : ndarray of int32
        Integrations saturated in all groups, and in so many that fewer than two are left.
    saturated_level : ndarray
        Highest level of the first two groups of these, in DN.
    many_jumps, early_jumps : ndarray of int32
        Integrations with many jumps, and with most of them early.
    pedestals, high_pedestals, low_pedestals : ndarray of int32
        Integrations with a pedestal, and with one that is high or low.
    clean_slopes, slope_squares : ndarray
        Slopes of integrations without jumps as the pipeline fitted them: number, and sum of squares about
        their mean in (DN/s)^2.
    """

    rate: Image
    rate_error: Image
    noise: Image
    noise_dof: Image
    shot: Image
    slope_chi2: Image
    slopes: Image
    curve: Image
    curve_error: Image
    late_rate: Image
    late_rate_error: Image
    evidence: Image
    step: Image
    sigma: Image
    ups: Image
    downs: Image
    bent: Image
    known: Count
    saturated: Count
    clipped: Count
    saturated_level: Image
    many_jumps: Count
    early_jumps: Count
    pedestals: Count
    high_pedestals: Count
    low_pedestals: Count
    clean_slopes: Count
    slope_squares: Image


@dataclass(frozen=True, slots=True)
class DarkMeasurement:
    """What was measured of a set of darks.

    Attributes
    ----------
    maps : DarkMaps
        Pixel by pixel.
    survey : Survey or None
        What a typical pixel is like; None where samples were not looked at.
    sample : ndarray of bool, shape (nrows, ncols)
        Pixels that were looked at closely whatever they are like.
    integrations, differences : int
        Integrations of all darks, and differences of neighbouring groups in them.
    ngroups : int
        Groups of the longest ramp.
    group_time : float
        Seconds between two groups.
    pedestals : bool
        Whether all darks came with pedestals.
    """

    maps: DarkMaps
    survey: Survey | None
    sample: NDArray[np.bool_]
    integrations: int
    differences: int
    ngroups: int
    group_time: float
    pedestals: bool


def empty_map(name: str, shape: tuple[int, int]) -> NDArray[Any]:
    """Give an image to be filled, of the type that the map of a name has."""
    return np.empty(shape, dtype=_TYPES[name])


def maps_of(found: Mapping[str, NDArray[Any]], shape: tuple[int, int]) -> DarkMaps:
    """Put maps together; what was not asked for is 0, and takes no memory."""
    nothing = {name: np.broadcast_to(np.zeros((), kind), shape) for name, kind in _TYPES.items()}
    return DarkMaps(**{**nothing, **found})


_TYPES: Mapping[str, Any] = MappingProxyType(
    {item.name: np.int32 if item.type is Count else np.float32 for item in fields(DarkMaps)}
)
