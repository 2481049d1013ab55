"""A folder appears whole or not at all, and what was there is not lost, whenever the process is killed."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from mkrefs.delivery.record import RECORD_NAME
from mkrefs.delivery.workshop import workshop
from mkrefs.errors import UserError

#: Builds a delivery, and kills itself at the n-th rename, just before or just after it.
_KILLED = """
import os, signal, sys
from pathlib import Path
from mkrefs.delivery.workshop import workshop

number, after, renames = int(sys.argv[2]), sys.argv[3] == "after", 0
real = Path.rename

def rename(path, target):
    global renames
    renames += 1
    if renames == number and not after:
        os.kill(os.getpid(), signal.SIGKILL)
    real(path, target)
    if renames == number:
        os.kill(os.getpid(), signal.SIGKILL)

Path.rename = rename
with workshop(Path(sys.argv[1])) as place:
    (place.new / "delivery.json").write_text("new")
    place.put_in_place()
"""


def put(folder, text):
    with workshop(folder) as place:
        (place.new / RECORD_NAME).write_text(text)
        place.put_in_place()


def test_a_folder_is_put_in_place_and_renewed(tmp_path):
    folder = tmp_path / "a" / "delivery"
    for text in ("one", "two"):
        put(folder, text)
        assert (folder / RECORD_NAME).read_text() == text
        assert [path.name for path in folder.parent.iterdir()] == ["delivery"]


def test_a_failure_leaves_what_was_there(tmp_path):
    folder = tmp_path / "delivery"
    put(folder, "one")
    with pytest.raises(ValueError, match="no"), workshop(folder) as place:
        (place.new / RECORD_NAME).write_text("two")
        raise ValueError("no")
    assert (folder / RECORD_NAME).read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["delivery"]


@pytest.mark.parametrize(("number", "when"), [(1, "before"), (1, "after"), (2, "after")])
def test_a_killed_delivery_is_put_right_by_the_next(tmp_path, number, when):
    folder = tmp_path / "delivery"
    put(folder, "old")
    words = [sys.executable, "-c", _KILLED, str(folder), str(number), when]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    if folder.exists():
        assert (folder / RECORD_NAME).read_text() == ("new" if number == 2 else "old")
    with workshop(folder):
        assert (folder / RECORD_NAME).read_text() == ("new" if number == 2 else "old")
    assert [path.name for path in tmp_path.iterdir()] == ["delivery"]


def test_an_old_delivery_that_waits_is_not_lost_to_a_foreign_folder(tmp_path):
    folder = tmp_path / "delivery"
    put(folder, "old")
    words = [sys.executable, "-c", _KILLED, str(folder), "1", "after"]
    subprocess.run(words, check=False)
    folder.mkdir()
    with pytest.raises(UserError, match="waits in"), workshop(folder):
        pass
    folder.rmdir()
    with workshop(folder):
        assert (folder / RECORD_NAME).read_text() == "old"


def test_two_deliveries_to_one_folder_do_not_mix(tmp_path):
    folder = tmp_path / "delivery"
    with workshop(folder) as place:
        with pytest.raises(UserError, match="another delivery to this folder is at work"), workshop(folder):
            pass
        (place.new / RECORD_NAME).write_text("one")
        place.put_in_place()
    assert [path.name for path in tmp_path.iterdir()] == ["delivery"]


def test_deliveries_that_come_and_go_at_once_work_or_are_told_to_wait(tmp_path):
    def deliver_often(_):
        done = 0
        for _ in range(40):
            try:
                with workshop(tmp_path / "delivery") as place:
                    (place.new / "file.txt").write_text("x")
                    done += 1
            except UserError as error:
                assert "at work" in str(error)
        return done

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(deliver_often, range(4))) >= 1
    assert list(tmp_path.iterdir()) == []
