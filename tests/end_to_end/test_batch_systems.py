"""A reference file made through real batch systems of one node, started here where they are installed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cluster"))

import private_condor
import private_slurm

pytestmark = pytest.mark.pipeline

PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class BatchNode:
    """A batch system: its name, how it is found, what goes before commands, and what lists its jobs."""

    name: str
    variables: dict[str, str]
    before: tuple[str, ...]
    listing: tuple[str, ...]

    def jobs(self) -> str:
        words = [*self.before, *self.listing]
        return subprocess.run(
            words, env={**os.environ, **self.variables}, capture_output=True, text=True, check=True
        ).stdout


@pytest.fixture(scope="module", params=["Slurm", "Condor"])
def node(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "Slurm":
        if not private_slurm.is_possible():
            pytest.skip("Slurm is not installed, or may not be started by us")
        with private_slurm.private_slurm(folder) as variables:
            yield BatchNode("Slurm", variables, (), ("squeue", "--noheader"))
    else:
        if not private_condor.is_possible():
            pytest.skip("HTCondor is not installed")
        with private_condor.private_condor(folder) as (variables, user):
            yield BatchNode("Condor", variables, tuple(user), ("condor_q", "-autoformat", "ClusterId"))


@pytest.fixture
def options(node, main_config, tmp_path):
    """Options of a run that sends its jobs to the batch system."""
    settings = {
        "batch_enabled": "True",
        "batchmode": node.name,
        "workers": 1,
        "memory": "2 GB",
        "interface": "lo",
        "patience": 60,
    }
    pairs = [word for key, value in settings.items() for word in ("--pp", "batch", key, value)]
    return (*map(str, ("-v", "--cfgfile", main_config, "--outrootdir", tmp_path / "out", *pairs)),)


def test_a_run_whose_head_is_killed_is_resumed_and_makes_the_same_files(
    node, options, mkrefs, mkrefs_command, crds_cache, darks, small_run, reference_files, leftovers, tmp_path
):
    folder = tmp_path / "out"
    words = (*node.before, mkrefs_command, *options, "readnoise", *map(str, darks("small")[:3]))
    with (tmp_path / "said").open("w") as said:
        head = subprocess.Popen(
            words,
            env={**os.environ, **node.variables, "CRDS_PATH": str(crds_cache)},
            stdout=said,
            stderr=said,
        )
        try:
            assert wait_until(lambda: made(folder) or head.poll() is not None)
            assert head.poll() is None, (tmp_path / "said").read_text()
        finally:
            head.send_signal(signal.SIGKILL)
            head.wait()
    assert wait_until(lambda: not node.jobs()), "batch jobs outlive their head"
    assert wait_until(lambda: not processes_that_name(folder)), "workers outlive their head"
    done = mkrefs(
        "-v", "resume", folder / "test1" / "001", crds=crds_cache, before=node.before, **node.variables
    )
    assert "kept" in done.stdout
    assert "0 errors" in done.stdout
    assert "distributed" not in done.stdout + done.stderr
    assert wait_until(lambda: not node.jobs()), "batch jobs outlive their run"
    assert wait_until(lambda: not processes_that_name(folder)), "workers outlive their run"
    assert list(folder.glob("test1/001/batch_logs/*.err"))
    shutil.rmtree(folder / "test1" / "001" / "batch_logs")
    assert not leftovers(folder)
    assert reference_files(folder) == reference_files(small_run)


def test_a_held_batch_job_ends_the_run_with_the_reason_of_the_batch_system(
    node, options, mkrefs, crds_cache, darks
):
    directive, reason = {"Slurm": ("--hold", "JobHeldUser"), "Condor": ("hold = True", "submitted on hold")}[
        node.name
    ]
    done = mkrefs(
        *options,
        "--pp",
        "batch",
        "directives",
        f"['{directive}']",
        "readnoise",
        *darks("small")[:3],
        crds=crds_cache,
        before=node.before,
        status=2,
        **node.variables,
    )
    assert f"of {node.name} is held: " in done.stderr
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert wait_until(lambda: not node.jobs()), "batch jobs outlive their run"


def made(folder):
    return next(folder.glob("test1/001/ssb/**/*.manifest.json"), None)


def processes_that_name(folder):
    """List the processes that have a file below a folder among their words, as workers have their key."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if str(folder) in path.read_text():
                found.append(path.parent.name)
    return found


def wait_until(is_so):
    end = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
