"""JSON lines: one object per event, with numbers that are those of the bars."""

import json
import logging
from datetime import UTC, datetime

from toy_plan import whole_plan

from mkrefs.jobs.outcome import Outcome, State
from mkrefs.running.json_lines import JsonLines
from mkrefs.running.observer import FINEST

TODAY = datetime(2026, 3, 1, 12, 30, 5, 678901, tzinfo=UTC)


class Run:
    """Tells a `JsonLines` of a run whose clock is set by hand."""

    def __init__(self, folder, level: int = logging.INFO) -> None:
        self.lines: list[str] = []
        self.time = 0.0
        self.jobs = whole_plan(folder)
        self.observer = JsonLines(self.lines.append, level, now=lambda: self.time, today=lambda: TODAY)
        self.observer.plan(self.jobs)

    @property
    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.lines]

    def end(self, number: int, state: State, **said) -> dict:
        job = self.jobs[number]
        self.observer.finished(job, Outcome(job.id, state, **said))
        return self.events[-1]


def test_the_plan_tells_the_stages(tmp_path):
    assert Run(tmp_path).events == [
        {
            "event": "plan",
            "time": "2026-03-01T12:30:05.678+00:00",
            "jobs": 8,
            "stages": [
                {"stage": "pipeline runs", "kind": "CalibrateJob", "total": 4},
                {"stage": "individual files", "kind": "CreateJob", "total": 2},
                {"stage": "final files", "kind": "CombineJob", "total": 1},
                {"stage": "crds certify", "kind": "CertifyJob", "total": 1},
            ],
        }
    ]


def test_starts_and_outcomes_come_with_the_numbers_of_the_stage_and_the_run(tmp_path):
    run = Run(tmp_path)
    run.observer.started(run.jobs[0])
    started = run.events[-1]
    assert (started["event"], started["job"], started["stage"]) == (
        "started",
        "calibrate-e0",
        "pipeline runs",
    )
    numbers = {
        "total": 4,
        "done": 0,
        "kept": 0,
        "running": 1,
        "failed": 0,
        "skipped": 0,
        "left_seconds": None,
    }
    assert started["of_stage"] == numbers
    assert started["of_run"] == numbers | {"total": 8}
    run.time = 12.0
    made = run.end(0, State.MADE, seconds=12.00049, outputs=("a.fits",), notes=("a note",))
    said = {name: made[name] for name in ("event", "kind", "label", "state", "reason", "seconds")}
    assert said == {
        "event": "finished",
        "kind": "CalibrateJob",
        "label": "",
        "state": "made",
        "reason": "",
        "seconds": 12.0,
    }
    assert (made["outputs"], made["notes"]) == (["a.fits"], ["a note"])
    assert made["of_stage"] == numbers | {"done": 1, "running": 0, "left_seconds": 36.0}
    assert made["of_run"] == numbers | {"total": 8, "done": 1, "running": 0, "left_seconds": 84.0}
    assert run.end(1, State.KEPT)["of_stage"]["kept"] == 1
    failed = run.end(2, State.FAILED, reason='no "data"\nat all')
    assert (failed["state"], failed["reason"], failed["of_run"]["failed"]) == (
        "failed",
        'no "data"\nat all',
        1,
    )
    assert run.end(5, State.SKIPPED)["of_stage"]["skipped"] == 1


def test_a_run_that_was_stopped_tells_what_is_left(tmp_path):
    run = Run(tmp_path)
    run.observer.started(run.jobs[0])
    run.end(0, State.MADE, seconds=1.0)
    run.observer.started(run.jobs[1])
    run.observer.end()
    end = run.events[-1]
    assert (end["event"], end["complete"], end["left"]) == ("end", False, 7)
    assert (end["of_run"]["running"], end["of_run"]["done"]) == (0, 1)
    assert [stage["done"] for stage in end["stages"]] == [1, 0, 0, 0]
    assert end["stages"][0]["stage"] == "pipeline runs"


def test_a_run_is_complete_if_all_files_are_there(tmp_path):
    run = Run(tmp_path)
    for number in range(8):
        run.end(number, State.MADE if number % 2 else State.KEPT)
    run.observer.end()
    end = run.events[-1]
    assert (end["complete"], end["left"], end["of_run"]["left_seconds"]) == (True, 0, 0.0)
    failing = Run(tmp_path)
    for number in range(8):
        failing.end(number, State.FAILED if number == 7 else State.KEPT)
    failing.observer.end()
    assert (failing.events[-1]["complete"], failing.events[-1]["left"]) == (False, 0)


def test_messages_have_the_name_of_their_level_and_all_else_comes_anyway(tmp_path):
    run = Run(tmp_path, logging.WARNING)
    run.observer.message(logging.INFO, "quiet")
    run.observer.message(logging.WARNING, "two\nlines \N{GREEK SMALL LETTER ALPHA}")
    run.end(0, State.MADE)
    assert [event["event"] for event in run.events] == ["plan", "message", "finished"]
    assert {name: run.events[1][name] for name in ("level", "text")} == {
        "level": "WARNING",
        "text": "two\nlines \N{GREEK SMALL LETTER ALPHA}",
    }
    finest = Run(tmp_path, FINEST)
    finest.observer.message(FINEST, "detail")
    assert finest.events[-1]["level"] == "FINEST"


def test_each_event_is_one_line_of_ascii(tmp_path):
    run = Run(tmp_path)
    run.observer.message(logging.ERROR, "two\nlines \N{GREEK SMALL LETTER ALPHA}")
    assert all(line.isascii() and "\n" not in line for line in run.lines)
