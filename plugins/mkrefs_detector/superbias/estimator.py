"""From a stack of samples to mean and scatter of each pixel, with the corrections looked up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.statistics.corrections import c4, rejection_factor, rejection_limits
from mkrefs_detector.statistics.quadratic_forms import differences, differences_without_one
from mkrefs_detector.superbias.kernels import average_samples
from mkrefs_detector.superbias.settings import BiasSettings

# Samples are whole DN: two that are one step apart may be as far apart as the noise is small.
_CLOSEST_OUTLIER = 1.5
# Two outliers that hide each other must stand out by so many sigma more, or twice as many samples that are
# none would be rejected.
_STRICTER = 1.0


@dataclass(frozen=True, slots=True)
class Estimator:
    """Settings and lookup tables for up to so many samples.

    Attributes
    ----------
    limits : ndarray of float64, shape (nsamples + 1,)
        Rejection limits by number of samples; empty for the plain clip.
    hidden : ndarray of float64, same shape
        The limits where an outlier is looked for behind another.
    factor : ndarray of float64, shape (nsamples + 1,)
        What rejection and small samples leave of the standard deviation, by number of samples kept.
    """

    settings: BiasSettings
    limits: NDArray[np.float64]
    hidden: NDArray[np.float64]
    factor: NDArray[np.float64]


def prepare_estimator(size: int, settings: BiasSettings) -> Estimator:
    """Compute the lookup tables of a measurement.

    Parameters
    ----------
    size : int
        Largest number of samples of a pixel.
    settings : BiasSettings
        The choices made.

    Returns
    -------
    Estimator
    """
    if not settings.bias_correction:
        return Estimator(settings, np.empty(0), np.empty(0), np.ones(size + 1))
    limits = rejection_limits(size, settings.clipping_sigma, 1.0)
    hidden = rejection_limits(size, settings.clipping_sigma + _STRICTER, 1.0)
    factor = np.ones(size + 1)
    factor[2:] = c4(np.arange(1, size, dtype=np.float64))
    if settings.max_clipping_iters > 0 and size > 2:
        n = np.arange(3, size + 1, dtype=np.float64)
        factor[3:] *= rejection_factor(
            n,
            differences(n, 1.0, 1),
            differences_without_one(n, 1.0, 1),
            sigma=settings.clipping_sigma,
            iterations=settings.max_clipping_iters,
            length=1.0,
        )
    return Estimator(settings, limits, hidden, factor)


def estimate(
    stack: NDArray[np.float32],
    estimator: Estimator,
    *,
    shift: NDArray[np.float64],
    channel: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
    """Average the samples of each pixel without outliers.

    Parameters
    ----------
    stack : ndarray of float32, shape (nsamples, npixels)
        Samples; NaN where there is none.
    estimator : Estimator
        Made for this number of samples.
    shift : ndarray of float64, shape (nsamples, nchannels)
        What is taken off a sample of a channel.
    channel : ndarray of int64, shape (npixels,)
        Channel of each pixel.

    Returns
    -------
    mean : ndarray of float64, shape (npixels,)
        NaN where there is no sample.
    scatter : ndarray of float64, shape (npixels,)
        Standard deviation of a sample; NaN where there are fewer than two.
    count : ndarray of int32, shape (npixels,)
        Samples in the mean.
    """
    settings = estimator.settings
    out = np.empty((3, stack.shape[1]))
    average_samples(
        stack,
        shift,
        channel,
        estimator.limits,
        estimator.hidden,
        _CLOSEST_OUTLIER,
        float(settings.clipping_sigma),
        settings.max_clipping_iters,
        out,
    )
    mean, squares, kept = out
    count = kept.astype(np.int32)
    dof = kept - 1 if settings.bias_correction else kept
    scatter = np.full(mean.shape, np.nan)
    known = count > 1
    scatter[known] = np.sqrt(squares[known] / dof[known]) / estimator.factor[count[known]]
    return mean, scatter, count
