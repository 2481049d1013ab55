import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
from toy_plan import VERSIONS, WORK, create_job

from mkrefs.jobs.outcome import State
from mkrefs.ledger.manifest import manifest_path, read_manifest
from mkrefs.running.engines import InlineEngine, LocalEngine
from mkrefs.running.worker import Task


def task(folder: Path, name: str) -> Task:
    return Task(create_job(folder, name), WORK["CreateJob"], VERSIONS, "one.pmap", ("",))


def worker_of(folder: Path, name: str) -> int:
    manifest = read_manifest(manifest_path(create_job(folder, name)))
    assert manifest is not None
    return manifest.pid


def test_a_worker_serves_several_tasks_and_is_replaced_when_it_dies_idle(tmp_path: Path):
    engine = LocalEngine(1)
    try:
        assert engine.submit(task(tmp_path, "one")).result().outcome.state is State.MADE
        assert engine.submit(task(tmp_path, "two")).result().outcome.state is State.MADE
        assert worker_of(tmp_path, "one") == worker_of(tmp_path, "two")
        worker = worker_of(tmp_path, "two")
        os.kill(worker, signal.SIGKILL)
        while worker in {child.pid for child in multiprocessing.active_children()}:
            time.sleep(0.05)
        time.sleep(0.3)  # the executor, too, must see that its process is gone
        assert engine.submit(task(tmp_path, "three")).result().outcome.state is State.MADE
        assert worker_of(tmp_path, "three") != worker_of(tmp_path, "two")
    finally:
        engine.close()


def test_no_process_is_started_for_nothing():
    engine = LocalEngine(4)
    engine.kill()
    assert engine.capacity == 4


def test_an_inline_engine_works_in_this_process(tmp_path: Path):
    engine = InlineEngine()
    future = engine.submit(task(tmp_path, "one"))
    assert future.done()
    assert worker_of(tmp_path, "one") == os.getpid()
    with pytest.raises(ValueError, match="no worker to lose"):
        engine.cause_of_death(future)
    engine.close()
    engine.kill()
