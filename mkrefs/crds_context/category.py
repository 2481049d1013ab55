"""Under which values a context files the reference files of a mode: those a new file must coincide with.

And which files are filed there already.

CRDS refuses a file whose values and an existing category are equally good matches, such as READPATT RAPID
beside READPATT ANY; its advice is to use the values of the existing category.
"""

from collections.abc import Mapping
from typing import Any

from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.identity import cache_of, context_name
from mkrefs.crds_context.rules import NO_RULES, Rules, read_rules
from mkrefs.crds_context.selectors import FITS_KEYWORDS
from mkrefs.jobs.crds_state import CrdsState

_ANY = ("*", "ANY")


def coinciding_values(
    state: CrdsState, instrument: str, reftype: str, values: Mapping[str, str]
) -> dict[str, str]:
    """Find the keywords that an existing category of equal weight gives as ANY, or as one of several values.

    Parameters
    ----------
    state : CrdsState
        Cache and context.
    instrument, reftype : str
        As INSTRUME and CRDS spell them.
    values : mapping of str to str
        The mode's values by FITS keyword.

    Returns
    -------
    dict of str to str
        ``ANY``, or values with bars such as ``NRSRAPID|NRS``, by FITS keyword; empty where the mode has a
        category of its own, or there is none of equal weight, or no rules to look at.
    """
    pairs = [case for case, _ in _cases(state, instrument, reftype, values)]
    if any(all(_same(have, want) for _, have, want in case) for case in pairs):
        return {}
    for case in pairs:
        if all(_covers(have, want) for _, have, want in case):
            differing = {keyword: have for keyword, have, want in case if not _same(have, want)}
            return {keyword: "ANY" if have in _ANY else have for keyword, have in differing.items()}
    return {}


def rival_files(
    state: CrdsState, instrument: str, reftype: str, values: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Find the files of the category that a new file will be filed under.

    Parameters
    ----------
    state : CrdsState
        Cache and context.
    instrument, reftype : str
        As INSTRUME and CRDS spell them.
    values : mapping of str to str
        The new file's values by FITS keyword.

    Returns
    -------
    tuple of (str, str)
        USEAFTER, as ``2022-01-01 00:00:00``, and name of each file, in the order of time; empty where the
        context has no such category, or there are no rules to look at.
    """
    found = {
        (since, file)
        for case, chosen in _cases(state, instrument, reftype, values)
        if isinstance(chosen, Mapping)
        and all(_same(have, want) or (have in _ANY and want in _ANY) for _, have, want in case)
        for since, file in chosen.items()
        if isinstance(file, str)
    }
    return tuple(sorted(found))


def _cases(
    state: CrdsState, instrument: str, reftype: str, values: Mapping[str, str]
) -> list[tuple[list[tuple[str, str, str]], Any]]:
    """Give the cases of a type's rules: keyword, value and value of the file; and what is chosen then."""
    cache, context = cache_of(state), context_name(state)
    rules = _rules(cache, context, instrument, reftype) if cache is not None and context else None
    if rules is None:
        return []
    keywords = [FITS_KEYWORDS.get(key, key) for key in rules.header["parkey"][0]]
    wanted = [values.get(keyword, "") for keyword in keywords]
    return [
        (list(zip(keywords, case, wanted, strict=True)), chosen)
        for case, chosen in rules.selector.items()
        if isinstance(case, tuple) and len(case) == len(wanted)
    ]


def _covers(have: str, want: str) -> bool:
    """Tell whether a value of the rules stands for that of a header, among others or alone."""
    return have in _ANY or any(_same(each.strip(), want) for each in have.split("|"))


def _same(have: str, want: str) -> bool:
    """Tell whether a value of the rules is that of a header; the rules write whole numbers as 4.0."""
    return have == want or (have.endswith(".0") and have.removesuffix(".0") == want)


def _rules(cache: Cache, context: str, instrument: str, reftype: str) -> Rules | None:
    """Read the rmap of a type, if the cache holds one."""
    name = context
    for key in (instrument.upper(), reftype.upper()):
        path = cache.mappings / name
        if not path.is_file():
            return None
        name = str(read_rules(path).selector.get(key, "N/A"))
        if name in NO_RULES:
            return None
    path = cache.mappings / name
    return read_rules(path) if path.is_file() else None
