"""The search for bad pixels in flats: from ramps with slopes to classes, and the account of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import Ramp, UserError
from mkrefs_detector.bad_pixel_mask.flats.account import (
    criteria_lines,
    flux_line,
    levels_line,
    normalization_line,
    saturation_line,
)
from mkrefs_detector.bad_pixel_mask.flats.classify import Classes, Judgement, classify
from mkrefs_detector.bad_pixel_mask.flats.dead_limits import default_dead_limit
from mkrefs_detector.bad_pixel_mask.flats.figures import flat_figures
from mkrefs_detector.bad_pixel_mask.flats.flux_check import bright_in_raw, last_groups_mean, raw_exposures
from mkrefs_detector.bad_pixel_mask.flats.normalization import Normalized, Rates, normalize
from mkrefs_detector.bad_pixel_mask.flats.outputs import Outputs, read_outputs
from mkrefs_detector.bad_pixel_mask.flats.rates import RateMap, measure_rates
from mkrefs_detector.bad_pixel_mask.flats.settings import CLASSES, FlatSettings
from mkrefs_detector.bad_pixel_mask.flats.sufficiency import Sufficiency, judge_sufficiency, too_few
from mkrefs_detector.bad_pixel_mask.irs2_frame import detector_rows
from mkrefs_detector.bad_pixel_mask.search import BoolMap, Search
from mkrefs_detector.inputs import check_same_mode

_ONE_MODE = ("instrument", "detector", "xstart", "ystart", "xsize", "ysize", "fastaxis")


@dataclass(frozen=True, slots=True)
class FlatResult:
    """What was found in flats.

    Attributes
    ----------
    classes : mapping of str to ndarray of bool, shape (nrows, ncols)
        Pixels of the classes wanted, DEAD, LOW_QE, OPEN, ADJ_OPEN, without those that were refused.
    unknown : mapping of str to ndarray of bool
        By class, pixels that could not be judged.
    refused : mapping of str to str
        Classes that could not be searched, with the reason.
    normalized : Normalized
        What the classes were read from.
    dead_limit : float
        Largest normalised signal of a dead pixel.
    history : tuple of str
        What was done.
    """

    classes: Mapping[str, BoolMap]
    unknown: Mapping[str, BoolMap]
    refused: Mapping[str, str]
    normalized: Normalized
    dead_limit: float
    history: tuple[str, ...]


def search_flats(
    ramps: Sequence[Ramp], settings: FlatSettings, *, reference: BoolMap, plot: bool = False
) -> Search:
    """Search bad pixels in flats.

    Parameters
    ----------
    ramps : sequence of Ramp
        Flats of one mode in the state after ``jump``, with the products ``rateints``, and ``raw`` if the flux
        check is wanted.
    settings : FlatSettings
        The choices made.
    reference : ndarray of bool, shape (nrows, ncols)
        Reference pixels.
    plot : bool
        Whether to give figures.

    Returns
    -------
    Search
        Classes DEAD, LOW_QE, OPEN and ADJ_OPEN, as far as wanted and possible.

    Raises
    ------
    mkrefs.api.UserError
        If the ramps do not go together, or the flux check lacks a raw exposure.
    """
    check_flats(ramps)
    light = ~reference
    metadata = ramps[0].metadata
    rates = measure_rates(ramps, light, signal=settings.signal, sigma=settings.sigma_threshold)
    raw = None
    if settings.run_dead_flux_check:
        exposures = raw_exposures(ramps, settings.dead_flux_check_files)
        raw = detector_rows(last_groups_mean(exposures), metadata)
    result = find_in_rates(
        rates,
        light,
        settings,
        outputs=read_outputs(metadata, (light.shape[0], light.shape[1])),
        dead_limit=dead_limit_of(settings, metadata.detector),
        raw_level=raw,
    )
    where = f"{metadata.detector} {metadata.subarray}"
    return Search(
        classes=result.classes,
        unknown=result.unknown,
        refused=result.refused,
        history=result.history,
        figures=flat_figures(result.normalized, settings, result.dead_limit, where) if plot else {},
    )


def check_flats(ramps: Sequence[Ramp]) -> None:
    """Refuse flats of which there is none, or that are not of one detector and place."""
    check_same_mode("search in flats", ramps, _ONE_MODE, kind="flat")


def dead_limit_of(settings: FlatSettings, detector: str) -> float:
    """Give the largest normalised signal of a dead pixel: the one set, or that of the detector."""
    if settings.max_dead_norm_signal is not None:
        return settings.max_dead_norm_signal
    return default_dead_limit(detector, settings.normalization_method)


def find_in_rates(
    rates: RateMap,
    light: BoolMap,
    settings: FlatSettings,
    *,
    outputs: Outputs,
    dead_limit: float,
    raw_level: NDArray[np.floating] | None = None,
) -> FlatResult:
    """Find the classes in mean rates.

    Parameters
    ----------
    rates : RateMap
        Mean rates of the flats.
    light : ndarray of bool, shape (nrows, ncols)
        Light-sensitive pixels.
    settings : FlatSettings
        The choices made.
    outputs : Outputs
        What the outputs read.
    dead_limit : float
        Largest normalised signal of a dead pixel.
    raw_level : ndarray of float, same shape, or None
        Mean raw level of the last groups in DN, for the flux check.

    Returns
    -------
    FlatResult
    """
    known = Rates(rates.rate, rates.err, light & np.isfinite(rates.rate))
    normalized = normalize(known, settings, outputs=outputs, unit=rates.levels.mean)
    few = too_few(rates, settings)
    if few:
        refused = dict.fromkeys(settings.wanted, few)
        return FlatResult({}, {}, refused, normalized, dead_limit, (levels_line(rates),))
    dark = light & ~rates.saturated
    enough = judge_sufficiency(
        rates, normalized, _by_boxes(known, normalized, settings, outputs), dark, settings, dead_limit
    )
    found = _classify(normalized, light, enough, settings, dead_limit)
    maps = dict(zip(CLASSES, (found.dead, found.low_qe, found.open, found.adjacent_open), strict=True))
    lines = [levels_line(rates), normalization_line(normalized, enough, settings)]
    lines += saturation_line(rates.saturated & light)
    if raw_level is not None:
        bright = bright_in_raw(raw_level, limit=settings.flux_check)
        lines.append(flux_line(maps["DEAD"] & bright, settings))
        maps["DEAD"] = maps["DEAD"] & ~bright
        dark = dark & ~bright
    names = [name for name in settings.wanted if name not in enough.refused]
    lines += criteria_lines(names, settings, enough, found, dead_limit)
    known_for = {"DEAD": enough.for_dead}
    return FlatResult(
        classes={name: maps[name] for name in names},
        unknown={name: dark & ~known_for.get(name, enough.for_low) for name in names},
        refused={name: enough.refused[name] for name in settings.wanted if name in enough.refused},
        normalized=normalized,
        dead_limit=dead_limit,
        history=tuple(lines),
    )


def _classify(
    normalized: Normalized, light: BoolMap, enough: Sufficiency, settings: FlatSettings, dead_limit: float
) -> Classes:
    judged = Judgement(
        normalized.value,
        light,
        enough.for_dead,
        enough.for_low,
        enough.ordinary,
        enough.around,
        dead_limit,
    )
    return classify(judged, settings, find_open="OPEN" not in enough.refused)


def _by_boxes(known: Rates, normalized: Normalized, settings: FlatSettings, outputs: Outputs) -> Normalized:
    """Give the rates relative to the level around each pixel, whatever the method that is set."""
    if settings.normalization_method == "smoothed":
        return normalized
    by_boxes = replace(settings, normalization_method="smoothed")
    return normalize(known, by_boxes, outputs=outputs, unit=1.0)


def check_searched(search: Search) -> None:
    """Refuse a search of which no class is left.

    Raises
    ------
    mkrefs.api.UserError
        If every class was refused, with the reasons.
    """
    if search.classes or not search.refused:
        return
    reasons = "; ".join(dict.fromkeys(search.refused.values()))
    raise UserError(
        f"search in flats: none of {', '.join(search.refused)} could be searched: {reasons}; give more or "
        "brighter flats, or other limits."
    )
