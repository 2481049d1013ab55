"""Who is told what happens during a run, how much is shown, and the observer that writes plain lines."""

import logging
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Protocol

from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.running.numbers_text import plan_line, standing_line
from mkrefs.running.tally import Tally

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
#: Seconds after which lines tell again how far the run has come.
_STANDING_EVERY = 60.0


class Observer(Protocol):
    """Is told of a run's progress, always from the process and thread that called `run_jobs`."""

    def plan(self, jobs: Sequence[Job]) -> None:
        """Begin a run of these jobs."""

    def started(self, job: Job) -> None:
        """Take note that a job is under way; it is told once, however often the job is tried."""

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Take note of a job's outcome; kept, skipped and some failed jobs were never started."""

    def message(self, level: int, text: str) -> None:
        """Take a message of a level of `logging`, or `FINEST`."""

    def end(self) -> None:
        """End the run, however it ended: jobs that have no outcome by now get none."""


class LogLines:
    """Writes one line per event, for logs and for terminals that cannot draw.

    Parameters
    ----------
    write : callable
        Takes a line without its line break.
    level : int
        Lowest level of what is written. Failures have ERROR, skipped jobs and deaths of workers WARNING, jobs
        that were made, kept or left, and now and then how far the run has come, INFO, starts, reasons and
        notes DEBUG, all else `FINEST`.
    now : callable
        Gives the time in seconds, by a clock that never goes back.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        level: int = logging.WARNING,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._write = write
        self._level = level
        self._now = now
        self._tally = Tally(())
        self._told = now()

    def plan(self, jobs: Sequence[Job]) -> None:
        """Begin a run of these jobs."""
        self._tally = Tally(jobs)
        self._told = self._now()
        self.message(logging.INFO, plan_line(self._tally.by_stage(self._told)))

    def started(self, job: Job) -> None:
        """Write that the job starts, and once a minute how far the run has come."""
        now = self._now()
        self._tally.started(job, now)
        self.message(logging.DEBUG, f"start   {job.id}")
        if now - self._told >= _STANDING_EVERY:
            self._told = now
            standing = standing_line(self._tally.by_stage(now), self._tally.of_run(now))
            self.message(logging.INFO, f"so far: {standing}")

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Write the outcome."""
        now = self._now()
        self._tally.finished(job, outcome, now)
        run = self._tally.of_run(now)
        for line in outcome_lines(job, outcome, self._level):
            self._write(f"[{run.ended}/{run.total}] {line}")

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
