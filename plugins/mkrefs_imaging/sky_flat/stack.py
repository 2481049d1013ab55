"""Images of the sky as they are without a flat field, stacked, and what their noise is."""

from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import PIXEL_DQ, CalibratedImage

Image = NDArray[np.float32]

_DO_NOT_USE = np.uint32(PIXEL_DQ["DO_NOT_USE"])
_MEMORY_BYTES = 1 << 30
_ERRORS = frozenset({"err", "var_rnoise"})


@dataclass(frozen=True, slots=True)
class Noise:
    """The variance of pixels: that of an image's read noise times a pattern, and shot noise of the sky.

    A pixel's own errors come with its own chance: weights by them favour what is low by chance. These do not.

    Attributes
    ----------
    pattern : ndarray of float32, shape (nrows, ncols)
        Read noise variance of the pixels, relative to that of their image.
    read : ndarray of float64, shape (nimages,)
        Median variance of the read noise of each image; with errors alone all of their variance.
    shot : ndarray of float64, shape (nimages,)
        Median variance of the shot noise of each image.
    known : bool
        Whether the images told of their noise; if not, all have that of 1.
    """

    pattern: Image
    read: NDArray[np.float64]
    shot: NDArray[np.float64]
    known: bool


@dataclass(frozen=True, slots=True)
class Stack:
    """Images with their flat fields undone.

    Attributes
    ----------
    values : ndarray of float32, shape (nimages, nrows, ncols)
        Signal; NaN where it is not usable.
    noise : Noise
        Its noise.
    undone : int
        Number of images that a flat field was undone of.
    first_flat : ndarray of float32 or None, shape (nrows, ncols)
        A flat that was undone: a first guess.
    """

    values: Image
    noise: Noise
    undone: int
    first_flat: Image | None


def stack_images(images: Sequence[CalibratedImage], *, memory_bytes: int = _MEMORY_BYTES) -> Stack:
    """Stack images of one shape, with the flat field undone where there was one.

    Parameters
    ----------
    images : sequence of CalibratedImage
        The images.
    memory_bytes : int
        A larger stack is kept in a temporary file.

    Returns
    -------
    Stack
        Pixels that are not finite or DO_NOT_USE, and those their flat does not know, are NaN.
    """
    shape = (len(images), *images[0].shape)
    values = _allocate(shape, memory_bytes)
    pattern, count = np.zeros(shape[1:]), np.zeros(shape[1:])
    read, shot = np.ones(len(images)), np.zeros(len(images))
    first_flat, undone = None, 0
    for place, image in enumerate(images):
        flat = image.flat()
        if flat is not None:
            undone += 1
            first_flat = flat if first_flat is None else first_flat
        values[place] = _signal(image, flat)
        variance, shot[place] = _variances(image, flat, np.isfinite(values[place]))
        read[place], relative = _relative(variance)
        known = np.isfinite(relative)
        pattern[known] += relative[known]
        count += known
    with np.errstate(invalid="ignore"):
        mean = (pattern / count).astype(np.float32)
    noise = Noise(mean, read, shot, all(image.arrays & _ERRORS for image in images))
    return Stack(values, noise, undone, first_flat)


def _allocate(shape: tuple[int, ...], memory_bytes: int) -> Image:
    size = int(np.prod(shape)) * np.dtype(np.float32).itemsize
    if size <= memory_bytes:
        return np.empty(shape, dtype=np.float32)
    with TemporaryFile() as file:
        return np.memmap(file, dtype=np.float32, mode="w+", shape=shape)


def _signal(image: CalibratedImage, flat: Image | None) -> Image:
    data = np.array(image.array("data"), dtype=np.float32)
    if "dq" in image.arrays:
        data[(image.array("dq") & _DO_NOT_USE) != 0] = np.nan
    data[~np.isfinite(data)] = np.nan
    return data if flat is None else np.where(flat > 0, data * flat, np.float32(np.nan))


def _variances(
    image: CalibratedImage, flat: Image | None, usable: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], float]:
    """Give the variance of an image's read noise, NaN where unknown, and the median one of its shot noise."""
    undo = 1.0 if flat is None else np.square(flat.astype(np.float64))
    if {"var_rnoise", "var_poisson"} <= image.arrays:
        read = image.array("var_rnoise") * undo
        shot = image.array("var_poisson") * undo
        good = usable & np.isfinite(shot) & (shot > 0)
        level = float(np.median(shot[good])) if good.any() else 0.0
    elif "err" in image.arrays:
        read, level = np.square(image.array("err").astype(np.float64)) * undo, 0.0
    else:
        read, level = np.ones(image.shape), 0.0
    return np.where(usable & np.isfinite(read) & (read > 0), read, np.nan), level


def _relative(variance: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Give the median of a variance, and the variance relative to it; without any, one of 1."""
    known = np.isfinite(variance)
    if not known.any():
        return 1.0, np.ones(variance.shape)
    level = float(np.median(variance[known]))
    return level, variance / level
