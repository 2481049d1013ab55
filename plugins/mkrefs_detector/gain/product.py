"""From measured boxes to what the file holds: a map without gaps, its error, tables, and HISTORY."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import UserError
from mkrefs_detector.gain.settings import GainSettings
from mkrefs_detector.gain.smoothing import interpolate, smooth_boxes
from mkrefs_detector.gain.streaming import GainMeasurement

#: Why a box is filled.
FEW_PIXELS, LARGE_ERROR = 1, 2
#: Signal of flats in units of the noise of a group, below which they count as dark.
LEAST_SIGNAL = 5.0
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GainProduct:
    """The images of a gain file.

    Attributes
    ----------
    gain, err : ndarray of float32, shape (nrows, ncols)
        Gain in electrons per DN, finite everywhere, and its standard error; NaN where the gain is filled.
    samples : ndarray of float32, same shape
        Independent squares behind the gain of a pixel's box; 0 where it is filled.
    filled : ndarray of uint8, same shape
        0 measured, `FEW_PIXELS` or `LARGE_ERROR` where the gain is that of boxes around.
    boxes : ndarray
        One record for each box.
    mean : float
        Mean gain of the boxes measured, weighted by their errors.
    history : tuple of str
        What came out.
    """

    gain: NDArray[np.float32]
    err: NDArray[np.float32]
    samples: NDArray[np.float32]
    filled: NDArray[np.uint8]
    boxes: NDArray[np.void]
    mean: float
    history: tuple[str, ...]


def make_product(measured: GainMeasurement, settings: GainSettings) -> GainProduct:
    """Make a map of measured boxes.

    Parameters
    ----------
    measured : GainMeasurement
        Gain of the boxes.
    settings : GainSettings
        What a box must fulfil, and whether the map is smoothed.

    Returns
    -------
    GainProduct

    Raises
    ------
    mkrefs.api.UserError
        If the flats are dark, or more than half of the boxes cannot be measured.
    """
    grid, analysis = measured.grid, measured.analysis
    _check_light(measured)
    reason = _reasons(measured, settings)
    good = reason == 0
    if 2 * good.sum() < good.size:
        raise UserError(
            f"gain: {int((~good).sum())} of {good.size} boxes cannot be measured, since fewer than "
            f"{settings.min_fraction:.0%} of their pixels are good in all exposures or their error is above "
            f"{settings.max_error:.0%}; give more or better exposures, or fewer boxes (num_boxes)."
        )
    error = np.where(good, analysis.gain * analysis.error, np.nan)
    surface, spread = _surface(np.where(good, analysis.gain, np.nan), error, good, grid.amplifier, settings)
    shape = (int(grid.rows.boxes[-1]), int(grid.columns.boxes[-1]))
    gain, own = np.empty(shape), np.empty(shape)
    for rows, columns, pixels in _stripes(measured):
        edges = (
            grid.rows.boxes[rows.start : rows.stop + 1],
            grid.columns.boxes[columns.start : columns.stop + 1],
        )
        gain[pixels] = interpolate(surface[rows, columns], *edges)
        own[pixels] = interpolate(spread[rows, columns], *edges)
    lowest, highest = surface.min(), surface.max()
    gain = np.clip(gain, lowest - (highest - lowest) / 4, highest + (highest - lowest) / 4)
    of_pixel = np.ix_(_box_of_pixel(grid.rows.boxes), _box_of_pixel(grid.columns.boxes))
    err = np.hypot(np.abs(own), gain * analysis.common_error)
    err[~good[of_pixel]] = np.nan
    samples = np.where(good, 2 / np.where(good, analysis.error, 1.0) ** 2, 0.0)
    weight = 1 / error[good] ** 2
    mean = float((weight * analysis.gain[good]).sum() / weight.sum())
    return GainProduct(
        gain.astype(np.float32),
        err.astype(np.float32),
        samples[of_pixel].astype(np.float32),
        reason[of_pixel],
        _table(measured, reason, surface),
        mean,
        _history(measured, reason, mean, float(1 / np.sqrt(weight.sum()))),
    )


def _check_light(measured: GainMeasurement) -> None:
    """Refuse flats whose signal is lost in the noise: what they tell is no gain, however small its error."""
    lit = measured.signal[np.isfinite(measured.signal)]
    level = float(np.median(lit)) if lit.size else 0.0
    if level < LEAST_SIGNAL * measured.analysis.read_noise:
        raise UserError(
            f"gain: the flats collect {level:.3g} DN, and the noise of a group is "
            f"{measured.analysis.read_noise:.3g} DN; give flats with more light."
        )


def _reasons(measured: GainMeasurement, settings: GainSettings) -> NDArray[np.uint8]:
    analysis = measured.analysis
    known = np.isfinite(analysis.gain) & np.isfinite(analysis.error)
    few = ~known | (measured.fraction < settings.min_fraction)
    large = ~few & (analysis.error > settings.max_error)
    return np.asarray(FEW_PIXELS * few + LARGE_ERROR * large, dtype=np.uint8)


def _surface(
    gain: Values, error: Values, good: NDArray[np.bool_], amplifier: NDArray[np.int64], settings: GainSettings
) -> tuple[Values, Values]:
    """Smooth and fill the boxes of each amplifier; one without a good box gets the median of all."""
    surface, spread = gain.copy(), error.copy()
    for number in np.unique(amplifier):
        rows, columns = (np.unique(axis) for axis in np.nonzero(amplifier == number))
        here = np.ix_(rows, columns)
        smooth, own = smooth_boxes(gain[here], error[here], good[here])
        replaced = np.ones_like(good[here]) if settings.smooth else ~good[here]
        surface[here] = np.where(replaced, smooth, surface[here])
        spread[here] = np.where(replaced, own, spread[here])
    gaps = ~np.isfinite(surface)
    surface[gaps] = np.median(gain[good])
    spread[gaps] = np.nan_to_num(spread[gaps])
    return surface, spread


def _stripes(measured: GainMeasurement) -> Iterator[tuple[slice, slice, tuple[slice, ...]]]:
    """Give the boxes and the pixels of each amplifier."""
    grid = measured.grid
    for row in np.unique(grid.rows.stripe):
        for column in np.unique(grid.columns.stripe):
            rows, columns = (
                np.flatnonzero(axis.stripe == n) for axis, n in ((grid.rows, row), (grid.columns, column))
            )
            boxes = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
            pixels = tuple(
                slice(int(axis.boxes[part.start]), int(axis.boxes[part.stop]))
                for axis, part in zip((grid.rows, grid.columns), boxes, strict=True)
            )
            yield (*boxes, pixels)


def _box_of_pixel(edges: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.repeat(np.arange(edges.size - 1), np.diff(edges))


def _table(measured: GainMeasurement, reason: NDArray[np.uint8], surface: Values) -> NDArray[np.void]:
    """Give one record for each box."""
    grid, analysis = measured.grid, measured.analysis
    rows, columns = (each.ravel() for each in np.indices(grid.boxes))
    columns_of_table: dict[str, NDArray[np.generic]] = {
        "XSTART": grid.columns.boxes[columns] + 1,
        "XSTOP": grid.columns.boxes[columns + 1],
        "YSTART": grid.rows.boxes[rows] + 1,
        "YSTOP": grid.rows.boxes[rows + 1],
        "AMPLIFIER": grid.amplifier.ravel() + 1,
        "GROUPS": measured.groups.ravel(),
        "FRACTION": measured.fraction.ravel(),
        "SIGNAL": measured.signal.ravel(),
        "APPARENT": analysis.apparent.ravel(),
        "GAIN": analysis.gain.ravel(),
        "GAIN_ERR": (analysis.gain * analysis.error).ravel(),
        "SMOOTH": surface.ravel(),
        "FILLED": reason.ravel(),
    }
    table = np.empty(
        rows.size,
        dtype=[
            (name, "i4" if values.dtype.kind in "iu" else "f4") for name, values in columns_of_table.items()
        ],
    )
    for name, values in columns_of_table.items():
        table[name] = values
    return table


def _history(
    measured: GainMeasurement, reason: NDArray[np.uint8], mean: float, error: float
) -> tuple[str, ...]:
    analysis = measured.analysis
    boxes = measured.grid.boxes
    lines = [
        f"Mean gain: {mean:.5g} +- {error:.2g} e-/DN by {int((reason == 0).sum())} of {boxes[1]} x "
        f"{boxes[0]} boxes, with {analysis.common_error:.2%} of error common to all; read noise of a group "
        f"{analysis.read_noise:.3g} DN.",
    ]
    if (reason > 0).any():
        lines.append(
            f"{int((reason == FEW_PIXELS).sum())} boxes with too few pixels and "
            f"{int((reason == LARGE_ERROR).sum())} with too large an error hold the gain of boxes around "
            "them (extension FILLED), with ERR NaN and NSAMPLES 0."
        )
    return tuple(lines)
