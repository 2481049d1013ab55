"""Stripes that the read-out leaves in images: noise of the amplifiers, of columns, and a steady ripple."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_AMPLIFIERS = 4
_WAVES = 5


@dataclass(frozen=True, slots=True)
class Stripes:
    """The pattern of one image.

    Attributes
    ----------
    along_fast : ndarray of float32, shape (nrows, ncols)
        Stripes along the fast axis.
    along_slow : ndarray of float32, shape (nrows, ncols)
        Stripes along the slow axis.
    """

    along_fast: NDArray[np.float32]
    along_slow: NDArray[np.float32]


def draw_stripes(
    random: np.random.Generator,
    shape: tuple[int, int],
    *,
    slowaxis: int,
    rms: float,
    common: float,
    exponent: float,
    vertical_rms: float,
    amplifiers: bool,
) -> Stripes:
    """Draw the stripes of an image.

    Parameters
    ----------
    random : numpy.random.Generator
        Source of the numbers.
    shape : (int, int)
        Rows and columns.
    slowaxis : int
        SLOWAXIS: 2 or -2 for stripes along rows, 1 or -1 for stripes along columns.
    rms : float
        Of the stripes along the fast axis.
    common : float
        Share of their variance common to all amplifiers.
    exponent : float
        Their power goes with 1/frequency to this: 1 for 1/f noise, 0 for white noise.
    vertical_rms : float
        Of the stripes along the slow axis, of power 1/frequency along the fast one.
    amplifiers : bool
        Whether four amplifiers read a quarter of the fast axis each; else one reads all.

    Returns
    -------
    Stripes
        Their mean is zero for each amplifier.
    """
    by_columns = abs(slowaxis) == 1
    nslow, nfast = shape[::-1] if by_columns else shape
    sequences = power_law_noise(random, _AMPLIFIERS, nslow, exponent)
    amplifier = np.arange(nfast) * _AMPLIFIERS // nfast
    shared, single = (np.sqrt(common), np.sqrt(1 - common)) if amplifiers else (1.0, 0.0)
    whole = power_law_noise(random, 1, nslow, exponent)[0]
    along_fast = rms * (shared * whole[:, None] + single * sequences[amplifier].T)
    along_slow = np.broadcast_to(vertical_rms * power_law_noise(random, 1, nfast, 1.0), (nslow, nfast))
    patterns = [pattern.T if by_columns else pattern for pattern in (along_fast, along_slow)]
    fast, slow = (np.ascontiguousarray(pattern, dtype=np.float32) for pattern in patterns)
    return Stripes(fast, slow)


def power_law_noise(
    random: np.random.Generator, count: int, length: int, exponent: float
) -> NDArray[np.float64]:
    """Draw sequences whose power goes with 1/frequency to an exponent.

    Returns
    -------
    ndarray, shape (count, length)
        Each of mean 0; of rms 1 together.
    """
    frequency = np.fft.rfftfreq(2 * length)[1:]
    parts = random.standard_normal((count, 2, len(frequency))) / frequency ** (exponent / 2)
    spectrum = np.concatenate([np.zeros((count, 1)), parts[:, 0] + 1j * parts[:, 1]], axis=1)
    values = np.fft.irfft(spectrum, axis=1)[:, :length]
    values = values - values.mean(axis=1, keepdims=True)
    return np.asarray(values / np.sqrt(np.mean(values**2)), dtype=np.float64)


def steady_ripple(
    shape: tuple[int, int], slowaxis: int, amplitude: float, phase: float
) -> NDArray[np.float32]:
    """Give a sine along the slow axis, of five waves.

    Returns
    -------
    ndarray of float32, shape (nrows, ncols)
    """
    nslow = shape[1] if abs(slowaxis) == 1 else shape[0]
    wave = amplitude * np.sin(2 * np.pi * _WAVES * np.arange(nslow) / nslow + phase)
    column = wave[None, :] if abs(slowaxis) == 1 else wave[:, None]
    return np.ascontiguousarray(np.broadcast_to(column, shape), dtype=np.float32)
