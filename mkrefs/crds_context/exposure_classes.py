"""Sorts all exposures into classes between which some rules do not tell. For the child process only.

Which values of a keyword are alike is what crds' own matchers say of them; what is chosen is not judged here.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from crds.core.exceptions import CrdsError
from crds.core.selectors import esoteric_key, glob_list, matcher

from mkrefs.crds_context.value_set import ValueSet

Key = tuple[str, ...]

_ANY_VALUE = ("*", "N/A")
#: Stands for all values that no rule names.
_OTHER = "ANOTHER VALUE"
_OTHER_NUMBER = "987654321.0"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_EXPRESSIONS = ("parkey_relevance", "rmap_relevance", "rmap_omit")


@dataclass(frozen=True, slots=True)
class ExposureClass:
    """Exposures that the same categories match equally well.

    Attributes
    ----------
    values : tuple of ValueSet
        By keyword.
    header : mapping of str to str
        One of them, without date and time, as crds conditions it.
    categories : tuple of tuple of str
        Those that match.
    """

    values: tuple[ValueSet, ...]
    header: Mapping[str, str]
    categories: tuple[Key, ...]


def exposure_classes(rules: Sequence[Any], changed: frozenset[Key]) -> Iterator[ExposureClass]:
    """Give the classes of exposures that any of some categories match.

    Parameters
    ----------
    rules : sequence of crds.core.rmap.ReferenceMapping
        Rules of one type, with the same selecting keywords.
    changed : frozenset of tuple of str
        Categories of theirs, as crds conditions them.

    Yields
    ------
    ExposureClass
        Disjoint; within one class all of the rules treat all exposures alike.
    """
    keywords = selecting_keywords(rules[0])
    categories = tuple(dict.fromkeys(key for one in rules for key in list(one.selector.keys())))
    padding = (_ANY_VALUE[1],) * (len(keywords) - len(rules[0].parkey[0]))
    start = tuple((key, key + padding) for key in categories)
    followed = frozenset(categories) if _wakes_others(rules, changed, categories) else changed
    yield from _split(rules, keywords, followed, start, (), {})


def selecting_keywords(rules: Any) -> Key:
    """Give the data model paths by which rules select, besides date and time; those they match come first."""
    matched = tuple(rules.parkey[0])
    text = _expressions(rules)
    asked = (key for key in rules.get_required_parkeys() if key not in matched and _is_in(key, text))
    return (*matched, *dict.fromkeys(asked))


def _wakes_others(rules: Sequence[Any], changed: frozenset[Key], categories: Sequence[Key]) -> bool:
    """Tell whether what changed categories name brings exposures to other categories too.

    crds refuses a header with a value that no category names, even if the pattern of one matches it.
    """
    others = [category for category in categories if category not in changed]
    return any(
        len(set(_valid(rules, keyword, value))) > 1
        and any(_match(category[place], value) == 1 for category in others)
        for place, keyword in enumerate(rules[0].parkey[0])
        for value in _candidates(rules, keyword, [category[place] for category in categories])
    )


def _split(
    rules: Sequence[Any],
    keywords: Key,
    changed: frozenset[Key],
    left: tuple[tuple[Key, Key], ...],
    values: tuple[ValueSet, ...],
    header: Mapping[str, str],
) -> Iterator[ExposureClass]:
    """Bind one keyword after another, and follow only values with which a changed category still matches."""
    place = len(values)
    if place == len(keywords):
        yield ExposureClass(values, header, tuple(category for category, _ in left))
        return
    keyword = keywords[place]
    alike: dict[tuple[tuple[int, ...], tuple[bool, ...], str], list[str]] = defaultdict(list)
    candidates = _candidates(rules, keyword, [key[place] for _, key in left])
    for value in candidates:
        statuses = tuple(_match(key[place], value) for _, key in left)
        alike[statuses, _valid(rules, keyword, value), _alone(rules, keyword, value)].append(value)
    for (statuses, *_), members in alike.items():
        remaining = tuple(one for one, status in zip(left, statuses, strict=True) if status != -1)
        if not changed.isdisjoint(category for category, _ in remaining):
            here = _value_set(members, candidates)
            yield from _split(
                rules, keywords, changed, remaining, (*values, here), {**header, keyword: members[0]}
            )


def _candidates(rules: Sequence[Any], keyword: str, elements: Sequence[str]) -> list[str]:
    """Give the values that rules name, and one that stands for all others."""
    found: dict[str, None] = {}
    for element in elements:
        names, pattern = _named(element)
        found |= dict.fromkeys(names)
        if pattern:
            found |= dict.fromkeys(map(str, rules[0].tpn_valid_values.get(keyword, ())))
    for one in rules:
        found |= dict.fromkeys(_constants(one, keyword))
    named = [value for value in found if value not in _ANY_VALUE]
    return [*named, _OTHER_NUMBER if named and all(map(_is_number, named)) else _OTHER]


def _named(element: str) -> tuple[list[str], bool]:
    """Give the values in one element of a category, and whether it is a pattern, which may match more."""
    if element.upper().startswith("NOT "):
        return _named(element[4:].strip())
    if element.startswith("{"):
        return [element[1:-1]], False
    if esoteric_key(element) or element.startswith(("<", ">")):
        return _NUMBER.findall(element), True
    values = [value for value in glob_list(element) if value not in _ANY_VALUE]
    return [value for value in values if "*" not in value], any("*" in value for value in values)


def _constants(rules: Any, keyword: str) -> list[str]:
    """Give the constants of the rules' expressions if these look at the keyword."""
    text = _expressions(rules)
    return [first or second for first, second in _QUOTED.findall(text)] if _is_in(keyword, text) else []


def _expressions(rules: Any) -> str:
    """Give the conditions that rules set besides their categories, as text."""
    return " ".join(str(rules.header.get(name, "")) for name in _EXPRESSIONS).upper()


def _is_in(keyword: str, text: str) -> bool:
    return keyword in text or keyword.replace(".", "_") in text


def _alone(rules: Sequence[Any], keyword: str, value: str) -> str:
    """Keep values that expressions of the rules name apart from all others."""
    return value if any(value in _constants(one, keyword) for one in rules) else ""


def _valid(rules: Sequence[Any], keyword: str, value: str) -> tuple[bool, ...]:
    """Tell which of the rules look at a header with the value at all."""
    return tuple(_passes(one.selector, keyword, value) for one in rules)


def _passes(selector: Any, keyword: str, value: str) -> bool:
    known = selector.get_parkey_map().get(keyword, [])
    try:
        selector._validate_value(keyword, value, known)  # noqa: SLF001 - the judgement that choose() makes
    except CrdsError:
        return False
    return True


def _value_set(members: Sequence[str], candidates: Sequence[str]) -> ValueSet:
    if candidates[-1] in members:
        return ValueSet(frozenset(candidates) - frozenset(members), others=True)
    return ValueSet(frozenset(members))


def _match(element: str, value: str) -> int:
    return int(_matcher(element).match(value))


@cache
def _matcher(element: str) -> Any:
    return matcher(element)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
