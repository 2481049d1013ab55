import os
import subprocess
import sys
from pathlib import Path

import pytest

from mkrefs.errors import UserError
from mkrefs.running.run_lock import is_locked, run_lock


def test_a_second_run_is_refused_and_the_first_one_named(tmp_path: Path):
    folder = tmp_path / "run"
    with run_lock(folder):
        with pytest.raises(UserError, match=rf"another run .* \(process {os.getpid()} on "), run_lock(folder):
            pass
        with run_lock(tmp_path / "other"):
            assert (tmp_path / "other").is_dir()
    with run_lock(folder):
        assert folder.is_dir()


def test_death_frees_the_lock(tmp_path: Path):
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom mkrefs.running.run_lock import run_lock\n"
        "with run_lock(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(UserError, match=f"process {other.pid}"), run_lock(tmp_path):
            pass
        other.kill()
    with run_lock(tmp_path):
        assert (tmp_path / ".mkrefs.lock").read_text().startswith(f"process {os.getpid()} on ")


def test_others_can_see_whether_a_run_is_at_work(tmp_path: Path):
    assert not is_locked(tmp_path)
    with run_lock(tmp_path):
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)
    (tmp_path / ".mkrefs.lock").write_text("process 1 on a host that died\n")
    assert not is_locked(tmp_path)
