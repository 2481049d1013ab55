"""The simulated non-linear response: a quadratic correction, as the linearity step applies it, undoes it."""

import numpy as np
from numpy.typing import NDArray


def measured_signal(linear: NDArray[np.float32], coefficient: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the signal that a pixel shows for a signal it collected.

    Solves ``linear = measured + coefficient * measured**2``; the linearity step computes the right side.

    Parameters
    ----------
    linear : ndarray of float32
        Collected signal in DN, not negative.
    coefficient : ndarray of float32
        Quadratic coefficient in 1/DN, not negative.

    Returns
    -------
    ndarray of float32
        Measured signal in DN.
    """
    root = np.sqrt(np.float32(1) + np.float32(4) * coefficient * linear)
    return np.asarray(np.float32(2) * linear / (np.float32(1) + root), dtype=np.float32)


def correction_coefficients(coefficient: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the coefficients of the correcting polynomial, constant term first.

    Parameters
    ----------
    coefficient : ndarray of float32, shape (nrows, ncols)
        Quadratic coefficient in 1/DN.

    Returns
    -------
    ndarray of float32, shape (3, nrows, ncols)
        What a linearity reference file holds.
    """
    return np.stack([np.zeros_like(coefficient), np.ones_like(coefficient), coefficient])
