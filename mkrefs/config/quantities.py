"""Sizes of memory, times, and lines of text in a configuration: what each allows, and its one spelling."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from mkrefs.config.problems import nearest

_SIZE = re.compile(r"(?P<number>\d+\.?\d*(?:[eE]\+?\d+)?|\.\d+)\s*(?P<unit>[A-Za-z]*)")
#: Bytes by unit; the units of the SI count in thousands, those with an i in 1024.
_UNITS: Mapping[str, int] = {
    "B": 1,
    **{f"{letter}B": 1000**power for power, letter in enumerate("kMGT", 1)},
    **{f"{letter}iB": 1024**power for power, letter in enumerate("KMGT", 1)},
}
_BY_LOWER: Mapping[str, int] = {"": 1, **{unit.lower(): size for unit, size in _UNITS.items()}}
_LEAST, _MOST = 1_000_000, 1000**6
_CLOCK = re.compile(r"(\d{1,6}):([0-5]\d):([0-5]\d)")
_SCHEDULER = re.compile(r"[a-z]+://\S+")
_HOST_AND_PORT = re.compile(r"[\w.-]+:\d+")


def _size(value: Any) -> int:
    """Give a size in bytes."""
    match = _SIZE.fullmatch(str(value).strip())
    unit = match["unit"] if match else ""
    if match is None or isinstance(value, bool) or unit.lower() not in _BY_LOWER:
        near = nearest(unit, _UNITS, 0.5) if unit else None
        hint = f"did you mean '{match['number']} {near}'? " if match and near else ""
        raise ValueError(
            f"{value!r} is not a size of memory; {hint}allowed: a number of bytes, or a number with a unit "
            f"({', '.join(_UNITS)}), such as '4 GB'"
        )
    size = float(match["number"]) * _BY_LOWER[unit.lower()]
    if not _LEAST <= size <= _MOST:
        limit = "less than 1 MB" if size < _LEAST else "more than any machine has"
        raise ValueError(f"{value!r} is {limit}; give a size with a unit, such as '4 GB'")
    return round(size)


def _seconds(value: Any) -> float:
    """Give a time in seconds."""
    text = "" if isinstance(value, bool) else str(value).strip()
    clock = _CLOCK.fullmatch(text)
    try:
        hours, minutes, seconds = map(int, clock.groups()) if clock else (0, 0, float(text))
    except ValueError:
        raise ValueError(
            f"{value!r} is not a time; allowed: a number of seconds, or hours, minutes and seconds such as "
            "04:00:00"
        ) from None
    total = float(3600 * hours + 60 * minutes + seconds)
    if not 0 < total < float("inf"):
        raise ValueError(f"must be more than 0 seconds, not {value!r}; leave the key empty for the default")
    return total


def _walltime(value: Any) -> str:
    """Give a time as hours, minutes and seconds; batch systems know no parts of a second."""
    minutes, seconds = divmod(max(1, round(_seconds(value))), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"


def _lines(value: Any) -> Any:
    """Give the lines of a text, or of the texts in a list, without empty ones."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        return value
    return tuple(line.rstrip() for each in value for line in each.splitlines() if line.strip())


def _directives(value: Any) -> Any:
    lines = _lines(value)
    for line in lines if isinstance(lines, tuple) else ():
        if line.startswith("#"):
            bare = line.partition(" ")[2].strip() or "--qos=high"
            raise ValueError(f"'{line}': the prefix comes of itself; write the rest alone, such as '{bare}'")
    return lines


def _word(value: Any) -> Any:
    if isinstance(value, str) and len(value.split()) > 1:
        raise ValueError(f"must be one word, not {value!r}")
    return value.strip() if isinstance(value, str) else value


def _scheduler(value: Any) -> Any:
    """Tell the address of a scheduler from a file; which of them exists is not looked at."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if "://" in text and not _SCHEDULER.fullmatch(text):
        raise ValueError(f"{value!r} is not an address; write one such as tcp://host:8786")
    if _HOST_AND_PORT.fullmatch(text):
        raise ValueError(f"{value!r} lacks a protocol; write tcp://{text}")
    return text


Size = Annotated[int, BeforeValidator(_size)]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Walltime = Annotated[str, BeforeValidator(_walltime)]
Lines = Annotated[tuple[str, ...], BeforeValidator(_lines)]
Directives = Annotated[tuple[str, ...], BeforeValidator(_directives)]
Word = Annotated[str, BeforeValidator(_word)]
Scheduler = Annotated[str, BeforeValidator(_scheduler)]
