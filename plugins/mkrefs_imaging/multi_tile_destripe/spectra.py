"""How strong stripes are at which frequency, and series that have such a spectrum."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Vector = NDArray[np.float64]

# Series are this much longer than the tiles, so that the ends of one do not know of each other.
_PADDING = 1.5


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Power of a stationary series by bands of frequency an octave wide.

    Attributes
    ----------
    length : int
        Length of the series, with its padding.
    power : ndarray of float64, shape (nbands,)
        Variance of a white series of the same power, by band.
    """

    length: int
    power: Vector

    @property
    def bands(self) -> NDArray[np.int64]:
        """Band of each frequency, the first of which is zero."""
        return band_of_frequency(self.length)

    @property
    def response(self) -> Vector:
        """What the Fourier transform of a white series is multiplied by."""
        return np.sqrt(self.by_frequency)

    @property
    def by_frequency(self) -> Vector:
        """Power at each frequency, between the bands by the logarithms."""
        frequency = np.maximum(np.arange(self.length // 2 + 1), 1)
        middle = 2.0 ** (np.arange(self.power.size) + 0.5)
        return np.exp(np.interp(np.log(frequency), np.log(middle), np.log(self.power)))

    @property
    def variance(self) -> float:
        """Variance of the series."""
        twice = np.full(self.length // 2 + 1, 2.0)
        twice[0] = 1.0
        if self.length % 2 == 0:
            twice[-1] = 1.0
        return float((twice * self.by_frequency).sum() / self.length)


def padded_length(longest: int) -> int:
    """Give the length of the series for tiles of so many rows."""
    return int(fft.next_fast_len(int(_PADDING * longest) + 8, real=True))


def band_of_frequency(length: int) -> NDArray[np.int64]:
    """Give the band of each frequency of a real series: 0, 0, 1, 1, 2, 2, 2, 2, 3 ..."""
    frequency = np.maximum(np.arange(length // 2 + 1), 1)
    bands = np.floor(np.log2(frequency) + 1e-9).astype(np.int64)
    # The last band may hold few frequencies: it goes with the one before.
    last = bands[-1]
    if (bands == last).sum() < 0.5 * (bands == last - 1).sum():
        bands[bands == last] = last - 1
    return bands


def white(length: int, variance: float) -> Spectrum:
    """Give the spectrum of a white series."""
    return Spectrum(length, np.full(band_of_frequency(length)[-1] + 1, variance))


def shape_series(series: Vector, response: Vector) -> Vector:
    """Multiply the Fourier transforms of series, shape (nseries, length), by a response for each."""
    return np.asarray(fft.irfft(fft.rfft(series) * response, n=series.shape[1]), dtype=np.float64)


def band_power(series: Vector, bands: NDArray[np.int64]) -> Vector:
    """Give the mean power of series by band, as the variance of white series; the frequency 0 is left out.

    Parameters
    ----------
    series : ndarray, shape (nseries, length)
        The series.
    bands : ndarray of int64
        Band of each frequency.
    """
    power = np.abs(fft.rfft(series)) ** 2 / series.shape[1]
    return np.bincount(bands[1:], weights=power.mean(axis=0)[1:]) / np.bincount(bands[1:])
