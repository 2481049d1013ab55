"""Measures one exposure as two reference files calibrate it, on the same pixels; arrays alone."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.verification.ramps import RampSummary
from mkrefs.verification.statistics import Estimate, estimate, median, scatter, without_structure

_DARK = "D"
#: From how many robust sigma on a slope is an outlier.
OUTLIER_SIGMA = 5.0
#: Tolerances below which a change is of no consequence, whatever its statistical error: of a median as a
#: share of the scatter between pixels, of a noise and of a photon noise, and as shares of the pixels.
_LEVEL_TOLERANCE = 0.02
_NOISE_TOLERANCE = 0.01
_PHOTON_TOLERANCE = 0.02
_MISSED_TOLERANCE = 1e-4
_LOST_TOLERANCE = 0.05

Pixels = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """An exposure as one set of reference files calibrates it.

    Attributes
    ----------
    rate, error : ndarray of float, shape (ny, nx)
        Slopes of the whole exposure and their stated errors, DN/s.
    usable, sensitive : ndarray of bool, shape (ny, nx)
        Whether no flag excludes a pixel, and whether it sees light.
    rates, errors : ndarray of float, shape (nints, ny, nx)
        Slopes of the integrations; nints is 0 where there are none.
    ramp : RampSummary
        The ramp before the fit.
    read_noise : ndarray of float, shape (ny, nx)
        CDS noise of two groups by the read noise file, DN.
    gain : ndarray of float, shape (ny, nx)
        Electrons per DN.
    photon_share : float
        Variance of a difference of groups that are averages of frames, over that of single frames as far
        apart.
    """

    rate: NDArray[np.floating]
    error: NDArray[np.floating]
    usable: Pixels
    sensitive: Pixels
    rates: NDArray[np.floating]
    errors: NDArray[np.floating]
    ramp: RampSummary
    read_noise: NDArray[np.floating]
    gain: NDArray[np.floating]
    photon_share: float = 1.0

    @property
    def good(self) -> Pixels:
        """Pixels with a slope that may be used."""
        return np.asarray(self.usable & self.sensitive & np.isfinite(self.rate))


@dataclass(frozen=True, slots=True)
class Measured:
    """One quantity with both files.

    Attributes
    ----------
    name : str
        Its kind.
    new, previous : float
        NaN where it could not be measured; ``previous`` also where there is no previous file.
    error : float
        Statistical error of either; NaN if it is not known.
    tolerance : float
        The least difference that is of any consequence.
    """

    name: str
    new: float
    previous: float
    error: float
    tolerance: float


def measure(imtype: str, new: Calibrated, previous: Calibrated | None) -> tuple[Measured, ...]:
    """Measure an exposure as it comes out with the new and with the previous file.

    Parameters
    ----------
    imtype : str
        ``D`` for a dark; anything else sees light.
    new, previous : Calibrated
        The same exposure; ``previous`` is None if there is no previous file.

    Returns
    -------
    tuple of Measured
        Whatever is a value of pixels is measured on those that both files leave usable.
    """
    runs = (new,) if previous is None else (new, previous)
    common = np.logical_and.reduce([run.good for run in runs])
    if imtype == _DARK:
        return (*_of_dark(runs, common), *_of_any(runs, common, ""))
    return (*_of_flat(runs, common), *_of_any(runs, common, "flat_"))


def _of_dark(runs: tuple[Calibrated, ...], common: Pixels) -> list[Measured]:
    rate = [run.rate for run in runs]
    rise, first = [run.ramp.rise for run in runs], [run.ramp.first for run in runs]
    return [
        *_level_and_scatter(rate, common, "dark_residual", "dark_scatter"),
        *_level_and_scatter(rise, common, "last_group", ""),
        *_level_and_scatter(first, common, "first_group", "first_group_scatter"),
        _pair("slope_noise", [_over(run, common) for run in runs], _NOISE_TOLERANCE),
        _pair(
            "cds_noise",
            [estimate(each, common, scatter) for each in _differences_over(runs)],
            _NOISE_TOLERANCE,
        ),
    ]


def _of_flat(runs: tuple[Calibrated, ...], common: Pixels) -> list[Measured]:
    slopes = [estimate(run.rate, common, median) for run in runs]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = estimate(runs[0].rate / runs[-1].rate, common, median)
    change = [ratio, Estimate(1.0, math.nan)] if len(runs) > 1 else [Estimate(math.nan, math.nan)]
    photon = [estimate(each, common, scatter) for each in _photons_over(runs)]
    return [
        _pair("slope", slopes, 0.0),
        _pair("slope_ratio", change, 0.0),
        _pair("photon_transfer", photon, _PHOTON_TOLERANCE),
    ]


def _of_any(runs: tuple[Calibrated, ...], common: Pixels, prefix: str) -> list[Measured]:
    total = max(int(np.logical_and.reduce([run.sensitive for run in runs]).sum()), 1)
    flagged = [1.0 - int(run.good.sum()) / max(int(run.sensitive.sum()), 1) for run in runs]
    shares = [int(run.ramp.jumps[common].sum()) / max(int(run.ramp.tried[common].sum()), 1) for run in runs]
    outliers = _outliers(runs, common)
    missed = [int(each.sum()) for each in outliers]
    counted = [_counted(f"{prefix}missed_bad_pixels", missed, total, _MISSED_TOLERANCE)]
    if len(runs) > 1:
        lost = [_lost(runs[0], runs[1], outliers[1]), _lost(runs[1], runs[0], outliers[0])]
        counted.append(_counted(f"{prefix}normal_pixels_lost", lost, total, _LOST_TOLERANCE))
    return [
        _pair(f"{prefix}jumps", [Estimate(share, math.nan) for share in shares], 0.0),
        _pair(f"{prefix}flagged", [Estimate(share, math.nan) for share in flagged], 0.0),
        *counted,
    ]


def _level_and_scatter(
    images: list[NDArray[np.floating]], common: Pixels, level: str, spread: str
) -> list[Measured]:
    levels = [estimate(image, common, median) for image in images]
    spreads = [estimate(image, common, scatter) for image in images]
    least = min((each.value for each in spreads if math.isfinite(each.value)), default=0.0)
    measured = [_pair(level, levels, _LEVEL_TOLERANCE * least)]
    return [*measured, _pair(spread, spreads, _NOISE_TOLERANCE * least)] if spread else measured


def _over(run: Calibrated, common: Pixels) -> Estimate:
    """Give the scatter of slopes over their stated error."""
    if len(run.rates) > 1:
        step = np.diff(run.rates, axis=0)
        stated = np.sqrt(run.errors[1:] ** 2 + run.errors[:-1] ** 2)
    else:
        step, stated = run.rate, run.error
    return estimate(_ratio(step, stated), common, scatter)


def _differences_over(runs: tuple[Calibrated, ...]) -> list[NDArray[np.floating]]:
    """Give the differences of groups over the noise that is predicted; the same samples for all runs."""
    seen = np.logical_and.reduce([np.isfinite(run.ramp.differences) for run in runs])
    return [_ratio(np.where(seen, run.ramp.differences, np.nan), run.read_noise) for run in runs]


def _photons_over(runs: tuple[Calibrated, ...]) -> list[NDArray[np.floating]]:
    """Give the changes from one difference of groups to another over the noise that is predicted.

    The light drops out of them. The photon noise is that of the pixel's own mean step.
    """
    seen = np.logical_and.reduce([np.isfinite(run.ramp.differences) for run in runs])
    found = []
    for run in runs:
        steps = np.where(seen, run.ramp.differences, np.nan)
        number = seen.sum(axis=0)
        mean = np.where(seen, steps, 0.0).sum(axis=0) / np.maximum(number, 1)
        photons = run.photon_share * np.maximum(mean, 0.0) / np.where(run.gain > 0, run.gain, np.nan)
        even = len(steps) // 2 * 2
        change = steps[1:even:2] - steps[0:even:2]
        found.append(_ratio(change, np.sqrt(2.0 * (run.read_noise**2 + photons))))
    return found


def _outliers(runs: tuple[Calibrated, ...], common: Pixels) -> list[Pixels]:
    """Find the pixels that no flag excludes and that stand out of their place, with one sigma for all."""
    images = [without_structure(run.rate, run.good) for run in runs]
    spreads = [scatter(image[common]) for image in images]
    sigma = min((spread for spread in spreads if math.isfinite(spread)), default=math.inf)
    with np.errstate(invalid="ignore"):
        beyond = [np.abs(image) > OUTLIER_SIGMA * sigma for image in images]
    return [run.good & out for run, out in zip(runs, beyond, strict=True)]


def _lost(run: Calibrated, other: Calibrated, other_outliers: Pixels) -> int:
    """Count the pixels that one run excludes and the other has a slope of that is no outlier."""
    return int((run.sensitive & ~run.good & other.good & ~other_outliers).sum())


def _counted(name: str, counts: list[int], total: int, tolerance: float) -> Measured:
    error = math.sqrt(max(min(counts), 1)) / total
    return _pair(name, [Estimate(count / total, error) for count in counts], tolerance)


def _pair(name: str, estimates: list[Estimate], tolerance: float) -> Measured:
    """Put both values together; the smaller error is that of the noise which they have in common."""
    errors = [each.error for each in estimates if math.isfinite(each.error)]
    previous = estimates[1].value if len(estimates) > 1 else math.nan
    return Measured(name, estimates[0].value, previous, min(errors, default=math.nan), tolerance)


def _ratio(above: NDArray[np.floating], below: NDArray[np.floating]) -> NDArray[np.floating]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 0, above / below, np.nan))
