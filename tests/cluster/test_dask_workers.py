"""Toy plans through a real scheduler and real workers, whatever dies."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from toy_cluster import TOYS, DaskProcesses, dask_processes, is_alive, wait_for
from toy_plan import Recorder, create_job, products, run, settings, states, whole_plan

from mkrefs.cluster.engine import cluster_engine
from mkrefs.cluster.settings import ClusterSettings
from mkrefs.errors import UserError
from mkrefs.running.runner import run_jobs

HEAD = Path(__file__).with_name("toy_head.py")


@pytest.fixture(scope="module")
def crew(tmp_path_factory):
    """Two workers that declare what memory they have, for tests that leave them alive."""
    with dask_processes(tmp_path_factory.mktemp("crew"), memory=250_000_000) as processes:
        yield processes


def run_on(crew: DaskProcesses, jobs, folder: Path, observer=None, **changes):
    where = ClusterSettings("dask", scheduler=crew.address)
    engine = cluster_engine(where, run_folder=folder, most_jobs=len(jobs))
    return run_jobs(jobs, settings(**changes), observer or Recorder(), engine)


def children_of(pid: int) -> list[int]:
    """List the children that do jobs."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for path in found for word in path.read_text().split()]


def begun_head(crew: DaskProcesses, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(HEAD), crew.address, str(folder)],
        env={**os.environ, "PYTHONPATH": TOYS},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )


def pid_of_slow_job(folder: Path) -> int:
    path = folder / "out" / "slow.pid"
    return int(wait_for(lambda: path.exists() and path.read_text()))


def test_a_worker_killed_in_the_middle_of_a_job_changes_no_file(tmp_path: Path, run_folder: Path):
    serial = tmp_path / "serial"
    run(whole_plan(serial, lines=15), nproc=1)
    jobs, observer = whole_plan(run_folder, lines=15), Recorder()
    with dask_processes(tmp_path) as processes:
        victim = processes.workers["worker-0"]

        def kill_while_it_works() -> None:
            below = wait_for(lambda: children_of(victim.pid))
            wait_for(lambda: list((run_folder / "ramps").glob(".mkrefs-*.tmp")))
            os.kill(victim.pid, signal.SIGKILL)
            wait_for(lambda: not any(map(is_alive, below)))

        killer = threading.Thread(target=kill_while_it_works)
        killer.start()
        result = run_on(processes, jobs, run_folder, observer)
        killer.join()
    assert set(states(result).values()) == {"made"}
    (told,) = [text for _, text in observer.messages if "was lost" in text]
    assert "worker-0" in told
    assert "tried again, alone" in told
    logs = run_folder / "batch_logs"
    (logs / "dask.log").unlink()
    logs.rmdir()
    assert products(run_folder) == products(serial)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_keeps_running_when_the_head_ends_and_a_second_run_finishes(number, crew, run_folder: Path):
    head = begun_head(crew, run_folder)
    pid = pid_of_slow_job(run_folder)
    os.killpg(head.pid, number)
    said, _ = head.communicate(timeout=60)
    assert head.returncode == (130 if number is signal.SIGINT else -signal.SIGKILL)
    assert "distributed" not in said
    assert "Traceback" not in said
    wait_for(lambda: not is_alive(pid))
    result = run_on(crew, [create_job(run_folder, "slow")], run_folder)
    assert states(result) == {"slow": "made"}
    assert not list(run_folder.rglob(".mkrefs-*"))


def test_workers_keep_their_processes_for_further_jobs_and_give_them_up_at_the_end(crew, run_folder: Path):
    result = run_on(crew, whole_plan(run_folder), run_folder)
    assert set(states(result).values()) == {"made"}
    wait_for(lambda: not any(children_of(worker.pid) for worker in crew.workers.values()))


def test_a_greedy_job_is_ended_by_name_and_its_worker_lives(crew, run_folder: Path):
    jobs = [create_job(run_folder, "greedy", do="take_much_memory"), create_job(run_folder, "modest")]
    result = run_on(crew, jobs, run_folder, memory_of=lambda job: 200_000_000)
    assert states(result) == {"greedy": "failed", "modest": "made"}
    assert "more than the 0.2 GB that are there (tried 2 times)" in result.outcomes[0].reason
    assert all(worker.poll() is None for worker in crew.workers.values())


def test_memory_bounds_what_a_worker_does_at_once(crew, run_folder: Path):
    where = ClusterSettings("dask", scheduler=crew.address)
    engine = cluster_engine(where, run_folder=run_folder, most_jobs=9)
    try:
        assert engine.capacity == 4
        assert engine.fits(200_000_000, [200_000_000] * 3, alone=False)
        assert not engine.fits(250_000_000, [250_000_000] * 4, alone=False)
        assert not engine.fits(1, [250_000_000] * 4, alone=True)
        assert engine.fits(10**12, [], alone=True)
    finally:
        engine.close()


def test_a_scheduler_that_is_lost_ends_the_run_and_its_jobs(tmp_path: Path, run_folder: Path):
    with dask_processes(tmp_path, workers=1) as processes:

        def kill_while_it_works() -> None:
            pid_of_slow_job(run_folder)
            processes.scheduler.kill()

        killer = threading.Thread(target=kill_while_it_works)
        killer.start()
        with pytest.raises(
            UserError, match=r"connection to the dask scheduler at tcp://127\.0\.0\.1:\d+ was lost"
        ):
            run_on(processes, [create_job(run_folder, "slow", do="sleep")], run_folder)
        killer.join()
        wait_for(lambda: not is_alive(pid_of_slow_job(run_folder)))


def test_a_scheduler_without_workers_is_not_waited_for_for_ever(tmp_path: Path, run_folder: Path):
    with dask_processes(tmp_path, workers=0) as processes:
        file = tmp_path / "scheduler.json"
        file.write_text(json.dumps({"address": processes.address}))
        where = ClusterSettings("dask", scheduler=str(file), patience=0.4)
        jobs = [create_job(run_folder, "one")]
        engine = cluster_engine(where, run_folder=run_folder, most_jobs=1)
        with pytest.raises(UserError, match=r"there was no worker for 0\.4 s: none is connected to tcp://"):
            run_jobs(jobs, settings(), Recorder(), engine)
