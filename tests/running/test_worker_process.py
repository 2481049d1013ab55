import os
import re
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from toy_plan import VERSIONS, WORK, create_job

from mkrefs.jobs.outcome import State
from mkrefs.ledger.manifest import manifest_path, read_manifest
from mkrefs.running.attempt import Cause
from mkrefs.running.process_memory import memory_of_tree
from mkrefs.running.worker import Task
from mkrefs.running.worker_process import WorkerPool, WorkerProcess

PATIENCE = 60.0


def task(folder: Path, name: str, **parameters: Any) -> Task:
    return Task(create_job(folder, name, **parameters), WORK["CreateJob"], VERSIONS, "one.pmap", ("",))


def worker_of(folder: Path, name: str) -> int:
    manifest = read_manifest(manifest_path(create_job(folder, name)))
    assert manifest is not None
    return manifest.pid


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_worker_serves_several_tasks_and_is_replaced_when_it_dies_idle(tmp_path: Path):
    worker = WorkerProcess()
    assert worker.perform(task(tmp_path, "one")).outcome.state is State.MADE
    assert worker.perform(task(tmp_path, "two")).outcome.state is State.MADE
    first = worker_of(tmp_path, "one")
    assert first == worker_of(tmp_path, "two")
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)  # until all of its threads have ended
    assert worker.perform(task(tmp_path, "three")).outcome.state is State.MADE
    assert worker_of(tmp_path, "three") != first
    worker.close()
    wait_until_gone(worker_of(tmp_path, "three"))


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        ("die", "its worker was ended by signal 9 (SIGKILL), perhaps because memory ran out"),
        ("leave", "its worker ended itself with status 7"),
    ],
)
def test_a_death_is_a_report_and_the_next_task_gets_a_new_process(tmp_path: Path, do: str, reason: str):
    worker = WorkerProcess()
    report = worker.perform(task(tmp_path, "bad", do=do))
    assert (report.outcome.state, report.outcome.reason) == (State.FAILED, reason)
    assert report.cause is Cause.SIGNAL
    assert not list((tmp_path / "out").glob(".mkrefs-*"))
    assert worker.perform(task(tmp_path, "good")).outcome.state is State.MADE
    worker.close()


def test_the_death_of_a_worker_tells_what_its_log_said_last(tmp_path: Path):
    worker = WorkerProcess()
    report = worker.perform(task(tmp_path, "bad", do="die"))
    assert "said before death" in report.log_tail


def test_what_a_worker_started_ends_with_it(tmp_path: Path):
    worker = WorkerProcess()
    worker.perform(task(tmp_path, "first"))  # the start of the process does not count below
    report = worker.perform(replace(task(tmp_path, "parent", do="have_a_child"), longest=3.0))
    assert report.cause is Cause.TIMEOUT
    wait_until_gone(int((tmp_path / "out" / "parent.pid").read_text()))


@pytest.mark.parametrize("system", ["this", "without waitid"])
def test_a_worker_that_dies_is_seen_though_its_child_holds_the_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
):
    if system == "without waitid":  # as macOS is
        monkeypatch.delattr(os, "waitid")
    worker = WorkerProcess()
    report = worker.perform(task(tmp_path, "parent", do="leave_a_child"))
    assert report.cause is Cause.SIGNAL
    wait_until_gone(int((tmp_path / "out" / "parent.pid").read_text()))


@pytest.mark.skipif(not memory_of_tree(os.getpid()), reason="the system does not tell what processes take")
def test_a_task_that_takes_too_much_memory_is_ended(tmp_path: Path):
    worker = WorkerProcess()
    greedy = replace(task(tmp_path, "greedy", do="take_much_memory"), memory=200_000_000)
    report = worker.perform(greedy)
    assert report.cause is Cause.MEMORY
    assert re.fullmatch(r"it took 0.[23] GB of memory, more than the 0.2 GB .*", report.outcome.reason)
    modest = replace(task(tmp_path, "modest"), memory=200_000_000)
    assert worker.perform(modest).outcome.state is State.MADE
    worker.close()


def test_a_process_that_cannot_be_started_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    worker = WorkerProcess()
    report = worker.perform(task(tmp_path, "one"))
    assert report.outcome.reason.startswith("no process could be started for it: No such file or")
    assert report.cause is Cause.EXCEPTION
    monkeypatch.undo()
    assert worker.perform(task(tmp_path, "one")).outcome.state is State.MADE
    worker.close()


def test_memory_that_cannot_be_had_is_told_with_its_cause(tmp_path: Path):
    worker = WorkerProcess()
    report = worker.perform(task(tmp_path, "vast", do="want_too_much_memory"))
    assert report.cause is Cause.MEMORY
    worker.close()


def test_a_worker_can_be_killed_by_another_thread_and_stays_so(tmp_path: Path):
    pool = WorkerPool()
    reports = []
    waiting = threading.Thread(
        target=lambda: reports.append(pool.perform(task(tmp_path, "slow", do="sleep")))
    )
    waiting.start()
    deadline = time.monotonic() + PATIENCE
    while not (tmp_path / "out" / "slow.pid").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    pool.kill()
    waiting.join(PATIENCE)
    assert [report.outcome.state for report in reports] == [State.FAILED]
    assert pool.perform(task(tmp_path, "late")).outcome.reason == "its worker was ended before it began"
    assert not (tmp_path / "out" / "late.fits").exists()
    wait_until_gone(int((tmp_path / "out" / "slow.pid").read_text()))
    pool.close()


def test_a_pool_has_a_worker_for_each_task_at_once_and_uses_it_again(tmp_path: Path):
    pool = WorkerPool()
    names = [f"job{number}" for number in range(3)]
    threads = [
        threading.Thread(target=pool.perform, args=(task(tmp_path, name, do="overlap"),)) for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    workers = {worker_of(tmp_path, name) for name in names}
    assert len(workers) == 3
    assert pool.perform(task(tmp_path, "after")).outcome.state is State.MADE
    assert worker_of(tmp_path, "after") in workers
    pool.close()
