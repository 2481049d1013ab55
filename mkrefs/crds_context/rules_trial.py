"""Asks rules with and without new files what exposures get, at all dates. For the child process only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crds.core.selectors import Selector

from mkrefs.crds_context.coverage import NOT_NEEDED
from mkrefs.crds_context.exposure_classes import ExposureClass, Key, exposure_classes
from mkrefs.crds_context.selectors import DATE_AND_TIME

_NOT_FOUND = "NOT FOUND"


@dataclass(frozen=True, slots=True)
class Span:
    """Dates between which exposures of a class get the same files; empty for no limit."""

    since: str
    until: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a class of exposures gets, and which categories tie for them.

    Attributes
    ----------
    exposures : ExposureClass
        The class.
    spans : tuple of Span
        All dates, in order.
    ties : tuple of tuple of tuple of str
        Groups of categories of the new rules that match equally well, at dates where no better one does.
    """

    exposures: ExposureClass
    spans: tuple[Span, ...]
    ties: tuple[tuple[Key, ...], ...]


def try_rules(old: Any, new: Any, changed: frozenset[Key]) -> list[Outcome]:
    """Ask for all exposures that changed categories match.

    Parameters
    ----------
    old : crds.core.rmap.ReferenceMapping or None
        Rules without the new files; None where the context has none.
    new : crds.core.rmap.ReferenceMapping
        Rules with them.
    changed : frozenset of tuple of str
        The categories that the new files are in, as crds conditions them.
    """
    rules = [new] if old is None else [old, new]
    return [
        Outcome(one, tuple(_spans(old, new, one)), tuple(_ties(new, one)))
        for one in exposure_classes(rules, changed)
    ]


def dated_files(choice: Any) -> Mapping[str, str]:
    """Give the files of a category by USEAFTER; a file without a date under an empty one."""
    if not isinstance(choice, Selector):
        return {"": str(choice)}
    return {str(key): str(value) for key, value in zip(choice.raw_keys(), choice.raw_choices(), strict=True)}


def category_choices(rules: Any) -> Mapping[Key, Any]:
    """Give what each category of rules chooses from, by its values as crds conditions them."""
    return dict(zip(rules.selector.keys(), rules.selector.choices(), strict=True))


def _spans(old: Any, new: Any, exposures: ExposureClass) -> Iterator[Span]:
    """Ask at all dates at which something may change; dates with the same answer make one span."""
    dates = _dates([rules for rules in (old, new) if rules is not None], exposures)
    starts = ["", *dates]
    moments = [_just_before(dates[0]) if dates else "2000-01-01 00:00:00", *map(_not_before, dates)]
    answers = [(_ask(old, exposures, moment), _ask(new, exposures, moment)) for moment in moments]
    first = 0
    for place in range(1, len(starts) + 1):
        if place == len(starts) or answers[place] != answers[first]:
            until = starts[place] if place < len(starts) else ""
            yield Span(starts[first], until, *answers[first])
            first = place


def _dates(rules: Sequence[Any], exposures: ExposureClass) -> list[str]:
    dates: set[str] = set()
    for one in rules:
        choices = category_choices(one)
        for category in exposures.categories:
            dates |= set(dated_files(choices[category])) if category in choices else set()
    return sorted(dates - {""})


def _just_before(date: str) -> str:
    moment = datetime.fromisoformat(date.split(".")[0]) - timedelta(seconds=1)
    return moment.isoformat(" ")


def _not_before(date: str) -> str:
    """Give a moment at which crds takes a USEAFTER for past: it rounds fractions of seconds down."""
    whole, point, _ = date.partition(".")
    if not point:
        return date
    return (datetime.fromisoformat(whole) + timedelta(seconds=1)).isoformat(" ")


def _ask(rules: Any, exposures: ExposureClass, moment: str) -> str:
    """Ask rules for the file of an exposure."""
    if rules is None:
        return NOT_NEEDED
    header = {**exposures.header, **dict(zip(DATE_AND_TIME, moment.split(" "), strict=True))}
    found = rules.get_best_ref(header)  # whatever goes wrong is told as NOT FOUND
    if found is None or str(found).upper() == f"{_NOT_FOUND} N/A":
        return NOT_NEEDED
    if not isinstance(found, str):  # equally good categories that crds cannot merge
        return ""
    return "" if found.startswith(_NOT_FOUND) else found


def _ties(rules: Any, exposures: ExposureClass) -> Iterator[tuple[Key, ...]]:
    """Give the groups of equally good categories that exposures of some date get their file from."""
    reached = "~"  # after every date
    choices = category_choices(rules)
    selector, header = rules.selector, rules.map_irrelevant_parkeys_to_na(exposures.header)
    for group in _ranked(selector, header):
        first = min(date for category in group for date in dated_files(choices[category]))
        if len(group) > 1 and first < reached:
            yield group
        reached = min(reached, first)


def _ranked(selector: Any, header: Mapping[str, str]) -> list[tuple[Key, ...]]:
    """Give the categories that match, best first; those equally good are together."""
    # What crds does before it merges equally good categories, which fails for some.
    matching = selector._winnow(header, dict(selector._match_selections))  # noqa: SLF001 - see above
    return [tuple(group) for _, group in selector._rank_candidates(*matching)]  # noqa: SLF001 - see above
