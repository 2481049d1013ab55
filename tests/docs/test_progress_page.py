"""The page of the progress tells every stage, every event, and every key, as they are written."""

import json
import logging
from dataclasses import fields
from pathlib import Path

from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.jobs.stages import STAGES
from mkrefs.running.bars import draw_bars
from mkrefs.running.json_lines import JsonLines
from mkrefs.running.tally import Numbers

PAGE = "docs/reference/progress.md"
#: What every event has.
COMMON = ["event", "time"]


def written() -> list[str]:
    """Give the lines of a run of one job."""
    lines: list[str] = []
    observer = JsonLines(lines.append)
    job = CertifyJob("certify-1", "gain", "1.fits", "1.certify.txt")
    observer.plan([job])
    observer.started(job)
    observer.finished(job, Outcome(job.id, State.MADE, seconds=12.5))
    observer.message(logging.ERROR, "hello")
    observer.end()
    return lines


def events() -> dict[str, dict]:
    return {event["event"]: event for event in map(json.loads, written())}


def test_every_stage_is_on_the_page(page):
    lines = [line for line in page(PAGE).section("Stages").splitlines() if line.startswith("| ")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells == [[stage.name, stage.job, f"`{stage.kind}`"] for stage in STAGES]


def test_every_key_of_every_event_is_on_the_page(page):
    for name, event in events().items():
        assert [*COMMON, *page(PAGE).names(f"Event `{name}`")] == list(event)
    assert all(f"`{name}`" in page(PAGE).section("As JSON lines") for name in COMMON)


def test_every_event_has_a_section(page):
    headings = [line for line in page(PAGE).text.splitlines() if line.startswith("### Event")]
    assert headings == [f"### Event `{name}`" for name in events()]


def test_every_number_is_on_the_page(page):
    numbers = page(PAGE).names("The numbers")
    assert numbers == list(events()["finished"]["of_stage"])
    (stage,) = events()["end"]["stages"]
    assert list(stage) == ["stage", "kind", *numbers]
    assert list(events()["plan"]["stages"][0]) == ["stage", "kind", "total"]


def test_the_bars_are_drawn_as_on_the_page(page):
    begun = {"kept": 0, "failed": 0, "skipped": 0, "running": 2, "elapsed": 83.0}
    idle = {name.name: 0 for name in fields(Numbers)} | {"left_seconds": None}
    stages = (
        ("pipeline runs", Numbers(total=30, made=12, left_seconds=250.0, **begun)),
        ("individual files", Numbers(**(idle | {"total": 8}))),
        ("final files", Numbers(**(idle | {"total": 1}))),
        ("all", Numbers(total=39, made=12, left_seconds=400.0, **begun)),
    )
    assert draw_bars(stages, 80).plain in page(PAGE).section("On a terminal")


def test_the_lines_are_read_as_on_the_page(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("progress.jsonl").write_text("\n".join(["a plain sentence", *written()]))
    (code,) = page(PAGE).blocks("python")
    exec(code, found := {})  # noqa: S102 - our own page
    assert found["finished"]["seconds"].tolist() == [12.5]
    assert "crds certify" in capsys.readouterr().out
