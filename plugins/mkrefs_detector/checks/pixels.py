"""Which pixels of a reference file count: not reference pixels, nor those that the file itself excludes."""

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import (
    DETECTORS,
    IRS2_SHAPE,
    REFERENCE_TYPES,
    SUBARRAYS,
    CheckedFile,
    reference_pixels_at,
)

#: The array that a type is about; `SCI` for all others.
_MAIN: Mapping[str, str] = MappingProxyType({"linearity": "COEFFS", "mask": "DQ"})
#: Types whose arrays are no maps of a detector's pixels.
NO_MAPS = frozenset(
    (
        *("distortion", "emicorr", "filteroffset", "ipc", "pastasoss", "photom", "refpix", "rscd"),
        *("sirskernel", "trappars"),
    )
)
#: The instruments, as INSTRUME spells them.
INSTRUMENTS = tuple(dict.fromkeys(detector.instrument for detector in DETECTORS.values()))
#: Values by which a file says that it is for any value of a keyword.
FOR_ANY = frozenset(("", "ANY", "N/A", "GENERIC"))
#: Flags by which a file says that its value at a pixel is not to be used.
NOT_FOR_USE = (
    "DO_NOT_USE",
    "NO_FLAT_FIELD",
    "NO_GAIN_VALUE",
    "NO_LIN_CORR",
    "NO_SAT_CHECK",
)
#: PEDIGREE of files that were not measured, and may be more even than a detector.
NOT_MEASURED = ("DUMMY", "MODEL", "SIMULATION")
#: Flags of pixels that are none of the detector's light-sensitive ones.
NOT_SENSITIVE = ("NON_SCIENCE", "REFERENCE_PIXEL")

_ALL_BITS = 2**32 - 1
#: Rows and columns.
PLANE = 2

Flags = NDArray[np.bool_]


def main_array(file: CheckedFile) -> str:
    """Name the array that the file is about."""
    return _MAIN.get(file.reftype, "SCI")


def is_map(file: CheckedFile) -> bool:
    """Tell whether the type is known, and its arrays are maps of a detector's pixels."""
    return file.reftype in REFERENCE_TYPES and file.reftype not in NO_MAPS


def planes(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Give an array of any number of axes plane by plane: rows and columns."""
    yield from array.reshape(-1, *array.shape[-2:]) if array.size else ()


def column(table: NDArray[np.void], name: str) -> NDArray[Any] | None:
    """Give a column of a table by its name in any capitalisation; None if there is no such column."""
    found = next((each for each in table.dtype.names or () if each.upper() == name), None)
    return None if found is None else table[found]


def definitions(file: CheckedFile) -> list[tuple[int, str]]:
    """Give value and mnemonic of each row of DQ_DEF; none if there is no such table."""
    table = file.tables.get("DQ_DEF")
    if table is None:
        return []
    values, names = column(table, "VALUE"), column(table, "NAME")
    if values is None or names is None:
        return []
    return [(int(value), _text(name)) for value, name in zip(values, names, strict=True)]


def joined(values: Iterable[int]) -> int:
    """Give all bits of some flags in one number."""
    return reduce(or_, values, 0) & _ALL_BITS


def flag_map(file: CheckedFile, *names: str) -> Flags | None:
    """Map the pixels that have any of some flags, by the file's own DQ_DEF; None if it has no DQ array.

    A DQ array with more axes than rows and columns counts a pixel that has the flag anywhere.
    """
    dq = file.images.get("DQ")
    if dq is None or dq.ndim < PLANE or dq.dtype.kind not in "iu":
        return None
    value = np.uint32(joined(value for value, name in definitions(file) if name in names))
    flagged = np.zeros(dq.shape[-2:], np.bool_)
    for plane in planes(dq):
        flagged |= (plane.astype(np.uint32) & value) != 0
    return flagged


def reference_map(file: CheckedFile, shape: tuple[int, ...]) -> Flags:
    """Map the reference pixels by place on the detector; none where the file does not say where it lies.

    In frames of NIRSpec's IRS2 they lie elsewhere: there the file's own flags alone tell of them.
    """
    rows, columns = shape[-2:]
    corner = _corner(file)
    if corner is None or (rows, columns) == IRS2_SHAPE:
        return np.zeros((rows, columns), np.bool_)
    return reference_pixels_at(file.text("INSTRUME"), corner, (rows, columns))


def sensitive_pixels(file: CheckedFile, shape: tuple[int, ...]) -> Flags:
    """Map the light-sensitive pixels: all but reference pixels and those flagged as no pixels of science."""
    sensitive = ~reference_map(file, shape)
    flagged = flag_map(file, *NOT_SENSITIVE)
    return sensitive & ~flagged if flagged is not None and flagged.shape == sensitive.shape else sensitive


def usable_pixels(file: CheckedFile, shape: tuple[int, ...]) -> Flags:
    """Map the pixels whose values the file means to be used."""
    usable = sensitive_pixels(file, shape)
    flagged = flag_map(file, *NOT_FOR_USE)
    return usable & ~flagged if flagged is not None and flagged.shape == usable.shape else usable


def first_place(flags: Flags) -> str:
    """Name the first pixel of a map, counted from 0 in the order of the array's axes."""
    row, column = np.unravel_index(int(np.argmax(flags)), flags.shape)
    return f"[{row}, {column}]"


def share(part: float, whole: float) -> str:
    """Give a share in percent, with no more digits than it needs; what is not all is never 100 %."""
    percent = 100 * part / whole
    text = f"{percent:.3g}"
    return f"{'99.9' if text == '100' and part < whole else text} %"


def counted(number: int, what: str = "pixel") -> str:
    """Give a number of things."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _corner(file: CheckedFile) -> tuple[int, int] | None:
    x, y = file.number("SUBSTRT1"), file.number("SUBSTRT2")
    if x is not None and y is not None:
        return x, y
    detector = file.text("DETECTOR")
    if detector not in DETECTORS:
        return None
    subarray = SUBARRAYS[detector].get(file.text("SUBARRAY"))
    return None if subarray is None else (subarray.xstart, subarray.ystart)


def _text(value: Any) -> str:
    return (value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)).strip()
