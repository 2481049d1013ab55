import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mkrefs.errors import UserError
from mkrefs.storage.file_lock import take_lock
from mkrefs.storage.leftovers import lock_name, remove_leftovers
from mkrefs.storage.turns import turn_at

#: Adds lines to two files, named in one order or the other, and to a third in two halves.
WORK = """
import sys
from pathlib import Path
from mkrefs.storage.turns import turn_at
folder, name = Path(sys.argv[1]), sys.argv[2]
paths = [folder / "new" / each for each in ("a", "b")][:: int(sys.argv[3])]
for _ in range(40):
    with turn_at(paths), (folder / "said").open("a") as stream:
        for _ in range(2):
            stream.write(name)
            stream.flush()
"""

#: Removes leftovers all the time.
TIDY = """
import sys
from pathlib import Path
from mkrefs.storage.leftovers import remove_leftovers
while True:
    remove_leftovers(Path(sys.argv[1]))
"""


def test_nobody_comes_between_and_no_lock_stays(tmp_path):
    (tmp_path / "new").mkdir()
    tidy = subprocess.Popen([sys.executable, "-c", TIDY, str(tmp_path / "new")])
    crowd = [
        subprocess.Popen([sys.executable, "-c", WORK, str(tmp_path), name, order])
        for name, order in (("x", "1"), ("y", "-1"), ("z", "1"))
    ]
    statuses = [process.wait() for process in crowd]
    tidy.kill()
    assert (statuses, tidy.wait()) == ([0, 0, 0], -signal.SIGKILL)
    said = (tmp_path / "said").read_text()
    pairs = {said[place : place + 2] for place in range(0, len(said), 2)}
    assert (len(said), pairs) == (240, {"xx", "yy", "zz"})
    assert list((tmp_path / "new").iterdir()) == []


def test_the_lock_of_a_killed_process_is_free_and_goes_with_its_leftovers(tmp_path):
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom mkrefs.storage.turns import turn_at\n"
        "with turn_at([Path(sys.argv[1])]):\n    os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "a")], check=False)
    assert done.returncode == -signal.SIGKILL
    (lock,) = tmp_path.iterdir()
    with turn_at([tmp_path / "a"]):
        assert remove_leftovers(tmp_path) == ()  # it is in use
        assert lock.exists()
    assert not lock.exists()
    lock.touch()
    assert remove_leftovers(tmp_path) == (lock,)


def test_whoever_waits_for_too_long_goes_on(tmp_path):
    lock = tmp_path / lock_name("a")
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with turn_at([tmp_path / "a"], patience=0.1), lock.open() as another:
            assert not take_lock(another.fileno())


def test_a_lock_that_may_not_be_removed_is_left(tmp_path, monkeypatch):
    lock = tmp_path / lock_name("a")
    lock.touch()

    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert remove_leftovers(tmp_path) == ()
    assert remove_leftovers(tmp_path) == (lock,)


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "file").touch()
    told = pytest.raises(UserError, match="a file is where a directory is needed")
    with told, turn_at([tmp_path / "file" / "a"]):
        pass
    assert (tmp_path / "file").is_file()
