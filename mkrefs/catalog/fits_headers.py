"""The headers of a FITS file, found block by block; what lies between them is stepped over, never read."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

CARD = 80
_BLOCK = 2880
_MAX_BLOCKS = 1000
_END = b"END".ljust(CARD)
_SCIENCE = "SCI"


class Stream(Protocol):
    """What is read: a binary file, compressed or not."""

    def read(self, size: int, /) -> bytes:
        """Read up to ``size`` bytes."""

    def seek(self, offset: int, whence: int, /) -> int:
        """Step over bytes."""


class DamagedFileError(Exception):
    """A file that is not, or no longer, a FITS file of an exposure; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class FitsHeaders:
    """Cards of an exposure's file, as they stand in it.

    Attributes
    ----------
    primary, science : mapping of str to bytes
        Those asked for of the primary header and of the SCI extension, by keyword, each with the CONTINUE
        cards after it.
    axes : int
        Number of axes of the science array: of SCI, else of the primary HDU.
    digest : str
        Hash of all headers that were read.
    """

    primary: Mapping[str, bytes]
    science: Mapping[str, bytes]
    axes: int
    digest: str


def read_headers(stream: Stream, size: int | None, keywords: Collection[str]) -> FitsHeaders:
    """Read the headers of all HDUs and check that the data they announce are there.

    Parameters
    ----------
    stream : binary file
        At its beginning.
    size : int or None
        Length of the file in bytes; None for a compressed stream, which is read up to the SCI header only
        and whose length is not checked.
    keywords : collection of str
        Those whose cards are wanted; the others are not kept.

    Returns
    -------
    FitsHeaders
        The headers.

    Raises
    ------
    DamagedFileError
        If the file is not FITS, is truncated, or holds no image.
    """
    digest = hashlib.blake2b(digest_size=16)
    primary: dict[str, bytes] = {}
    science: dict[str, bytes] = {}
    position = pixels = axes = 0
    while (header := _read_header(stream, first=not primary)) is not None:
        digest.update(header)
        cards = _index_cards(header)
        data = _data_bytes(cards)
        position += len(header) + data
        if size is not None and position > size:
            raise DamagedFileError(f"truncated: its headers announce {position} bytes, it has {size}")
        if not primary:
            primary, pixels, axes = cards, data, _integer(cards, "NAXIS")
        elif not science and _extension_name(cards) == _SCIENCE:
            science, pixels, axes = cards, data, _integer(cards, "NAXIS")
            if size is None:
                break
        stream.seek(data, 1)
    if not pixels:
        raise DamagedFileError("no image in it, neither in an extension SCI nor in its primary HDU")
    primary, science = ({key: cards[key] for key in keywords if key in cards} for cards in (primary, science))
    return FitsHeaders(primary, science, axes, digest.hexdigest())


def _index_cards(header: bytes) -> dict[str, bytes]:
    """Find the cards of a header by keyword: the first of equal ones, with the CONTINUE cards after it."""
    text = header.decode("latin-1")
    cards: dict[str, bytes] = {}
    last = ""
    for start in range(0, len(header), CARD):
        keyword = text[start : start + 8].rstrip()
        if keyword == "CONTINUE" and last:
            cards[last] += header[start : start + CARD]
        elif keyword in cards:
            last = ""
        else:
            last = keyword
            cards[keyword] = header[start : start + CARD]
    return cards


def _read_header(stream: Stream, *, first: bool) -> bytes | None:
    """Read one header, or give None where no further HDU begins."""
    blocks: list[bytes] = []
    while len(blocks) < _MAX_BLOCKS:
        block = stream.read(_BLOCK)
        if not blocks and not block.startswith(b"SIMPLE  =" if first else b"XTENSION="):
            if first:
                raise DamagedFileError("not a FITS file")
            return None
        if len(block) < _BLOCK:
            raise DamagedFileError("truncated: it ends within a header")
        blocks.append(block)
        if _has_end(block):
            return b"".join(blocks)
    raise DamagedFileError("not a FITS file: a header has no END")


def _has_end(block: bytes) -> bool:
    """Tell whether one of the cards of a block is END; the same word may stand within another card."""
    place = block.find(_END)
    while place >= 0 and place % CARD:
        place = block.find(_END, place + 1)
    return place >= 0


def _data_bytes(cards: dict[str, bytes]) -> int:
    """Length of the data of an HDU, padded to whole blocks."""
    axes = [_integer(cards, f"NAXIS{axis}") for axis in range(1, _integer(cards, "NAXIS") + 1)]
    if not axes:
        return 0
    elements = 1
    for axis in axes:
        elements *= axis
    groups = _integer(cards, "GCOUNT", default=1)
    parameters = _integer(cards, "PCOUNT", default=0)
    length = abs(_integer(cards, "BITPIX")) // 8 * groups * (parameters + elements)
    return -(-length // _BLOCK) * _BLOCK


def _integer(cards: dict[str, bytes], keyword: str, default: int | None = None) -> int:
    card = cards.get(keyword)
    if card is None and default is not None:
        return default
    try:
        return int((card or b"")[10:CARD].split(b"/")[0])
    except ValueError:
        raise DamagedFileError(f"damaged header: {keyword} is missing or not a number") from None


def _extension_name(cards: dict[str, bytes]) -> str:
    text = cards.get("EXTNAME", b"")[10:CARD].decode("latin-1")
    return text.split("'")[1].strip().upper() if text.count("'") > 1 else ""
