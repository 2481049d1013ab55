"""How far the reference level of each integration is from the mean of all, by the reference pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.statistics.clipped_mean import clipped_mean

# Fewer reference pixels than this would add as much noise as they take away.
_LEAST = 64
# A reference pixel that scatters more than so many times as much as the others of its channel is a bad one.
_NOISY = 3.0
_SIGMA, _PASSES = 4.0, 3


@dataclass(frozen=True, slots=True)
class Drift:
    """The drift of each sample.

    Attributes
    ----------
    deviation : ndarray of float64, shape (nsamples, nchannels)
        Reference level of a sample minus the mean of all samples in DN; 0 where it is not known.
    known : ndarray of bool, shape (nchannels,)
        Channels with enough reference pixels.
    """

    deviation: NDArray[np.float64]
    known: NDArray[np.bool_]

    @property
    def rms(self) -> float:
        """Root mean square of the deviations of the channels known in DN; 0 if there is none."""
        return float(np.sqrt(np.mean(self.deviation[:, self.known] ** 2))) if self.known.any() else 0.0


def no_drift(nsamples: int, nchannels: int) -> Drift:
    """Give a drift of 0 that is known of no channel."""
    return Drift(np.zeros((nsamples, nchannels)), np.zeros(nchannels, dtype=np.bool_))


def measure_drift(levels: NDArray[np.float32], channel: NDArray[np.int64], nchannels: int) -> Drift:
    """Measure how the level of each channel drifts from sample to sample.

    Parameters
    ----------
    levels : ndarray of float32, shape (nsamples, nreference)
        First groups of reference pixels; NaN where there is none.
    channel : ndarray of int64, shape (nreference,)
        Channel of each reference pixel.
    nchannels : int
        Number of channels.

    Returns
    -------
    Drift
        Its mean over the samples is 0 in each channel, so that the mean level stays.
    """
    nsamples = levels.shape[0]
    drift = no_drift(nsamples, nchannels)
    if nsamples < 2:
        return drift
    complete = np.isfinite(levels).all(axis=0)
    for number in range(nchannels):
        own = levels[:, complete & (channel == number)].astype(np.float64)
        own -= own.mean(axis=0)
        own = own[:, _steady(own)]
        if own.shape[1] < _LEAST:
            continue
        level = np.array([clipped_mean(row, sigma=_SIGMA, iterations=_PASSES)[0] for row in own])
        drift.deviation[:, number] = level - level.mean()
        drift.known[number] = True
    return drift


def _steady(deviations: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the reference pixels that scatter about the common level no more than most."""
    if not deviations.size:
        return np.zeros(deviations.shape[1], dtype=np.bool_)
    common = np.median(deviations, axis=1, keepdims=True)
    scatter = np.sqrt(np.mean((deviations - common) ** 2, axis=0))
    return np.asarray(scatter <= _NOISY * np.median(scatter), dtype=np.bool_)
