"""From a measured map to what the file holds: gaps filled and counted, a single value, HISTORY."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import UserError
from mkrefs_detector.readnoise.streaming import NoiseMap
from mkrefs_detector.statistics.clipped_mean import clipped_mean
from mkrefs_detector.statistics.medians import median_of


@dataclass(frozen=True, slots=True)
class NoiseProduct:
    """The images of a read noise file.

    Attributes
    ----------
    noise, err, samples : ndarray of float32, shape (nrows, ncols)
        CDS noise, finite everywhere; its standard error, NaN where nothing was measured; its effective
        degrees of freedom, 0 where nothing was measured.
    history : tuple of str
        What came out.
    """

    noise: NDArray[np.float32]
    err: NDArray[np.float32]
    samples: NDArray[np.float32]
    history: tuple[str, ...]


def fill_gaps(measured: NoiseMap, reference: NDArray[np.bool_]) -> NoiseProduct:
    """Give pixels that could not be measured the median noise, and mark them.

    Parameters
    ----------
    measured : NoiseMap
        Noise, NaN where it could not be measured.
    reference : ndarray of bool, shape (nrows, ncols)
        Reference pixels, which do not count in the median.

    Returns
    -------
    NoiseProduct

    Raises
    ------
    mkrefs.api.UserError
        If more than half of the pixels could not be measured.
    """
    gaps = ~np.isfinite(measured.noise)
    missing = int(np.count_nonzero(gaps))
    if 2 * missing > gaps.size:
        raise UserError(
            f"readnoise: {missing} of {gaps.size} pixels cannot be measured, because their differences are "
            "too few, flagged or all alike; at most half may be: give more exposures, or look at the GROUPDQ "
            "of the inputs."
        )
    level = median_of(_sensitive(measured.noise, ~gaps, reference))
    noise = np.where(gaps, np.float32(level), measured.noise) if missing else measured.noise
    history = [f"Median CDS noise of the light-sensitive pixels: {level:.4g} DN."]
    if missing:
        history.append(
            f"{missing} pixels could not be measured: they hold the median, with NSAMPLES 0 and ERR NaN."
        )
    return NoiseProduct(noise, measured.err, measured.dof, tuple(history))


def level_out(
    product: NoiseProduct, reference: NDArray[np.bool_], *, sigma: float, iterations: int
) -> NoiseProduct:
    """Give all pixels the clipped mean of the measured noise of the light-sensitive pixels.

    Parameters
    ----------
    product : NoiseProduct
        The map pixel by pixel.
    reference : ndarray of bool, shape (nrows, ncols)
        Reference pixels, which do not count.
    sigma, iterations : float, int
        Threshold and largest number of passes of the clip.

    Returns
    -------
    NoiseProduct
    """
    measured = product.samples > 0
    values = _sensitive(product.noise, measured, reference)
    mean, err = clipped_mean(values, sigma=sigma, iterations=iterations)
    total = _sensitive(product.samples, measured, reference).sum(dtype=np.float64)
    shape = product.noise.shape
    line = f"Single value: all pixels hold the clipped mean of the light-sensitive ones, {mean:.4g} DN."
    return NoiseProduct(
        np.full(shape, mean, dtype=np.float32),
        np.full(shape, err, dtype=np.float32),
        np.full(shape, total, dtype=np.float32),
        (*product.history, line),
    )


def _sensitive(
    image: NDArray[np.float32], measured: NDArray[np.bool_], reference: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Copy the measured light-sensitive pixels; all measured ones where none is light-sensitive."""
    wanted = measured & ~reference
    return image[wanted if wanted.any() else measured]
