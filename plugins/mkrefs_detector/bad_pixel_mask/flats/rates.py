"""The mean rate of each pixel in all flats, each flat relative to its own level; in blocks of rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import Ramp
from mkrefs.stacks import in_row_blocks, threads_given
from mkrefs_detector.bad_pixel_mask.flats.kernels import average_samples
from mkrefs_detector.bad_pixel_mask.flats.samples import (
    SampleRows,
    count_integrations,
    integration_names,
    read_samples,
)
from mkrefs_detector.bad_pixel_mask.flats.settings import Signal
from mkrefs_detector.bad_pixel_mask.search import BoolMap
from mkrefs_detector.statistics.corrections import rejection_limits

# Samples of a block of rows in memory at a time, with all that is computed from them.
_BLOCK_BYTES, _BYTES_PER_SAMPLE = 1 << 26, 16
# Rows that tell the levels: so many blocks of so many rows, spread over the array.
_LEVEL_BLOCKS, _LEVEL_ROWS = 16, 16
_CLIP_PASSES = 5
# From so many samples on the scatter of a pixel tells its error.
_OWN_SCATTER = 5


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of all integrations.

    Attributes
    ----------
    rate : ndarray of float64, shape (nsamples,)
        Median of the light-sensitive pixels, DN/s (or DN of one group).
    weight : ndarray of float64, same shape
        Weight in the mean, 1 at most; 0 for an integration without light.
    names : tuple of str
        Names of the integrations.
    """

    rate: NDArray[np.float64]
    weight: NDArray[np.float64]
    names: tuple[str, ...]

    @property
    def lit(self) -> BoolMap:
        """Integrations with light."""
        return self.weight > 0

    @property
    def mean(self) -> float:
        """Weighted mean level; NaN without light."""
        total = float(self.weight.sum())
        return float(np.where(self.lit, self.rate, 0.0) @ self.weight) / total if total > 0 else np.nan


@dataclass(frozen=True, slots=True)
class RateMap:
    """The mean of each pixel, in units of the level of its flats.

    Attributes
    ----------
    rate, err : ndarray of float64, shape (nrows, ncols)
        Mean and its standard error; NaN where they are not known.
    count : ndarray of int32, same shape
        Samples in the mean.
    saturated : ndarray of bool, same shape
        Saturated from the first group on, in at least half of the integrations.
    levels : Levels
        Of the integrations.
    """

    rate: NDArray[np.float64]
    err: NDArray[np.float64]
    count: NDArray[np.int32]
    saturated: BoolMap
    levels: Levels


def measure_rates(
    ramps: Sequence[Ramp],
    light: BoolMap,
    *,
    signal: Signal,
    sigma: float,
    block_bytes: int = _BLOCK_BYTES,
) -> RateMap:
    """Average flats pixel by pixel, without outliers.

    Parameters
    ----------
    ramps : sequence of Ramp
        Flats of one array size, at least one.
    light : ndarray of bool, shape (nrows, ncols)
        Light-sensitive pixels.
    signal : str
        ``slope`` or ``tenth_group``.
    sigma : float
        Threshold of the rejection of outliers among the samples of a pixel.
    block_bytes : int
        Memory; the result does not depend on it.

    Returns
    -------
    RateMap
    """
    nrows, ncols = light.shape
    levels = measure_levels(ramps, light, signal)
    rate, err = np.full(light.shape, np.nan), np.full(light.shape, np.nan)
    count, saturated = np.zeros(light.shape, dtype=np.int32), np.zeros(light.shape, dtype=np.bool_)
    if levels.lit.any():
        limits = rejection_limits(int(np.count_nonzero(levels.lit)), sigma, 1.0)

        def measure(start: int, stop: int) -> None:
            here = slice(start, stop)
            block = read_samples(ramps, signal, start, stop)
            _average(block, levels, limits, (rate[here], err[here], count[here]))
            saturated[here] = 2 * block.saturated[levels.lit].sum(axis=0) >= levels.lit.sum()

        per_row = _BYTES_PER_SAMPLE * count_integrations(ramps) * ncols
        in_row_blocks(measure, nrows, max(1, block_bytes // (per_row * threads_given())))
    return RateMap(rate, err, count, saturated, levels)


def measure_levels(ramps: Sequence[Ramp], light: BoolMap, signal: Signal) -> Levels:
    """Find the level of each integration, from rows spread over the array.

    Parameters
    ----------
    ramps, light, signal
        As for `measure_rates`.

    Returns
    -------
    Levels
        Weights are as the squares of the ratios of level to noise.
    """
    nrows = light.shape[0]
    spots = np.unique(np.linspace(0, max(nrows - _LEVEL_ROWS, 0), _LEVEL_BLOCKS).astype(int))
    if nrows <= _LEVEL_BLOCKS * _LEVEL_ROWS:
        spots = np.arange(0, nrows, _LEVEL_ROWS)
    values, errors = [], []
    for start in map(int, spots):
        stop = min(start + _LEVEL_ROWS, nrows)
        block, here = read_samples(ramps, signal, start, stop), light[start:stop]
        values.append(block.values[:, here])
        errors.append(block.errors[:, here])
    rate = _medians(np.concatenate(values, axis=1))
    noise = _medians(np.concatenate(errors, axis=1))
    lit = rate > 0
    known = lit & (noise > 0)
    weight = lit.astype(np.float64)
    if known.any() and np.array_equal(known, lit):
        weight[lit] = (rate[lit] / noise[lit]) ** 2
        weight /= weight.max()
    return Levels(rate, weight, integration_names(ramps))


def _average(
    block: SampleRows,
    levels: Levels,
    limits: NDArray[np.float64],
    out: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]],
) -> None:
    """Fill mean, error and number of the samples of each pixel of a block of rows."""
    shape = (len(block.values), -1)
    rate, err, count = (image.reshape(-1) for image in out)
    rules = _CLIP_PASSES, _OWN_SCATTER
    values, errors = block.values.reshape(shape), block.errors.reshape(shape)
    average_samples(values, errors, levels.rate, levels.weight, limits, rules, rate, err, count)


def _medians(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give the median of each integration's values; NaN where there is none."""
    medians = np.full(samples.shape[0], np.nan)
    for number, each in enumerate(samples):
        known = each[np.isfinite(each)]
        if known.size:
            medians[number] = np.median(known)
    return medians
