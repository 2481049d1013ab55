"""Writes a corrected image as a copy of its source with new arrays and cards in their places, byte for byte.

This is for images whose arrays keep their shape and place; what moves a WCS needs a data model.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from mkrefs.images.hdu_spans import HduSpan, hdu_spans
from mkrefs.storage.fits_layout import layout_in
from mkrefs.storage.syncing import sync

#: The value and the comment of a card, by its keyword.
Cards = Mapping[str, tuple[Any, str]]

_BLOCK, _CARD = 2880, 80
# Bytes that are copied and values that are converted at a time.
_PIECE, _VALUES = 2**23, 2**17
_NO_SIGN = 2**31
_SUMS = ("CHECKSUM", "DATASUM")


@dataclass(frozen=True, slots=True)
class _Part:
    """One HDU of the copy: bytes of the source from ``start`` to ``stop`` behind a header, or an array."""

    header: bytes
    start: int
    stop: int
    array: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that is still to be written."""

    source: Path
    output: Path
    parts: tuple[_Part, ...]

    def write(self) -> None:
        """Write it, and have the disk hold it; several may be written at once, each in a thread.

        Raises
        ------
        OSError
            If the source cannot be read, or the file not be written.
        """
        with self.source.open("rb") as before, self.output.open("wb") as after:
            for part in self.parts:
                after.write(part.header)
                if part.array is None:
                    _copy(before, after, part.start, part.stop)
                else:
                    _write(after, part.array)
        sync(self.output)


def plan_copy(
    source: Path, output: Path, arrays: Mapping[str, NDArray[Any]], cards: Cards, history: Sequence[str]
) -> Copy | None:
    """Plan the copy of an image, with arrays and cards of the primary header replaced, and HISTORY added.

    Parameters
    ----------
    source : Path
        An image as a data model writes it.
    output : Path
        The file to make.
    arrays : mapping of str to ndarray
        By the name of their extension, DQ as uint32, all others as float32.
    cards : mapping of str to (value, comment)
        By keyword.
    history : sequence of str
        Each fits a card.

    Returns
    -------
    Copy or None
        None if it cannot be done, because the source has not one plain extension of the type and shape of
        each array, or is cut short.
    """
    spans = hdu_spans(source)
    parts = None if spans is None else _parts(spans, arrays, cards, history)
    return None if parts is None else Copy(source, output, tuple(parts))


def _parts(
    spans: Sequence[HduSpan], arrays: Mapping[str, NDArray[Any]], cards: Cards, history: Sequence[str]
) -> list[_Part] | None:
    places = {name: [span for span in spans[1:] if span.name == name] for name in arrays}
    if not all(len(found) == 1 and _holds(found[0], arrays[name]) for name, found in places.items()):
        return None
    parts = [_Part(_primary(spans[0].header, cards, history), spans[0].data, spans[0].stop)]
    for span in spans[1:]:
        if span.name in arrays:
            parts.append(_Part(_plain_header(span.header), span.data, span.stop, arrays[span.name]))
        else:
            parts.append(_Part(b"", span.start, span.stop))
    return parts


def _holds(span: HduSpan, array: NDArray[Any]) -> bool:
    """Tell whether an extension is an image that holds such an array with no more scaling than flags need."""
    layout = layout_in(fits.Header.fromstring(span.header), span.data)
    return layout is not None and (layout.shape, layout.meant) == (array.shape, array.dtype.newbyteorder(">"))


def _primary(text: str, cards: Cards, history: Sequence[str]) -> bytes:
    header = fits.Header.fromstring(text)
    for keyword, (value, comment) in cards.items():
        # A comment that is there stays.
        header[keyword] = value if keyword in header else (value, comment)
    for line in history:
        header.add_history(line)
    return _without_sums(header)


def _plain_header(text: str) -> bytes:
    """Give the header of an extension whose data change."""
    if any(text[place:].startswith(_SUMS) for place in range(0, len(text), _CARD)):
        return _without_sums(fits.Header.fromstring(text))
    return text.ljust(-(-len(text) // _BLOCK) * _BLOCK).encode("ascii")


def _without_sums(header: fits.Header) -> bytes:
    for keyword in _SUMS:
        header.remove(keyword, ignore_missing=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Card is too long")  # long names leave no room for comments
        return str(header.tostring()).encode("ascii")


def _copy(before: Any, after: Any, start: int, stop: int) -> None:
    before.seek(start)
    for place in range(start, stop, _PIECE):
        after.write(before.read(min(_PIECE, stop - place)))


def _write(after: Any, array: NDArray[Any]) -> None:
    """Write an array as FITS holds it: the highest byte first, flags less half of what 32 bits hold."""
    flat = np.ascontiguousarray(array).reshape(-1)
    for start in range(0, flat.size, _VALUES):
        piece = flat[start : start + _VALUES]
        flags = piece.dtype == np.uint32
        after.write(((piece ^ np.uint32(_NO_SIGN)).astype(">u4") if flags else piece.astype(">f4")).data)
    after.write(bytes(-4 * flat.size % _BLOCK))
