"""A verification on exposures that were held back, as the page shows it, from its JSON document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mkrefs.report.documents import mapping, mappings, real, text, texts
from mkrefs.report.numbers import NONE, number, percent, quantity
from mkrefs.report.verdicts import Verdict, of_word


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A measure of how exposures come out, with the new file and with the previous one."""

    title: str
    explanation: str
    new: str
    previous: str
    ideal: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ExposureMeasures:
    """The measures of one exposure."""

    exposure: str
    imtype: str
    measures: tuple[MeasureLine, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class VerificationView:
    """How exposures that were held back come out with a file."""

    verdict: Verdict
    reasons: tuple[str, ...]
    previous: str
    source: str
    share: str
    summary: tuple[MeasureLine, ...]
    exposures: tuple[ExposureMeasures, ...]


def view_verification(document: Mapping[str, Any]) -> VerificationView | None:
    """Give a verification as it is shown; None if there is none."""
    if "mkrefs_verification" not in document:
        return None
    return VerificationView(
        verdict=of_word(text(document.get("verdict"))),
        reasons=texts(document.get("reasons")),
        previous=text(document.get("previous")),
        source=text(document.get("previous_source")),
        share=percent(real(document.get("share"))),
        summary=_measures(document.get("summary")),
        exposures=tuple(
            ExposureMeasures(
                text(each.get("exposure")),
                text(each.get("imtype")),
                _measures(each.get("measures")),
                text(each.get("problem")),
            )
            for each in mappings(document.get("exposures"))
        ),
    )


def _measures(value: Any) -> tuple[MeasureLine, ...]:
    return tuple(_measure(mapping(each)) for each in mappings(value))


def _measure(each: Mapping[str, Any]) -> MeasureLine:
    unit, word = text(each.get("unit")), text(each.get("verdict"))
    return MeasureLine(
        title=text(each.get("title")) or text(each.get("name")),
        explanation=text(each.get("explanation")),
        new=quantity(real(each.get("new")), unit),
        previous=quantity(real(each.get("previous")), unit),
        ideal=number(real(each.get("ideal"))),
        verdict=of_word("" if word in ("-", NONE) else word),
    )
