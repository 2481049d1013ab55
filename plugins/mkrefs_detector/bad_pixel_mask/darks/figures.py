"""The figures of a search in darks, as values; the engine draws them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import Figure, Histogram, Map
from mkrefs_detector.bad_pixel_mask.darks.account import class_map
from mkrefs_detector.bad_pixel_mask.darks.classify import DarkClasses
from mkrefs_detector.bad_pixel_mask.darks.maps import DarkMeasurement
from mkrefs_detector.bad_pixel_mask.darks.noise import log_noise

_BINS = 200
_DECADES = (1e-4, 1e3)
_NOISES = (0.1, 100.0)


def dark_figures(
    measured: DarkMeasurement, found: DarkClasses, light: NDArray[np.bool_], where: str
) -> Mapping[str, Figure]:
    """Give a map of the classes; where samples were looked at, rate and noise as maps and histograms too.

    Parameters
    ----------
    measured : DarkMeasurement
        What was measured.
    found : DarkClasses
        What was found.
    light : ndarray of bool, shape (nrows, ncols)
        Light-sensitive pixels, which the histograms show.
    where : str
        Detector and subarray, for the titles.

    Returns
    -------
    mapping of str to Figure
    """
    classes = Map(
        f"Bad pixels in darks of {where}",
        "classes, as in DARK_CLASSES",
        class_map(found.classes, light.shape).astype(np.float32),
    )
    if not measured.survey:
        return {"dark_classes": classes}
    maps, limits = measured.maps, found.limits
    ratio = np.exp(log_noise(maps.noise, maps.shot, measured.survey.read))
    rates = limits.rates
    lines = {} if rates is None else {"warm": rates.warm, "hot": rates.hot}
    noisy = {"noisy": limits.noisy} if np.isfinite(limits.noisy) else {}
    hidden = ~light
    return {
        "dark_rates": _histogram(
            "Dark rates", where, "dark rate above the median (DN/s)", maps.rate[light], _DECADES, lines
        ),
        "dark_noise": _histogram("Noise", where, "noise over that expected", ratio[light], _NOISES, noisy),
        "dark_rate_map": Map(
            f"Dark rate of {where}", "dark rate above the median (DN/s)", np.where(hidden, np.nan, maps.rate)
        ),
        "dark_noise_map": Map(
            f"Noise of {where}", "noise over that expected", np.where(hidden, np.nan, ratio)
        ),
        "dark_classes": classes,
    }


def _histogram(
    title: str,
    where: str,
    quantity: str,
    values: NDArray[np.floating],
    ends: tuple[float, float],
    lines: Mapping[str, float],
) -> Histogram:
    """Count the logarithms of values; what is beyond the ends, or not positive, goes to the outer bins.

    Lines are named with the values themselves.
    """
    low, high = np.log10(ends)
    known = values[np.isfinite(values)]
    logs = np.log10(np.clip(known, ends[0], ends[1]))
    counts, edges = np.histogram(logs, bins=_BINS, range=(low, high))
    marks = {
        f"{name} ({value:.3g})": float(np.log10(np.clip(value, *ends)))
        for name, value in lines.items()
        if np.isfinite(value)
    }
    return Histogram(f"{title} of {where}", f"log10 of {quantity}", edges, counts, marks)
