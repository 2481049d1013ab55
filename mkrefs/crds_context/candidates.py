"""Reads what CRDS needs to know of a file that is to be a reference file. For the child process only."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crds import data_file
from crds.core.exceptions import CrdsError

from mkrefs.errors import UserError
from mkrefs.instruments.reference_types import INSTRUMENTS

#: Kinds of file that hold reference data for JWST.
SUFFIXES = (".fits", ".asdf")
_USEAFTER = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
_ABSENT = ("", "UNDEFINED", "NONE", "N/A")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that says for which instrument and of which type it is, in lower case; and its SHA-256."""

    path: Path
    instrument: str
    reftype: str
    digest: str


def read_candidate(path: Path) -> Candidate:
    """Read a file's identity from its header.

    Raises
    ------
    UserError
        If it is no reference file for JWST, or its header lacks what every reference file must have.
    """
    header = _header(path)
    missing = [key for key in ("TELESCOP", "INSTRUME", "REFTYPE", "USEAFTER") if _absent(header.get(key))]
    if missing:
        raise UserError(f"{path}: this is no reference file, its header lacks {', '.join(missing)}")
    telescope, instrument = str(header["TELESCOP"]).upper(), str(header["INSTRUME"]).upper()
    if telescope != "JWST":
        raise UserError(f"{path}: TELESCOP is {telescope}; only JWST is allowed")
    if instrument not in INSTRUMENTS:
        raise UserError(f"{path}: INSTRUME is {instrument}; allowed are {', '.join(INSTRUMENTS)}")
    _check_useafter(path, str(header["USEAFTER"]))
    return Candidate(path, instrument.lower(), str(header["REFTYPE"]).lower(), content_digest(path))


def content_digest(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def undefined_keys(rules: Any, path: Path) -> tuple[str, ...]:
    """Name the selection keys (data model paths) that a file's header does not give.

    Parameters
    ----------
    rules : crds.core.rmap.ReferenceMapping
        The rules of the file's type.
    path : Path
        The file.

    Notes
    -----
    crds would insert such a file as ``UNDEFINED``, which no exposure ever matches.
    """
    header = rules.get_refactor_header(str(path))
    return tuple(
        key for key in rules.parkey[0] if str(header.get(key, "UNDEFINED")).upper() in ("", "UNDEFINED")
    )


def _header(path: Path) -> Any:
    if not path.is_file():
        raise UserError(f"{path}: there is no such file")
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(f"{path}: this is no reference file; its name must end in {' or '.join(SUFFIXES)}")
    try:
        return data_file.get_header(str(path), observatory="jwst")
    except (OSError, ValueError, CrdsError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: this is no reference file, its header cannot be read ({reason})") from error


def _check_useafter(path: Path, useafter: str) -> None:
    try:
        valid = bool(_USEAFTER.fullmatch(useafter)) and bool(datetime.fromisoformat(useafter))
    except ValueError:
        valid = False
    if not valid:
        raise UserError(f"{path}: USEAFTER is {useafter!r}; a date and time as 2022-01-01T00:00:00 is needed")


def _absent(value: object) -> bool:
    return value is None or str(value).strip().upper() in _ABSENT
