"""Who is told what happens during a run, and the observer that writes plain lines."""

from collections.abc import Callable
from typing import Protocol

from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import Outcome, State

_SHOWN_FROM = {State.FAILED: 0, State.SKIPPED: 0, State.MADE: 1, State.KEPT: 1}


class Observer(Protocol):
    """Is told of a run's progress, always from the process and thread that called `run_jobs`."""

    def plan(self, total: int) -> None:
        """Begin a run of ``total`` jobs."""

    def started(self, job: Job) -> None:
        """Take note that a worker was given the job."""

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Take note of a job's outcome; kept and skipped jobs were never started."""

    def message(self, level: int, text: str) -> None:
        """Take a message meant for users who asked for at least ``level`` (0 to 3) details."""

    def end(self) -> None:
        """End the run, however it ended."""


class LogLines:
    """Writes one line per event, for logs and for terminals that cannot draw.

    Parameters
    ----------
    write : callable
        Takes a line without its line break.
    verbosity : int
        0: what went wrong; 1: each job's outcome; 2: also starts, reasons and notes; 3: all.
    """

    def __init__(self, write: Callable[[str], None], verbosity: int = 0) -> None:
        self._write = write
        self._verbosity = verbosity
        self._total = 0
        self._done = 0

    def plan(self, total: int) -> None:
        """Begin a run of ``total`` jobs."""
        self._total = total
        self.message(1, f"{total} jobs")

    def started(self, job: Job) -> None:
        """Write at verbosity 2 that the job starts."""
        self.message(2, f"start   {job.id}")

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Write the outcome: failures always, successes from verbosity 1."""
        self._done += 1
        for line in outcome_lines(job, outcome, self._verbosity):
            self._write(f"[{self._done}/{self._total}] {line}")

    def message(self, level: int, text: str) -> None:
        """Write ``text`` if the verbosity is at least ``level``."""
        if level <= self._verbosity:
            for line in text.splitlines():
                self._write(line)

    def end(self) -> None:
        """Do nothing: each line was written when it was due."""


def outcome_lines(job: Job, outcome: Outcome, verbosity: int) -> list[str]:
    """Put a job's outcome in lines.

    Parameters
    ----------
    job : Job
        The job.
    outcome : Outcome
        How it ended.
    verbosity : int
        0 to 3; successes need 1, notes need 2.

    Returns
    -------
    list of str
        Empty if there is nothing to say at this verbosity.
    """
    if verbosity < _SHOWN_FROM[outcome.state]:
        return []
    reason = f": {outcome.reason}" if outcome.reason else ""
    seconds = f" in {outcome.seconds:.1f} s" if outcome.state is State.MADE else ""
    lines = [f"{outcome.state.value:7} {job.id}{seconds}{reason}"]
    if verbosity > 1:
        lines += [f"        {note}" for note in outcome.notes]
    return lines
