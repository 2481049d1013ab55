"""Measure the bias in blocks of rows, so that memory stays bounded whatever the number of exposures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import UserError
from mkrefs.stacks import in_row_blocks, threads_given
from mkrefs_detector.statistics.sampling import spread_step
from mkrefs_detector.superbias.channels import Channels
from mkrefs_detector.superbias.drift import Drift, measure_drift, no_drift
from mkrefs_detector.superbias.estimator import estimate, prepare_estimator
from mkrefs_detector.superbias.samples import RowSource, count_samples, read_levels, read_samples
from mkrefs_detector.superbias.settings import BiasSettings

# Below this threshold the factor for the samples rejected is off by more than a few percent.
_LEAST_SIGMA = 2.0
# Rows of a block, and the samples of the blocks of all threads, in memory at a time.
_MOST_ROWS = 64
_STACK_BYTES = 1 << 27
# Reference pixels that are looked at; of more, evenly spaced columns.
_MOST_REFERENCES = 1 << 16


@dataclass(frozen=True, slots=True)
class BiasMap:
    """The bias of each pixel, as far as there are samples of it.

    Attributes
    ----------
    mean : ndarray of float32, shape (nrows, ncols)
        Mean of the first groups in DN; NaN without a sample.
    scatter : ndarray of float32, same shape
        Standard deviation of a sample in DN; NaN with fewer than two.
    count : ndarray of int32, same shape
        Samples in the mean.
    size : int
        Samples of all ramps.
    spoilt : int
        Samples that flags left out, of all pixels together.
    drift : Drift
        What was taken off.
    """

    mean: NDArray[np.float32]
    scatter: NDArray[np.float32]
    count: NDArray[np.int32]
    size: int
    spoilt: int
    drift: Drift


def measure_ramps(
    ramps: Sequence[RowSource],
    settings: BiasSettings,
    *,
    channels: Channels,
    reference: NDArray[np.bool_],
    stack_bytes: int = _STACK_BYTES,
) -> BiasMap:
    """Measure the bias of each pixel from the first groups of ramps of one array size.

    Parameters
    ----------
    ramps : sequence of RowSource
        The ramps; numbers of integrations and groups may differ.
    settings : BiasSettings
        The choices made.
    channels : Channels
        What drifts together.
    reference : ndarray of bool, shape (nrows, ncols)
        Reference pixels fit to tell the drift.
    stack_bytes : int
        Memory for samples; the result does not depend on it.

    Returns
    -------
    BiasMap

    Raises
    ------
    mkrefs.api.UserError
        If there are fewer than two integrations, or the threshold is too low for the correction.
    """
    size = count_samples(ramps)
    _check(size, settings)
    nrows, ncols = ramps[0].shape[2:]
    rows = max(1, min(_MOST_ROWS, nrows, stack_bytes // (8 * size * ncols * threads_given())))
    drift = no_drift(size, channels.count)
    if settings.drift_correction:
        drift = _find_drift(ramps, rows, channels, reference)
    estimator = prepare_estimator(size, settings)
    mean, scatter = np.empty((2, nrows, ncols), dtype=np.float32)
    count = np.empty((nrows, ncols), dtype=np.int32)
    found = np.zeros(nrows, dtype=np.int64)

    def work(start: int, stop: int) -> None:
        channel = channels.rows(start, stop, ncols)
        stack = read_samples(ramps, start, stop, drift.deviation, channel)
        images, found[start] = estimate(stack, estimator, channel.size)
        for image, values in zip((mean, scatter, count), images, strict=True):
            image[start:stop] = values.reshape(-1, ncols)

    in_row_blocks(work, nrows, rows)
    return BiasMap(mean, scatter, count, size, size * mean.size - int(found.sum()), drift)


def _check(size: int, settings: BiasSettings) -> None:
    if size < 2:
        raise UserError(
            f"superbias: the inputs have {size} integration, too few to know the error of a mean: two are "
            "needed at least; give more exposures or integrations."
        )
    rejects = settings.max_clipping_iters > 0
    if settings.bias_correction and rejects and settings.clipping_sigma < _LEAST_SIGMA:
        raise UserError(
            f"superbias: clipping_sigma is {settings.clipping_sigma:g}, but what a clip below "
            f"{_LEAST_SIGMA:g} sigma takes away cannot be corrected: give {_LEAST_SIGMA:g} or more, or set "
            "bias_correction to false."
        )


def _find_drift(
    ramps: Sequence[RowSource], rows: int, channels: Channels, reference: NDArray[np.bool_]
) -> Drift:
    """Collect the reference pixels of all samples, and measure the drift they show."""
    step = spread_step(int(np.count_nonzero(reference)), _MOST_REFERENCES)
    chosen = reference & (np.arange(reference.shape[1]) % step == 0)
    if not chosen.any():
        return no_drift(count_samples(ramps), channels.count)
    levels: dict[int, NDArray[np.float32]] = {}

    def work(start: int, stop: int) -> None:
        if chosen[start:stop].any():
            levels[start] = read_levels(ramps, start, stop, chosen[start:stop])

    in_row_blocks(work, reference.shape[0], rows)
    channel = channels.image(reference.shape)[chosen]
    return measure_drift(
        np.concatenate([levels[start] for start in sorted(levels)], axis=1), channel, channels.count
    )
