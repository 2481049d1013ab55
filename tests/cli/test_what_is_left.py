"""What a run says of the jobs that it left, and of the command that goes on with them."""

import io

import pytest
from rich.console import Console

from mkrefs.cli.console import resume_command
from mkrefs.cli.running import tell_left
from mkrefs.running.settings import RunResult


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (RunResult(()), ""),
        (RunResult((), ("a",), interrupted_by=1), "Stopped with 1 job left; go on\n"),
        (RunResult((), ("a", "b"), interrupted_by=2), "Stopped with 2 jobs left; go on\n"),
        (
            RunResult((), ("a", "b"), limits_reached=("CalibrateJob", "CreateJob")),
            "2 jobs left by --maxNstrun and --maxNref; go on\n",
        ),
    ],
)
def test_what_is_left_is_told(result, said):
    stream = io.StringIO()
    tell_left(Console(file=stream), result, "go on")
    assert stream.getvalue() == said
    assert result.exit_status == (128 + result.interrupted_by if result.interrupted_by else 0)


def test_the_command_is_one_that_a_shell_takes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert resume_command("/runs/001") == "mkrefs resume /runs/001"
    assert resume_command(str(tmp_path / "out" / "001")) == "mkrefs resume out/001"
    assert resume_command("/my runs/001") == "mkrefs resume '/my runs/001'"
