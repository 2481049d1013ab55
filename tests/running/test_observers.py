import errno
import io
import json
import logging
import re
import sys
from itertools import count

import pytest
from rich.console import Console
from toy_plan import create_job, whole_plan

from mkrefs.jobs.outcome import Outcome, State
from mkrefs.running.observer import FINEST, LogLines, Observer, screen_level
from mkrefs.running.progress import ProgressBars, observer_for

OUTCOMES = [
    Outcome("one", State.MADE, seconds=1.25, notes=("a note",)),
    Outcome("two", State.KEPT),
    Outcome("three", State.FAILED, reason="no [data]"),
    Outcome("four", State.SKIPPED, reason="it needs three, which failed"),
]


def tell(observer: Observer, folder) -> None:
    jobs = [create_job(folder, outcome.job) for outcome in OUTCOMES]
    observer.plan(jobs)
    for job, outcome in zip(jobs, OUTCOMES, strict=True):
        if outcome.state in (State.MADE, State.FAILED):
            observer.started(job)
        observer.finished(job, outcome)
    observer.message(FINEST, "the finest\ndetail")
    observer.end()


def plain(text: str) -> str:
    """Give what a terminal was told without the commands in it."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).replace("\r", "\n")


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
    told = ["4 jobs: 4 individual files", "[1/4] made    one in 1.2 s", "[2/4] kept    two"]
    assert lines(tmp_path, logging.INFO)[:3] == told
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


def test_once_a_minute_lines_tell_how_far_the_run_has_come(tmp_path):
    *creations, final, _ = whole_plan(tmp_path)[4:]
    jobs = [*creations, *(create_job(tmp_path, f"more-{n}") for n in range(6)), final]
    times = iter(range(0, 1000, 20))
    written: list[str] = []
    observer = LogLines(written.append, logging.INFO, now=lambda: next(times))
    observer.plan(jobs)
    for job in jobs[:4]:
        observer.started(job)
        observer.finished(job, Outcome(job.id, State.MADE, seconds=20.0))
    assert written[0] == "9 jobs: 8 individual files, 1 final file"
    assert [line for line in written if line.startswith("so far")] == [
        "so far: individual files 1/8, 1 running, 2:20 left; all 1/9, 1 running, 2:40 left",
        "so far: individual files 3/8, 1 running, 1:40 left; all 3/9, 1 running, 2:00 left",
    ]


def test_a_bar_is_drawn_on_a_terminal(tmp_path):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100, _environ={"TERM": "xterm"})
    observer = observer_for(console, logging.INFO)
    assert isinstance(observer, ProgressBars)
    tell(observer, tmp_path)
    text = plain(stream.getvalue())
    assert "individual files  ━" in text
    assert "  2/4  1 failed, 1 skipped" in text.splitlines()[-1]
    assert [line.rstrip() for line in text.splitlines() if line[:4] in ("made", "fail")] == [
        "made    one in 1.2 s",
        "failed  three: no [data]",
    ]


def test_bars_below_a_line_count_the_job_that_it_tells_of(tmp_path):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, _environ={"TERM": "xterm"})
    observer = ProgressBars(console, logging.INFO)
    jobs = [create_job(tmp_path, name) for name in ("one", "two")]
    observer.plan(jobs)
    observer.finished(jobs[0], OUTCOMES[0])
    observer.end()
    before, _, after = plain(stream.getvalue()).partition("made    one")
    drawn = re.compile(r"^individual files  .*  (\d/2)", re.MULTILINE)
    assert drawn.findall(before)[0] == "0/2"
    assert drawn.findall(after)[0] == "1/2"


def test_bars_show_what_a_stopped_run_left(tmp_path):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, _environ={"TERM": "xterm"})
    ticks = count(step=0.0001)
    observer = ProgressBars(console, now=lambda: next(ticks))
    jobs = whole_plan(tmp_path)
    observer.plan(jobs)
    observer.started(jobs[0])
    observer.end()
    last = plain(stream.getvalue()).splitlines()[-5:]
    assert last[0].split()[-4:] == ["0/4", "0:00", "-:--", "left"]
    assert last[-1].startswith("all ")
    assert "0/8" in last[-1]
    assert "running" not in last[0]


def test_a_terminal_that_goes_away_does_not_end_the_run(tmp_path):
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.EIO, "Input/output error")

    console = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "xterm"})
    observer = ProgressBars(console, logging.DEBUG)
    job = create_job(tmp_path, "one")
    observer.plan([job])
    console.file = Gone()
    observer.started(job)
    observer.finished(job, OUTCOMES[0])
    output = sys.stdout
    observer.end()
    assert sys.stdout is not output


def test_plain_lines_are_written_elsewhere(tmp_path):
    stream = io.StringIO()
    observer = observer_for(Console(file=stream, width=20), logging.INFO)
    assert isinstance(observer, LogLines)
    tell(observer, tmp_path)
    assert stream.getvalue().splitlines() == lines(tmp_path, logging.INFO)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_plan_without_jobs_is_no_trouble(terminal):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, _environ={"TERM": "xterm"})
    observer = observer_for(console, logging.INFO)
    observer.plan([])
    observer.end()
    assert plain(stream.getvalue()).strip() == ("" if terminal else "0 jobs")


def test_plain_lines_are_written_on_a_terminal_that_cannot_draw():
    console = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "dumb"})
    assert isinstance(observer_for(console), LogLines)


def test_json_lines_are_written_wherever_they_are_asked_for(tmp_path):
    stream = io.StringIO()
    observer = observer_for(Console(file=stream, force_terminal=True, width=20), logging.INFO, json=True)
    tell(observer, tmp_path)
    events = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert events == [
        "plan",
        *["started", "finished"],
        "finished",
        *["started", "finished"],
        "finished",
        "end",
    ]
