"""Pedestals of integrations: which are high or low, against those of the whole array."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.bad_pixel_mask.darks.sources import DarkSource, Geometry, sample_bands

# The clip of the pedestals of an integration, as documented.
_CLIP, _PASSES = 3.0, 50
_SAMPLE = 1 << 19
#: A pixel's own dark signal may be part of its bias: its pedestal is uncertain by that of so many groups.
GROUPS_IN_DOUBT = 2.0
_SECOND = slice(1, 2)

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PedestalLimits:
    """Clipped mean and standard deviation of the pedestals of each integration of a dark, in DN.

    Attributes
    ----------
    mean, deviation : ndarray of float64, shape (nints,)
        NaN where there are too few pedestals.
    """

    mean: Array
    deviation: Array


def no_limits(nints: int) -> PedestalLimits:
    """Give limits that no pedestal is judged by."""
    nothing = np.full(nints, np.nan)
    return PedestalLimits(nothing, nothing)


def read_pedestals(dark: DarkSource, start: int, stop: int, *, relative: bool) -> Array | None:
    """Read the pedestals of rows.

    Parameters
    ----------
    dark : DarkSource
        With its ``details``, and for relative pedestals with the raw exposure.
    start, stop : int
        Rows.
    relative : bool
        Whether to give the distance from the second group of the raw exposure instead, as documented for
        MIRI.

    Returns
    -------
    ndarray of float64, shape (nints, nrows, ncols), or None
        In DN; None where they cannot be had.
    """
    if dark.details is None or "PEDESTAL" not in dark.details.arrays:
        return None
    pedestal = np.asarray(dark.details.rows("PEDESTAL", start, stop), dtype=np.float64)
    if not relative:
        return pedestal
    if dark.raw is None or dark.raw.shape[2:] != dark.ramp.shape[2:] or dark.raw.shape[1] < 2:
        return None
    return np.abs(dark.raw.rows(start, stop, _SECOND).science[:, 0] - pedestal)


def survey_pedestals(dark: DarkSource, geometry: Geometry) -> PedestalLimits | None:
    """Take the clipped mean and standard deviation of the pedestals of a sample of the rows.

    Returns
    -------
    PedestalLimits or None
        None where there are no pedestals.
    """
    nrows, ncols = geometry.light.shape
    bands = sample_bands(nrows, ncols, _SAMPLE)
    parts = []
    for start, stop in bands:
        pedestal = read_pedestals(dark, start, stop, relative=geometry.relative_pedestal)
        if pedestal is None:
            return None
        parts.append(pedestal[:, geometry.light[start:stop]])
    values = np.concatenate(parts, axis=1)
    clipped = np.array([_clip(row) for row in values])
    return PedestalLimits(clipped[:, 0], clipped[:, 1])


def _clip(values: Array) -> tuple[float, float]:
    """Clip about the mean until nothing is left out; pedestals of exactly 0 stand for none."""
    kept = values[np.isfinite(values) & (values != 0)]
    for _ in range(_PASSES):
        if kept.size < 2:
            return float("nan"), float("nan")
        mean, deviation = kept.mean(), kept.std()
        inside = np.abs(kept - mean) <= _CLIP * deviation
        if inside.all():
            break
        kept = kept[inside]
    return float(kept.mean()), float(kept.std(ddof=1))
