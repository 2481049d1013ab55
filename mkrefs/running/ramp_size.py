"""How large the ramp in a FITS file is, from its first two headers; nothing else of the file is read."""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO

_CARD = 80
_BLOCK = 36 * _CARD
#: Far more than headers of exposures have; what has no END before that is no FITS file.
_MOST_BLOCKS = 200
_RAMP_AXES = 4
_RAW_SAMPLE = 2


@dataclass(frozen=True, slots=True)
class RampSize:
    """The size of an array.

    Attributes
    ----------
    samples : int
        Its numbers: integrations x groups x pixels of a ramp.
    pixels : int
        Rows x columns; 0 if that is not known.
    groups : int
        Of an integration; 0 if that is not known.
    """

    samples: int
    pixels: int = 0
    groups: int = 0


def ramp_size(path: str) -> RampSize:
    """Give the size of the array in the first extension of a file.

    Parameters
    ----------
    path : str
        A raw exposure, or a product of the pipeline.

    Returns
    -------
    RampSize
        Where the headers do not tell, what a raw ramp in a file of so many bytes would have; nothing if
        there is no file.
    """
    try:
        with Path(path).open("rb") as stream:
            _header(stream)  # of the primary HDU, which has no data
            return _size(_header(stream))
    except (OSError, ValueError, KeyError):
        return RampSize(_file_size(path) // _RAW_SAMPLE)


def _size(header: dict[bytes, bytes]) -> RampSize:
    axes = [int(header[b"NAXIS%d" % axis]) for axis in range(1, int(header[b"NAXIS"]) + 1)]
    groups = axes[2] if len(axes) == _RAMP_AXES else 0
    return RampSize(prod(axes), prod(axes[:2]), groups)


def _header(stream: BinaryIO) -> dict[bytes, bytes]:
    """Read the cards up to END, values as they are written; an error if there is no END."""
    values: dict[bytes, bytes] = {}
    for _ in range(_MOST_BLOCKS):
        block = stream.read(_BLOCK)
        for place in range(0, len(block), _CARD):
            card = block[place : place + _CARD]
            if card.startswith(b"END     "):
                return values
            if card[8:10] == b"= ":
                values[card[:8].rstrip()] = card[10:].split(b"/")[0].strip()
        if len(block) < _BLOCK:
            break
    raise ValueError("a header without an end")


def _file_size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
