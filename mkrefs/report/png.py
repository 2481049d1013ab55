"""Images of few colours as PNG, to be put into a page."""

import struct
import zlib
from base64 import b64encode

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE = 3


def indexed_png(indices: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """Encode an image whose colours are in a table, by the PNG specification (ISO/IEC 15948).

    Parameters
    ----------
    indices : ndarray of uint8, shape (nrows, ncols)
        Numbers of the colours; the first row is the lowest, as on a detector.
    palette : ndarray of uint8, shape (ncolours, 3)
        Red, green and blue, for at most 256 colours.

    Returns
    -------
    bytes
    """
    rows, columns = indices.shape
    lines = np.zeros((rows, columns + 1), np.uint8)  # each line begins with the number of its filter: none
    lines[:, 1:] = indices[::-1]
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, _PALETTE, 0, 0, 0)),
            _chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def data_uri(png: bytes) -> str:
    """Give an image as an address that holds it."""
    return f"data:image/png;base64,{b64encode(png).decode('ascii')}"


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
