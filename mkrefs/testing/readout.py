"""How a detector is read: the output and the parity of each pixel, and noise along the order of reading."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.instruments.detectors import Detector
from mkrefs.instruments.subarrays import Subarray

#: Samples between the end of one row and the start of the next.
_ROW_OVERHEAD = 12


@dataclass(frozen=True, slots=True)
class ReadoutLayout:
    """Output and parity of each pixel, as index arrays that broadcast to the shape of the window.

    Attributes
    ----------
    amplifier : ndarray of int
        Number of the output, from 0.
    parity : ndarray of int
        0 or 1: odd or even column of a near-infrared detector in its read-out orientation, odd or even
        row of MIRI's.
    """

    amplifier: NDArray[np.intp]
    parity: NDArray[np.intp]


def detector_layout(detector: Detector, window: Subarray) -> ReadoutLayout:
    """Tell which output of the full frame each pixel of a window belongs to.

    Parameters
    ----------
    detector : Detector
        The detector.
    window : Subarray
        The pixels wanted.

    Returns
    -------
    ReadoutLayout
        Near-infrared outputs read stripes side by side along the fast axis, MIRI's every fourth column.
    """
    x = np.arange(window.xstart - 1, window.xstart - 1 + window.xsize)[None, :]
    y = np.arange(window.ystart - 1, window.ystart - 1 + window.ysize)[:, None]
    if detector.instrument == "MIRI":
        return ReadoutLayout(x % detector.outputs, y % 2)
    if abs(detector.fastaxis) == 1:
        return ReadoutLayout(x // (detector.columns // detector.outputs), x % 2)
    return ReadoutLayout(y // (detector.rows // detector.outputs), y % 2)


def window_layout(detector: Detector, window: Subarray) -> ReadoutLayout:
    """Tell which output reads each pixel of a window: output 0 alone where one reads the whole window."""
    layout = detector_layout(detector, window)
    if window.noutputs == 1:
        return ReadoutLayout(np.zeros_like(layout.amplifier), layout.parity)
    return layout


def one_over_f_frame(
    random: np.random.Generator, detector: Detector, window: Subarray
) -> NDArray[np.float32]:
    """Draw one frame of noise whose power falls as the inverse of frequency along the read-out order.

    Parameters
    ----------
    random : numpy.random.Generator
        Source of the numbers.
    detector : Detector
        Tells the read-out directions.
    window : Subarray
        Tells the number of outputs, each with a stream of its own.

    Returns
    -------
    ndarray of float32, shape (ysize, xsize)
        Of mean about 0 and standard deviation about 1.
    """
    along_columns = abs(detector.fastaxis) == 1
    fast, slow = window.shape[::-1] if along_columns else window.shape
    streams = [_frame_of_stream(random, fast // window.noutputs, slow) for _ in range(window.noutputs)]
    if detector.instrument == "MIRI":
        frame = np.stack(streams, axis=-1).reshape(slow, fast)
    else:
        frame = np.concatenate(streams, axis=1)
    frame = frame if detector.slowaxis > 0 else frame[::-1]
    frame = frame if detector.fastaxis > 0 else frame[:, ::-1]
    return np.ascontiguousarray(frame if along_columns else frame.T)


def _frame_of_stream(random: np.random.Generator, fast: int, slow: int) -> NDArray[np.float32]:
    """Cut a stream of noise into rows as one output reads them."""
    length = _fast_length((fast + _ROW_OVERHEAD) * slow)
    size = length // 2 + 1
    spectrum = random.standard_normal((size, 2), dtype=np.float32).view(np.complex64)[:, 0]
    amplitude = np.zeros(size, dtype=np.float32)
    amplitude[1:] = np.arange(1, size, dtype=np.float32) ** -0.5
    # The variance of the stream is twice the sum of |spectrum|^2, whose parts have unit variance.
    amplitude *= length / (2.0 * np.sqrt(np.sum(amplitude.astype(np.float64) ** 2)))
    stream = np.fft.irfft(spectrum * amplitude, n=length).astype(np.float32, copy=False)
    return stream[: (fast + _ROW_OVERHEAD) * slow].reshape(slow, fast + _ROW_OVERHEAD)[:, :fast]


def _fast_length(length: int) -> int:
    """Round up to a length whose Fourier transform is fast: at most 16 times a power of two."""
    step = 1 << max(length.bit_length() - 4, 0)
    return -(-length // step) * step
