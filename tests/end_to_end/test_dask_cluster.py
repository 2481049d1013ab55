"""A reference file made by two workers of a real dask scheduler, one of which is killed in the middle."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cluster"))

from toy_cluster import dask_processes, wait_for

pytestmark = pytest.mark.pipeline


def test_a_worker_killed_in_the_middle_of_a_job_changes_no_file(
    mkrefs_command, main_config, crds_cache, darks, small_run, reference_files, leftovers, tmp_path
):
    folder, said = tmp_path / "out", tmp_path / "said"
    with dask_processes(tmp_path, memory=2_000_000_000) as processes, said.open("w") as stream:
        words = (
            *("-v", "--cfgfile", main_config, "--outrootdir", folder),
            *("--pp", "batch", "batch_enabled", "True", "--pp", "batch", "batchmode", "dask"),
            *("--pp", "batch", "scheduler", processes.address, "readnoise", *darks("small")[:3]),
        )
        head = subprocess.Popen(
            [mkrefs_command, *map(str, words)],
            env={**os.environ, "CRDS_PATH": str(crds_cache)},
            stdout=stream,
            stderr=stream,
        )
        try:
            wait_for(
                lambda: len(list(folder.glob("test1/001/ssb/**/*.log.txt"))) == 2 or head.poll() is not None
            )
            os.kill(processes.workers["worker-0"].pid, signal.SIGKILL)
            assert head.wait(300) == 0, said.read_text()
        finally:
            head.kill()
            head.wait()
    told = said.read_text()
    assert (
        "worker-0, was lost, perhaps because memory or its time ran out; the job will be tried again" in told
    )
    assert "8 made" in told
    assert "distributed" not in told
    shutil.rmtree(folder / "test1" / "001" / "batch_logs")
    assert not leftovers(folder)
    assert reference_files(folder) == reference_files(small_run)
