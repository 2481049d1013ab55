"""Explains which categories CRDS could not tell apart, and what to do. For the child process only."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from crds.core.selectors import MatchSelector, different_match_weight, match_superset

from mkrefs.crds_context.coverage import NOT_NEEDED, Finding, Kind
from mkrefs.crds_context.exposure_classes import Key
from mkrefs.crds_context.rules_trial import category_choices, dated_files
from mkrefs.crds_context.selectors import DATE_AND_TIME, FITS_KEYWORDS

_PREAMBLE = re.compile(r"^.*Match case ", re.DOTALL)
_USEAFTER = re.compile(r" : UseAfter\(\{ '[^']*' : ")
#: How crds writes a value by which it selects.
_VALUE = re.compile(r"\(*\('META\.[\w.]+ \[([\w-]+)\]', '([^']*)'\)(?:,?\))*")
_ADVICE = re.compile(r"(Each reference would replace|Cancel the submission).*", re.DOTALL)
_ANY = "*"
_SHOWN = {_ANY: "ANY"}
#: Whose a category without a file is.
NO_FILE = "an entry of the context that needs no file (N/A)"
#: Keywords that a parameter of the same name sets.
_PARAMETERS = ("EXP_TYPE", "READPATT", "SUBARRAY")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file would be filed: its category as crds conditions it, and from when on."""

    category: Key
    useafter: str


def place_of(rules: Any, path: str) -> Place:
    """Find out where rules would file a file."""
    header = rules.get_refactor_header(path)
    raw = MatchSelector._make_key(header, rules.parkey[0])  # noqa: SLF001 - what insert() itself calls
    selector = MatchSelector(rules.parkey[0], {raw: path}, rmap_header=rules.header)
    return Place(tuple(selector.keys()[0]), " ".join(str(header.get(key, "")) for key in DATE_AND_TIME))


def explain(rules: Any, places: Mapping[str, Place]) -> list[Finding]:
    """Name the pairs of files between which CRDS could not choose.

    Parameters
    ----------
    rules : crds.core.rmap.ReferenceMapping
        Rules without the new files.
    places : mapping of str to Place
        Where each new file would be filed.
    """
    found: list[Finding] = []
    standing = category_choices(rules)
    parkeys = rules.parkey[0]
    for path, place in places.items():
        for other, choice in standing.items():
            if _ambiguous(place.category, other):
                owner = owner_of(dated_files(choice).values())
                found.append(overlap((path,), parkeys, place.category, other, owner))
    for path, partner in combinations(places, 2):
        one, two = places[path], places[partner]
        if one == two:
            found.append(_twins(path, partner, parkeys, one))
        elif _ambiguous(one.category, two.category):
            found.append(overlap((path, partner), parkeys, one.category, two.category, partner))
    return found


def _twins(path: str, partner: str, parkeys: Sequence[str], place: Place) -> Finding:
    """Say that two new files are to stand in one place."""
    values = [
        f"{FITS_KEYWORDS.get(key, key)} {_text(value)}"
        for key, value in zip(parkeys, place.category, strict=True)
    ]
    return Finding(
        Kind.OVERLAP,
        (path, partner),
        f"CRDS cannot tell files apart: both are for {', '.join(values)} from {place.useafter} on",
        "leave one out, or give one another USEAFTER",
    )


def overlap(
    files: tuple[str, ...],
    parkeys: Sequence[str],
    mine: Key,
    other: Key,
    owner: str,
) -> Finding:
    """Say in plain words that two categories match the same exposures, and what to do.

    Parameters
    ----------
    files : tuple of str
        The new files concerned.
    parkeys : sequence of str
        Data model paths that select the type.
    mine, other : tuple of str
        The two categories.
    owner : str
        Whose the other category is; see `owner_of`.
    """
    differ = [
        (FITS_KEYWORDS.get(key, key), a, b) for key, a, b in zip(parkeys, mine, other, strict=True) if a != b
    ]
    here = ", ".join(f"{keyword} {_text(a)}" for keyword, a, _ in differ)
    there = ", ".join(f"{keyword} {_text(b)}" for keyword, _, b in differ)
    return Finding(
        Kind.OVERLAP,
        files,
        f"CRDS cannot tell files apart: exposures may match it by {here} and {owner} by {there}, "
        "both equally well",
        _remedy(differ, joined=owner != NO_FILE),
    )


def owner_of(files: Iterable[str]) -> str:
    """Say whose a category of the context is."""
    names = ", ".join(files)
    return NO_FILE if names == NOT_NEEDED else f"{names} of the context"


def in_plain_words(reason: str, names: Mapping[str, str]) -> str:
    """Leave out crds' advice to its own deliverers, and name the new files as the user does.

    Parameters
    ----------
    reason : str
        What crds says.
    names : mapping of str to str
        Path of each new file by its name in the context.
    """
    reason = _USEAFTER.sub(" of ", _PREAMBLE.sub("", _ADVICE.sub("", " ".join(reason.split())))).strip()
    for name, path in names.items():
        reason = reason.replace(repr(name), path).replace(name, path)
    return _VALUE.sub(r"\1 \2", reason)


def _ambiguous(mine: Key, other: Key) -> bool:
    """Tell what crds means by an ambiguous match."""
    if mine == other or different_match_weight(mine, other):
        return False
    return bool(match_superset(mine, other) or match_superset(other, mine))


def _text(value: str) -> str:
    return _SHOWN.get(value, value)


def _remedy(differ: Sequence[tuple[str, str, str]], *, joined: bool) -> str:
    """Say where the new file belongs: into the same category, or, if that has no file, into a weaker one."""
    weaker = [(keyword, mine, NOT_NEEDED) for keyword, mine, other in differ if mine == _ANY != other]
    if weaker and not joined:
        return (
            f"give the new file {_header(weaker)}{_parameter(weaker)}, which does not count as a match, as "
            "ANY does, so that the entry keeps its exposures"
        )
    given = f"{_header(differ)}{_parameter(differ)}"
    return f"give the new file {given}, so that both are filed under one category"


def _header(differ: Sequence[tuple[str, str, str]]) -> str:
    """Give the keywords that put a file into the other category; several values need a pattern keyword."""
    return " and ".join(
        f"P_{keyword[:6]} '{value}|'" if "|" in value else f"{keyword} {_text(value)}"
        for keyword, _, value in differ
    )


def _parameter(differ: Sequence[tuple[str, str, str]]) -> str:
    """Name the parameters of mkrefs that set the keywords."""
    known = [
        keyword
        for keyword, _, value in differ
        if keyword == "READPATT" or (keyword in _PARAMETERS and "|" not in value)
    ]
    if len(known) != len(differ):
        return ""
    settings = ", ".join(f"{keyword.lower()}: {_text(value)}" for keyword, _, value in differ)
    return f" ('{settings}' in the configuration)"
