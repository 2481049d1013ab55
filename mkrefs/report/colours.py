"""Scales of colours, as tables for images of few colours; nothing is drawn here."""

from enum import Enum

import numpy as np
from numpy.typing import NDArray

#: What is shown where there is no value, and its red, green and blue: no scale has anything like it.
NO_VALUE, _NO_VALUE_COLOUR = "cyan", (25, 211, 243)
#: Number of colours of a scale; that of pixels without a value has this number.
LEVELS = 128


class Scale(Enum):
    """Scales by colours at equal distances, as six hexadecimal digits each (source: matplotlib)."""

    #: cividis: its brightness rises evenly, also for those who see no red or green
    EVEN = (
        "00224e 002e6a 1a386f 32436d 434e6c 535a6d 61656f 6f7073 7d7c78 8c8878 9b9476 aba072 bcae6c cdbb63 "
        "dec958 f0d846 fee838"
    )
    #: PuOr: from orange over white to violet
    DIVERGING = "7f3b08 b25706 e08214 fcb761 fee0b6 f6f6f7 d8daeb b1aad1 8073ac 532687 2d004b"


def palette(scale: Scale) -> NDArray[np.uint8]:
    """Give the colours of a scale, then that of pixels without a value.

    Returns
    -------
    ndarray of uint8, shape (LEVELS + 1, 3)
        Red, green and blue.
    """
    known = np.array([rgb(colour) for colour in scale.value.split()], dtype=np.float64)
    places, wanted = np.linspace(0, 1, len(known)), np.linspace(0, 1, LEVELS)
    colours = np.column_stack([np.interp(wanted, places, channel) for channel in known.T])
    return np.vstack((np.round(colours), _NO_VALUE_COLOUR)).astype(np.uint8)


def rgb(colour: str) -> tuple[int, int, int]:
    """Give red, green and blue of a colour in six hexadecimal digits."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
