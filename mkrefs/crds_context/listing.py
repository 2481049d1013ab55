"""What a context would give to whom: its rules as a table of values."""

from dataclasses import dataclass
from pathlib import Path

from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.private_context import open_context
from mkrefs.crds_context.rules import NO_RULES, Rules, read_rules
from mkrefs.crds_context.selectors import FITS_KEYWORDS


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


def show_context(folder: Path, context: str | None = None) -> ContextListing:
    """List what a context gives.

    Parameters
    ----------
    folder : Path
        A CRDS cache.
    context : str, optional
        Name of the pmap; the one in force by default.

    Returns
    -------
    ContextListing
        Name of the context, and its rules line by line.

    Raises
    ------
    UserError
        If the folder holds no cache, or rules of the context are missing.
    """
    opened = open_context(folder, context)
    mappings = Cache(opened.path).mappings
    entries = []
    for instrument, imap in sorted(read_rules(mappings / opened.context).selector.items()):
        for reftype, rmap in sorted(read_rules(mappings / imap).selector.items()):
            if rmap not in NO_RULES:
                entries += _entries(instrument, reftype, read_rules(mappings / rmap))
    return ContextListing(opened.path, opened.context, tuple(entries))


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
