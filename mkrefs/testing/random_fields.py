"""Random fields fixed to detector pixels: any window of a detector shows the same numbers as its full frame.

The field is made in blocks of whole rows, each from a generator of its own, so that a small subarray costs
little.
"""

import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mkrefs.instruments.detectors import Detector
from mkrefs.instruments.subarrays import Subarray

_BLOCK = 64
_Draw = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float32]]


def generator(*key: int | str) -> np.random.Generator:
    """Give the random generator that belongs to a key.

    Parameters
    ----------
    *key : int or str
        Not negative. The same key gives the same numbers on every machine.
    """
    words = [zlib.crc32(word.encode()) if isinstance(word, str) else word for word in key]
    return np.random.default_rng(words)


def normal_field(seed: int, quantity: str, detector: Detector, window: Subarray) -> NDArray[np.float32]:
    """Draw a standard normal number for each pixel of a window.

    Parameters
    ----------
    seed : int
        Seed of the detector.
    quantity : str
        What the numbers are for; fields of different quantities are independent.
    detector : Detector
        The detector whose pixels they belong to.
    window : Subarray
        The pixels wanted.

    Returns
    -------
    ndarray of float32, shape (ysize, xsize)
    """
    return _field(seed, quantity, detector, window, _normal)


def uniform_field(seed: int, quantity: str, detector: Detector, window: Subarray) -> NDArray[np.float32]:
    """Draw a number from 0 to below 1 for each pixel of a window; see `normal_field`."""
    return _field(seed, quantity, detector, window, _uniform)


def _field(
    seed: int, quantity: str, detector: Detector, window: Subarray, draw: _Draw
) -> NDArray[np.float32]:
    first, last = window.ystart - 1, window.ystart - 1 + window.ysize
    blocks = range(first // _BLOCK, (last - 1) // _BLOCK + 1)
    shape = (_BLOCK, detector.columns)
    rows = np.concatenate([draw(generator(seed, detector.name, quantity, block), shape) for block in blocks])
    top = first - blocks.start * _BLOCK
    _, columns = window.slices
    return rows[top : top + window.ysize, columns].copy()


def _normal(random: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    return random.standard_normal(shape, dtype=np.float32)


def _uniform(random: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    return random.random(shape, dtype=np.float32)
