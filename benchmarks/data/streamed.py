"""Writes FITS files plane by plane, so that exposures of many groups need no memory."""

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

_BLOCK = 2880
# FITS has no unsigned numbers of four bytes: they are written with the sign bit turned over.
_SIGN = np.uint32(1 << 31)


def write_primary(stream: BinaryIO, header: fits.Header) -> None:
    """Write a primary header without data."""
    stream.write(fits.PrimaryHDU(header=header).header.tostring().encode("ascii"))


def write_image(
    stream: BinaryIO, name: str, shape: tuple[int, ...], dtype: str, planes: Iterable[NDArray[np.generic]]
) -> None:
    """Write an image extension.

    Parameters
    ----------
    stream : binary file
        Where to, at the end of what was written.
    name : str
        Of the extension.
    shape : tuple of int
        Of the array.
    dtype : str
        Of its values: ``f4``, ``u1`` or ``u4``.
    planes : iterable of ndarray, shape (nrows, ncols)
        All planes, in the order of the array.
    """
    header = fits.ImageHDU(np.broadcast_to(np.zeros((), dtype), shape), name=name).header
    stream.write(header.tostring().encode("ascii"))
    size = 0
    for plane in planes:
        values = plane ^ _SIGN if dtype == "u4" else plane
        size += stream.write(np.ascontiguousarray(values, np.dtype(dtype).newbyteorder(">")).data)
    stream.write(bytes(-size % _BLOCK))


def write_images(path: Path, header: fits.Header, arrays: dict[str, NDArray[np.generic]]) -> None:
    """Write small arrays as the image extensions of a file."""
    hdus = [fits.PrimaryHDU(header=header)]
    hdus += [fits.ImageHDU(array, name=name) for name, array in arrays.items()]
    fits.HDUList(hdus).writeto(path)
