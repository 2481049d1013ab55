"""Inter-pixel capacitance: the kernel that couples pixels, its application, and the kernel that undoes it."""

import numpy as np
from numpy.typing import NDArray

_CORRECTION_SIZE = 7


def coupling_kernel(share: float) -> NDArray[np.float64]:
    """Give the kernel that spreads the signal of a pixel.

    Parameters
    ----------
    share : float
        Share of the signal each of the four neighbours shows.

    Returns
    -------
    ndarray of float64, shape (3, 3)
        Its sum is 1.
    """
    kernel = np.zeros((3, 3))
    kernel[0, 1] = kernel[2, 1] = kernel[1, 0] = kernel[1, 2] = share
    kernel[1, 1] = 1.0 - 4.0 * share
    return kernel


def couple(image: NDArray[np.float32], share: float, active: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Couple the science pixels of an image with one another.

    Parameters
    ----------
    image : ndarray of float32, shape (nrows, ncols)
        Signal in DN.
    share : float
        Share of the signal each of the four neighbours shows.
    active : ndarray of bool, shape (nrows, ncols)
        A rectangle of True, the science pixels. Reference pixels neither give nor get signal: at their
        border and at that of the image a pixel keeps what it would have given.

    Returns
    -------
    ndarray of float32, shape (nrows, ncols)
    """
    rows, columns = np.flatnonzero(active.any(axis=1)), np.flatnonzero(active.any(axis=0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    science = np.pad(image[box], 1, mode="edge")
    neighbours = science[:-2, 1:-1] + science[2:, 1:-1] + science[1:-1, :-2] + science[1:-1, 2:]
    coupled = image.copy()
    coupled[box] = np.float32(1.0 - 4.0 * share) * image[box] + np.float32(share) * neighbours
    return coupled


def correction_kernel(share: float) -> NDArray[np.float64]:
    """Give the kernel that undoes the coupling: what an IPC reference file holds.

    Parameters
    ----------
    share : float
        As in `coupling_kernel`; below 1/8, where the coupling can be undone.

    Returns
    -------
    ndarray of float64, shape (7, 7), or (3, 3) without coupling
        Its sum is 1.
    """
    if share == 0.0:
        return coupling_kernel(0.0)
    size = 64
    frequency = np.cos(2.0 * np.pi * np.arange(size) / size)
    transfer = 1.0 - 4.0 * share + 2.0 * share * (frequency[:, None] + frequency[None, :])
    inverse = np.fft.fftshift(np.fft.ifft2(1.0 / transfer).real)
    middle, half = size // 2, _CORRECTION_SIZE // 2
    kernel = inverse[middle - half : middle + half + 1, middle - half : middle + half + 1]
    return np.asarray(kernel / kernel.sum())
