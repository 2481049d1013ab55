"""Whether a new file is better than the previous one: by each measure and exposure, and on the whole."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from mkrefs.verification.kinds import KINDS, Kind, judged_kinds
from mkrefs.verification.measures import Measured

#: A difference must be larger than so many statistical errors to count.
SIGNIFICANT = 3.0


class Verdict(StrEnum):
    """What a comparison says of the new file."""

    BETTER = "better"
    EQUAL = "equal"
    WORSE = "worse"
    MIXED = "mixed"
    NO_PREVIOUS = "no previous"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Judged:
    """A measure with its verdict.

    Attributes
    ----------
    kind : Kind
        What was measured.
    new, previous : float
        NaN where there is none.
    tolerance : float
        The difference in the distances from the ideal up to which both are equal; NaN if not judged.
    verdict : Verdict or None
        None where the measure does not speak for the type, or there is nothing to compare.
    """

    kind: Kind
    new: float
    previous: float
    tolerance: float
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class ExposureVerification:
    """What became of one exposure.

    Attributes
    ----------
    exposure, imtype : str
        Its name and image type.
    measured : tuple of Measured
        Empty if the steps that take the file did not run.
    flags : mapping of str to tuple of int
        By mnemonic, the number of pixels with the new file and with the previous one; of the latter -1 if
        there is none.
    previous : str
        Name of the previous file; empty if there is none.
    source : str
        Where that comes from, or why there is none.
    levelled : bool
        Whether the dark was subtracted, so that levels of 0 are the ideal.
    problem : str
        Why it does not count; empty if it does.
    """

    exposure: str
    imtype: str
    measured: tuple[Measured, ...]
    flags: dict[str, tuple[int, int]]
    previous: str
    source: str
    levelled: bool = True
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict on a file, and what it rests on.

    Attributes
    ----------
    verdict : Verdict
        On the whole.
    reasons : tuple of str
        Sentences without a full stop.
    exposures : tuple of tuple of Judged
        The measures of each exposure.
    summary : tuple of Judged
        Medians over the exposures.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    exposures: tuple[tuple[Judged, ...], ...]
    summary: tuple[Judged, ...]


def assess(reftype: str, exposures: Sequence[ExposureVerification]) -> Assessment:
    """Judge a file by its exposures.

    Parameters
    ----------
    reftype : str
        Decides which measures speak.
    exposures : sequence of ExposureVerification
        All of them.

    Returns
    -------
    Assessment
    """
    judged = judged_kinds(reftype)
    levelled = all(each.levelled for each in exposures)
    single = tuple(
        tuple(_judge(one, judged, levelled=each.levelled) for one in each.measured) for each in exposures
    )
    counting = [each for each in exposures if not each.problem]
    summary = tuple(
        _judge(one, judged, levelled=levelled) for one in _summary([each.measured for each in counting])
    )
    problems = [f"{each.exposure} does not count: {each.problem}" for each in exposures if each.problem]
    verdict, reasons = _overall(summary, counting, judged)
    return Assessment(verdict, (*reasons, *problems), single, summary)


def _judge(one: Measured, judged: Collection[str], *, levelled: bool) -> Judged:
    kind = KINDS[one.name]
    if kind.ideal == 0.0 and not levelled:
        kind = replace(kind, ideal=None)
    told = Judged(kind, one.new, one.previous, math.nan, None)
    if one.name not in judged or not (math.isfinite(one.new) and math.isfinite(one.previous)):
        return told
    if kind.ideal is None and not kind.lower_is_better:
        return told
    ideal = 0.0 if kind.ideal is None else kind.ideal
    gain = abs(one.previous - ideal) - abs(one.new - ideal)
    tolerance = max(one.tolerance, SIGNIFICANT * one.error if math.isfinite(one.error) else 0.0)
    if abs(gain) <= tolerance:
        return replace(told, tolerance=tolerance, verdict=Verdict.EQUAL)
    return replace(told, tolerance=tolerance, verdict=Verdict.BETTER if gain > 0 else Verdict.WORSE)


def _summary(exposures: Iterable[tuple[Measured, ...]]) -> list[Measured]:
    """Take medians over the exposures; the error is the larger of what one exposure and what all tell."""
    by_name: dict[str, list[Measured]] = {}
    for measured in exposures:
        for one in measured:
            by_name.setdefault(one.name, []).append(one)
    return [_median_of(members) for members in by_name.values()]


def _median_of(members: Sequence[Measured]) -> Measured:
    new, previous, errors, tolerances = (
        np.array([getattr(one, name) for one in members])
        for name in ("new", "previous", "error", "tolerance")
    )
    within = _median(errors) / math.sqrt(len(members))
    between = [_error_of_mean(values) for values in (new, previous)]
    chance = [error for error in (within, min(between, default=math.nan)) if math.isfinite(error)]
    return Measured(
        members[0].name,
        _median(new),
        _median(previous),
        max(chance, default=math.nan),
        _median(tolerances),
    )


def _median(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else math.nan


def _error_of_mean(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.std(ddof=1) / math.sqrt(finite.size)) if finite.size > 1 else math.inf


def _alone(summary: Sequence[Judged], judged: Collection[str]) -> list[str]:
    """Say what is measured with the new file, where there is nothing to hold it against."""
    told = [
        f"{one.kind.title} {one.new:.4g} {one.kind.unit}".strip()
        + ("" if one.kind.ideal is None else f" (ideal {one.kind.ideal:g})")
        for one in summary
        if one.kind.name in judged and math.isfinite(one.new)
    ]
    return [f"with the new file: {', '.join(told)}"] if told else []


def _overall(
    summary: Sequence[Judged], counting: Sequence[ExposureVerification], judged: Collection[str]
) -> tuple[Verdict, list[str]]:
    if not counting:
        return Verdict.NOT_JUDGED, ["no exposure tells of the file"]
    verdicts = {one.verdict for one in summary if one.verdict is not None}
    if not any(each.previous for each in counting):
        return Verdict.NO_PREVIOUS, [counting[0].source, *_alone(summary, judged)]
    if not verdicts:
        return Verdict.NOT_JUDGED, ["no measure that speaks for this type could be taken on these exposures"]
    changed = [one for one in summary if one.verdict in (Verdict.BETTER, Verdict.WORSE)]
    if not changed:
        names = ", ".join(one.kind.title for one in summary if one.verdict is Verdict.EQUAL)
        return Verdict.EQUAL, [f"within their tolerances both files give the same {names}"]
    worst_first = sorted(changed, key=lambda one: one.verdict is Verdict.BETTER)
    overall = Verdict.MIXED if len({one.verdict for one in changed}) > 1 else worst_first[0].verdict
    return overall or Verdict.MIXED, [sentence(one) for one in worst_first]


def sentence(one: Judged) -> str:
    """Say how a measure changes, in a sentence without a full stop."""
    unit = f" {one.kind.unit}" if one.kind.unit else ""
    wanted = "less is better" if one.kind.ideal is None else f"ideal {one.kind.ideal:g}"
    return (
        f"{one.kind.title} is {one.verdict}: {one.previous:.4g} -> {one.new:.4g}{unit} "
        f"({wanted}, tolerance {one.tolerance:.2g})"
    )
