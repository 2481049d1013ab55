"""Under which values a context files the reference files of a mode: those a new file must coincide with.

CRDS refuses a file whose values and an existing category are equally good matches, such as READPATT RAPID
beside READPATT ANY; its advice is to use the values of the existing category.
"""

from collections.abc import Mapping

from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.identity import cache_of, context_name
from mkrefs.crds_context.rules import NO_RULES, Rules, read_rules
from mkrefs.crds_context.selectors import FITS_KEYWORDS
from mkrefs.jobs.crds_state import CrdsState

_ANY = ("*", "ANY")


def coinciding_values(
    state: CrdsState, instrument: str, reftype: str, values: Mapping[str, str]
) -> dict[str, str]:
    """Find the keywords that an existing category of equal weight gives as ANY.

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
        ``ANY`` by FITS keyword; empty where the mode has a category of its own, or there is none of equal
        weight, or no rules to look at.
    """
    cache, context = cache_of(state), context_name(state)
    if cache is None or not context:
        return {}
    rules = _rules(cache, context, instrument, reftype)
    if rules is None:
        return {}
    keywords = [FITS_KEYWORDS.get(key, key) for key in rules.header["parkey"][0]]
    wanted = tuple(values.get(keyword, "") for keyword in keywords)
    cases = [case for case in rules.selector if isinstance(case, tuple) and len(case) == len(wanted)]
    pairs = [list(zip(keywords, case, wanted, strict=True)) for case in cases]
    if any(all(_same(have, want) for _, have, want in case) for case in pairs):
        return {}
    for case in pairs:
        if all(_same(have, want) or have in _ANY for _, have, want in case):
            return {keyword: "ANY" for keyword, have, want in case if not _same(have, want)}
    return {}


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
