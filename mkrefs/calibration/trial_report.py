"""What a trial of a reference file found, the verdict on it, and the report as text."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from mkrefs.calibration.image_state import ImageState
from mkrefs.errors import UserError
from mkrefs.jobs.trying import TrialJob


class TrialFailed(UserError):  # noqa: N818 - says what happened to a job, as Outcome does
    """A reference file with which the pipeline does not do what it should."""


@dataclass(frozen=True, slots=True)
class StepTrial:
    """What a step that takes the new file did with it.

    Attributes
    ----------
    step : str
        The step.
    status : str
        How it ended, as the header tells.
    reference : str
        The file it used, as the header tells.
    before, after : ImageState
        The exposure before and after it.
    """

    step: str
    status: str
    reference: str
    before: ImageState
    after: ImageState

    @property
    def line(self) -> str:
        """The step in one line."""
        changes = ", ".join(
            f"{name} {_percent(was)} -> {_percent(now)}"
            for name, was, now in (
                ("flagged", self.before.flagged, self.after.flagged),
                ("not finite", self.before.nonfinite, self.after.nonfinite),
            )
        )
        status = self.status or "without a status"
        return f"{self.step} {status}: {changes}, median {self.before.median:.6g} -> {self.after.median:.6g}"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A step that raised an error: which, what, and the traceback."""

    step: str
    error: str
    traceback: str


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What happened in a trial.

    Attributes
    ----------
    statuses : tuple of (str, str)
        Status by step, for all that ran, in order.
    tested : tuple of StepTrial
        Those that take the new file.
    end : ImageState or None
        The exposure at the end; None if a step raised an error.
    breakdown : Breakdown or None
        The step that raised one.
    """

    statuses: tuple[tuple[str, str], ...]
    tested: tuple[StepTrial, ...]
    end: ImageState | None
    breakdown: Breakdown | None = None


def faults(result: TrialResult, file: str, *, optional: Collection[str]) -> tuple[str, ...]:
    """Tell what speaks against a reference file.

    Parameters
    ----------
    result : TrialResult
        What happened.
    file : str
        The file, which the steps must have used.
    optional : collection of str
        Steps that need not complete.

    Returns
    -------
    tuple of str
        Empty if it passes.
    """
    found = [fault for each in result.tested for fault in _step_faults(each, file, each.step in optional)]
    if result.breakdown is not None:
        found.append(f"{result.breakdown.step} broke down with {result.breakdown.error}")
    if not found and result.end is not None and result.end.flagged >= 1.0:
        found.append("no pixel that can be used is left at the end")
    return tuple(found)


def notes(job: TrialJob, result: TrialResult) -> tuple[str, ...]:
    """Tell in lines on what a file was tried, and what its steps did."""
    others = [step for step in job.steps if step in job.tested]
    missing = [step for step, status in result.statuses if step in others and status == "SKIPPED"]
    end = result.end
    return (
        f"tried on {job.exposure}, {_relation(held_out=job.held_out)}",
        *(each.line for each in result.tested),
        *(f"{step} is left out by the pipeline's parameters" for step in missing if step in job.optional),
        *([f"at the end: {_percent(end.flagged)} flagged, median {end.median:.6g}"] if end else []),
    )


def report_text(job: TrialJob, result: TrialResult, found: Collection[str]) -> str:
    """Write the report.

    Parameters
    ----------
    job : TrialJob
        The trial.
    result : TrialResult
        What happened.
    found : collection of str
        What `faults` gave.

    Returns
    -------
    str
    """
    lines = [
        f"{job.test} of {Path(job.file).name}: {'failed' if found else 'passed'}",
        *(f"fault: {fault}" for fault in found),
        *notes(job, result),
        f"started from {Path(job.source).name}",
        *(f"  {step} {status or 'without a status'}" for step, status in result.statuses),
    ]
    if result.breakdown is not None:
        lines += ["", result.breakdown.traceback.rstrip()]
    return "\n".join(lines) + "\n"


def _step_faults(each: StepTrial, file: str, is_optional: bool) -> list[str]:
    if each.status != "COMPLETE":
        return [] if is_optional else [f"{each.step} ended {each.status or 'without a status'}"]
    found = []
    if Path(each.reference).name != Path(file).name:
        found.append(f"{each.step} used {each.reference or 'no file'} instead of it")
    if each.after.flagged >= 1.0 > each.before.flagged:
        found.append(f"{each.step} leaves no pixel that can be used")
    if each.after.nonfinite > each.before.nonfinite:
        found.append(
            f"{_percent(each.after.nonfinite)} of the pixels are not finite after {each.step}, "
            "although no flag excludes them"
        )
    return found


def _relation(*, held_out: bool) -> str:
    if held_out:
        return "which it was not made from"
    return "which it was made from: the files hold no other exposure of its mode that could be used"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
