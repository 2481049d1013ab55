"""The tables of measured mask centres and of the shifts by filters, which lie beside this module as data."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_CENTERS, _SHIFTS = "mask_centers.csv", "filter_shifts.csv"


@dataclass(frozen=True, slots=True)
class MaskCenter:
    """Where the centre of a mask lies in the array of an aperture; pixels, the first is (1, 1).

    Attributes
    ----------
    x, y : float
        As measured, without the shift by a filter.
    siaf_x, siaf_y : float
        Reference pixel of the aperture in the SIAF.
    siaf : str
        The project reference database it is from.
    """

    x: float
    y: float
    siaf_x: float
    siaf_y: float
    siaf: str


@cache
def mask_centers() -> Mapping[str, MaskCenter]:
    """Read the centres by the name of the aperture."""
    return MappingProxyType(
        {
            row["aperture"]: MaskCenter(
                float(row["crpix1"]),
                float(row["crpix2"]),
                float(row["siaf_crpix1"]),
                float(row["siaf_crpix2"]),
                row["siaf_prd"],
            )
            for row in _rows(_CENTERS)
        }
    )


@cache
def filter_shifts() -> Mapping[str, tuple[float, float]]:
    """Read the shifts along x and y, pixels, by filter."""
    return MappingProxyType({row["filter"]: (float(row["x"]), float(row["y"])) for row in _rows(_SHIFTS)})


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
