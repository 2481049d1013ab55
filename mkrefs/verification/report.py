"""What verification found, as JSON values and as text."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mkrefs.counting import counted
from mkrefs.jobs.outcome import WARNING
from mkrefs.jobs.trying import VerifyJob
from mkrefs.verification.verdict import Assessment, ExposureVerification, Judged, Verdict

#: Number of the JSON form.
VERIFICATION_FORMAT = 1
_IMTYPES = {"D": "dark", "F": "flat", "I": "image"}


def verification_json(
    job: VerifyJob, exposures: Sequence[ExposureVerification], assessment: Assessment
) -> dict[str, Any]:
    """Give a verification as JSON values; numbers that are not finite are null."""
    return {
        "mkrefs_verification": VERIFICATION_FORMAT,
        "file": Path(job.file).name,
        "reftype": job.reftype,
        "previous": _previous(exposures) or None,
        "previous_source": _source(exposures),
        "share": job.share,
        "exposures": [
            {
                "exposure": each.exposure,
                "imtype": each.imtype,
                "problem": each.problem or None,
                "measures": [_measure(one) for one in judged],
                "flags": {
                    name: {"new": new, "previous": previous if previous >= 0 else None}
                    for name, (new, previous) in each.flags.items()
                },
            }
            for each, judged in zip(exposures, assessment.exposures, strict=True)
        ],
        "summary": [_measure(one) for one in assessment.summary],
        "verdict": assessment.verdict.value,
        "reasons": list(assessment.reasons),
    }


def verification_text(
    job: VerifyJob, exposures: Sequence[ExposureVerification], assessment: Assessment
) -> str:
    """Give a verification to be read."""
    return "\n".join(_lines(job, exposures, assessment)) + "\n"


def verification_notes(
    job: VerifyJob, exposures: Sequence[ExposureVerification], assessment: Assessment
) -> tuple[str, ...]:
    """Give a verification in brief: the verdict first, a warning if the new file is worse."""
    compared = assessment.verdict not in (Verdict.NO_PREVIOUS, Verdict.NOT_JUDGED)
    held = f", held against {_previous(exposures)}" if compared else ""
    warning = WARNING if assessment.verdict is Verdict.WORSE else ""
    told = f"{assessment.verdict}: {assessment.reasons[0]}{held}"
    return (f"{warning}{told}", *assessment.reasons[1:], f"the whole report is {job.text}")


def _lines(
    job: VerifyJob, exposures: Sequence[ExposureVerification], assessment: Assessment
) -> Iterator[str]:
    number, name = len(exposures), _previous(exposures) or "none"
    yield f"Verification of {Path(job.file).name}: {assessment.verdict}"
    yield from (f"  {reason}" for reason in assessment.reasons)
    yield ""
    yield f"previous file: {name} ({_source(exposures)})"
    yield f"held back: {counted(number, 'exposure')} (verify: {job.share:g})"
    previous = (
        " and with the previous file; all other\n  reference files were the same" if name != "none" else ""
    )
    yield f"  The file was made without them. The pipeline calibrated them with it{previous}."
    yield ""
    yield "Medians over the exposures" if number > 1 else f"{exposures[0].exposure}"
    yield from _table(assessment.summary)
    yield f"  verdict -: told, and not judged for {job.reftype} files, or not measured with both"
    yield ""
    for each, judged in zip(exposures, assessment.exposures, strict=True):
        yield f"{each.exposure} ({_IMTYPES.get(each.imtype, each.imtype)})"
        if each.problem:
            yield f"  does not count: {each.problem}"
        if number > 1:
            yield from _table(judged)
        yield from _flag_lines(each)
        yield ""
    yield "What the measures are"
    yield from (f"  {one.kind.title}: {one.kind.explanation}" for one in assessment.summary)


def _table(judged: Sequence[Judged]) -> Iterator[str]:
    yield f"  {'':<36}{'new':>12}{'previous':>12}{'ideal':>8}{'tolerance':>11}  {'unit':<5} verdict"
    for one in sorted(judged, key=lambda one: one.verdict is None):
        ideal = (
            "less" if one.kind.lower_is_better else "-" if one.kind.ideal is None else f"{one.kind.ideal:g}"
        )
        yield (
            f"  {one.kind.title:<36}{_number(one.new):>12}{_number(one.previous):>12}{ideal:>8}"
            f"{_number(one.tolerance, 2):>11}  {one.kind.unit:<5} {one.verdict or '-'}"
        )


def _flag_lines(each: ExposureVerification) -> Iterator[str]:
    if each.flags:
        yield f"  {'flags of the slopes, pixels':<36}{'new':>12}{'previous':>12}"
    for name, (new, previous) in each.flags.items():
        yield f"  {name:<36}{new:>12}{previous if previous >= 0 else '-':>12}"


def _previous(exposures: Sequence[ExposureVerification]) -> str:
    """Name the previous file; several where the rules give exposures different ones."""
    return ", ".join(dict.fromkeys(each.previous for each in exposures if each.previous))


def _source(exposures: Sequence[ExposureVerification]) -> str:
    return "; ".join(dict.fromkeys(each.source for each in exposures if each.source))


def _measure(one: Judged) -> dict[str, Any]:
    return {
        "name": one.kind.name,
        "title": one.kind.title,
        "unit": one.kind.unit,
        "new": _finite(one.new),
        "previous": _finite(one.previous),
        "ideal": one.kind.ideal,
        "tolerance": _finite(one.tolerance),
        "explanation": one.kind.explanation,
        "verdict": "-" if one.verdict is None else one.verdict.value,
    }


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _number(number: float, digits: int = 5) -> str:
    return f"{number:.{digits}g}" if math.isfinite(number) else "-"
