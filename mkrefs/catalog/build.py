"""Builds the catalog: every input file becomes a row, used or skipped with its reason."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

from mkrefs.catalog.classification import classify
from mkrefs.catalog.duplicates import find_duplicates
from mkrefs.catalog.exposure_names import FileName, NamedFile, name_exposures, parse_name
from mkrefs.catalog.input_file import InputFile, inspect_file
from mkrefs.catalog.keywords import keyword_columns, read_keywords
from mkrefs.catalog.observation_time import find_mjd, looked_for
from mkrefs.catalog.rules import CatalogRules
from mkrefs.catalog.table import SKIP_COLUMN, Catalog, make_table
from mkrefs.errors import UserError
from mkrefs.instruments.products import OTHER_IMAGES, last_image_step
from mkrefs.instruments.reference_types import INSTRUMENTS

_READERS = 4
_NAMED_AT_MOST = 20
_IDENTITY = ("INSTRUME", "DETECTOR", "DATE-OBS", "TIME-OBS", "EXPSTART")

#: Keywords of how a ramp was read out, which images need not have.
_OF_RAMPS = frozenset(("READPATT", "NINTS", "NGROUPS", "NFRAMES", "GROUPGAP", "TFRAME", "TGROUP", "NOUTPUTS"))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file on its way to becoming a row."""

    file: InputFile
    name: FileName
    keywords: Mapping[str, Any] = field(default_factory=dict)
    imtype: str = ""
    axes: int = 0
    mjd: float | None = None
    lacking: tuple[str, ...] = ()
    skip: str = ""


def build_catalog(paths: Sequence[str], rules: CatalogRules) -> Catalog:
    """Catalog input files by their headers; no pixel is read.

    Parameters
    ----------
    paths : sequence of str
        The files; the result does not depend on their order.
    rules : CatalogRules
        How files are named, typed and timed, and what their headers must hold.

    Returns
    -------
    Catalog
        One row per path. Files that cannot be used are skipped with the reason.

    Raises
    ------
    mkrefs.errors.UserError
        If files of a known image type lack required keywords; the message names all of them.
    """
    columns = keyword_columns(rules.requiredfitskeys, rules.optionalfitskeys, rules.time_keywords)
    given = sorted(os.path.abspath(path) for path in paths)  # noqa: PTH100 - Path.resolve would follow links
    unique = list(dict.fromkeys(given))
    with ThreadPoolExecutor(_READERS) as readers:
        files = list(readers.map(partial(inspect_file, keywords=columns), unique))
    entries = [_examine(file, rules, columns) for file in files]
    _refuse_lacking(entries)
    entries = _without_duplicates(entries)
    names = _exposure_names(entries)
    rows = [_row(entry, names.get(entry.file.path)) for entry in _without_rivals(entries, names)]
    by_path = {row["file"]: row for row in rows}
    repeated = [path for previous, path in pairwise(given) if previous == path]
    rows += [{**by_path[path], SKIP_COLUMN: by_path[path][SKIP_COLUMN] or "given twice"} for path in repeated]
    return Catalog(make_table(rows, columns))


def _examine(file: InputFile, rules: CatalogRules, columns: Sequence[str]) -> _Entry:
    """Apply the rules to one file; the first one it fails is its reason to be skipped."""
    name = parse_name(file.path, rules.basenamepattern)
    if file.problem or file.headers is None:
        return _Entry(file, name or FileName("", "", ""), skip=file.problem)
    if name is None:
        reason = f"its name does not match basenamepattern {rules.basenamepattern}"
        return _Entry(file, FileName("", "", ""), skip=reason)
    keywords = read_keywords(file.headers, columns)
    entry = _Entry(file, name, keywords)
    instrument = keywords["INSTRUME"]
    if rules.instrument and str(instrument).upper() != rules.instrument.upper():
        return replace(
            entry, skip=f"its INSTRUME is {instrument or 'missing'}, not {rules.instrument.upper()}"
        )
    if instrument is not None and str(instrument).upper() not in INSTRUMENTS:
        return replace(entry, skip=f"its INSTRUME is {instrument}, which is no instrument of JWST's")
    exp_type, axes = keywords["EXP_TYPE"], file.headers.axes
    fitted = _is_image(name.product, axes, keywords)
    imtype, reason = classify(
        name.searched, None if exp_type is None else str(exp_type), rules, is_image=fitted
    )
    if not imtype:
        return replace(entry, skip=reason)
    mjd = find_mjd(keywords, rules)
    required = (key for key in rules.requiredfitskeys if not (fitted and key.strip().upper() in _OF_RAMPS))
    lacking = tuple(key for key in required if keywords[key.strip().upper()] is None)
    untimed = mjd is None and not fitted
    skip = f"it has no time: none of {looked_for(rules)} gives one" if untimed else ""
    return replace(entry, imtype=imtype, axes=axes, mjd=mjd, lacking=lacking, skip=skip)


def _is_image(product: str, axes: int, keywords: Mapping[str, Any]) -> bool:
    """Tell whether a file holds an image and no ramp."""
    model, unit = str(keywords["DATAMODL"] or ""), str(keywords["BUNIT"] or "")
    return product in OTHER_IMAGES or last_image_step(product, axes, model, unit) != ""


def _refuse_lacking(entries: Sequence[_Entry]) -> None:
    """Raise if files lack required keywords."""
    lacking = [f"{entry.file.path} ({', '.join(entry.lacking)})" for entry in entries if entry.lacking]
    if not lacking:
        return
    more = len(lacking) - _NAMED_AT_MOST
    named = "; ".join(lacking[:_NAMED_AT_MOST]) + (f"; and {more} more" if more > 0 else "")
    raise UserError(
        f"inputfiles: requiredfitskeys: {len(lacking)} of {len(entries)} files lack keywords: {named}; "
        "leave these files out, or take the keywords off the list."
    )


def _without_duplicates(entries: Sequence[_Entry]) -> list[_Entry]:
    reasons = find_duplicates(entry.file for entry in entries if not entry.skip)
    return [replace(entry, skip=entry.skip or reasons.get(entry.file.path, "")) for entry in entries]


def _exposure_names(entries: Sequence[_Entry]) -> dict[str, str]:
    """Give the name of the exposure by path, for files that are used."""
    used = (entry for entry in entries if not entry.skip)
    return name_exposures(NamedFile(entry.file.path, entry.name, _identity(entry)) for entry in used)


def _identity(entry: _Entry) -> tuple[Any, ...]:
    return tuple(entry.keywords[key] for key in _IDENTITY)


def _without_rivals(entries: Sequence[_Entry], names: Mapping[str, str]) -> list[_Entry]:
    """Skip files that bear the name of an exposure but cannot be another product of it."""
    members: dict[str, list[_Entry]] = {}
    result = []
    for entry in entries:
        if not entry.skip:
            name = names[entry.file.path]
            earlier = members.setdefault(name, [])
            rival = next((other for other in earlier if _rivals(entry, other)), None)
            if rival:
                entry = replace(entry, skip=f"its exposure name {name} is that of {rival.file.path} already")
            else:
                earlier.append(entry)
        result.append(entry)
    return result


def _rivals(entry: _Entry, other: _Entry) -> bool:
    pairs = zip(_identity(entry), _identity(other), strict=True)
    return entry.name.product == other.name.product or any(
        mine != its for mine, its in pairs if mine is not None and its is not None
    )


def _row(entry: _Entry, exposure: str | None) -> dict[str, Any]:
    return {
        **entry.keywords,
        "file": entry.file.path,
        "exposure": exposure or entry.name.exposure,
        "product": entry.name.product,
        "imtype": entry.imtype,
        "axes": entry.axes,
        "mjd": entry.mjd,
        "size": entry.file.size,
        "mtime_ns": entry.file.mtime_ns,
        SKIP_COLUMN: entry.skip,
    }
