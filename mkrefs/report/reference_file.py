"""Reads a reference file for the page: what it is, its arrays plane by plane, its flags, its tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.errors import UserError
from mkrefs.report.figures import HistogramFigure, MapFigure, class_map, value_histogram, value_map
from mkrefs.report.numbers import NONE, number, quantity
from mkrefs.report.statistics import Statistics, histogram, statistics

#: What is told of a file, by keyword.
FACTS: Mapping[str, str] = {
    "REFTYPE": "Reference type",
    "INSTRUME": "Instrument",
    "DETECTOR": "Detector",
    "SUBARRAY": "Subarray",
    "READPATT": "Read pattern",
    "EXP_TYPE": "Exposure type",
    "FILTER": "Filter",
    "PUPIL": "Pupil",
    "BAND": "Band",
    "USEAFTER": "USEAFTER",
    "PEDIGREE": "PEDIGREE",
    "DESCRIP": "Description",
    "AUTHOR": "Author",
}
#: Arrays that are shown as maps where they are there, the most telling first; else the first two that can be.
_MAIN = ("AVDRKCUR", "SCI", "COEFFS", "DATA")
_FLAGS, _FLAG_NAMES = ("DQ", "PDQ"), ("DQ_DEF",)
#: Units by reference type and array where headers have no room for them.
_UNITS = {
    ("dark", "SCI"): "DN",
    ("dark", "ERR"): "DN",
    ("dark", "AVDRKCUR"): "DN/s",
    ("dark", "AVDRKERR"): "DN/s",
}
#: What the axes before rows and columns count, from the last on.
_PLANES = {"dark": ("group", "integration"), "linearity": ("coefficient",), "reset": ("group", "integration")}
#: Arrays up to this size are written out.
_WRITTEN_OUT = 64
_ROWS = 8
#: Characters of a HISTORY card.
_CARD = 72
_UNREADABLE = (OSError, ValueError, TypeError, KeyError, IndexError)


@dataclass(frozen=True, slots=True)
class ArrayLine:
    """An array in one line: what it is, and its values in numbers."""

    name: str
    form: str
    unit: str
    median: str
    scatter: str
    least: str
    greatest: str
    finite: str


@dataclass(frozen=True, slots=True)
class FlagLine:
    """How many pixels have a flag."""

    mnemonic: str
    pixels: int
    share: float


@dataclass(frozen=True, slots=True)
class TableView:
    """The first rows of a table, or a small array written out."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class FileView:
    """A reference file as the page shows it.

    Attributes
    ----------
    header : mapping of str to str
        Values of the first header.
    history : tuple of str
        Lines of HISTORY, those put together that FITS had to break.
    figures : tuple of MapFigure or HistogramFigure
        Of the main arrays, in the order in which they are shown.
    flag_map : MapFigure or None
        Of the flags, where any pixel has one.
    arrays : tuple of ArrayLine
        All images.
    flags : tuple of FlagLine
        By the file's own table, however many pixels have them.
    tables : tuple of TableView
        Tables and small arrays.
    """

    header: Mapping[str, str]
    history: tuple[str, ...]
    figures: tuple[MapFigure | HistogramFigure, ...] = ()
    flag_map: MapFigure | None = None
    arrays: tuple[ArrayLine, ...] = ()
    flags: tuple[FlagLine, ...] = ()
    tables: tuple[TableView, ...] = ()


def view_file(path: Path) -> FileView:
    """Read a reference file, whoever made it; of arrays with more than two axes the last plane is read.

    Raises
    ------
    UserError
        If it cannot be read.
    """
    from astropy.io import fits

    try:
        with fits.open(path, memmap=False) as hdus:
            return _view(hdus)
    except (*_UNREADABLE, fits.VerifyError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise UserError(f"{path}: this cannot be read: {reason}.") from error


def _view(hdus: Any) -> FileView:
    primary = hdus[0].header
    header = {
        key: str(primary[key]) for key in dict.fromkeys(primary) if key not in ("HISTORY", "COMMENT", "")
    }
    reftype = header.get("REFTYPE", "").strip().lower()
    images = {
        hdu.name: hdu for hdu in hdus if hdu.is_image and hdu.header.get("NAXIS", 0) and hdu.name != "ASDF"
    }
    tables = [hdu for hdu in hdus if not hdu.is_image and hdu.name not in ("ASDF", *_FLAG_NAMES)]
    figures: list[MapFigure | HistogramFigure] = []
    lines, written = [], []
    main = _main(images)
    flagged = next((images[name] for name in _FLAGS if name in images), None)
    for name in sorted(images, key=lambda each: main.index(each) if each in main else len(main)):
        if name in _FLAGS:
            continue
        line, drawn, small = _image(images[name], reftype, drawn=name in main)
        lines.append(line)
        figures += drawn
        written += small
    flags, flag_map = _flags(flagged, next((hdu for hdu in hdus if hdu.name in _FLAG_NAMES), None))
    return FileView(
        header=header,
        history=unbroken(tuple(str(line) for line in primary.get("HISTORY", ()))),
        figures=tuple(figures),
        flag_map=flag_map,
        arrays=tuple(lines),
        flags=flags,
        tables=(*written, *(_table(hdu) for hdu in tables)),
    )


def unbroken(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Put lines of HISTORY together that FITS had to break: those that fill their card go on in the next.

    A card that ends with a blank loses it, and looks like a line that fills all but one place.
    """
    found: list[str] = []
    last = ""
    for line in lines:
        goes_on = len(last) == _CARD or (
            len(last) == _CARD - 1 and (line[:1].islower() or line[:1].isdigit())
        )
        if goes_on:
            found[-1] += " " * (_CARD - len(last)) + line
        else:
            found.append(line)
        last = line
    return tuple(found)


def _main(images: Mapping[str, Any]) -> list[str]:
    """Name the arrays to be drawn."""
    large = [name for name, hdu in images.items() if _is_map(hdu) and name not in _FLAGS]
    named = [name for name in _MAIN if name in large]
    if named or any(name in images for name in _FLAGS):
        return named
    return large[:2]


def _is_map(hdu: Any) -> bool:
    shape = hdu.shape
    return len(shape) >= 2 and int(np.prod(shape[-2:])) > _WRITTEN_OUT and min(shape[-2:]) > 1


def _image(
    hdu: Any, reftype: str, *, drawn: bool
) -> tuple[ArrayLine, list[MapFigure | HistogramFigure], list[TableView]]:
    name, unit = hdu.name, str(hdu.header.get("BUNIT", "")).strip() or _UNITS.get((reftype, hdu.name), "")
    plane, which = _plane(hdu, reftype)
    found = statistics(plane)
    shown = " × ".join(map(str, hdu.shape)) + (f", {which}" if which else "")
    line = ArrayLine(
        name=name,
        form=f"{shown}, {plane.dtype.name}",
        unit=unit or NONE,
        median=number(found.median),
        scatter=number(found.scatter),
        least=number(found.least),
        greatest=number(found.greatest),
        finite=f"{100 * found.finite / max(found.size, 1):.4g} %",
    )
    small = [_written_out(name, plane)] if plane.size <= _WRITTEN_OUT and not which else []
    return line, list(_drawn(name, plane, found, unit, which)) if drawn else [], small


def _drawn(
    name: str, plane: NDArray[Any], found: Statistics, unit: str, which: str
) -> Iterator[MapFigure | HistogramFigure]:
    title = f"{name}, {which}" if which else name
    yield value_map(plane, found, title=title, name=name, unit=unit)
    if found.finite:
        yield value_histogram(histogram(plane, found.low, found.high), found, title=title, unit=unit)


def _plane(hdu: Any, reftype: str) -> tuple[NDArray[Any], str]:
    """Read an image, or the last plane of one with more axes, and say which plane that is."""
    leading = hdu.shape[:-2]
    if not leading:
        return np.asarray(hdu.section[:]), ""
    names = (_PLANES.get(reftype, ()) + ("plane",) * len(leading))[: len(leading)][::-1]
    words = [f"{name} {length} of {length}" for name, length in zip(names, leading, strict=True)]
    section = hdu.section[(*(length - 1 for length in leading), slice(None), slice(None))]
    return np.asarray(section), ", ".join(words)


def _flags(flagged: Any, names: Any) -> tuple[tuple[FlagLine, ...], MapFigure | None]:
    """Count the flags by the file's own table, and draw where pixels are flagged."""
    if flagged is None or names is None or flagged.data.ndim < 2:
        return (), None
    bits = np.asarray(flagged.data).astype(np.uint32)
    bits = np.bitwise_or.reduce(bits.reshape(-1, *bits.shape[-2:]), axis=0)
    lines, usable = [], np.uint32(0)
    for row in names.data:
        mnemonic, value = str(row["NAME"]).strip(), np.uint32(row["VALUE"])
        pixels = int(np.count_nonzero(bits & value))
        lines.append(FlagLine(mnemonic, pixels, pixels / bits.size))
        usable |= value if mnemonic == "DO_NOT_USE" else np.uint32(0)
    classes = (bits != 0).astype(np.uint8)
    classes[(bits & usable) != 0] = 2
    lines.sort(key=lambda line: -line.pixels)
    return tuple(lines), class_map(
        classes, title=f"{flagged.name}, flagged pixels"
    ) if classes.any() else None


def _written_out(name: str, array: NDArray[Any]) -> TableView:
    rows = np.atleast_2d(array)
    columns = tuple(str(index) for index in range(rows.shape[-1]))
    return TableView(name, columns, tuple(tuple(number(float(each)) for each in row) for row in rows))


def _table(hdu: Any) -> TableView:
    columns = tuple(hdu.columns.names)
    units = [
        f"{name} ({unit})" if unit else name for name, unit in zip(columns, hdu.columns.units, strict=True)
    ]
    rows = tuple(tuple(_cell(row[name]) for name in columns) for row in hdu.data[:_ROWS])
    return TableView(hdu.name, tuple(units), rows, max(0, len(hdu.data) - _ROWS))


def _cell(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return (
            f"{' × '.join(map(str, value.shape))} values" if value.size > 4 else " ".join(map(_cell, value))
        )
    return quantity(float(value), "") if isinstance(value, float | np.floating) else str(value).strip()
