"""Lists of bad pixels made by hand: text files of columns, rows and flag, as flags by mnemonic.

A line holds ``x y flag``: columns and rows of the full detector counted from 0, reference pixels included,
each a number or an inclusive range (``350:352``, ``2030:``, ``:10``, ``:``), and a DQ mnemonic in any case.
Empty lines, what follows a ``#``, and a first line ``x y flag`` are skipped.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mkrefs.api import PIXEL_DQ, ExposureMetadata, UserError
from mkrefs_detector.bad_pixel_mask.known_defects import KNOWN_DEFECTS
from mkrefs_detector.bad_pixel_mask.search import BoolMap

#: The value of ``manual_flag_file`` that takes the list of the detector.
DEFAULT = "default"
_NONE = ("", "none")


@dataclass(frozen=True, slots=True)
class ManualFlag:
    """One line of a list: a rectangle of pixels, both ends included, and its flag; None is an open end."""

    columns: tuple[int | None, int | None]
    rows: tuple[int | None, int | None]
    flag: str


def list_files(source: str | None) -> tuple[str, ...]:
    """Name the file that a value of ``manual_flag_file`` stands for, if it stands for one."""
    return () if source is None or source.lower() in (*_NONE, DEFAULT) else (source,)


def manual_flags(
    source: str | None, metadata: ExposureMetadata, shape: tuple[int, int]
) -> dict[str, BoolMap]:
    """Give the flags of a list on the array of an exposure.

    Parameters
    ----------
    source : str or None
        Path of a list; ``default`` for that of the detector; None, ``none`` or an empty text for no list.
    metadata : ExposureMetadata
        Detector, and place of the array on it.
    shape : (int, int)
        Rows and columns of the array.

    Returns
    -------
    dict of str to ndarray of bool
        Maps by mnemonic; flags that touch no pixel of the array are left out.

    Raises
    ------
    mkrefs.api.UserError
        If the list cannot be read or a line is not understood.
    """
    if source is None or source.lower() in _NONE:
        return {}
    if source.lower() == DEFAULT:
        name, text = f"known defects of {metadata.detector}", KNOWN_DEFECTS.get(metadata.detector.upper(), "")
    else:
        name, text = source, _read(source)
    flags: dict[str, BoolMap] = {}
    for entry in read_list(text, name):
        pixels = flags.setdefault(entry.flag, np.zeros(shape, dtype=np.bool_))
        pixels[_cut(entry.rows, metadata.ystart), _cut(entry.columns, metadata.xstart)] = True
    return {flag: pixels for flag, pixels in flags.items() if pixels.any()}


def read_list(text: str, name: str) -> tuple[ManualFlag, ...]:
    """Read the lines of a list.

    Parameters
    ----------
    text : str
        The whole list.
    name : str
        Where it comes from, for messages.

    Returns
    -------
    tuple of ManualFlag

    Raises
    ------
    mkrefs.api.UserError
        If a line is not understood; the message names it.
    """
    entries: list[ManualFlag] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#")[0].split()
        if not words or (not entries and [word.lower() for word in words] == ["x", "y", "flag"]):
            continue
        where = f"manual flags, line {number} of {name}"
        if len(words) != 3:
            raise UserError(f"{where}: {line.strip()!r} has {len(words)} words; write: columns rows flag.")
        flag = words[2].upper()
        if flag not in PIXEL_DQ:
            raise UserError(
                f"{where}: {words[2]!r} is no DQ mnemonic of the pipeline; allowed are {', '.join(PIXEL_DQ)}."
            )
        entries.append(ManualFlag(_range(words[0], where), _range(words[1], where), flag))
    return tuple(entries)


def _read(source: str) -> str:
    try:
        return Path(source).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"manual_flag_file: {source} cannot be read ({error}); give the path of a text file, "
            "'default' for the list of the detector, or 'none'."
        ) from error


def _range(word: str, where: str) -> tuple[int | None, int | None]:
    """Read a number or an inclusive range."""
    ends = word.split(":")
    try:
        numbers = [int(end) if end else None for end in ends]
    except ValueError:
        numbers = []
    first, last = (numbers[0], numbers[-1]) if 1 <= len(numbers) <= 2 and word else (-1, -1)
    backwards = first is not None and last is not None and last < first
    if backwards or (first or 0) < 0 or (last or 0) < 0:
        raise UserError(
            f"{where}: {word!r} is no range of pixels; write a number counted from 0, or first:last, both "
            "included, with either left out for the edge."
        )
    return first, last


def _cut(ends: tuple[int | None, int | None], start: int) -> slice:
    """Give the part of an inclusive range that lies on an array whose first pixel is ``start`` (from 1)."""
    first, last = ends
    low = 0 if first is None else max(first - (start - 1), 0)
    high = None if last is None else max(last - (start - 1) + 1, 0)
    return slice(low, high)
