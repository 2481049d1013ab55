"""Which images are dithers of one mosaic tile: by header keywords, or else by the names of the files."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mkrefs.api import CalibratedImage

#: Keywords that are alike for the dithers of a tile.
TILE_KEYWORDS = ("PROGRAM", "OBSERVTN", "VISIT", "VISITGRP", "SEQ_ID", "ACT_ID")
# One of these at least must be there: a programme alone does not tell tiles apart.
_TELLING = TILE_KEYWORDS[1:]
_FILE_NAME = re.compile(r"(jw\d{11}_\d{5})_\d{5}_([a-z0-9]+)", re.IGNORECASE)
_SHORT_CHIP = re.compile(r"NRC[AB][1-4]")


@dataclass(frozen=True, slots=True)
class Tile:
    """What images of one tile have in common.

    Attributes
    ----------
    pointing : str
        Programme to activity, as in file names.
    detector : str
        Value of DETECTOR.
    part : str
        ``lyot`` or ``science`` of a divided MIRI image, otherwise empty.
    """

    pointing: str
    detector: str
    part: str = ""

    @property
    def name(self) -> str:
        """A name for messages and reports."""
        return "_".join(part for part in (self.pointing, self.detector.lower(), self.part) if part)


def find_tiles(images: Sequence[CalibratedImage]) -> list[Tile]:
    """Tell the tile of each image.

    Parameters
    ----------
    images : sequence of CalibratedImage
        In any order.

    Returns
    -------
    list of Tile
        In the order of the images. An image of which neither header nor name says anything, or whose EXPOSURE
        number another one of the same tile has, is a tile of its own.
    """
    found = [_tile(image) for image in images]
    seen: dict[tuple[Tile, object], int] = {}
    for place, image in enumerate(images):
        key = (found[place], _exposure_number(image))
        seen[key] = seen.get(key, 0) + 1
    return [
        tile if seen[tile, _exposure_number(image)] == 1 else Tile(image.exposure, tile.detector)
        for tile, image in zip(found, images, strict=True)
    ]


def whole(tile: Tile) -> Tile:
    """Give the tile that the Lyot part and the rest of a MIRI image belong to."""
    return replace(tile, part="")


def module(tile: Tile) -> Tile:
    """Give the tile that the four short-wavelength chips of a NIRCam module make; any other stays itself."""
    return replace(tile, detector=tile.detector[:-1]) if is_short_chip(tile.detector) else tile


def is_short_chip(detector: str) -> bool:
    """Tell whether a detector is one of NIRCam's eight for short wavelengths."""
    return _SHORT_CHIP.fullmatch(detector.upper()) is not None


def _tile(image: CalibratedImage) -> Tile:
    detector = image.metadata.detector.upper()
    header = image.header
    if any(_text(header, key) for key in _TELLING):
        return Tile(".".join(_text(header, key) or "-" for key in TILE_KEYWORDS), detector)
    match = _FILE_NAME.match(image.name) or _FILE_NAME.match(image.exposure)
    if match:
        return Tile(match[1].lower(), detector or match[2].upper())
    return Tile(image.exposure or image.name, detector)


def _text(header: Mapping[str, object], key: str) -> str:
    value = header.get(key)
    return "" if value is None else str(value).strip()


def _exposure_number(image: CalibratedImage) -> object:
    """Give what tells the dithers of a tile apart: the number of the exposure, or else its name."""
    return _text(image.header, "EXPOSURE") or image.exposure or image.name
