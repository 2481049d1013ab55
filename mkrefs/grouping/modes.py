"""Splits exposures into modes: what no input set ever mixes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mkrefs.contract.imtypes import ImTypes
from mkrefs.grouping.members import Bundle, Member

#: Keywords every exposure of a set has in common.
MODE_KEYWORDS = (
    *("INSTRUME", "DETECTOR", "SUBARRAY", "READPATT"),
    *("SUBSTRT1", "SUBSTRT2", "SUBSIZE1", "SUBSIZE2"),
)
#: Keywords of the light path and of the kind of exposure, in which darks and flats differ by nature.
_OPTICAL = ("EXP_TYPE", "FILTER", "PUPIL", "BAND", "CHANNEL", "GRATING")
_DARK, _FLAT = "D", "F"
#: Keywords that agree among the flats of a set.
FLAT_KEYWORDS = ("FILTER", "PUPIL")

Pairs = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class ModeRule:
    """Which keywords must agree in a set, and which among the exposures of one image type only.

    Attributes
    ----------
    common : tuple of str
        Agree among all exposures of a set.
    own : mapping of str to tuple of str
        By image type, agree among its exposures in a set.
    """

    common: tuple[str, ...]
    own: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Mode:
    """The exposures of one mode.

    Attributes
    ----------
    pairs : tuple of (str, object)
        The common keywords and their values.
    streams : mapping of str to tuple of Bundle
        By image type, its exposures; one bundle for each combination of the type's own keywords.
    """

    pairs: Pairs
    streams: Mapping[str, tuple[Bundle, ...]]


def mode_rule(
    imtypes: ImTypes,
    same: Sequence[str],
    flat_same: Sequence[str] = FLAT_KEYWORDS,
    always: Sequence[str] = MODE_KEYWORDS,
) -> ModeRule:
    """Sort the keywords that must agree into common ones and those of a single image type.

    In a set of several image types the keywords of the light path cannot agree throughout: they are
    compared among the flats (or images), and of the darks only EXP_TYPE is.
    """
    keywords = tuple(dict.fromkeys((*always, *same)))
    flats_only = tuple(dict.fromkeys(flat_same))
    if imtypes.letters == _FLAT:
        return ModeRule(tuple(dict.fromkeys((*keywords, *flats_only))), {_FLAT: ()})
    if len(imtypes.letters) == 1:
        return ModeRule(keywords, {imtypes.letters: ()})
    optical = {*_OPTICAL, *flats_only} - set(MODE_KEYWORDS)
    split = tuple(key for key in keywords if key in optical)
    own = dict.fromkeys(imtypes.letters, split)
    if _DARK in own:
        own[_DARK] = tuple(key for key in split if key == "EXP_TYPE")
    if _FLAT in own:
        own[_FLAT] = tuple(dict.fromkeys((*split, *(key for key in flats_only if key in optical))))
    return ModeRule(tuple(key for key in keywords if key not in optical), own)


def split_modes(members: Iterable[tuple[Member, Mapping[str, Any]]], rule: ModeRule) -> list[Mode]:
    """Split exposures into modes.

    Parameters
    ----------
    members : iterable of (Member, mapping)
        The exposures with their keywords; missing values are None.
    rule : ModeRule
        What must agree.

    Returns
    -------
    list of Mode
        In order of their keywords' values as text.
    """
    modes: dict[Pairs, dict[str, dict[Pairs, list[Member]]]] = {}
    for member, keywords in members:
        common = _pairs(keywords, rule.common)
        own = _pairs(keywords, rule.own[member.imtype])
        modes.setdefault(common, {}).setdefault(member.imtype, {}).setdefault(own, []).append(member)
    return [
        Mode(common, {letter: _streams(parts) for letter, parts in letters.items()})
        for common, letters in sorted(modes.items(), key=lambda item: str(item[0]))
    ]


def _streams(parts: Mapping[Pairs, list[Member]]) -> tuple[Bundle, ...]:
    ordered = sorted(parts.items(), key=lambda item: str(item[0]))
    return tuple(Bundle(tuple(sorted(members)), own) for own, members in ordered)


def _pairs(keywords: Mapping[str, Any], names: Sequence[str]) -> Pairs:
    return tuple((name, keywords.get(name)) for name in names)
