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
        Largest square of a distance from the mean, as a share of the sum of squares, by number of samples;
        empty for the plain clip.
    hidden : ndarray of float64, same shape
        The limits where an outlier is looked for behind another.
    factor : ndarray of float64, shape (nsamples + 1,)
        From the root mean square of the samples kept to an unbiased standard deviation, by their number.
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
    n = np.arange(size + 1, dtype=np.float64)
    share = np.maximum(n - 1, 0) / np.maximum(n, 1)
    left = np.ones(size + 1)
    left[2:] = c4(n[1:-1])
    if settings.max_clipping_iters > 0 and size > 2:
        left[3:] *= rejection_factor(
            n[3:],
            differences(n[3:], 1.0, 1),
            differences_without_one(n[3:], 1.0, 1),
            sigma=settings.clipping_sigma,
            iterations=settings.max_clipping_iters,
            length=1.0,
        )
    factor = 1 / left
    factor[2:] /= np.sqrt(share[2:])
    return Estimator(
        settings,
        rejection_limits(size, settings.clipping_sigma, 1.0) * share,
        rejection_limits(size, settings.clipping_sigma + _STRICTER, 1.0) * share,
        factor,
    )


def estimate(
    stack: NDArray[np.float64], estimator: Estimator, npixels: int
) -> tuple[NDArray[np.float32], int]:
    """Average the samples of each pixel without outliers.

    Parameters
    ----------
    stack : ndarray of float64, shape (ntiles, nsamples, tile)
        Samples of neighbouring pixels, tile by tile; infinity where there is none. They are put into order.
    estimator : Estimator
        Made for this number of samples.
    npixels : int
        Number of pixels; what the last tile holds behind them does not count.

    Returns
    -------
    images : ndarray of float32, shape (3, npixels)
        Mean, NaN where there is no sample; standard deviation of a sample, NaN where there are fewer than
        two; number of samples in the mean.
    found : int
        Samples that were there, of all pixels together.
    """
    settings = estimator.settings
    images = np.empty((3, npixels), dtype=np.float32)
    found = average_samples(
        stack,
        estimator.limits,
        estimator.hidden,
        estimator.factor,
        _CLOSEST_OUTLIER,
        float(settings.clipping_sigma),
        settings.max_clipping_iters,
        images,
    )
    return images, found
