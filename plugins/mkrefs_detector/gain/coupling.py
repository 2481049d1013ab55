"""Inter-pixel capacitance from the autocorrelation of shot noise.

A kernel that couples pixels leaves the sum of shot noise's autocovariances over all lags as it was, and the
variance of a pixel times the sum of the kernel's squares.
"""

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 50
Kernel = NDArray[np.float64]


def kernel_of(correlation: NDArray[np.float64]) -> Kernel:
    """Find the kernel whose autocorrelation is measured.

    Parameters
    ----------
    correlation : ndarray of float64, shape (4,)
        Autocovariances over the variance: beside, above, on one diagonal and on the other.

    Returns
    -------
    ndarray of float64, shape (3, 3)
        Point-symmetric, of sum 1.
    """
    shares = correlation / 2
    kernel = _kernel(shares)
    for _ in range(_ROUNDS):
        found = autocorrelation(kernel)
        shares = shares + (correlation - found) / 2
        kernel = _kernel(shares)
    return kernel


def autocorrelation(kernel: Kernel) -> NDArray[np.float64]:
    """Give the autocovariances of what a kernel makes of white noise, as `kernel_of` takes them.

    Parameters
    ----------
    kernel : ndarray of float64, shape (3, 3)

    Returns
    -------
    ndarray of float64, shape (4,)
    """
    beside = (kernel[:, 1:] * kernel[:, :-1]).sum()
    above = (kernel[1:] * kernel[:-1]).sum()
    diagonal = (kernel[1:, 1:] * kernel[:-1, :-1]).sum()
    other = (kernel[1:, :-1] * kernel[:-1, 1:]).sum()
    return np.asarray(np.array([beside, above, diagonal, other]) / (kernel**2).sum())


def _kernel(shares: NDArray[np.float64]) -> Kernel:
    beside, above, diagonal, other = shares
    kernel = np.array([[diagonal, above, other], [beside, 0.0, beside], [other, above, diagonal]])
    kernel[1, 1] = 1 - kernel.sum()
    return kernel
