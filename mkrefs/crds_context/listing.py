"""What a context would give to whom: its rules as a table of values."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.private_context import open_context
from mkrefs.crds_context.rules import NO_RULES, Rules, read_rules
from mkrefs.crds_context.selectors import FITS_KEYWORDS
from mkrefs.errors import UserError


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """One line of a context's rules: exposures that match get the file.

    Attributes
    ----------
    instrument, reftype : str
        Upper case, as CRDS writes them.
    match : tuple of (str, str)
        FITS keyword and the value exposures must have; ``N/A`` matches all, ``A|B`` matches either.
    useafter : str
        Exposures from this date and time on.
    file : str
        Name of the reference file.
    """

    instrument: str
    reftype: str
    match: tuple[tuple[str, str], ...]
    useafter: str
    file: str


@dataclass(frozen=True, slots=True)
class ContextListing:
    """A context and the lines of its rules, sorted by instrument, type, match and USEAFTER."""

    path: Path
    context: str
    entries: tuple[ReferenceEntry, ...]


def show_context(
    folder: Path,
    context: str | None = None,
    *,
    instruments: Sequence[str] = (),
    reftypes: Sequence[str] = (),
) -> ContextListing:
    """List what a context gives.

    Parameters
    ----------
    folder : Path
        A CRDS cache.
    context : str, optional
        Name of the pmap; the one in force by default.
    instruments, reftypes : sequence of str
        Only these, in upper or lower case; all by default.

    Returns
    -------
    ContextListing
        Name of the context, and its rules line by line.

    Raises
    ------
    UserError
        If the folder holds no cache, or rules of the context are missing; if the context has no such
        instrument or type.
    """
    opened = open_context(folder, context, whole=False)
    mappings = Cache(opened.path).mappings
    imaps = read_rules(mappings / opened.context).selector
    entries = []
    listed = set()
    for instrument in _chosen(opened.context, "instrument", list(imaps), instruments):
        if imaps[instrument] in NO_RULES:
            continue
        rmaps = read_rules(mappings / imaps[instrument]).selector
        listed |= set(rmaps)
        for reftype, rmap in sorted(rmaps.items()):
            if rmap not in NO_RULES and (not reftypes or reftype in map(str.upper, reftypes)):
                entries += _entries(instrument, reftype, read_rules(mappings / rmap))
    _chosen(opened.context, "reference type", sorted(listed), reftypes)
    return ContextListing(opened.path, opened.context, tuple(entries))


def _chosen(context: str, what: str, known: Sequence[str], asked: Sequence[str]) -> list[str]:
    """Give the names that were asked for, sorted; refuse those that the context does not know."""
    names = sorted({name.upper() for name in asked})
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(
            f"{context} has no {what} {unknown[0]}; it has {', '.join(sorted(known)).lower() or 'none'}."
        )
    return names or sorted(known)


def _entries(instrument: str, reftype: str, rules: Rules) -> list[ReferenceEntry]:
    keywords = [_keyword(key) for key in rules.header["parkey"][0]]
    entries = []
    for values, dated in sorted(rules.selector.items(), key=str):
        match = tuple(
            zip(keywords, map(_text, values if isinstance(values, tuple) else (values,)), strict=False)
        )
        files = dated if isinstance(dated, dict) else {"": dated}
        entries += [
            ReferenceEntry(instrument, reftype, match, useafter, str(file))
            for useafter, file in sorted(files.items())
        ]
    return entries


def _text(value: object) -> str:
    return "|".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _keyword(parkey: str) -> str:
    """Give the FITS keyword of a data model path, or the path itself where it has no common keyword."""
    return FITS_KEYWORDS.get(parkey, parkey)
