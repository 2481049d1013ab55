"""Sums up a calibrated ramp in a few images: all that verification wants to know of it. Arrays alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Differences of groups are taken of no more samples than these, to bound the memory; two planes at least.
_MOST_SAMPLES = 2**25
_MOST_PLANES = 32

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RampSummary:
    """What is known of a ramp; NaN where no usable sample tells.

    Attributes
    ----------
    first : ndarray of float32, shape (ny, nx)
        The first group with usable samples, mean over the integrations; DN.
    rise : ndarray of float32, shape (ny, nx)
        The last such group minus the first, mean over the integrations without a jump; DN.
    differences : ndarray of float32, shape (n, ny, nx)
        Differences of groups that follow one another, no group in two of them; DN.
    jumps, tried : ndarray of int32, shape (ny, nx)
        Number of usable groups that are flagged as jumps, and of all usable groups after the first.
    """

    first: Floats
    rise: Floats
    differences: Floats
    jumps: NDArray[np.int32]
    tried: NDArray[np.int32]


def summarise_ramp(
    samples: NDArray[np.floating], flags: NDArray[np.integer], *, lost: int, jump: int
) -> RampSummary:
    """Sum up a ramp.

    Parameters
    ----------
    samples : ndarray, shape (nints, ngroups, ny, nx)
        The ramp, DN.
    flags : ndarray of integers, shape of ``samples``
        Flags of the samples.
    lost : int
        Flags of samples that do not count.
    jump : int
        Flag of samples with a jump between them and the sample before.

    Returns
    -------
    RampSummary
    """
    usable = (flags & lost) == 0
    hit = (flags & jump) != 0
    groups = [group for group in range(samples.shape[1]) if usable[:, group].any()] or [0]
    begin, end = groups[0], groups[-1]
    quiet = ~hit[:, begin + 1 : end + 1].any(axis=1)
    return RampSummary(
        first=_mean(samples[:, begin], usable[:, begin]),
        rise=_mean(samples[:, end] - samples[:, begin], usable[:, end] & usable[:, begin] & quiet),
        differences=_differences(samples, usable, hit, groups),
        jumps=(hit & usable)[:, 1:].sum(axis=(0, 1), dtype=np.int32),
        tried=usable[:, 1:].sum(axis=(0, 1), dtype=np.int32),
    )


def _mean(planes: NDArray[np.floating], counts: NDArray[np.bool_]) -> Floats:
    number = counts.sum(axis=0)
    total = np.where(counts, planes, 0.0).sum(axis=0, dtype=np.float64)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan).astype(np.float32)


def _differences(
    samples: NDArray[np.floating], usable: NDArray[np.bool_], hit: NDArray[np.bool_], groups: list[int]
) -> Floats:
    pairs = [
        (integration, group)
        for integration in range(samples.shape[0])
        for group in groups[:-1:2]
        if group + 1 in groups
    ]
    most = max(2, min(_MOST_PLANES, _MOST_SAMPLES // max(samples[0, 0].size, 1)))
    if len(pairs) > most:
        pairs = [pairs[round(place)] for place in np.linspace(0, len(pairs) - 1, most)]
    result = np.full((len(pairs), *samples.shape[2:]), np.nan, dtype=np.float32)
    for plane, (integration, group) in zip(result, pairs, strict=True):
        one, two = samples[integration, group], samples[integration, group + 1]
        good = usable[integration, group] & usable[integration, group + 1] & ~hit[integration, group + 1]
        plane[good] = (two - one)[good]
    return result
