"""The digest of a file's content, in which the moment a FITS file was written does not count.

Equal pixels and headers thus have equal digests whenever they were made: what is made from them is kept when
they are made again, and an interrupted run ends with the fingerprints of an undisturbed one.
"""

import gzip
import hashlib
import os
import re
import zlib
from collections.abc import Mapping
from math import prod
from typing import Any, BinaryIO

_CARD = 80
_BLOCK = 36 * _CARD
_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
# The data models' copy of the header, in the ASDF extension: its date, and its hash of the FITS part.
_WHEN_WRITTEN = re.compile(rb"\bdate: '\d{4}-\d\d-\d\dT[\d:.]+'|\b_fits_hash: [0-9a-f]{64}")


class TruncatedError(Exception):
    """A file that ends before it should, by its headers or as it was compressed; the text tells where."""


def content_digest(stream: BinaryIO) -> str:
    """Compute the digest of a file.

    Parameters
    ----------
    stream : binary file
        Open at its beginning, seekable; read to its end.

    Returns
    -------
    str
        BLAKE2b, 256 bits in hexadecimal. Of a FITS file the DATE cards are left out, and the same date in
        the ASDF extension; of any other file every byte counts.

    Raises
    ------
    TruncatedError
        If a FITS file ends within a header or the data, that its last block is not filled being no fault; or
        if a compressed file is not whole.
    """
    digest = hashlib.blake2b(digest_size=32)
    start = stream.read(_CARD)
    is_fits = start.startswith(b"SIMPLE  =")
    stream.seek(0)
    if is_fits:
        _add_fits(digest, stream)
    elif start.startswith(_GZIP):
        _unpack(stream)
    _add_bytes(digest, stream, None)
    return digest.hexdigest()


def check_whole(stream: BinaryIO) -> None:
    """Check that a FITS file does not end before its headers say it does; data are stepped over.

    Parameters
    ----------
    stream : binary file
        Open at its beginning, seekable.

    Raises
    ------
    TruncatedError
        If it does.
    """
    length = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    while header := _read_header(stream):
        try:
            size = _data_size(_values(header))
        except (KeyError, ValueError):
            return
        if length < stream.tell() + size:
            raise TruncatedError(f"its headers announce {stream.tell() + size} bytes, it has {length}")
        stream.seek(_padded(size), os.SEEK_CUR)


def _unpack(stream: BinaryIO) -> None:
    """Unpack a compressed file to see that it is whole, and go back to its beginning."""
    try:
        with gzip.open(stream) as unpacked:
            while unpacked.read(_CHUNK):
                pass
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TruncatedError(f"it cannot be unpacked to its end ({error})") from error
    stream.seek(0)


def _add_fits(digest: Any, stream: BinaryIO) -> None:
    """Add HDU by HDU, as far as the file follows the standard."""
    while header := _read_header(stream):
        cards = [header[place : place + _CARD] for place in range(0, len(header), _CARD)]
        digest.update(b"".join(card for card in cards if not card.startswith(b"DATE    =")))
        values = _values(header)
        try:
            size = _data_size(values)
        except (KeyError, ValueError):
            return
        begin = stream.tell()
        if values.get(b"EXTNAME") == b"ASDF":
            digest.update(_WHEN_WRITTEN.sub(b"", stream.read(_padded(size))))
        else:
            _add_bytes(digest, stream, _padded(size))
        if stream.tell() < begin + size:
            raise TruncatedError(f"its headers announce {begin + size} bytes, it has {stream.tell()}")


def _read_header(stream: BinaryIO) -> bytes:
    """Read blocks up to the one with the END card, or to the end of the file."""
    blocks = []
    while block := stream.read(_BLOCK):
        blocks.append(block)
        has_end = any(block.startswith(b"END     ", place) for place in range(0, len(block), _CARD))
        if has_end and len(block) == _BLOCK:
            return b"".join(blocks)
    if blocks and blocks[0].startswith((b"SIMPLE  =", b"XTENSION")):
        raise TruncatedError(f"it ends within a header, after {stream.tell()} bytes")
    return b"".join(blocks)


def _values(header: bytes) -> dict[bytes, bytes]:
    cards = (header[place : place + _CARD] for place in range(0, len(header), _CARD))
    return {card[:8].rstrip(): card[10:].split(b"/")[0].strip(b" '") for card in cards if card[8:9] == b"="}


def _data_size(values: Mapping[bytes, bytes]) -> int:
    """Give the bytes of an HDU's data, padding not included."""
    axes = [int(values[b"NAXIS%d" % axis]) for axis in range(1, int(values[b"NAXIS"]) + 1)]
    elements = int(values.get(b"PCOUNT", 0)) + (prod(axes) if axes else 0)
    return abs(int(values[b"BITPIX"])) // 8 * int(values.get(b"GCOUNT", 1)) * elements


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _add_bytes(digest: Any, stream: BinaryIO, size: int | None) -> None:
    """Add the next ``size`` bytes, or all that are left."""
    while size is None or size > 0:
        chunk = stream.read(_CHUNK if size is None else min(size, _CHUNK))
        if not chunk:
            return
        digest.update(chunk)
        size = None if size is None else size - len(chunk)
