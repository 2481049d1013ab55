"""A part of a context's rules, that by which CRDS chooses some types for one detector: fingerprint and files.

Needs neither crds nor a network. Which part a job can see is its caller's business.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mkrefs.crds_context.identity import cache_of, context_name
from mkrefs.crds_context.rules import NO_RULES, Rules, leaves, read_rules
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState

_DETECTOR = "META.INSTRUMENT.DETECTOR"
#: What the header of an rmap says of the file itself; none of it takes part in a choice.
_BOOKKEEPING = frozenset(("name", "derived_from", "sha1sum"))
_FOR_ALL = frozenset(("ANY", "GENERIC", "UNDEFINED"))
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class RulesView:
    """A part of the rules of a context.

    Attributes
    ----------
    reftypes : tuple of str
        Reference types, ``pars-...`` included, in lower case; empty for all types.
    instrument : str
        Value of INSTRUME; empty for all instruments.
    detector : str
        Value of DETECTOR; empty for all detectors.
    """

    reftypes: tuple[str, ...]
    instrument: str = ""
    detector: str = ""


class RulesReader:
    """Gives the fingerprints of parts of contexts; reads each file of rules only once in its life."""

    def __init__(self) -> None:
        self._rules = cache(_read)
        self.fingerprint = cache(self._fingerprint)

    def _fingerprint(self, state: CrdsState, view: RulesView) -> str:
        """Give a string that changes when the rules in view change.

        Parameters
        ----------
        state : CrdsState
            Cache and context; what is empty is taken from the environment.
        view : RulesView
            The part that counts.

        Returns
        -------
        str
            The name of the context does not take part in it, but is all of it where the cache does not hold
            the rules; empty if there is no cache or no context.

        Notes
        -----
        Reference files are not read: CRDS never changes a file under the same name. Of an rmap with a choice
        by DETECTOR only what may be chosen for the detector in view counts.
        """
        cache, name = cache_of(state), context_name(state)
        if cache is None or not name:
            return ""
        digest = hashlib.sha256()
        try:
            for part in self._parts(cache.mappings, name, view):
                digest.update(repr(part).encode())
        except UserError:  # rules that were never fetched: the context's name alone tells them apart
            return name
        return f"sha256:{digest.hexdigest()}"

    def lost_files(self, state: CrdsState, view: RulesView) -> tuple[str, ...]:
        """Name the reference files that the rules in view may give and the cache does not hold.

        Raises
        ------
        UserError
            If the cache does not hold the rules either.
        """
        return tuple(path.name for path in self.files(state, view) if not path.is_file())

    def files(self, state: CrdsState, view: RulesView) -> tuple[Path, ...]:
        """Give the reference files that the rules in view may give, whether or not they are there.

        Raises
        ------
        UserError
            If the cache does not hold the rules.
        """
        cache, name = cache_of(state), context_name(state)
        if cache is None or not name:
            return ()
        folder = cache.reference_folder(view.instrument)
        named = {
            file
            for *_, seen in self._parts(cache.mappings, name, view)
            for *_, chosen in seen[1]
            for file in leaves(chosen)
        }
        return tuple(folder / file for file in sorted(named))

    def _parts(self, mappings: Path, context: str, view: RulesView) -> Iterator[tuple[str, str, Any]]:
        """Give what CRDS goes by, in a fixed order."""
        imaps = self._rules(mappings / context).selector
        for instrument in [view.instrument.upper()] if view.instrument else sorted(imaps):
            imap = imaps.get(instrument, NO_RULES[0])
            rmaps = {} if imap in NO_RULES else self._rules(mappings / imap).selector
            for reftype in sorted(map(str.upper, view.reftypes)) or sorted(rmaps):
                rmap = rmaps.get(reftype, "")
                named = rmap and rmap not in NO_RULES
                seen = _seen(self._rules(mappings / rmap), view.detector) if named else (rmap, [])
                yield instrument, reftype, seen


def _read(path: Path) -> Rules:
    """Read rules; those of a form that is not known count as a whole."""
    try:
        return read_rules(path)
    except UserError:
        if not os.access(path, os.R_OK):
            raise
        return Rules({"text": path.read_text(encoding="utf-8", errors="replace")}, {})


def _seen(rules: Rules, detector: str) -> tuple[list[Any], list[Any]]:
    """Give what of an rmap counts for a detector: its header, and the cases that may match."""
    header = {key: value for key, value in rules.header.items() if key not in _BOOKKEEPING}
    place = _detector_place(rules.header) if detector else None
    cases: Mapping[Any, Any] = rules.selector
    if place is not None:
        cases = {case: chosen for case, chosen in cases.items() if _may_match(case, place, detector)}
    return sorted(header.items()), sorted(cases.items(), key=repr)


def _detector_place(header: Mapping[str, Any]) -> int | None:
    """Find where in a case the detector stands; None if it cannot be told, or is substituted."""
    parkey = header.get("parkey")
    matched = parkey[0] if isinstance(parkey, tuple) and parkey else None
    if not isinstance(matched, tuple) or header.get("classes", ("",))[0] != "Match":
        return None
    if _DETECTOR not in matched or _DETECTOR in header.get("substitutions", {}):
        return None
    return matched.index(_DETECTOR)


def _may_match(case: Any, place: int, detector: str) -> bool:
    """Tell whether a case may be for the detector; certain is only that a plain other name is not."""
    values = case if isinstance(case, tuple) else (case,)
    value = str(values[place]) if place < len(values) else ""
    return not _WORD.fullmatch(value) or value.upper() in _FOR_ALL or value.upper() == detector.upper()
