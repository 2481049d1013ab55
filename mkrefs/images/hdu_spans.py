"""Where the parts of a FITS file lie, found by their sizes alone: nothing else is made of a header."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO

_BLOCK = 2880
_CARD = 80
_END = b"END" + 77 * b" "


@dataclass(frozen=True, slots=True)
class HduSpan:
    """One header and its data.

    Attributes
    ----------
    name : str
        EXTNAME; empty for the first.
    header : str
        All cards, with the one that ends them.
    start, data : int
        First bytes of the header and of the data.
    length : int
        Bytes of the data.
    """

    name: str
    header: str
    start: int
    data: int
    length: int

    @property
    def stop(self) -> int:
        """First byte of what follows."""
        return self.data + -(-self.length // _BLOCK) * _BLOCK


def hdu_spans(path: Path) -> list[HduSpan] | None:
    """Find the parts of a FITS file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of HduSpan or None
        None if the file is no FITS, or ends before its last part does.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        found = list(_spans(file, size))
    return found if found and found[-1].stop == size else None


def _spans(file: BinaryIO, size: int) -> Iterator[HduSpan]:
    start = 0
    while start < size:
        header = _header(file, start)
        if header is None:
            return
        values = _values(header)
        data = start + -(-len(header) // _BLOCK) * _BLOCK
        span = HduSpan(values.get("EXTNAME", "").strip("' "), header, start, data, _length(values))
        yield span
        start = span.stop


def _header(file: BinaryIO, start: int) -> str | None:
    """Read a header; None if it does not end, or has letters that none has."""
    file.seek(start)
    cards = b""
    while block := file.read(_BLOCK):
        for place in range(0, len(block), _CARD):
            if block[place : place + _CARD] == _END:
                cards += block[: place + _CARD]
                return cards.decode("ascii") if cards.isascii() else None
        cards += block
    return None


def _values(header: str) -> dict[str, str]:
    """Give the values of the first cards of the keywords that sizes and names are told by, as they stand."""
    values: dict[str, str] = {}
    for place in range(0, len(header), _CARD):
        keyword = header[place : place + 8].rstrip()
        if keyword in ("BITPIX", "PCOUNT", "GCOUNT", "EXTNAME") or keyword.startswith("NAXIS"):
            values.setdefault(keyword, header[place + 10 : place + _CARD].split("/")[0].strip())
    return values


def _length(values: dict[str, str]) -> int:
    """Give the number of bytes of the data."""
    axes = [int(values[f"NAXIS{axis}"]) for axis in range(1, int(values["NAXIS"]) + 1)]
    if not axes:
        return 0
    elements = int(values.get("PCOUNT", "0")) + prod(axes)
    return abs(int(values["BITPIX"])) // 8 * int(values.get("GCOUNT", "1")) * elements
