"""Kills at random moments of every stage, disks without room for a run, two runs at once: all for real."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def lines_of(script: str, *words: object, before: tuple[str, ...] = ()) -> list[dict]:
    command = [*before, sys.executable, str(HERE / script), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_whatever_fifty_killed_runs_leave_is_true_and_they_end_as_an_undisturbed_one(tmp_path):
    lines = lines_of("often_killed.py", tmp_path)
    kills = [line for line in lines if line.get("ended")]
    ends = [line for line in lines if "same" in line]
    assert len(kills) >= 50
    assert {line["ended"] for line in kills} == {-9, -25}  # before a call, and in the middle of a write
    assert [line for line in kills if line["wrong"]] == []
    assert [line["number"] for line in ends if not line["same"]] == []
    assert len(ends) == 50
    assert len({line["kept"] for line in ends}) > 6  # nearly every number of jobs had ended by then
    for stage in ("refpix.fits", ".manifest.json", "pair0", "final"):
        assert any(stage in line["where"] for line in kills), stage


def test_two_runs_at_once_that_share_calibrated_exposures_believe_nothing_wrong(tmp_path):
    lines = lines_of("sharing_ramps.py", tmp_path)
    assert [line["wrong"] for line in lines] == [[]] * 6
    assert [line["same"] for line in lines] == [True] * 6
    alike = [line for line in lines if line["alike"]]
    assert all(set(states) <= {"made", "kept"} for line in alike for states in line["states"])
    # Of two with other settings, the one whose exposures were calibrated anew makes no file of them.
    assert any(states.get("failed") for line in lines for states in line["states"])


def test_a_full_disk_leaves_what_is_true_and_with_more_room_the_run_ends_well(tmp_path):
    before = ("unshare", "--map-root-user", "--mount")
    try_it = [*before, "mount", "-t", "tmpfs", "none", str(tmp_path)]
    if shutil.which("unshare") is None or subprocess.run(try_it, check=False, capture_output=True).returncode:
        pytest.skip("file systems cannot be mounted here, not even in a namespace of their own")
    lines = lines_of("short_of_room.py", tmp_path, before=before)
    assert [line["size"] for line in lines if line["wrong"] or line["odd"] or not line["done"]] == []
    assert [line["size"] for line in lines if line["kept"] < line["made"]] == []
    assert {line["made"] for line in lines} == set(range(9))
    told = [text.partition("cannot be written: ") for line in lines for text in line["told"]]
    assert {after for _, _, after in told} == {"the disk is full; free some space and run again"}
    assert any(before.startswith("the journal lacks events") for before, _, _ in told)
