"""Rows of the image extensions of a FITS file, read straight into memory of the machine's byte order.

What the file system holds in its cache is copied once, in pieces that stay in the processor's cache while
their bytes are swapped, and without a lock: several threads may read at once. What a file holds in another
form (packed, scaled) is left to astropy.
"""

import os
import threading
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from mkrefs.errors import UserError
from mkrefs.storage.fits_layout import ImageLayout, image_layout

#: Bytes that are swapped at a time: they fit into the processor's cache.
_PIECE = 1 << 18


class FitsRows:
    """Reads rows of the image extensions of an open file.

    Parameters
    ----------
    path : Path
        The file.
    hdus : astropy.io.fits.HDUList
        The same file; stays the caller's to close, after this one.
    """

    def __init__(self, path: Path, hdus: fits.HDUList) -> None:
        self._path, self._hdus = path, hdus
        self._descriptor = os.open(path, os.O_RDONLY)
        self._layouts = {hdu.name.upper(): image_layout(hdu) for hdu in reversed([*hdus])}
        self._lock = threading.Lock()

    def read(
        self, name: str, start: int, stop: int, *, planes: slice = slice(None), dtype: Any = None
    ) -> NDArray[Any]:
        """Read rows ``start`` up to, not including, ``stop``.

        Parameters
        ----------
        name : str
            The extension, an image of two dimensions at least; in capitals, whatever the file has.
        start, stop : int
            The rows: of the axis before the last.
        planes : slice
            Of the axis before the rows, where there is one: groups of a ramp.
        dtype : dtype
            What to give; the type of the file when left out.

        Returns
        -------
        ndarray
            Leading axes as in the file, rows and columns; writable, of the caller alone.

        Raises
        ------
        UserError
            If the file ends before its pixels do.
        OSError
            If the file cannot be read.
        """
        layout = self._layouts[name]
        if layout is None:
            with self._lock:
                return self._as_astropy_reads(name, np.s_[start:stop, :], planes, dtype)
        shape = layout.shape
        start, stop, _ = slice(start, stop).indices(shape[-2])
        leading, rows = _places(shape, planes)
        out = np.empty((*leading, max(stop - start, 0), shape[-1]), dtype or layout.meant.newbyteorder("="))
        scratch = np.empty((_rows_of_a_piece(layout), shape[-1]), layout.stored)
        for plane, row in zip(out.reshape(-1, *out.shape[-2:]), rows, strict=True):
            offset = layout.offset + (row + start) * scratch[:1].nbytes
            self._fill(plane, offset, layout, scratch)
        return out

    def __contains__(self, name: str) -> bool:
        """Tell whether there is an extension of that name."""
        return name in self._layouts

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _fill(self, out: NDArray[Any], offset: int, layout: ImageLayout, scratch: NDArray[Any]) -> None:
        """Fill rows of one plane with what begins at a byte of the file."""
        if not layout.sign and out.dtype == layout.stored:
            self._read_into(out, offset)
            return
        for first in range(0, out.shape[0], scratch.shape[0]):
            piece = out[first : first + scratch.shape[0]]
            raw = scratch[: piece.shape[0]]
            self._read_into(raw, offset + first * scratch[:1].nbytes)
            if layout.sign:
                raw = raw.view(layout.meant)
                raw ^= raw.dtype.type(layout.sign)
            np.copyto(piece, raw, casting="unsafe")

    def _read_into(self, out: NDArray[Any], offset: int) -> None:
        room = out.reshape(-1).view(np.uint8).data
        done = 0
        while done < len(room):
            count = os.preadv(self._descriptor, [room[done:]], offset + done)
            if count == 0:
                raise UserError(f"{self._path} ends before its pixels do; restore the file and run again.")
            done += count

    def _as_astropy_reads(self, name: str, rows: Any, planes: slice, dtype: Any) -> NDArray[Any]:
        leading = len(self._hdus[name].shape) - 3
        where = (*(slice(None),) * leading, planes, *rows) if leading >= 0 else rows
        block = self._hdus[name].section[where]
        return np.ascontiguousarray(block, dtype=dtype or block.dtype.newbyteorder("="))


def _rows_of_a_piece(layout: ImageLayout) -> int:
    nrows, ncols = layout.shape[-2:]
    return max(1, min(nrows, _PIECE // max(1, ncols * layout.stored.itemsize)))


def _places(shape: tuple[int, ...], planes: slice) -> tuple[tuple[int, ...], Iterator[int]]:
    """Give the leading axes of what is read, and for each of its planes the first row in the file."""
    if len(shape) == 2:
        return (), iter((0,))
    chosen = range(shape[-3])[planes]
    firsts = (
        (outer * shape[-3] + plane) * shape[-2] for outer in range(prod(shape[:-3])) for plane in chosen
    )
    return (*shape[:-3], len(chosen)), firsts
