"""Who is told what happens during a run, how much is shown, and the observer that writes plain lines."""

import logging
from collections.abc import Callable
from typing import Protocol

from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import Outcome, State

#: Level of what is told to those who want to know everything; all other levels are those of `logging`.
FINEST = logging.DEBUG - 5

_LEVELS = {
    State.FAILED: logging.ERROR,
    State.SKIPPED: logging.WARNING,
    State.MADE: logging.INFO,
    State.KEPT: logging.INFO,
}
#: What each ``-v`` shows.
_VERBOSITY = (logging.CRITICAL, logging.INFO, logging.DEBUG, FINEST)


class Observer(Protocol):
    """Is told of a run's progress, always from the process and thread that called `run_jobs`."""

    def plan(self, total: int) -> None:
        """Begin a run of ``total`` jobs."""

    def started(self, job: Job) -> None:
        """Take note that a worker was given the job."""

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Take note of a job's outcome; kept and skipped jobs were never started."""

    def message(self, level: int, text: str) -> None:
        """Take a message of a level of `logging`, or `FINEST`."""

    def end(self) -> None:
        """End the run, however it ended."""


class LogLines:
    """Writes one line per event, for logs and for terminals that cannot draw.

    Parameters
    ----------
    write : callable
        Takes a line without its line break.
    level : int
        Lowest level of what is written. Failures have ERROR, skipped jobs and deaths of workers WARNING, jobs
        that were made, kept or left INFO, starts, reasons and notes DEBUG, all else `FINEST`.
    """

    def __init__(self, write: Callable[[str], None], level: int = logging.WARNING) -> None:
        self._write = write
        self._level = level
        self._total = 0
        self._done = 0

    def plan(self, total: int) -> None:
        """Begin a run of ``total`` jobs."""
        self._total = total
        self.message(logging.INFO, f"{total} jobs")

    def started(self, job: Job) -> None:
        """Write that the job starts."""
        self.message(logging.DEBUG, f"start   {job.id}")

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Write the outcome."""
        self._done += 1
        for line in outcome_lines(job, outcome, self._level):
            self._write(f"[{self._done}/{self._total}] {line}")

    def message(self, level: int, text: str) -> None:
        """Write ``text`` unless its level is too low."""
        if level >= self._level:
            for line in text.splitlines():
                self._write(line)

    def end(self) -> None:
        """Do nothing: each line was written when it was due."""


def screen_level(verbosity: int, level: int = logging.WARNING) -> int:
    """Combine ``-v`` and ``logScreenLevel``: whichever shows more wins.

    Parameters
    ----------
    verbosity : int
        How often ``-v`` was given; more than three times is as three times.
    level : int
        The level of ``logScreenLevel``.

    Returns
    -------
    int
        Lowest level of what is shown.
    """
    return min(level, _VERBOSITY[min(verbosity, len(_VERBOSITY) - 1)])


def outcome_lines(job: Job, outcome: Outcome, level: int) -> list[str]:
    """Put a job's outcome in lines.

    Parameters
    ----------
    job : Job
        The job.
    outcome : Outcome
        How it ended.
    level : int
        Lowest level of what is shown.

    Returns
    -------
    list of str
        Empty if the outcome's level is lower.
    """
    if level > _LEVELS[outcome.state]:
        return []
    reason = f": {outcome.reason}" if outcome.reason else ""
    seconds = f" in {outcome.seconds:.1f} s" if outcome.state is State.MADE else ""
    lines = [f"{outcome.state.value:7} {job.id}{seconds}{reason}"]
    if level <= logging.DEBUG and outcome.state is not State.KEPT:
        lines += [f"        {note}" for note in outcome.notes]
    return lines
