import io
import logging

import pytest
from rich.console import Console
from toy_plan import create_job

from mkrefs.jobs.outcome import Outcome, State
from mkrefs.running.observer import FINEST, LogLines, Observer, screen_level
from mkrefs.running.progress import ProgressBar, observer_for

OUTCOMES = [
    Outcome("one", State.MADE, seconds=1.25, notes=("a note",)),
    Outcome("two", State.KEPT),
    Outcome("three", State.FAILED, reason="no [data]"),
    Outcome("four", State.SKIPPED, reason="it needs three, which failed"),
]


def tell(observer: Observer, folder) -> None:
    observer.plan(len(OUTCOMES))
    for outcome in OUTCOMES:
        job = create_job(folder, outcome.job)
        if outcome.state in (State.MADE, State.FAILED):
            observer.started(job)
        observer.finished(job, outcome)
    observer.message(FINEST, "the finest\ndetail")
    observer.end()


def lines(folder, level: int) -> list[str]:
    written: list[str] = []
    tell(LogLines(written.append, level), folder)
    return written


def test_failures_and_skipped_jobs_are_written_unless_the_level_is_higher(tmp_path):
    assert lines(tmp_path, logging.WARNING) == [
        "[3/4] failed  three: no [data]",
        "[4/4] skipped four: it needs three, which failed",
    ]


def test_each_level_gives_more(tmp_path):
    assert lines(tmp_path, logging.ERROR) == ["[3/4] failed  three: no [data]"]
    assert lines(tmp_path, logging.INFO)[:3] == ["4 jobs", "[1/4] made    one in 1.2 s", "[2/4] kept    two"]
    levels = (logging.CRITICAL, logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG, FINEST)
    assert [len(lines(tmp_path, level)) for level in levels] == [0, 1, 2, 5, 8, 10]


@pytest.mark.parametrize(
    ("verbosity", "level", "shown"),
    [
        (0, logging.WARNING, logging.WARNING),
        (0, logging.CRITICAL, logging.CRITICAL),
        (0, logging.DEBUG, logging.DEBUG),
        (1, logging.CRITICAL, logging.INFO),
        (1, logging.DEBUG, logging.DEBUG),
        (2, logging.INFO, logging.DEBUG),
        (3, logging.DEBUG, FINEST),
        (7, logging.ERROR, FINEST),
    ],
)
def test_of_v_and_the_level_the_one_that_shows_more_wins(verbosity, level, shown):
    assert screen_level(verbosity, level) == shown


def test_a_bar_is_drawn_on_a_terminal(tmp_path):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100)
    observer = observer_for(console, logging.INFO)
    assert isinstance(observer, ProgressBar)
    tell(observer, tmp_path)
    text = stream.getvalue()
    assert "4/4" in text
    assert "0 running, 2 failed" in text
    assert "no [data]" in text


def test_plain_lines_are_written_elsewhere(tmp_path):
    stream = io.StringIO()
    observer = observer_for(Console(file=stream, force_terminal=False, width=20), logging.INFO)
    assert isinstance(observer, LogLines)
    tell(observer, tmp_path)
    assert stream.getvalue().splitlines() == lines(tmp_path, logging.INFO)
