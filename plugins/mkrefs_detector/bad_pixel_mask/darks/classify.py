"""From what was measured of the pixels to the classes of bad ones: composes the criteria, refuses classes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.bad_pixel_mask.darks import noise as noises
from mkrefs_detector.bad_pixel_mask.darks.maps import DarkMaps, DarkMeasurement
from mkrefs_detector.bad_pixel_mask.darks.neighbours import neighbour_share, shown_by_neighbours
from mkrefs_detector.bad_pixel_mask.darks.pixels import PERHAPS_BENT
from mkrefs_detector.bad_pixel_mask.darks.rates import (
    RateLimits,
    often,
    rate_limits,
    saturated_pixels,
    warm_and_hot,
)
from mkrefs_detector.bad_pixel_mask.darks.settings import CLASS_FLAGS, DarkSettings
from mkrefs_detector.bad_pixel_mask.darks.shapes import curve_significance, settling_pixels, telegraph_pixels
from mkrefs_detector.bad_pixel_mask.darks.sufficiency import (
    LEAST_OWN_DOF,
    LEAST_SLOPES,
    Extent,
    too_few,
    too_many,
    too_uncertain,
)
from mkrefs_detector.bad_pixel_mask.darks.survey import Survey

# A ramp that bends by less than so many times what its neighbours show in it does not bend itself.
_OWN_CURVE = 2.0
# Slope that two levels at random give a ramp at most, in steps per length of the ramp.
_STEP_SLOPE = 1.2

Image = NDArray[np.floating]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a pixel stood out; for the account of the search.

    Attributes
    ----------
    rates : RateLimits or None
        Of warm and hot pixels.
    noise : Distribution or None
        Logarithm of noise over expected noise.
    noisy : float
        How many times the expected noise a noisy pixel has.
    share : float
        Share of its signal that a pixel shows in each of its neighbours.
    excess : float
        Factor on the errors of the curvatures.
    """

    rates: RateLimits | None = None
    noise: noises.Distribution | None = None
    noisy: float = float("nan")
    share: float = 0.0
    excess: float = 1.0


@dataclass(frozen=True, slots=True)
class DarkClasses:
    """What was found.

    Attributes
    ----------
    classes : mapping of str to ndarray of bool, shape (nrows, ncols)
        Pixels of each class that was searched.
    unknown : mapping of str to ndarray of bool
        Pixels that could not be judged, by class.
    refused : mapping of str to str
        Classes that were not searched, with the reason.
    limits : Limits
        From where on a pixel stood out.
    notes : tuple of str
        What else the account of the search should say.
    """

    classes: Mapping[str, Mask]
    unknown: Mapping[str, Mask]
    refused: Mapping[str, str]
    limits: Limits
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """Classes on the way, with the limits and notes of one search."""

    classes: Mapping[str, Mask]
    limits: Limits
    notes: tuple[str, ...] = ()


def extent_of(measured: DarkMeasurement) -> Extent:
    """Tell how much data a measurement had."""
    return Extent(
        integrations=measured.integrations,
        ngroups=measured.ngroups,
        differences=measured.differences,
        dof=measured.survey.dof if measured.survey else None,
        read=measured.survey.read if measured.survey else None,
        pedestals=measured.pedestals,
    )


def classify(measured: DarkMeasurement, light: Mask, settings: DarkSettings) -> DarkClasses:
    """Find the bad pixels of each class.

    Parameters
    ----------
    measured : DarkMeasurement
        What was measured.
    light : ndarray of bool, shape (nrows, ncols)
        Light-sensitive pixels.
    settings : DarkSettings
        The choices made.

    Returns
    -------
    DarkClasses
        Maps are of light-sensitive pixels alone.
    """
    if measured.survey:
        found = _as_measured(measured, measured.survey, light, settings)
    else:
        found = _as_documented(measured, light, settings)
    extent = extent_of(measured)
    classes: dict[str, Mask] = {}
    refused: dict[str, str] = {}
    for name in CLASS_FLAGS:
        if name not in found.classes:
            continue
        pixels = found.classes[name] & light
        count = int(np.count_nonzero(pixels))
        reason = too_few(name, extent)
        if name == "noisy" and measured.survey:
            reason = reason or too_uncertain(found.limits.noisy)
        reason = reason or too_many(count, int(np.count_nonzero(light)), settings.max_flagged_fraction)
        if reason:
            refused[name] = reason
        else:
            classes[name] = pixels
    return DarkClasses(classes, _unknown(measured, light, classes), refused, found.limits, found.notes)


def _unknown(measured: DarkMeasurement, light: Mask, classes: Mapping[str, Mask]) -> dict[str, Mask]:
    """Map, by class, the pixels that the data do not tell of."""
    bad = np.logical_or.reduce([*classes.values(), np.zeros_like(light)])
    missing = _missing_samples(measured.maps) if measured.survey else _missing_flags(measured.maps)
    unknown = {name: missing[name] & light & ~bad for name in classes}
    return {name: pixels for name, pixels in unknown.items() if pixels.any()}


def _missing_flags(maps: DarkMaps) -> dict[str, Mask]:
    """Map, by class, the pixels of whose flags and fits too few are known."""
    nothing = maps.known == 0
    return {
        "hot": nothing,
        "rc": nothing,
        "noisy": maps.clean_slopes < LEAST_SLOPES,
        "low_pedestal": maps.pedestals == 0,
        "high_cr": nothing,
    }


def _missing_samples(maps: DarkMaps) -> dict[str, Mask]:
    """Map, by class, the pixels of whose samples too few are known."""
    return {
        "warm": ~np.isfinite(maps.rate),
        "hot": ~np.isfinite(maps.rate),
        "rc": ~np.isfinite(maps.curve),
        "inverse_rc": ~np.isfinite(maps.curve),
        "noisy": ~(maps.noise_dof >= LEAST_OWN_DOF),
        "telegraph": ~np.isfinite(maps.rate),
        "low_pedestal": maps.pedestals == 0,
        "high_cr": maps.known == 0,
    }


def _as_documented(measured: DarkMeasurement, light: Mask, settings: DarkSettings) -> _Found:
    """Apply the documented criteria alone; what is not known is not flagged."""
    maps, total = measured.maps, measured.integrations
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.sqrt(maps.slope_squares / maps.clean_slopes)
    noisy = noises.noisy_as_documented(
        deviation,
        maps.clean_slopes,
        light,
        sigma=settings.clipping_sigma,
        iterations=settings.max_clipping_iters,
        threshold=settings.noisy_threshold,
        least=LEAST_SLOPES,
    )
    high = often(maps.high_pedestals, total, settings.rc_fraction_threshold)
    early = often(maps.early_jumps, total, settings.rc_fraction_threshold)
    return _Found(
        {
            "hot": (maps.saturated > 0) & (maps.saturated >= settings.max_saturated_fraction * total),
            "rc": high | early,
            "noisy": noisy,
            "low_pedestal": often(maps.low_pedestals, total, settings.low_pedestal_fraction),
            "high_cr": often(maps.many_jumps, total, settings.high_cr_fraction),
        },
        Limits(),
    )


def _as_measured(measured: DarkMeasurement, survey: Survey, light: Mask, settings: DarkSettings) -> _Found:
    """Compose all criteria."""
    maps = measured.maps
    share = neighbour_share(maps.rate, maps.rate_error, light) if settings.neighbour_correction else 0.0
    shaped = _find_shapes(measured, survey.read, light, share, settings)
    rated = _find_rates(measured, light, share, shaped, settings)
    noisy, limits = _find_noisy(maps, survey, light, shaped.classes, settings)
    explained = noisy | shaped.classes["telegraph"] | shaped.classes["rc"] | shaped.classes["inverse_rc"]
    limits = replace(limits, rates=rated.limits.rates, share=share, excess=shaped.limits.excess)
    many = often(maps.many_jumps, maps.known, settings.high_cr_fraction)
    low = often(maps.low_pedestals, maps.pedestals, settings.low_pedestal_fraction)
    classes = {
        **rated.classes,
        **shaped.classes,
        "noisy": noisy,
        "low_pedestal": low & ~(shaped.classes["rc"] | shaped.classes["inverse_rc"]),
        "high_cr": many & ~explained,
    }
    return _Found(classes, limits, rated.notes)


def _find_shapes(
    measured: DarkMeasurement, read: float, light: Mask, share: float, settings: DarkSettings
) -> _Found:
    """Find pixels whose ramps settle, and those that switch."""
    maps = measured.maps
    telegraph = telegraph_pixels(
        maps.evidence,
        maps.step,
        maps.sigma,
        maps.ups,
        maps.downs,
        read=read,
        least_evidence=settings.telegraph_evidence,
        least_sigma=settings.telegraph_sigma_threshold,
    )
    significance, excess = curve_significance(maps.curve, maps.curve_error, light & measured.sample)
    rc, inverse = settling_pixels(
        maps.curve,
        significance,
        maps.late_rate * measured.group_time,
        measured.ngroups,
        sigma=settings.rc_sigma_threshold,
    )
    own = np.abs(maps.curve) > _OWN_CURVE * np.abs(shown_by_neighbours(maps.curve * (rc | inverse), share))
    rc, inverse = rc & own, inverse & own
    # What two levels explain without a bend does not settle.
    switches = telegraph & (maps.bent == 0)
    high = often(maps.high_pedestals, maps.pedestals, settings.rc_fraction_threshold)
    early = often(maps.early_jumps, maps.known, settings.rc_fraction_threshold)
    inverse |= early & (significance < 0)
    rc = (rc | high | early) & ~inverse
    classes = {"rc": rc & ~switches, "inverse_rc": inverse & ~switches, "telegraph": telegraph}
    return _Found(classes, Limits(excess=excess))


def _find_rates(
    measured: DarkMeasurement, light: Mask, share: float, shaped: _Found, settings: DarkSettings
) -> _Found:
    """Find hot and warm pixels; the rate of a pixel that settles is that of its late groups."""
    maps = measured.maps
    # A ramp that may bend tells its rate late, if at all: its slope may be nothing but the bend.
    settles = (np.abs(maps.curve) > PERHAPS_BENT * maps.curve_error) & np.isfinite(maps.late_rate)
    rate = np.where(settles, maps.late_rate, maps.rate)
    error = np.where(settles, maps.late_rate_error, maps.rate_error)
    error = np.where(shaped.classes["telegraph"], np.hypot(error, _slope_of_steps(measured)), error)
    bright = np.where(rate > settings.rate_sigma_threshold * error, rate, 0)
    rate = rate - shown_by_neighbours(bright, share)
    saturated = saturated_pixels(
        maps.clipped,
        measured.integrations,
        maps.saturated_level,
        max_fraction=settings.max_saturated_fraction,
    )
    reason = too_few("rate", extent_of(measured))
    nothing = np.zeros_like(light)
    if reason:
        notes = (f"hot: only by saturation; of their rates {reason}.",)
        return _Found({"hot": saturated, "warm": nothing}, Limits(), notes)
    limits = rate_limits(
        rate,
        error,
        light,
        hot_threshold=settings.hot_threshold,
        warm_threshold=settings.warm_threshold,
        sigma=settings.rate_sigma_threshold,
    )
    warm, hot = warm_and_hot(
        rate, error, limits, hot_threshold=settings.hot_threshold, sigma=settings.rate_sigma_threshold
    )
    return _Found({"hot": hot | saturated, "warm": warm & ~saturated}, Limits(rates=limits))


def _slope_of_steps(measured: DarkMeasurement) -> NDArray[np.float64]:
    """Give the error that steps between two levels add to a mean slope, at most, in DN/s."""
    lever = _STEP_SLOPE / (measured.ngroups * np.sqrt(measured.integrations) * measured.group_time)
    return np.asarray(measured.maps.step * lever, dtype=np.float64)


def _find_noisy(
    maps: DarkMaps,
    survey: Survey,
    light: Mask,
    shaped: Mapping[str, Mask],
    settings: DarkSettings,
) -> tuple[Mask, Limits]:
    """Find pixels that are noisier than their signal explains, or two levels, or a ramp that settles."""
    ratio = noises.log_noise(maps.noise, maps.shot, survey.read)
    sigma, iterations = settings.clipping_sigma, settings.max_clipping_iters
    found = noises.clipped_distribution(ratio[light], sigma=sigma, iterations=iterations)
    threshold = settings.noisy_threshold
    by_ramps = noises.noisy_by_ramps(
        ratio, maps.noise_dof, found, survey.dof, threshold=threshold, least_dof=LEAST_OWN_DOF
    )
    chi2 = np.where(light, maps.slope_chi2, np.nan)
    by_slopes = noises.noisy_by_slopes(
        chi2, maps.slopes, sigma=sigma, iterations=iterations, threshold=threshold, least=LEAST_SLOPES
    )
    noisy = (by_ramps | (by_slopes & ~(shaped["rc"] | shaped["inverse_rc"]))) & ~shaped["telegraph"]
    limits = Limits(noise=found, noisy=float(np.exp(found.mean + threshold * found.deviation)))
    return noisy, limits
