"""The differences of groups in time: how their noise is correlated, and the combinations that are not.

With T the matrix of 2 on the diagonal and -1 beside it, consecutive differences of groups of white read noise
have the covariance T, and shot noise 1 - p T, where p tells what the frames averaged in a group share. Both
have the same eigenvectors: the modes.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

#: Differences that are looked at together; longer ramps are cut.
LONGEST = 16
# Degree of the polynomial in time that is taken off the sum of two flats, whose signal does not cancel.
_TREND = 2
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Modes:
    """The modes of all numbers of differences up to `LONGEST`, as tables that kernels can index.

    Attributes
    ----------
    difference : ndarray of float64, shape (LONGEST + 1, LONGEST, LONGEST)
        By number of differences L, mode and difference: the L modes of the difference of two exposures.
    total : ndarray of float64, same shape
        The modes of their sum that no smooth trend reaches; the others are zero.
    trend : ndarray of float64, shape (LONGEST + 1, 3, LONGEST)
        An orthonormal basis of that trend.
    """

    difference: Matrix
    total: Matrix
    trend: Matrix

    def both(self, length: int) -> Matrix:
        """Give the modes of the difference, and below them those of the sum, of shape (2 L, L)."""
        return np.concatenate(
            [self.difference[length, :length, :length], self.total[length, :length, :length]]
        )


def shared_frames(nframes: int, groupgap: int) -> float:
    """Give p: the covariance of the shot noise of neighbouring differences, over the signal of one.

    Parameters
    ----------
    nframes, groupgap : int
        Frames averaged in a group, and frames dropped between groups.

    Returns
    -------
    float
        (m^2 - 1) / (6 m (m + gap)); 0 where a group is one frame.
    """
    return (nframes**2 - 1) / (6 * nframes * (nframes + groupgap))


@lru_cache(maxsize=1)
def all_modes() -> Modes:
    """Compute the modes of all numbers of differences."""
    difference = np.zeros((LONGEST + 1, LONGEST, LONGEST))
    total = np.zeros_like(difference)
    trend = np.zeros((LONGEST + 1, _TREND + 1, LONGEST))
    for length in range(1, LONGEST + 1):
        matrix = 2 * np.eye(length) - np.eye(length, k=1) - np.eye(length, k=-1)
        difference[length, :length, :length] = np.linalg.eigh(matrix)[1].T
        powers = np.vander(np.linspace(-1, 1, length), _TREND + 1, increasing=True)
        basis = np.linalg.qr(powers, mode="complete")[0]
        smooth, rest = basis[:, : _TREND + 1], basis[:, _TREND + 1 :]
        trend[length, : smooth.shape[1], :length] = smooth.T
        if rest.size:
            rotation = np.linalg.eigh(rest.T @ matrix @ rest)[1]
            total[length, : rest.shape[1], :length] = (rest @ rotation).T
    for table in (difference, total, trend):
        table.flags.writeable = False
    return Modes(difference, total, trend)


def modes_of_total(length: int) -> int:
    """Give the number of modes of the sum of two exposures that no smooth trend reaches."""
    return max(length - _TREND - 1, 0)
