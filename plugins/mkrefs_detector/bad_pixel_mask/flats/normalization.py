"""What the mean rate of each pixel is divided by, so that an ordinary pixel has the same value everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mkrefs.stacks import in_row_blocks
from mkrefs_detector.bad_pixel_mask.flats.kernels import mark_ordinary
from mkrefs_detector.bad_pixel_mask.flats.outputs import Box, Outputs
from mkrefs_detector.bad_pixel_mask.flats.settings import FlatSettings
from mkrefs_detector.bad_pixel_mask.flats.smoothing import (
    FloatMap,
    block_median,
    box_mean,
    clipped_scale,
    fit_polynomial,
)
from mkrefs_detector.bad_pixel_mask.search import BoolMap
from mkrefs_detector.statistics.sampling import spread_step

_PASSES = 8
# Passes end when no more than this share of the pixels changes sides.
_SETTLED = 1e-3
# To begin with, a pixel counts if it is within this share of the median of its block.
_FIRST_REACH = 0.5
# A trend that falls below this share of its median describes no lamp; then there is none to take off first.
_LEAST_TREND = 0.2
_TREND_DEGREE = 4
# With a smaller share of a box, all known pixels of the box count.
_LEAST_SHARE = 0.1
# Outputs whose levels agree as well as this are alike.
_ALIKE = 1e-3
# Pixels of a kind that tell the level of what is read in turn.
_LEAST_TURN = 100
# Pixels that tell the scale from pass to pass; of more, evenly spaced ones.
_ORDINARY_POINTS = 1 << 16
# Of larger arrays, evenly spaced rows of about so many pixels do.
_TURN_POINTS = 1 << 19
_LEAST_BLOCK = 5


@dataclass(frozen=True, slots=True)
class Normalized:
    """Rates divided by the level around them.

    Attributes
    ----------
    value : ndarray of float64, shape (nrows, ncols)
        Normalised rate; DN/s if nothing was divided by. NaN where it is not known.
    level : ndarray of float64, same shape
        What was divided by, in the unit of the rate.
    share : ndarray of float64, same shape
        Share of the known pixels around that are ordinary, so that they tell the level; 1 if all pixels have
        one level.
    mean, deviation : float
        Of ordinary pixels: clipped mean and standard deviation.
    """

    value: FloatMap
    level: FloatMap
    share: FloatMap
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Rates:
    """What is to be normalised.

    Attributes
    ----------
    rate, err : ndarray of float64, shape (nrows, ncols)
        Rates and their standard errors, finite where they are known.
    known : ndarray of bool, same shape
        Light-sensitive pixels with a rate.
    """

    rate: FloatMap
    err: FloatMap
    known: BoolMap

    def cut(self, box: Box) -> "Rates":
        """Give the part in a rectangle."""
        rate, err = np.ascontiguousarray(self.rate[box]), np.ascontiguousarray(self.err[box])
        return Rates(rate, err, np.ascontiguousarray(self.known[box]))

    def over(self, level: FloatMap) -> "Rates":
        """Give the rates relative to a level, known where that is positive."""
        usable = self.known & (level > 0)
        rate, err = (
            np.divide(array, level, out=np.full(level.shape, np.nan), where=usable)
            for array in (self.rate, self.err)
        )
        return Rates(rate, err, usable)


def normalize(rates: Rates, settings: FlatSettings, *, outputs: Outputs, unit: float) -> Normalized:
    """Normalise the mean rates of an array.

    Parameters
    ----------
    rates : Rates
        Mean rates.
    settings : FlatSettings
        The method, and the threshold of clips.
    outputs : Outputs
        What the outputs read; smoothing does not cross from one to the next.
    unit : float
        What makes DN/s of a rate.

    Returns
    -------
    Normalized
    """
    method, shape = settings.normalization_method, rates.rate.shape
    share = np.ones(shape)
    if method == "none":
        level = np.full(shape, 1 / unit)
    elif method == "mean":
        level = np.full(shape, clipped_scale(rates.rate[rates.known], settings.sigma_threshold)[0])
    elif method == "fit2d":
        level = _fitted_level(rates, settings)
    else:
        level, share = _smoothed_level(rates, settings, outputs)
    relative = rates.over(level)
    mean, deviation = clipped_scale(relative.rate[relative.known], settings.sigma_threshold)
    return Normalized(relative.rate, level, share, mean, deviation)


def _fitted_level(rates: Rates, settings: FlatSettings) -> FloatMap:
    counts = rates.known
    for _ in range(_PASSES):
        level = fit_polynomial(rates.rate, counts, settings.fit_degree)
        counts, settled = _ordinary(rates, level, counts, settings.sigma_threshold)
        if settled:
            break
    return level


def _smoothed_level(rates: Rates, settings: FlatSettings, outputs: Outputs) -> tuple[FloatMap, FloatMap]:
    """Smooth each output by itself, after what is read in turn has been brought to one level."""
    level, share = _smooth_stripes(rates, settings, outputs)
    turns = np.broadcast_to(outputs.turns, level.shape)
    factors = np.ones(outputs.turns.shape)
    for number, factor in _turn_factors(rates, level, turns, np.unique(outputs.turns)).items():
        factors[outputs.turns == number] = factor
    if np.ptp(factors) < _ALIKE:
        return level, share
    even = Rates(rates.rate / factors, rates.err / factors, rates.known)
    level, share = _smooth_stripes(even, settings, outputs)
    return level * factors, share


def _smooth_stripes(rates: Rates, settings: FlatSettings, outputs: Outputs) -> tuple[FloatMap, FloatMap]:
    level, share = np.full(rates.rate.shape, np.nan), np.zeros(rates.rate.shape)

    def smooth(first: int, last: int) -> None:
        for stripe in outputs.stripes[first:last]:
            level[stripe], share[stripe] = _smooth(rates.cut(stripe), settings)

    in_row_blocks(smooth, len(outputs.stripes), 1)
    return level, share


def _turn_factors(
    rates: Rates, level: FloatMap, turns: NDArray[np.integer], numbers: NDArray[np.integer]
) -> Mapping[int, float]:
    """Give the median of each kind over the mean of the medians; none if one has too few pixels."""
    some = slice(None, None, spread_step(level.size, _TURN_POINTS))
    relative, kinds = rates.cut((some, slice(None))).over(level[some]), turns[some]
    groups = [relative.rate[relative.known & (kinds == number)] for number in numbers]
    if min(group.size for group in groups) < _LEAST_TURN:
        return {}
    medians = np.array([np.median(group) for group in groups])
    return dict(zip(numbers.tolist(), (medians / medians.mean()).tolist(), strict=True))


def _smooth(rates: Rates, settings: FlatSettings) -> tuple[FloatMap, FloatMap]:
    """Smooth one area in boxes; pixels that stand out from the level around them do not count in it."""
    width, sigma = settings.smoothing_box_width, settings.smoothing_sigma
    rate, counts = rates.rate, rates.known
    trend = np.ones(rate.shape)
    everything = box_mean(rate, rates.known, width)
    if sigma:
        coarse = block_median(rate, rates.known, max(width, _LEAST_BLOCK))
        counts = rates.known & (np.abs(rate - coarse) < _FIRST_REACH * coarse)
        trend = _trend(rate, counts)
    for _ in range(_PASSES):
        level, share = _box_level(rate, counts, trend, width, everything)
        if not sigma:
            break
        counts, settled = _ordinary(rates, level, counts, sigma)
        if settled:
            break
    if settings.smoothing_type == "Median":
        level = _median_level(rate, counts, trend, level, width)
    return level, share


def _ordinary(rates: Rates, level: FloatMap, counts: BoolMap, sigma: float) -> tuple[BoolMap, bool]:
    """Mark the pixels within so many deviations and own errors of the level; tell if few changed."""
    places = np.flatnonzero(counts & rates.known & (level > 0))
    places = places[:: spread_step(places.size, _ORDINARY_POINTS)]
    centre, deviation = clipped_scale(rates.rate.ravel()[places] / level.ravel()[places], sigma)
    found = np.empty(counts.shape, dtype=np.bool_)
    limits = centre, deviation, sigma
    changed = mark_ordinary(rates.rate, rates.err, rates.known, level, limits, counts, found)
    return found, changed <= _SETTLED * counts.size


def _trend(rate: FloatMap, counts: BoolMap) -> FloatMap:
    """Give the large-scale pattern, which would shift a box mean at the edges."""
    trend = fit_polynomial(rate, counts, _TREND_DEGREE)
    middle = float(np.median(trend))
    if not trend.min() > _LEAST_TREND * middle:
        return np.ones(rate.shape)
    return trend / middle


def _box_level(
    rate: FloatMap, counts: BoolMap, trend: FloatMap, width: int, everything: tuple[FloatMap, FloatMap]
) -> tuple[FloatMap, FloatMap]:
    """Average boxes; where few of their known pixels count, all do. Give the share that counts, too."""
    flat, counted = box_mean(rate / trend, counts, width)
    mean, known = everything
    share = np.divide(counted, known, out=np.zeros(rate.shape), where=known > 0)
    return np.where(share < _LEAST_SHARE, mean, flat * trend), share


def _median_level(rate: FloatMap, counts: BoolMap, trend: FloatMap, level: FloatMap, width: int) -> FloatMap:
    """Give the medians of boxes in which the pixels that do not count have the level around them."""
    flat = np.where(counts, rate, level) / trend
    usual = float(np.nanmedian(flat)) if np.isfinite(flat).any() else np.nan
    smooth = ndimage.median_filter(np.where(np.isfinite(flat), flat, usual), width, mode="nearest")
    return np.where(np.isfinite(level), smooth * trend, np.nan)
