"""A line through ramps, summed up while their groups are made."""

import numpy as np
from numpy.typing import NDArray

FloatMap = NDArray[np.float32]


class LineFit:
    """The least-squares line of each pixel.

    Parameters
    ----------
    times : ndarray, shape (ngroups,)
        Of the groups in s.
    shape : tuple of int
        Of the array.
    """

    def __init__(self, times: NDArray[np.float32], shape: tuple[int, int]) -> None:
        self._centred = times - times.mean()
        self._mean_time = float(times.mean())
        self._size = len(times)
        self._first, self._second = np.zeros((2, *shape), np.float32)

    def add(self, group: int, values: FloatMap) -> None:
        """Count the values of a group in DN."""
        self._first += values
        self._second += self._centred[group] * values

    @property
    def rate(self) -> FloatMap:
        """Slope in DN/s."""
        return np.asarray(self._second / np.float32(np.sum(self._centred**2)))

    @property
    def intercept(self) -> FloatMap:
        """Level in DN at the time 0."""
        return np.asarray(self._first / np.float32(self._size) - self.rate * np.float32(self._mean_time))

    def variance(self, noise: FloatMap) -> FloatMap:
        """Give the variance of the slope by a noise of the groups in DN."""
        return np.asarray(noise**2 / np.float32(np.sum(self._centred**2)))
