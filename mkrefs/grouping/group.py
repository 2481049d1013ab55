"""Groups the exposures of a table into input sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mkrefs.contract.imtypes import ImTypes
from mkrefs.grouping.matching import match_mode
from mkrefs.grouping.members import Member, Parts, Window, in_days, to_ticks
from mkrefs.grouping.modes import FLAT_KEYWORDS, MODE_KEYWORDS, Mode, ModeRule, mode_rule, split_modes
from mkrefs.grouping.reasons import NO_TIME, not_wanted
from mkrefs.grouping.values import Grouping, InputSet, LeftOut

if TYPE_CHECKING:
    import pandas as pd


def group_exposures(
    table: pd.DataFrame,
    imtypes: ImTypes,
    *,
    window: float | None,
    same: Sequence[str],
    flat_same: Sequence[str] = FLAT_KEYWORDS,
    always: Sequence[str] = MODE_KEYWORDS,
    needs_time: bool = True,
) -> Grouping:
    """Group exposures into the input sets of individual reference files.

    Parameters
    ----------
    table : DataFrame
        One row per exposure, in any order: ``exposure``, ``imtype``, ``mjd`` (days), and a column for each
        keyword; None and NaN are missing values, which equal each other only.
    imtypes : ImTypes
        How many exposures of each image type make a set.
    window : float or None
        Largest separation inside a set, days; None for any.
    same : sequence of str
        Keywords that must agree in a set, beyond those of ``always``.
    flat_same : sequence of str
        Keywords that must agree among the flats of a set.
    always : sequence of str
        Keywords that must agree in any set: instrument, detector, subarray and its place, read pattern.
    needs_time : bool
        Whether an exposure without a time is left out also where there is no window; otherwise such exposures
        come first.

    Returns
    -------
    Grouping
        The sets, and every other exposure with the reason.

    Raises
    ------
    ValueError
        If an exposure has more than one row.
    """
    rule = mode_rule(imtypes, same, flat_same, always)
    members, left_out = _read_members(table, imtypes, rule, needs_time=needs_time or window is not None)
    sets: list[InputSet] = []
    for mode in split_modes(members, rule):
        matched, unused = match_mode(mode, imtypes, Window.of_days(window))
        sets.extend(_input_set(mode, parts, imtypes) for parts in sorted(matched, key=_time_order))
        left_out.extend(unused)
    return Grouping(tuple(sets), tuple(sorted(left_out, key=lambda item: item.exposure)))


def _read_members(
    table: pd.DataFrame, imtypes: ImTypes, rule: ModeRule, *, needs_time: bool
) -> tuple[list[tuple[Member, Mapping[str, Any]]], list[LeftOut]]:
    """Take the exposures that may be grouped out of the table."""
    keys = tuple(dict.fromkeys((*rule.common, *(key for keys in rule.own.values() for key in keys))))
    columns = [
        [_plain(value) for value in table[key].tolist()] if key in table else [None] * len(table)
        for key in keys
    ]
    exposures = table["exposure"].tolist()
    if len(set(exposures)) < len(exposures):
        raise ValueError("the table must have one row per exposure")
    values = list(zip(*columns, strict=True)) if columns else [()] * len(table)
    members: list[tuple[Member, Mapping[str, Any]]] = []
    left_out: list[LeftOut] = []
    times = [to_ticks(mjd) for mjd in table["mjd"]]
    first = None if needs_time else min((time for time in times if time is not None), default=0)
    for exposure, imtype, time, row in zip(exposures, table["imtype"], times, values, strict=True):
        ticks = first if time is None else time
        if imtype not in imtypes.counts:
            left_out.append(LeftOut(exposure, not_wanted(imtype, imtypes)))
        elif ticks is None:
            left_out.append(LeftOut(exposure, NO_TIME))
        else:
            members.append((Member(ticks, exposure, imtype), dict(zip(keys, row, strict=True))))
    return members, left_out


def _plain(value: Any) -> Any:
    """Give None for NaN, the one value that differs from itself."""
    return value if value == value else None


def _time_order(parts: Parts) -> tuple[tuple[Member, ...], ...]:
    members = sorted((bundle.members for bundle in parts.values()), key=lambda run: run[0])
    return tuple(members)


def _input_set(mode: Mode, parts: Parts, imtypes: ImTypes) -> InputSet:
    """Name the roles of a set and sum up what it has in common."""
    own: dict[str, set[Any]] = {}
    for bundle in parts.values():
        for key, value in bundle.own:
            own.setdefault(key, set()).add(value)
    agreeing = tuple((key, values.pop()) for key, values in own.items() if len(values) == 1)
    roles = tuple(
        (f"{letter}{number}", member.exposure)
        for letter in imtypes.letters
        for number, member in enumerate(parts[letter].members, start=1)
    )
    times = [ticks for bundle in parts.values() for ticks in (bundle.start, bundle.end)]
    return InputSet(roles, (*mode.pairs, *agreeing), in_days(max(times) - min(times)))
