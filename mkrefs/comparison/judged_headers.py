"""What differing keywords and units mean: reasons for a verdict. Pure functions of values."""

from collections.abc import Iterator, Mapping

from mkrefs.comparison.arrays import ArrayComparison
from mkrefs.comparison.headers import HeaderDifference
from mkrefs.comparison.reasons import Level, Reason
from mkrefs.instruments.reference_types import REFERENCE_TYPES

#: Values by which a file says that it is for any value of a keyword.
_FOR_ANY = frozenset(("", "ANY", "N/A", "GENERIC"))
_AXES = ("FASTAXIS", "SLOWAXIS")
#: Values of PEDIGREE, the first word, by how much a file of this origin is worth.
_ORIGINS = ("DUMMY", "SIMULATION", "MODEL", "GROUND", "INFLIGHT")


def header_reasons(
    headers: tuple[HeaderDifference, ...],
    arrays: Mapping[str, ArrayComparison],
    reftype: str,
    instrument: str,
) -> Iterator[Reason]:
    """Give what is to be said of keywords and units.

    Parameters
    ----------
    headers : tuple of HeaderDifference
        Keywords that differ.
    arrays : mapping of str to ArrayComparison
        Their units count.
    reftype, instrument : str
        Of the files.

    Yields
    ------
    Reason
    """
    primary = {each.keyword: each for each in headers if each.extension == "PRIMARY"}
    units = {(each.unit, each.previous_unit): name for name, each in reversed(list(arrays.items()))}
    for (unit, before), name in units.items():
        if unit and before and _plain(unit) != _plain(before):
            yield Reason(Level.SUSPICIOUS, f"{name} is in {unit}, before in {before}")
    for keyword in _AXES:
        if keyword in primary and None not in (primary[keyword].before, primary[keyword].after):
            yield Reason(
                Level.SUSPICIOUS, f"{_change(primary[keyword])}: the detector is read in one way only"
            )
    yield from _useafter(primary.get("USEAFTER"))
    yield from _pedigree(primary.get("PEDIGREE"))
    known = REFERENCE_TYPES.get(reftype)
    for keyword in known.selectors.get(instrument, ()) if known else ():
        found = primary.get(keyword)
        if (
            found
            and not keyword.startswith("SUB")
            and not {_word(found.before), _word(found.after)} & _FOR_ANY
        ):
            yield Reason(Level.CHANGED, f"{_change(found)}: the files are not for the same exposures")


def _useafter(found: HeaderDifference | None) -> Iterator[Reason]:
    if found is None or not found.before or not found.after or str(found.after) >= str(found.before):
        return
    yield Reason(
        Level.EQUAL,
        f"{_change(found)}: the previous file stays in use for exposures from its own USEAFTER on",
    )


def _pedigree(found: HeaderDifference | None) -> Iterator[Reason]:
    before, after = (_word(each).split(" ")[0] for each in (found.before, found.after)) if found else ("", "")
    if found and before in _ORIGINS and after in _ORIGINS and _ORIGINS.index(after) < _ORIGINS.index(before):
        yield Reason(Level.CHANGED, f"{_change(found)}: a step back")


def _change(found: HeaderDifference) -> str:
    return f"{found.keyword} is {found.after}, before {found.before}"


def _word(value: object) -> str:
    return "" if value is None else str(value).strip().upper()


def _plain(unit: str) -> str:
    """Give a unit in one spelling: capitals, no blanks, no plural."""
    return "/".join(part.strip().removesuffix("S") for part in unit.upper().split("/"))
