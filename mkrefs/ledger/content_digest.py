"""The digest of a file's content, in which the moment a FITS file was written does not count.

Equal pixels and headers thus have equal digests whenever they were made: what is made from them is kept when
they are made again, and an interrupted run ends with the fingerprints of an undisturbed one.
"""

import hashlib
import re
from collections.abc import Mapping
from math import prod
from typing import Any, BinaryIO

_CARD = 80
_BLOCK = 36 * _CARD
_CHUNK = 1 << 20
# The data models' copy of the header, in the ASDF extension: its date, and its hash of the FITS part.
_WHEN_WRITTEN = re.compile(rb"\bdate: '\d{4}-\d\d-\d\dT[\d:.]+'|\b_fits_hash: [0-9a-f]{64}")


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
    """
    digest = hashlib.blake2b(digest_size=32)
    is_fits = stream.read(_CARD).startswith(b"SIMPLE  =")
    stream.seek(0)
    if is_fits:
        _add_fits(digest, stream)
    _add_bytes(digest, stream, None)
    return digest.hexdigest()


def _add_fits(digest: Any, stream: BinaryIO) -> None:
    """Add HDU by HDU, as far as the file follows the standard."""
    while header := _read_header(stream):
        cards = [header[place : place + _CARD] for place in range(0, len(header), _CARD)]
        digest.update(b"".join(card for card in cards if not card.startswith(b"DATE    =")))
        values = {
            card[:8].rstrip(): card[10:].split(b"/")[0].strip(b" '") for card in cards if card[8:9] == b"="
        }
        try:
            size = _data_size(values)
        except (KeyError, ValueError):
            return
        if values.get(b"EXTNAME") == b"ASDF":
            digest.update(_WHEN_WRITTEN.sub(b"", stream.read(size)))
        else:
            _add_bytes(digest, stream, size)


def _read_header(stream: BinaryIO) -> bytes:
    """Read blocks up to the one with the END card, or to the end of the file."""
    blocks = []
    while block := stream.read(_BLOCK):
        blocks.append(block)
        if any(block.startswith(b"END     ", place) for place in range(0, len(block), _CARD)):
            break
    return b"".join(blocks)


def _data_size(values: Mapping[bytes, bytes]) -> int:
    """Give the bytes of an HDU's data, padding included."""
    axes = [int(values[b"NAXIS%d" % axis]) for axis in range(1, int(values[b"NAXIS"]) + 1)]
    elements = int(values.get(b"PCOUNT", 0)) + (prod(axes) if axes else 0)
    size = abs(int(values[b"BITPIX"])) // 8 * int(values.get(b"GCOUNT", 1)) * elements
    return -(-size // _BLOCK) * _BLOCK


def _add_bytes(digest: Any, stream: BinaryIO, size: int | None) -> None:
    """Add the next ``size`` bytes, or all that are left."""
    while size is None or size > 0:
        chunk = stream.read(_CHUNK if size is None else min(size, _CHUNK))
        if not chunk:
            return
        digest.update(chunk)
        size = None if size is None else size - len(chunk)
