import json
import pickle
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.errors import UserError
from mkrefs.ledger.journal import JOURNAL_NAME, CommandBegun, CommandEnded, JobEnded, Journal, read_journal

TIME = datetime(2026, 3, 1, 12, 0, 0, 250000, tzinfo=UTC)
BEGUN = CommandBegun(TIME, "/out/001", ("readnoise",), 2, "here", 7, "1.0", "jwst_1.pmap", ("mkrefs", "a b"))
ENDED = CommandEnded(TIME + timedelta(seconds=3), 130, ("certify-x",), "SIGINT", "")


def job(name: str, reason: str = "") -> JobEnded:
    return JobEnded(
        TIME, name, "CreateJob", "gain", "failed", reason, ("/in",), ("/out",), ("e1",), 0.5, "/log"
    )


EVENTS = (BEGUN, job("a"), job("b", 'line one\nline "two", µ, \udcff'), ENDED)


def written(folder: Path, *events) -> bytes:
    with Journal(folder) as journal:
        for event in events:
            journal.append(event)
    return (folder / JOURNAL_NAME).read_bytes()


def test_what_is_written_is_read_back_one_line_for_each_event(tmp_path):
    lines = written(tmp_path, *EVENTS).decode("ascii").splitlines()
    assert read_journal(tmp_path) == EVENTS
    assert [json.loads(line)["event"] for line in lines] == ["begin", "job", "job", "end"]


def test_a_line_is_there_as_soon_as_it_is_written(tmp_path):
    with Journal(tmp_path) as journal:
        for count, event in enumerate(EVENTS, 1):
            journal.append(event)
            assert read_journal(tmp_path) == EVENTS[:count]


def test_a_later_command_adds_to_the_journal(tmp_path):
    before = written(tmp_path, *EVENTS)
    assert written(tmp_path, BEGUN).startswith(before)
    assert read_journal(tmp_path) == (*EVENTS, BEGUN)


def test_a_folder_without_a_journal_has_no_events(tmp_path):
    assert read_journal(tmp_path) == ()


@given(data=st.data())
def test_a_journal_that_breaks_off_anywhere_can_be_read_and_gone_on_with(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    whole = written(folder, *EVENTS)
    prefix = whole[: data.draw(st.integers(0, len(whole)))]
    (folder / JOURNAL_NAME).write_bytes(prefix)
    kept = EVENTS[: prefix.count(b"\n")]
    assert read_journal(folder) == kept
    assert written(folder, BEGUN).startswith(prefix)
    events = read_journal(folder)
    assert events[: len(kept)] == kept
    assert events[-1] == BEGUN
    assert len(events) <= len(EVENTS) + 1


@given(st.binary(max_size=80))
def test_any_bytes_can_be_read_and_gone_on_with(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("run")
    (folder / JOURNAL_NAME).write_bytes(content)
    assert read_journal(folder) == ()
    written(folder, BEGUN)
    assert read_journal(folder) == (BEGUN,)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("time", "yesterday"),
        ("time", "2026-03-01T12:00:00"),
        ("time", 3),
        ("jobs", "2"),
        ("jobs", True),
        ("labels", "gain"),
        ("labels", [1]),
        ("event", "party"),
        ("event", ["begin"]),
        ("host", None),
    ],
)
def test_lines_of_another_form_are_passed_over(tmp_path, key, value):
    content = json.loads(written(tmp_path, BEGUN))
    (tmp_path / JOURNAL_NAME).write_text(json.dumps({**content, key: value}) + "\n")
    assert read_journal(tmp_path) == ()


def test_keys_of_a_later_version_do_no_harm(tmp_path):
    content = json.loads(written(tmp_path, BEGUN))
    (tmp_path / JOURNAL_NAME).write_text(json.dumps({**content, "mood": "good"}) + "\n")
    assert read_journal(tmp_path) == (BEGUN,)


def test_a_full_disk_is_told_in_a_sentence(tmp_path):
    (tmp_path / JOURNAL_NAME).symlink_to("/dev/full")
    with Journal(tmp_path) as journal, pytest.raises(UserError, match=r"journal\.jsonl: .* the disk is full"):
        journal.append(BEGUN)


def test_what_cannot_be_written_waits_and_is_written_in_its_turn(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(tmp_path) as journal:
        journal.append(EVENTS[0])
        room = (tmp_path / JOURNAL_NAME).stat().st_size + 20
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
        try:
            for event in EVENTS[1:3]:
                with pytest.raises(UserError, match=r"journal\.jsonl: cannot be written: the file is larger"):
                    journal.append(event)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert read_journal(tmp_path) == EVENTS[:1]  # and half a line
        journal.append(EVENTS[3])
    assert read_journal(tmp_path) == EVENTS


def test_a_file_in_place_of_the_folder_is_told_in_a_sentence(tmp_path):
    (tmp_path / "001").touch()
    with pytest.raises(UserError, match="a file is where a directory is needed"):
        Journal(tmp_path / "001")


def test_a_journal_that_cannot_be_read_is_told_in_a_sentence(tmp_path):
    (tmp_path / JOURNAL_NAME).mkdir()
    with pytest.raises(UserError, match=r"journal\.jsonl: cannot be read"):
        read_journal(tmp_path)


def test_a_killed_process_leaves_all_that_it_wrote(tmp_path):
    code = """
import os, pickle, signal, sys
from pathlib import Path
from mkrefs.ledger.journal import Journal
events = pickle.loads(sys.stdin.buffer.read())
journal = Journal(Path(sys.argv[1]))
for event in events:
    journal.append(event)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], input=pickle.dumps(EVENTS), check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert read_journal(tmp_path) == EVENTS
