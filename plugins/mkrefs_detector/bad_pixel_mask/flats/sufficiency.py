"""Whether flats are enough: which pixels can be judged for which class, and which class not at all."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mkrefs.stacks import in_row_blocks
from mkrefs_detector.bad_pixel_mask.flats.classify import Surroundings
from mkrefs_detector.bad_pixel_mask.flats.criteria import FloatMap, Ordinary
from mkrefs_detector.bad_pixel_mask.flats.normalization import Normalized
from mkrefs_detector.bad_pixel_mask.flats.rates import RateMap
from mkrefs_detector.bad_pixel_mask.flats.settings import FlatSettings
from mkrefs_detector.bad_pixel_mask.flats.smoothing import box_mean
from mkrefs_detector.bad_pixel_mask.search import BoolMap
from mkrefs_detector.statistics.sampling import spread_step

# An ordinary pixel must be so many of its errors, and so many deviations of the detector, above a limit.
_ERRORS, _DEVIATIONS = 5.0, 3.5
# A class is refused if more than this share of the pixels cannot be judged.
_MOST_UNKNOWN = 0.5
# Open pixels are refused where the mean of four neighbours scatters by more than the brightness asked for.
_NEIGHBOURS = 4
# Where most pixels around are not ordinary, as in a shadow, a pixel cannot be told to be bad by itself.
_LEAST_ORDINARY = 0.5
_ERROR_BOX = 15
# Rows that are averaged together, and pixels that tell a median; of more, evenly spaced ones.
_ROWS, _POINTS = 256, 1 << 18


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """What can be judged.

    Attributes
    ----------
    ordinary : Ordinary
        What ordinary pixels are like.
    around : Surroundings
        Rates relative to the level around each pixel.
    for_dead, for_low : ndarray of bool, shape (nrows, ncols)
        Pixels known well enough to say whether they are dead, and whether their response is low.
    refused : mapping of str to str
        Classes that cannot be searched, with the reason.
    """

    ordinary: Ordinary
    around: Surroundings
    for_dead: BoolMap
    for_low: BoolMap
    refused: Mapping[str, str]


def too_few(rates: RateMap, settings: FlatSettings) -> str:
    """Tell why there are too few flats for any search; empty if there are enough."""
    lit = int(np.count_nonzero(rates.levels.lit))
    if lit >= settings.min_integrations:
        return ""
    of = rates.levels.lit.size
    return f"{lit} of {of} integrations have light, and {settings.min_integrations} are needed at least"


def least_count(rates: RateMap, settings: FlatSettings) -> int:
    """Give the number of samples that a pixel must have."""
    lit = int(np.count_nonzero(rates.levels.lit))
    return max(1, int(np.ceil(settings.min_fraction * lit - 1e-9)))


def judge_sufficiency(
    rates: RateMap,
    normalized: Normalized,
    smoothed: Normalized,
    light: BoolMap,
    settings: FlatSettings,
    dead_limit: float,
) -> Sufficiency:
    """Tell which pixels can be judged, and which classes can be searched.

    Parameters
    ----------
    rates : RateMap
        Mean rates.
    normalized : Normalized
        The same, normalised by the method that is set.
    smoothed : Normalized
        The same, divided by the level around each pixel.
    light : ndarray of bool, shape (nrows, ncols)
        Light-sensitive pixels that are not saturated.
    settings : FlatSettings
        Limits.
    dead_limit : float
        Largest normalised signal of a dead pixel.

    Returns
    -------
    Sufficiency
    """
    errors = _errors(rates, normalized)
    enough = light & (rates.count >= least_count(rates, settings)) & np.isfinite(normalized.value)
    enough &= smoothed.share >= _LEAST_ORDINARY
    ordinary = _ordinary(normalized, errors, enough)
    surroundings = Surroundings(normalized.value, errors, ordinary)
    if smoothed is not normalized:
        around = _errors(rates, smoothed)
        surroundings = Surroundings(smoothed.value, around, _ordinary(smoothed, around, enough))
    typical = np.fmax(errors, _typical_errors(errors, enough))
    limits = {"DEAD": dead_limit, "LOW_QE": settings.max_low_qe_norm_signal}
    judged, refused = {}, {}
    for name, limit in limits.items():
        judged[name] = enough & (typical * _ERRORS <= ordinary.mean - limit)
        if reason := _refusal(judged[name], light, enough, ordinary, limit):
            refused[name] = reason
    if reason := refused.get("LOW_QE") or _neighbour_refusal(surroundings.ordinary, settings):
        refused |= {"OPEN": reason, "ADJ_OPEN": reason}
    low = judged["DEAD"] & (normalized.value < settings.max_low_qe_norm_signal)
    if "DEAD" not in refused and low.any() and float(np.median(errors[low])) > dead_limit:
        refused["DEAD"] = (
            f"the median error of a low rate is {float(np.median(errors[low])):.2g}, and more than "
            f"{dead_limit:.4g} does not tell a dead pixel"
        )
    if "LOW_QE" not in refused and not settings.max_low_qe_norm_signal > dead_limit:
        refused["LOW_QE"] = (
            f"max_low_qe_norm_signal {settings.max_low_qe_norm_signal:g} is not above the largest signal "
            f"of a dead pixel, {dead_limit:g}"
        )
    return Sufficiency(ordinary, surroundings, judged["DEAD"], judged["LOW_QE"], refused)


def _ordinary(normalized: Normalized, errors: FloatMap, enough: BoolMap) -> Ordinary:
    some = errors[enough]
    some = some[:: spread_step(some.size, _POINTS)]
    noise = float(np.median(some)) if some.size else np.nan
    return Ordinary(normalized.mean, normalized.deviation, noise)


def _errors(rates: RateMap, normalized: Normalized) -> FloatMap:
    """Give the errors of the normalised rates; where no error is known, the deviation of all pixels."""
    usable = np.isfinite(normalized.value)
    errors = np.divide(rates.err, normalized.level, out=np.full(rates.err.shape, np.nan), where=usable)
    return np.where(usable & ~np.isfinite(errors), normalized.deviation, errors)


def _typical_errors(errors: FloatMap, enough: BoolMap) -> FloatMap:
    """Give the error of an ordinary pixel around each: large where there is little light."""
    typical, reach = np.empty(errors.shape), _ERROR_BOX // 2

    def average(start: int, stop: int) -> None:
        rows = slice(max(start - reach, 0), stop + reach)
        here = np.square(np.where(enough[rows], errors[rows], 0.0))
        squares, _ = box_mean(here, enough[rows], _ERROR_BOX)
        typical[start:stop] = np.sqrt(squares[start - rows.start :][: stop - start])

    in_row_blocks(average, errors.shape[0], _ROWS)
    return typical


def _refusal(judged: BoolMap, light: BoolMap, enough: BoolMap, ordinary: Ordinary, limit: float) -> str:
    """Tell why a class of pixels below a limit cannot be searched; empty if it can."""
    total = max(int(np.count_nonzero(light)), 1)
    if not np.isfinite(ordinary.mean):
        return "no pixel has a normalised rate"
    if ordinary.mean <= limit:
        return f"its limit {limit:.4g} is not below the mean normalised rate, {ordinary.mean:.4g}"
    few = int(np.count_nonzero(light & ~enough))
    if few > _MOST_UNKNOWN * total:
        return f"{few / total:.0%} of the pixels have too few slopes"
    room = (ordinary.mean - limit) / ordinary.mean
    if np.count_nonzero(judged) < (1 - _MOST_UNKNOWN) * total:
        return (
            f"the median error of a normalised rate is {ordinary.noise / ordinary.mean:.0%}, and more than "
            f"{room / _ERRORS:.0%} does not tell ordinary pixels from those below {limit:.4g}"
        )
    if ordinary.deviation * _DEVIATIONS > ordinary.mean - limit:
        return (
            f"normalised rates scatter by {ordinary.deviation / ordinary.mean:.0%}, and more than "
            f"{room / _DEVIATIONS:.0%} does not tell ordinary pixels from those below {limit:.4g}"
        )
    return ""


def _neighbour_refusal(ordinary: Ordinary, settings: FlatSettings) -> str:
    asked = settings.max_open_adj_norm_signal - ordinary.mean
    if ordinary.deviation / np.sqrt(_NEIGHBOURS) <= asked:
        return ""
    return (
        f"the mean of four ordinary pixels scatters by {ordinary.deviation / 2:.2g}, more than the "
        f"neighbours of an open pixel are to be brighter ({asked:.2g})"
    )
