"""Which pixels of a dark are hot, warm, unreliable, or without data."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.superbias.unreliable import few_samples, threshold_of

if TYPE_CHECKING:
    from mkrefs_detector.dark.parameters import DarkParameters
    from mkrefs_detector.dark.streaming import DarkMap

# The clip of the scatter image that tells which noise is usual.
_SIGMA, _PASSES = 3.0, 5
# A group that fewer than this share of the pixels have is flagged in all, by a step of the pipeline.
_MOST_MISSING = 0.5
# Rows that are looked at together.
_ROWS = 128


@dataclass(frozen=True, slots=True)
class DarkFlags:
    """What is wrong with the pixels.

    Attributes
    ----------
    missing : ndarray of bool, shape (nselections, nrows, ncols)
        Nothing was measured.
    incomplete : ndarray of bool, same shape
        Groups were not measured that most other pixels have.
    few, noisy, unsteady : ndarray of bool, same shape
        Too few integrations to know; noise above that of the others; integrations that differ.
    hot, warm : ndarray of bool, shape (nrows, ncols)
        By the dark current of all integrations together.
    skipped : tuple of tuple of int
        Groups, from 1, that no pixel is expected to have, by selection.
    usual : float
        Median dark current in DN/s of the light-sensitive pixels that have data; NaN if there are none.
    """

    missing: NDArray[np.bool_]
    incomplete: NDArray[np.bool_]
    few: NDArray[np.bool_]
    noisy: NDArray[np.bool_]
    unsteady: NDArray[np.bool_]
    hot: NDArray[np.bool_]
    warm: NDArray[np.bool_]
    skipped: tuple[tuple[int, ...], ...]
    usual: float

    @property
    def unreliable(self) -> NDArray[np.bool_]:
        """Pixels whose dark cannot be relied on, of shape (nselections, nrows, ncols)."""
        return self.missing | self.incomplete | self.few | self.noisy | self.unsteady


def find_flags(
    measured: "DarkMap",
    parameters: "DarkParameters",
    *,
    rate: NDArray[np.float32],
    rate_err: NDArray[np.float32],
    reference: NDArray[np.bool_],
    shot: float,
) -> DarkFlags:
    """Find what is wrong with the pixels.

    Parameters
    ----------
    measured : DarkMap
        Mean ramps, with ``rate`` in DN/s.
    parameters : DarkParameters
        Thresholds.
    rate, rate_err : ndarray of float32, shape (nrows, ncols)
        Dark current of all integrations and its error in DN/s.
    reference : ndarray of bool, shape (nrows, ncols)
        Reference pixels, of which only those without data are flagged.
    shot : float
        Share of the shot noise that a difference shows, times the seconds in which it collects signal.

    Returns
    -------
    DarkFlags
    """
    number = len(measured.selections)
    missing = (measured.used == 0) | ~np.isfinite(measured.ramp[:, 0]) | ~np.isfinite(measured.rate)
    incomplete = np.zeros(missing.shape, dtype=np.bool_)
    few, noisy = incomplete.copy(), incomplete.copy()
    skipped = []
    for place in range(number):
        absent, without = _absent_groups(measured.count[place])
        skipped.append(without)
        incomplete[place] = absent & ~missing[place]
        few[place] = few_samples(measured.used[place], measured.selections[place].size) & ~missing[place]
        noisy[place] = _noisy(
            measured, place, ~reference & ~missing[place], parameters.unreliable_sigma, shot
        )
    light = ~reference & ~missing.any(axis=0)
    usual = float(np.median(rate[light], overwrite_input=True)) if light.any() else math.nan
    hot, warm = np.empty((2, *light.shape), dtype=np.bool_)
    for rows in _pieces(light):
        above = rate[rows] - np.float32(usual)
        certain = light[rows] & (above > np.float32(parameters.bright_sigma) * rate_err[rows])
        hot[rows] = certain & (above > parameters.hot_threshold)
        warm[rows] = certain & (above > parameters.warm_threshold) & ~hot[rows]
    unsteady = measured.unsteady & ~reference & ~missing
    return DarkFlags(missing, incomplete, few, noisy, unsteady, hot, warm, tuple(skipped), usual)


def _absent_groups(count: NDArray[np.unsignedinteger]) -> tuple[NDArray[np.bool_], tuple[int, ...]]:
    """Mark pixels that lack groups that most pixels have; name the groups that most lack."""
    absent = np.zeros(count.shape[1:], dtype=np.bool_)
    skipped = []
    for group, here in enumerate(count):
        none = here == 0
        if np.count_nonzero(none) > _MOST_MISSING * none.size:
            skipped.append(group + 1)
        else:
            absent |= none
    return absent, tuple(skipped)


def _noisy(
    measured: "DarkMap", place: int, light: NDArray[np.bool_], above: float, shot: float
) -> NDArray[np.bool_]:
    """Mark light-sensitive pixels whose noise is far above that of the others."""
    noisy, values = np.zeros(light.shape, dtype=np.bool_), np.empty(np.count_nonzero(light), dtype=np.float32)
    first = 0
    for rows in _pieces(light):
        noise = _read_noise(measured, place, rows, shot)[light[rows]]
        values[first : first + noise.size] = noise
        first += noise.size
    limit = threshold_of(values, sigma=_SIGMA, iterations=_PASSES, above=above).value
    for rows in _pieces(light):
        noisy[rows] = (_read_noise(measured, place, rows, shot) > limit) & light[rows]
    return noisy


def _read_noise(measured: "DarkMap", place: int, rows: slice, shot: float) -> NDArray[np.float32]:
    """Give the scatter of a difference without the share of the signal collected."""
    noise: NDArray[np.float32] = np.square(measured.scatter[place, rows])
    signal = np.fmax(measured.rate[place, rows], 0)
    signal *= np.float32(measured.surveys[place].noise.shot * shot)
    noise -= signal
    np.maximum(noise, 0, out=noise)
    np.sqrt(noise, out=noise)
    return noise


def _pieces(image: NDArray[np.bool_]) -> Iterator[slice]:
    """Give the rows of an image in pieces, so that what is computed of them takes little memory."""
    for start in range(0, image.shape[0], _ROWS):
        yield slice(start, start + _ROWS)
