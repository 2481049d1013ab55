"""What a run says of the certification of its files, individual and final."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mkrefs.jobs.outcome import WARNING, State

if TYPE_CHECKING:
    from mkrefs.jobs.outcome import Outcome
    from mkrefs.planning.plan import Plan


def certified(outcome: Outcome | None) -> str:
    """Give what the final table says of a file: the number of errors and warnings, or how the job ended."""
    if outcome is None:
        return "-"
    if outcome.state not in (State.MADE, State.KEPT):
        return outcome.state.value
    return _with_warnings("0 errors", _warnings(outcome))


def certify_notes(plan: Plan, outcomes: Mapping[str, Outcome], verbose: int) -> Iterator[str]:
    """Give a line on the individual files where something is to be said, and each warning if ``verbose``."""
    finals = {final.output for final in plan.finals}
    jobs = [job for job in plan.certifications if job.id in outcomes]
    ended = [outcomes[job.id] for job in jobs if job.file not in finals]
    failed = sum(outcome.state is State.FAILED for outcome in ended)
    warnings = sum(map(_warnings, ended))
    if failed or warnings:
        number = f"{len(ended)} individual file{'' if len(ended) == 1 else 's'}"
        yield f"certify of {number}: {_with_warnings(f'{failed} with errors', warnings)}"
    if verbose:
        yield from (
            f"certify of {Path(job.file).name}: {note}" for job in jobs for note in outcomes[job.id].notes
        )


def _warnings(outcome: Outcome) -> int:
    return sum(note.startswith(WARNING) for note in outcome.notes)


def _with_warnings(text: str, number: int) -> str:
    return f"{text}, {number} warning{'' if number == 1 else 's'}" if number else text
