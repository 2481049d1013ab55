"""What certification, checks and tests said of a file, in a word each and in full."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mkrefs.jobs.outcome import State
from mkrefs.report.documents import mappings, text, texts
from mkrefs.report.numbers import NONE, plural


class Tone(StrEnum):
    """Whether a word is good news; shown by a sign and a colour besides the word."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word on a file."""

    word: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One thing that was found: how bad, by whom, what, where, and what would be right."""

    tone: Tone
    severity: str
    source: str
    what: str
    where: str = ""
    limit: str = ""


NO_VERDICT = Verdict(NONE)
_GOOD_STATES = (State.MADE, State.KEPT)
_TONES = {
    **dict.fromkeys(("passed", "consistent", "equal", "better"), Tone.GOOD),
    **dict.fromkeys(("changed", "mixed", "warning", "skipped"), Tone.LOOK),
    **dict.fromkeys(("failed", "suspicious", "worse", "error"), Tone.BAD),
}


def of_word(word: str) -> Verdict:
    """Give the verdict that a word stands for; one that is not known is neither good nor bad."""
    return Verdict(word, _TONES.get(word.lower(), Tone.PLAIN)) if word else NO_VERDICT


def of_state(state: str, good: str) -> Verdict:
    """Give the verdict of a job that says nothing but how it ended."""
    return of_word("passed") if state in _GOOD_STATES and good == "passed" else _ended(state, good)


def of_counts(errors: int, warnings: int) -> Verdict:
    """Give the verdict on numbers of errors and warnings."""
    if errors:
        return Verdict(plural(errors, "error"), Tone.BAD)
    return Verdict(plural(warnings, "warning"), Tone.LOOK) if warnings else Verdict("passed", Tone.GOOD)


def certify_findings(document: Mapping[str, Any]) -> tuple[FindingLine, ...]:
    """Give what ``crds certify`` found."""
    return tuple(
        FindingLine(tone, kind, "crds certify", said)
        for kind, tone in (("error", Tone.BAD), ("warning", Tone.LOOK), ("note", Tone.PLAIN))
        for said in texts(document.get(f"{kind}s"))
    )


def check_findings(document: Mapping[str, Any]) -> tuple[FindingLine, ...]:
    """Give what the checks found."""
    return tuple(
        FindingLine(
            _TONES.get(severity, Tone.PLAIN),
            severity,
            text(each.get("check")),
            text(each.get("what")),
            text(each.get("where")),
            text(each.get("limit")),
        )
        for file in mappings(document.get("files"))
        for each in mappings(file.get("findings"))
        for severity in (text(each.get("severity")),)
    )


def of_findings(findings: tuple[FindingLine, ...]) -> Verdict:
    """Give the verdict on findings."""
    tones = [each.tone for each in findings]
    return of_counts(tones.count(Tone.BAD), tones.count(Tone.LOOK))


def _ended(state: str, good: str) -> Verdict:
    if state in _GOOD_STATES:
        return Verdict(good, Tone.GOOD)
    return of_word(str(state))
