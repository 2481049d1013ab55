"""Writes the maps of a comparison as FITS images, one after the other; what to map is decided elsewhere."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.comparison.opened import OpenedReference
from mkrefs.comparison.places import Overlay

#: Keywords of the new file that say what part of the sky and detector the maps are of.
_TOLD = ("TELESCOP", "INSTRUME", "DETECTOR", "SUBARRAY", "READPATT", "FASTAXIS", "SLOWAXIS")
Card = tuple[str, Any, str]


class MapFile:
    """A FITS file that grows by one image at a time.

    Parameters
    ----------
    path : Path
        Where it is written; the caller sees to it that it appears whole.
    cards : iterable of (keyword, value, comment)
        For the primary header.
    """

    def __init__(self, path: Path, cards: Iterable[Card] = ()) -> None:
        from astropy.io import fits

        self._path = path
        self.images = 0
        fits.PrimaryHDU(header=fits.Header(list(cards))).writeto(path)

    def add(self, name: str, array: NDArray[Any], cards: Iterable[Card]) -> None:
        """Append an image of the given EXTNAME."""
        from astropy.io import fits

        header = fits.Header([("EXTNAME", name), *cards])
        fits.append(self._path, array, header, verify=False)
        self.images += 1


def primary_cards(new: OpenedReference, previous: OpenedReference, source: str, on: Overlay) -> list[Card]:
    """Give what the primary header of the maps tells: the files, the place, the orientation."""
    told: Mapping[str, Any] = new.headers["PRIMARY"]
    cards: list[Card] = [
        ("NEWFILE", in_ascii(new.name), ""),
        ("PREVFILE", in_ascii(previous.name), ""),
        ("PREVFROM", in_ascii(source), ""),
        ("CMPTYPE", new.keyword("REFTYPE"), "REFTYPE of both"),
    ]
    cards += [(keyword, told[keyword], "of the new file") for keyword in _TOLD if keyword in told]
    if on.common is not None:
        cards += [
            ("SUBSTRT1", on.common.xstart, "first column on the detector"),
            ("SUBSTRT2", on.common.ystart, "first row"),
            ("SUBSIZE1", on.common.xsize, "columns"),
            ("SUBSIZE2", on.common.ysize, "rows"),
        ]
    return cards


def in_ascii(text: str) -> str:
    """Write a text as a FITS header can hold it: other characters by their numbers."""
    return "".join(each if " " <= each <= "~" else ascii(each)[1:-1] for each in text)


def add_value_maps(
    file: MapFile, name: str, title: str, unit: str, new: NDArray[Any], previous: NDArray[Any]
) -> None:
    """Append difference and ratio of a plane; NaN where one is not finite, or the previous is 0."""
    after, before = new.astype(np.float64), previous.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        difference = (after - before).astype(np.float32)
        after /= before
        ratio = after.astype(np.float32)
    told = [("PLANE", title, "which plane of the array")] if title else []
    units = [("BUNIT", unit, "unit of the difference")] if unit else []
    for kind, values, how, cards in (
        ("DIFFERENCE", difference, "new - previous", units),
        ("RATIO", ratio, "new / previous", [("BUNIT", "", "a ratio has no unit")]),
    ):
        values[~np.isfinite(values)] = np.nan
        file.add(f"{kind}_{name}", values, [("OPERAT", how, "what was done"), *cards, *told])


def add_flag_maps(file: MapFile, set_bits: NDArray[np.uint32], cleared: NDArray[np.uint32]) -> None:
    """Append maps of the flags that were set and cleared, in the bits of the pipeline."""
    for name, bits, how in (("DQ_SET", set_bits, "new"), ("DQ_CLEARED", cleared, "previous")):
        told = f"flags that only the {how} file has"
        file.add(name, bits, [("OPERAT", told, "bits of the pipeline")])
