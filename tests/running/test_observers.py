import io

from rich.console import Console
from toy_plan import create_job

from mkrefs.jobs.outcome import Outcome, State
from mkrefs.running.observer import LogLines, Observer
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
    observer.message(3, "the finest\ndetail")
    observer.end()


def lines(folder, verbosity: int) -> list[str]:
    written: list[str] = []
    tell(LogLines(written.append, verbosity), folder)
    return written


def test_failures_are_always_written(tmp_path):
    assert lines(tmp_path, 0) == [
        "[3/4] failed  three: no [data]",
        "[4/4] skipped four: it needs three, which failed",
    ]


def test_each_v_gives_more(tmp_path):
    assert lines(tmp_path, 1)[:3] == ["4 jobs", "[1/4] made    one in 1.2 s", "[2/4] kept    two"]
    assert [len(lines(tmp_path, verbosity)) for verbosity in range(4)] == [2, 5, 8, 10]


def test_a_bar_is_drawn_on_a_terminal(tmp_path):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100)
    observer = observer_for(console, 1)
    assert isinstance(observer, ProgressBar)
    tell(observer, tmp_path)
    text = stream.getvalue()
    assert "4/4" in text
    assert "0 running, 2 failed" in text
    assert "no [data]" in text


def test_plain_lines_are_written_elsewhere(tmp_path):
    stream = io.StringIO()
    observer = observer_for(Console(file=stream, force_terminal=False, width=20), 1)
    assert isinstance(observer, LogLines)
    tell(observer, tmp_path)
    assert stream.getvalue().splitlines() == lines(tmp_path, 1)
