"""Weights of a ramp's differences in its slope, by how much of the noise comes from the signal collected."""

import numpy as np
from numpy.typing import NDArray

# Classes of ratios, from 4 / n^2, below which reading is all that counts, to where it adds next to nothing.
_CLASSES, _MOST = 12, 100.0


def slope_weights(
    ngroups: int, *, without_last: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the weights of the differences in a slope of least variance.

    The variance of a difference is that of two reads plus that of the signal collected; neighbours share a
    read, so that their covariance is minus the variance of a read.

    Parameters
    ----------
    ngroups : int
        Groups of the ramp, two or more.
    without_last : bool
        Give the difference to the last group no weight, unless there is no other.

    Returns
    -------
    weights : ndarray of float64, shape (nclasses, ngroups - 1)
        Of sum 1; the first class knows of read noise alone.
    ratios : ndarray of float64, shape (nclasses - 1,)
        Ascending limits of the classes: variance by the signal of a difference over that of a read.
    """
    unused = 1 if without_last and ngroups > 2 else 0
    length = ngroups - 1 - unused
    reads = 2 * np.eye(length) - np.eye(length, k=1) - np.eye(length, k=-1)
    classes = np.geomspace(4 / ngroups**2, _MOST, _CLASSES)
    covariances = reads + np.concatenate([[0.0], classes])[:, None, None] * np.eye(length)
    weights = np.linalg.solve(covariances, np.ones((classes.size + 1, length, 1)))[..., 0]
    limits = np.concatenate([classes[:1] / 2, np.sqrt(classes[1:] * classes[:-1])])
    return np.pad(weights / weights.sum(axis=1, keepdims=True), ((0, 0), (0, unused))), limits
