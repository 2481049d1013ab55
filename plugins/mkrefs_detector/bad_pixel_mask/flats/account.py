"""The account of a search in flats, as lines of HISTORY."""

from collections.abc import Sequence

import numpy as np

from mkrefs_detector.bad_pixel_mask.flats.classify import Classes
from mkrefs_detector.bad_pixel_mask.flats.normalization import Normalized
from mkrefs_detector.bad_pixel_mask.flats.rates import RateMap
from mkrefs_detector.bad_pixel_mask.flats.settings import FlatSettings
from mkrefs_detector.bad_pixel_mask.flats.sufficiency import Sufficiency
from mkrefs_detector.bad_pixel_mask.search import BoolMap


def levels_line(rates: RateMap) -> str:
    """Say how many integrations there are, how bright, and which have no light."""
    levels = rates.levels
    lit = levels.lit
    text = f"Flats: {int(lit.sum())} of {lit.size} integrations"
    if lit.any():
        low, high = float(levels.rate[lit].min()), float(levels.rate[lit].max())
        text += f", median signals from {low:.4g} to {high:.4g}, each divided by its own"
    dark = [name for name, shines in zip(levels.names, lit, strict=True) if not shines]
    return f"{text}; without light and left out: {', '.join(dark)}." if dark else f"{text}."


def normalization_line(normalized: Normalized, enough: Sufficiency, settings: FlatSettings) -> str:
    """Say how signals were normalised, and what ordinary pixels are like."""
    how = {
        "smoothed": f"smoothed in boxes of {settings.smoothing_box_width} pixels ({settings.smoothing_type})",
        "mean": "by the clipped mean of all pixels",
        "fit2d": f"by a polynomial surface of degree {settings.fit_degree}",
        "none": "not at all: signals as they are",
    }[settings.normalization_method]
    return (
        f"Mean signals normalised {how}: mean {normalized.mean:.4g}, scatter {normalized.deviation:.3g}, "
        f"median error of a pixel {enough.ordinary.noise:.3g}."
    )


def saturation_line(saturated: BoolMap) -> list[str]:
    """Say how many pixels saturate at once, if any."""
    count = int(np.count_nonzero(saturated))
    return [f"{count} pixels saturate in the first group: they are not dead."] if count else []


def flux_line(bright: BoolMap, settings: FlatSettings) -> str:
    """Say how many pixels the flux check takes out."""
    return (
        f"Flux check: {int(np.count_nonzero(bright))} pixels that look dead are above "
        f"{settings.flux_check:g} DN in the last groups of the raw exposures, and are not."
    )


def criteria_lines(
    names: Sequence[str],
    settings: FlatSettings,
    enough: Sufficiency,
    found: Classes,
    dead_limit: float,
) -> list[str]:
    """Say what the classes are, and how many low pixels are in none."""
    ordinary = enough.ordinary
    far = ordinary.mean - settings.dead_sigma_threshold * ordinary.deviation
    by_sigma = settings.dead_search_type == "sigma_rate"
    lines = []
    if "DEAD" in names and settings.exclusive_classes:
        also = (
            f" and below {far:.4g}, {settings.dead_sigma_threshold:g} sigma under the mean"
            if by_sigma
            else ""
        )
        lines.append(f"DEAD ({settings.dead_search_type}): signals below {dead_limit:.4g}{also}.")
    elif "DEAD" in names:
        limit = far if by_sigma else dead_limit
        lines.append(
            f"DEAD ({settings.dead_search_type}): signals below {limit:.4g}, whatever else they are."
        )
    if "LOW_QE" in names:
        lines.append(f"LOW_QE: signals from {dead_limit:.4g} to {settings.max_low_qe_norm_signal:g}.")
    if "OPEN" in names:
        what = "the mean of their neighbours" if settings.open_test == "mean" else "each neighbour"
        lines.append(
            f"OPEN: low signals where {what} reaches {settings.max_open_adj_norm_signal:g}"
            f"{' within its error' if settings.open_test == 'mean' else ''}."
        )
    count = int(np.count_nonzero(found.unclassified))
    if count:
        lines.append(
            f"{count} pixels are more than {settings.dead_sigma_threshold:g} sigma under the mean, and of no "
            f"class: their signals are {settings.max_low_qe_norm_signal:g} or more."
        )
    return lines
