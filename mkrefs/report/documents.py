"""Reads the JSON documents beside a reference file; of what is missing or of another form nothing is told."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def read_document(path: Path) -> Mapping[str, Any]:
    """Read a JSON document; empty if it is not there, not whole, or no object."""
    try:
        return mapping(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return {}


def read_text(path: Path) -> str:
    """Read a text; empty if it is not there."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def mapping(value: Any) -> Mapping[str, Any]:
    """Give an object of a document, empty if it is none."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: Any) -> tuple[Mapping[str, Any], ...]:
    """Give the objects of a list in a document."""
    return tuple(each for each in value if isinstance(each, Mapping)) if isinstance(value, list) else ()


def texts(value: Any) -> tuple[str, ...]:
    """Give the texts of a list in a document."""
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def text(value: Any) -> str:
    """Give a text of a document, empty if there is none."""
    return "" if value is None or isinstance(value, Mapping | list) else str(value)


def real(value: Any) -> float | None:
    """Give a finite number of a document; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def reals(value: Any) -> tuple[float, ...]:
    """Give the numbers of a list in a document; none if one of them is none."""
    found = [real(each) for each in value] if isinstance(value, list) else []
    return tuple(each for each in found if each is not None) if None not in found else ()
