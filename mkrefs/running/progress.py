"""The observer that draws a progress bar for each stage on a terminal, and the choice among all observers."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event, Lock, Thread
from time import monotonic

from rich.console import Console
from rich.live import Live
from rich.text import Text

from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import Outcome
from mkrefs.running.bars import ASCII, Glyphs, draw_bars
from mkrefs.running.json_lines import JsonLines
from mkrefs.running.observer import LogLines, Observer, outcome_lines
from mkrefs.running.tally import Tally

#: Seconds between two drawings when something happens all the time, and when nothing does.
_SOONEST = 0.2
_LATEST = 1.0


class ProgressBars:
    """Draws one bar per stage, and one of the whole run; lines scroll above them.

    A thread of its own draws, a few times a second at most, however much happens: lines wait for it.

    Parameters
    ----------
    console : rich.console.Console
        The terminal.
    level : int
        As for `LogLines`.
    now : callable
        Gives the time in seconds, by a clock that never goes back.
    """

    def __init__(
        self, console: Console, level: int = logging.WARNING, now: Callable[[], float] = monotonic
    ) -> None:
        self._level = level
        self._now = now
        self._tally = Tally(())
        self._lines: list[str] = []
        self._changed = False
        self._lock = Lock()  # of what is above; never held while the console is at work, which has its own
        self._console = console
        self._glyphs = ASCII if console.options.ascii_only else Glyphs()
        self._live = Live(console=console, auto_refresh=False, get_renderable=self._bars)
        self._ended = Event()
        self._drawing = Thread(target=self._keep_drawing, daemon=True)

    def plan(self, jobs: Sequence[Job]) -> None:
        """Show the bars."""
        self._tally = Tally(jobs)
        self._live.start(refresh=True)
        self._drawing.start()

    def started(self, job: Job) -> None:
        """Count a job that is under way."""
        with self._lock:
            self._tally.started(job, self._now())
            self._changed = True
        self.message(logging.DEBUG, f"start   {job.id}")

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Count a job that ended."""
        with self._lock:
            self._tally.finished(job, outcome, self._now())
            self._changed = True
            self._lines += outcome_lines(job, outcome, self._level)

    def message(self, level: int, text: str) -> None:
        """Write ``text`` above the bars unless its level is too low."""
        if level >= self._level:
            with self._lock:
                self._lines.append(text)

    def end(self) -> None:
        """Leave the bars as they are, with nothing under way, and give the terminal back."""
        self._ended.set()
        if self._drawing.is_alive():
            self._drawing.join()
        with self._lock:
            self._tally.stopped(self._now())
        for last in (self._draw, self._live.stop):
            with suppress(OSError):  # as in `_keep_drawing`
                last()

    def _keep_drawing(self) -> None:
        drawn = self._now()
        with suppress(OSError):  # a terminal that went away is no reason to end the run
            while not self._ended.wait(_SOONEST):
                if self._changed or self._lines or self._now() - drawn >= _LATEST:
                    drawn = self._now()
                    self._draw()

    def _draw(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
            self._changed = False
        with self._console:  # holds back what is written until all is
            self._live.refresh()
            if lines:  # which brings down the bars as they were drawn last
                self._console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)

    def _bars(self) -> Text:
        with self._lock:
            now = self._now()
            stages = [(stage.name, numbers) for stage, numbers in self._tally.by_stage(now)]
            if len(stages) > 1:
                stages.append(("all", self._tally.of_run(now)))
        return draw_bars(stages, self._console.width, self._glyphs)


def observer_for(console: Console, level: int = logging.WARNING, *, json: bool = False) -> Observer:
    """Choose the observer that suits who reads and where the output goes.

    Parameters
    ----------
    console : rich.console.Console
        Where to write.
    level : int
        As for `LogLines`; of JSON lines it is that of messages alone.
    json : bool
        Write for programs.

    Returns
    -------
    Observer
        JSON lines if they are asked for; else bars on a terminal that can draw, plain lines elsewhere.
    """
    if json:
        return JsonLines(lambda line: _write_through(console, line), level)
    if console.is_terminal and not console.is_dumb_terminal:
        return ProgressBars(console, level)
    return LogLines(lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True), level)


def _write_through(console: Console, line: str) -> None:
    """Write a line as it is, and let nothing keep it back."""
    console.file.write(f"{line}\n")
    console.file.flush()
