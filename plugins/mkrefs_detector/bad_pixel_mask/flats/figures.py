"""The figures of a search in flats, as values; the engine draws them."""

from collections.abc import Mapping

import numpy as np

from mkrefs.api import Figure, Histogram, Map
from mkrefs_detector.bad_pixel_mask.flats.normalization import Normalized
from mkrefs_detector.bad_pixel_mask.flats.settings import FlatSettings

_BINS = 200
# The histogram ends so many times the mean; what is beyond is in the first and last bins.
_LOW, _HIGH = -0.1, 1.5
_SHOWN_DEVIATIONS = 5.0


def flat_figures(
    normalized: Normalized, settings: FlatSettings, dead_limit: float, where: str
) -> Mapping[str, Figure]:
    """Give a histogram of the normalised rates with the limits of the classes, and a map of them.

    Parameters
    ----------
    normalized : Normalized
        The rates.
    settings : FlatSettings
        The limits.
    dead_limit : float
        Largest normalised signal of a dead pixel.
    where : str
        Detector and subarray, for the titles.

    Returns
    -------
    mapping of str to Figure
    """
    known = normalized.value[np.isfinite(normalized.value)]
    if not known.size or not np.isfinite(normalized.mean) or not normalized.mean > 0:
        return {}
    unit = "DN/s" if settings.normalization_method == "none" else "1"
    low, high = _LOW * normalized.mean, _HIGH * normalized.mean
    counts, edges = np.histogram(np.clip(known, low, high), bins=_BINS, range=(low, high))
    spread = _SHOWN_DEVIATIONS * normalized.deviation
    return {
        "flat_histogram": Histogram(
            f"Normalised flat of {where}",
            f"normalised rate ({unit}); what is beyond is in the first and last bins",
            edges,
            counts,
            {
                "DEAD below": dead_limit,
                "LOW_QE below": settings.max_low_qe_norm_signal,
                "neighbours of OPEN": settings.max_open_adj_norm_signal,
                f"mean - {settings.dead_sigma_threshold:g} sigma": normalized.mean
                - settings.dead_sigma_threshold * normalized.deviation,
            },
        ),
        "flat": Map(
            f"Normalised flat of {where}",
            f"normalised rate ({unit})",
            normalized.value.astype(np.float32),
            (normalized.mean - spread, normalized.mean + spread) if spread > 0 else None,
        ),
    }
