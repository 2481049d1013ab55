"""Finds out what new files change for exposures, and what speaks against them. For the child process only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crds.core import rmap as crds_rmap

from mkrefs.crds_context.ambiguity import overlap, owner_of
from mkrefs.crds_context.coverage import (
    NOT_NEEDED,
    CoverageChange,
    Finding,
    InsertedFile,
    Kind,
)
from mkrefs.crds_context.exposure_classes import Key, selecting_keywords
from mkrefs.crds_context.merging import Piece, merge
from mkrefs.crds_context.rules_trial import Outcome, category_choices, dated_files, try_rules
from mkrefs.crds_context.selectors import FITS_KEYWORDS


@dataclass(frozen=True, slots=True)
class TypeTrial:
    """The rules of one type without and with new files.

    Attributes
    ----------
    instrument, reftype : str
        In lower case.
    old : Path or None
        The rmap without them; None where the context has none.
    new : Path
        The rmap with them.
    files : mapping of str to str
        The new files as they were given, by their names in the context.
    """

    instrument: str
    reftype: str
    old: Path | None
    new: Path
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Examined:
    """What the trial of one type gave."""

    files: tuple[InsertedFile, ...]
    changes: tuple[CoverageChange, ...]
    findings: tuple[Finding, ...]


def examine(trial: TypeTrial, shown: Mapping[str, str]) -> Examined:
    """Compare what exposures get from rules without and with new files.

    Parameters
    ----------
    trial : TypeTrial
        The rules.
    shown : mapping of str to str
        How to call each new file, by its name in the context.
    """
    old = crds_rmap.fetch_mapping(str(trial.old), ignore_checksum=True) if trial.old else None
    new = crds_rmap.fetch_mapping(str(trial.new), ignore_checksum=True)
    files = tuple(_inserted(trial, old, new, name) for name in trial.files)
    places = {name: _places(new, name) for name in trial.files}
    changed = frozenset(category for found in places.values() for category in found)
    outcomes = try_rules(old, new, changed)
    findings = [
        *_overlaps(trial, old, new, outcomes, places),
        *_unused(trial, files, outcomes),
        *_losses(trial, outcomes, shown),
        *_uncovered(trial, outcomes),
        *_replaced(files),
    ]
    return Examined(files, tuple(_changes(trial, new, outcomes, shown)), tuple(findings))


def _places(rules: Any, name: str) -> tuple[Key, ...]:
    """Give the categories a file is in."""
    choices = category_choices(rules)
    return tuple(key for key, choice in choices.items() if name in dated_files(choice).values())


def _inserted(trial: TypeTrial, old: Any, new: Any, name: str) -> InsertedFile:
    """Describe where a new file is filed, in the words of the rules."""
    for category, choice in zip(new.selector.raw_keys(), new.selector.raw_choices(), strict=True):
        for useafter, file in dated_files(choice).items():
            if file == name:
                values = category if isinstance(category, tuple) else (category,)
                keywords = [FITS_KEYWORDS.get(key, key) for key in new.parkey[0]]
                named = tuple(zip(keywords, map(str, values), strict=True))
                replaced = _standing(old, category, useafter)
                source = Path(trial.files[name])
                return InsertedFile(
                    source, name, trial.instrument.upper(), trial.reftype, named, useafter, replaced
                )
    raise ValueError(f"{name} is not in {new.basename}, into which it was inserted")


def _standing(rules: Any, category: Any, useafter: str) -> str:
    """Give the file that stands at a place of the rules."""
    if rules is None:
        return ""
    condition = rules.selector.condition_key
    for key, choice in zip(rules.selector.raw_keys(), rules.selector.raw_choices(), strict=True):
        if condition(key) == condition(category):
            return dated_files(choice).get(useafter, "")
    return ""


def _changes(
    trial: TypeTrial, rules: Any, outcomes: Sequence[Outcome], shown: Mapping[str, str]
) -> Iterable[CoverageChange]:
    """Give the changes, those merged that read as one."""
    pieces = [
        Piece(
            outcome.exposures.values,
            tuple(
                (span.since, span.until, span.before, shown.get(span.after, span.after))
                for span in outcome.spans
                if span.before != span.after
            ),
        )
        for outcome in outcomes
    ]
    keywords = [FITS_KEYWORDS.get(key, key) for key in selecting_keywords(rules)]
    for piece in merge([piece for piece in pieces if piece.content]):
        exposures = tuple(
            values.named_values(keyword) for keyword, values in zip(keywords, piece.values, strict=True)
        )
        for since, until, before, after in piece.content:
            yield CoverageChange(
                trial.instrument.upper(), trial.reftype, exposures, since, until, before, after
            )


def _overlaps(
    trial: TypeTrial,
    old: Any,
    new: Any,
    outcomes: Sequence[Outcome],
    places: Mapping[str, Sequence[Key]],
) -> Iterable[Finding]:
    """Find new categories that are as good a match for some exposures as others are."""
    known = set() if old is None else set(old.selector.keys())
    owners = {category: name for name, found in places.items() for category in found if category not in known}
    told = set()
    for tie in (tie for outcome in outcomes for tie in outcome.ties):
        for mine in (category for category in tie if category in owners):
            for other in (category for category in tie if category != mine):
                if (mine, other) in told:
                    continue
                told |= {(mine, other), (other, mine)}
                mates = [trial.files[owners[other]]] if other in owners else []
                owner = mates[0] if mates else owner_of(dated_files(category_choices(new)[other]).values())
                yield overlap((trial.files[owners[mine]], *mates), new.parkey[0], mine, other, owner)


def _unused(
    trial: TypeTrial, files: Sequence[InsertedFile], outcomes: Sequence[Outcome]
) -> Iterable[Finding]:
    used = {span.after for outcome in outcomes for span in outcome.spans}
    for file in files:
        if file.name not in used:
            yield Finding(
                Kind.UNUSED,
                (trial.files[file.name],),
                "no exposure of any date would get it, all that it matches get other files",
                "correct the keywords by which it is selected, or its USEAFTER",
            )


def _losses(trial: TypeTrial, outcomes: Sequence[Outcome], shown: Mapping[str, str]) -> Iterable[Finding]:
    lost = sorted(
        {
            shown.get(span.before, span.before)
            for outcome in outcomes
            for span in outcome.spans
            if span.before not in ("", NOT_NEEDED) and span.after in ("", NOT_NEEDED)
        }
    )
    if lost:
        yield Finding(
            Kind.LOSS,
            tuple(trial.files.values()),
            f"exposures that get {', '.join(lost)} would get no file",
            "file it under the category of that file, with its USEAFTER, or leave it out",
        )


def _uncovered(trial: TypeTrial, outcomes: Sequence[Outcome]) -> Iterable[Finding]:
    files = tuple(trial.files.values())
    if trial.old is None:
        yield Finding(
            Kind.UNCOVERED,
            files,
            "the context has no file of this type so far, so that none is needed; now exposures that no file "
            "of the type matches are an error in the pipeline",
            "add files for every detector and mode that is calibrated",
        )
    elif any(span.before == NOT_NEEDED and not span.after for outcome in outcomes for span in outcome.spans):
        yield Finding(
            Kind.UNCOVERED,
            files,
            "some exposures need no file of this type so far; now they do, and before the USEAFTER there is "
            "none, which is an error in the pipeline",
            "give the file an earlier USEAFTER",
        )


def _replaced(files: Sequence[InsertedFile]) -> Iterable[Finding]:
    for file in files:
        if file.replaces:
            yield Finding(
                Kind.REPLACED,
                (str(file.source),),
                f"it takes the place of {file.replaces}, which has the same category and USEAFTER",
            )
