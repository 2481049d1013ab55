import errno
import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import pytest

from mkrefs.errors import UserError
from mkrefs.running.lock_holder import read_holder, signs
from mkrefs.running.run_lock import LOCK_NAME, is_locked, run_lock
from mkrefs.storage.processes import begin_of, this_machine

#: Takes the lock of a folder again and again, and tells how often nobody else was in it; without locks of the
#: file system if there is a further word.
CROWD = """
import errno, fcntl, os, sys
from pathlib import Path
from mkrefs.errors import UserError
from mkrefs.running.run_lock import run_lock

def refuse(*_):
    raise OSError(errno.ENOLCK, "No locks available")

if sys.argv[2:]:
    fcntl.flock = refuse
folder, alone = Path(sys.argv[1]), 0
for _ in range(25):
    try:
        with run_lock(folder):
            os.close(os.open(folder / "inside", os.O_CREAT | os.O_EXCL))
            alone += 1
            (folder / "inside").unlink()
    except UserError as error:
        assert "another run of mkrefs is at work" in str(error), error
print(alone)
"""
HOLD = """
import sys
from pathlib import Path
from mkrefs.running.run_lock import run_lock
with run_lock(Path(sys.argv[1])):
    print('held', flush=True)
    sys.stdin.read()
"""


def put_up_sign(folder: Path, **changes: object) -> Path:
    """Put up the sign of another run."""
    content = {"host": "elsewhere", "pid": 7, "machine": "another one", "begin": "5", **changes}
    path = folder / f"{LOCK_NAME}.00000000"
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def no_locks(monkeypatch):
    """Let the file system have no locks, as Lustre has none unless mounted with them."""

    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)


def test_a_second_run_is_refused_and_the_first_one_named(tmp_path):
    folder = tmp_path / "run"
    with run_lock(folder):
        with pytest.raises(UserError, match=rf"another run .* \(process {os.getpid()} on "), run_lock(folder):
            pass
        with run_lock(tmp_path / "other"):
            assert (tmp_path / "other").is_dir()
    with run_lock(folder):
        assert folder.is_dir()
    assert [path.name for path in folder.iterdir()] == [LOCK_NAME]


def test_the_dead_are_not_named_as_the_ones_at_work(tmp_path):
    with run_lock(tmp_path):
        put_up_sign(tmp_path, machine=this_machine(), pid=os.getpid(), begin="1", host="the dead")
        with pytest.raises(UserError, match=rf"\(process {os.getpid()} on (?!the dead)"), run_lock(tmp_path):
            pass


def test_the_sign_alone_refuses_a_second_run_where_the_file_system_has_no_locks(tmp_path, no_locks):
    with run_lock(tmp_path):
        with (
            pytest.raises(UserError, match=rf"another run .* \(process {os.getpid()} on "),
            run_lock(tmp_path),
        ):
            pass
        assert is_locked(tmp_path)
    with run_lock(tmp_path):
        assert is_locked(tmp_path)


@pytest.mark.parametrize("locks", [(), ("none",)], ids=["with locks", "without locks"])
def test_of_many_that_begin_at_once_no_two_go_on(tmp_path, locks):
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", CROWD, str(tmp_path), *locks],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate()[0] for process in crowd]
    assert all(text.strip().isdecimal() for text in said), said
    assert sum(map(int, said)) > 0
    assert [path.name for path in tmp_path.iterdir()] == [LOCK_NAME]


@pytest.mark.parametrize("locks", [True, False], ids=["with locks", "without locks"])
def test_death_frees_the_lock_at_once(tmp_path, locks, request):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        if not locks:
            request.getfixturevalue("no_locks")
        with pytest.raises(UserError, match=f"process {other.pid}"), run_lock(tmp_path):
            pass
        assert is_locked(tmp_path)
        other.kill()
    assert not is_locked(tmp_path)
    with run_lock(tmp_path):
        (sign,) = signs(tmp_path / LOCK_NAME)
        assert read_holder(sign).pid == os.getpid()


def test_a_process_of_the_number_of_a_dead_one_is_another(tmp_path):
    pid = os.getpid()
    put_up_sign(tmp_path, machine=this_machine(), pid=pid, begin="1")
    assert not is_locked(tmp_path)
    with run_lock(tmp_path):
        assert len(signs(tmp_path / LOCK_NAME)) == 1
    put_up_sign(tmp_path, machine=this_machine(), pid=pid, begin=begin_of(pid))
    with pytest.raises(UserError, match=f"process {pid} on elsewhere"), run_lock(tmp_path):
        pass


@pytest.mark.parametrize("seconds", [0, 1, 4_000_000_000], ids=["now", "long ago", "to come"])
def test_a_run_elsewhere_without_signs_of_life_is_dead_whatever_the_clocks_say(tmp_path, seconds):
    sign = put_up_sign(tmp_path)
    if seconds:
        os.utime(sign, (seconds, seconds))
    told: list[str] = []
    with run_lock(tmp_path, tell=told.append, silence=0.2):
        assert not sign.exists()
    assert len(told) == 1
    assert "on elsewhere was at work here on another machine" in told[0]
    assert told[0].endswith("waiting up to 0.2 s for a sign of life")


def test_a_run_elsewhere_with_signs_of_life_is_refused_whatever_the_clocks_say(tmp_path):
    sign, stop = put_up_sign(tmp_path), Event()

    def live() -> None:
        moment = 1.0
        while not stop.wait(0.02):
            moment += 1
            os.utime(sign, (moment, moment))

    thread = Thread(target=live)
    thread.start()
    try:
        with pytest.raises(UserError, match=r"\(process 7 on elsewhere\)"), run_lock(tmp_path, silence=60):
            pass
    finally:
        stop.set()
        thread.join()
    assert signs(tmp_path / LOCK_NAME) == (sign,)


def test_a_sign_that_tells_nothing_counts_as_one_from_elsewhere(tmp_path):
    sign = put_up_sign(tmp_path)
    sign.write_text("half a l")
    assert is_locked(tmp_path)
    with run_lock(tmp_path, silence=0.2):
        assert not sign.exists()


def test_a_run_gives_signs_of_life_and_sees_that_another_took_over(tmp_path):
    with run_lock(tmp_path, beat=0.02) as still_ours:
        (sign,) = signs(tmp_path / LOCK_NAME)
        os.utime(sign, (1, 1))
        end = time.monotonic() + 60
        while sign.stat().st_mtime < 2:
            assert time.monotonic() < end
            time.sleep(0.01)
        still_ours()
        sign.unlink()
        with pytest.raises(UserError, match=r"another one took over.*run again when"):
            still_ours()


def test_others_can_see_whether_a_run_is_at_work(tmp_path):
    assert not is_locked(tmp_path)
    with run_lock(tmp_path):
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)
    sign = put_up_sign(tmp_path)
    assert is_locked(tmp_path)
    os.utime(sign, (1, 1))
    assert not is_locked(tmp_path)
