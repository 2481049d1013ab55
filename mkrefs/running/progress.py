"""The observer that draws a progress bar on a terminal; elsewhere it writes plain lines."""

import logging

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.running.observer import LogLines, Observer, outcome_lines


class ProgressBar:
    """Draws one bar: jobs done, running, failed, and the time left; lines scroll above it.

    Parameters
    ----------
    console : rich.console.Console
        Where to draw; nothing is drawn unless it is a terminal.
    level : int
        As for `LogLines`.
    """

    def __init__(self, console: Console, level: int = logging.WARNING) -> None:
        self._level = level
        self._running = 0
        self._failed = 0
        self._progress = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._bar = self._progress.add_task("", total=None)

    def plan(self, total: int) -> None:
        """Show the bar."""
        self._progress.update(self._bar, total=total)
        self._progress.start()

    def started(self, job: Job) -> None:
        """Count a job that runs."""
        self._running += 1
        self.message(logging.DEBUG, f"start   {job.id}")
        self._describe(0)

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Count a job that ended."""
        if outcome.state in (State.MADE, State.FAILED):
            self._running -= 1
        self._failed += outcome.state in (State.FAILED, State.SKIPPED)
        for line in outcome_lines(job, outcome, self._level):
            self._write(line)
        self._describe(1)

    def message(self, level: int, text: str) -> None:
        """Write ``text`` above the bar unless its level is too low."""
        if level >= self._level:
            self._write(text)

    def end(self) -> None:
        """Leave the bar as it is and give the terminal back."""
        self._progress.stop()

    def _write(self, text: str) -> None:
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _describe(self, advance: int) -> None:
        failed = f", {self._failed} failed" if self._failed else ""
        self._progress.update(self._bar, advance=advance, description=f"{self._running} running{failed}")


def observer_for(console: Console, level: int = logging.WARNING) -> Observer:
    """Choose the observer that suits where the output goes.

    Parameters
    ----------
    console : rich.console.Console
        Where to write.
    level : int
        As for `LogLines`.

    Returns
    -------
    Observer
        A progress bar on a terminal, plain lines elsewhere.
    """
    if console.is_terminal:
        return ProgressBar(console, level)
    return LogLines(lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True), level)
