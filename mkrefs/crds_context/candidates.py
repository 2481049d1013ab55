"""Reads what CRDS needs to know of a file that is to be a reference file. For the child process only."""

import re
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from crds import data_file
from crds.core.exceptions import CrdsError
from crds.core.selectors import esoteric_key, glob_list
from crds.core.utils import condition_value

from mkrefs.crds_context.coverage import Finding, Kind
from mkrefs.crds_context.selectors import FITS_KEYWORDS
from mkrefs.errors import UserError
from mkrefs.instruments.readpatterns import READPATTERNS
from mkrefs.instruments.reference_types import INSTRUMENTS
from mkrefs.storage.checksum import sha256_of

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
    return Candidate(path, instrument.lower(), str(header["REFTYPE"]).lower(), sha256_of(path))


def wrong_values(rules: Any, path: Path) -> tuple[Finding, ...]:
    """Find selection keys that a file's header does not give, or gives with a value that CRDS does not know.

    Parameters
    ----------
    rules : crds.core.rmap.ReferenceMapping
        The rules of the file's type.
    path : Path
        The file.

    Notes
    -----
    crds would insert a file without such a key as ``UNDEFINED``, which no exposure ever matches.
    """
    header = rules.get_refactor_header(str(path))
    values = {key: str(header.get(key, "")).upper() for key in rules.parkey[0]}
    lacking = [FITS_KEYWORDS.get(key, key) for key, value in values.items() if value in ("", "UNDEFINED")]
    if lacking:
        reftype = str(rules.filekind).upper()
        text = f"its header lacks {', '.join(lacking)}, by which CRDS selects {reftype} files"
        return (Finding(Kind.REFUSED, (str(path),), text),)
    return tuple(
        _unknown(path, rules, FITS_KEYWORDS.get(key, key), value, known)
        for key, named in values.items()
        if (known := _known_values(rules, key))
        for value in glob_list(named)
        if not esoteric_key(value) and condition_value(value) not in (*known, "*", "N/A")
    )


def _known_values(rules: Any, key: str) -> tuple[str, ...]:
    """Give the values that exposures may have; of read patterns, those of other instruments are left out."""
    known = tuple(map(str, rules.tpn_valid_values.get(key, ())))
    if FITS_KEYWORDS.get(key) != "READPATT":
        return known
    instrument = str(rules.instrument).upper()
    named = set(rules.selector.get_value_map().get(key, ()))
    foreign = {name for patterns in READPATTERNS.values() for name in patterns} - set(
        READPATTERNS.get(instrument, ())
    )
    return tuple(value for value in known if value not in foreign or value in named)


def _unknown(path: Path, rules: Any, keyword: str, value: str, known: tuple[str, ...]) -> Finding:
    near = get_close_matches(value, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"correct the {keyword} of the file"
    text = f"{keyword} is {value}, which no exposure of {str(rules.instrument).upper()} that CRDS knows has"
    return Finding(Kind.UNKNOWN_VALUE, (str(path),), text, hint)


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
