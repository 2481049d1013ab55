import os
from dataclasses import replace
from pathlib import Path

from toy_plan import VERSIONS, WORK, create_job

from mkrefs.jobs.outcome import State
from mkrefs.ledger.manifest import manifest_path, read_manifest
from mkrefs.running.attempt import Cause
from mkrefs.running.engines import InlineEngine, LocalEngine
from mkrefs.running.worker import Task


def task(folder: Path, name: str) -> Task:
    return Task(create_job(folder, name), WORK["CreateJob"], VERSIONS, "one.pmap", ("",))


def test_tasks_fit_as_long_as_there_is_memory(tmp_path: Path):
    engine = LocalEngine(4, 1, memory=100)
    assert engine.fits(1000, [], alone=False)
    assert engine.fits(40, [60], alone=False)
    assert not engine.fits(41, [60], alone=False)
    assert not engine.fits(1, [1], alone=True)
    engine.close()


def test_beside_a_task_that_is_to_be_alone_nothing_fits(tmp_path: Path):
    engine = LocalEngine(2, 1, memory=100)
    future = engine.submit(task(tmp_path, "weak"), 1000, alone=True)  # expected, so that it is not ended
    fits_meanwhile = engine.fits(1, [1], alone=False)
    assert future.result().outcome.state is State.MADE
    assert not fits_meanwhile
    assert engine.fits(1, [1], alone=False)
    engine.close()


def test_a_task_that_takes_more_than_there_is_is_ended_unless_that_was_expected(tmp_path: Path):
    greedy = Task(
        create_job(tmp_path, "greedy", do="take_much_memory"), WORK["CreateJob"], VERSIONS, "", ("",)
    )
    engine = LocalEngine(1, 1, memory=200_000_000)
    assert engine.submit(greedy, 1, alone=False).result().cause is Cause.MEMORY
    known = replace(greedy, longest=1.0)
    assert engine.submit(known, 300_000_000, alone=False).result().cause is Cause.TIMEOUT
    engine.close()


def test_no_process_is_started_for_nothing():
    engine = LocalEngine(4, 1, 100)
    engine.kill()
    assert engine.capacity == 4


def test_an_inline_engine_works_in_this_process(tmp_path: Path):
    engine = InlineEngine()
    assert engine.fits(1, [], alone=True)
    future = engine.submit(task(tmp_path, "one"), 1, alone=False)
    assert future.done()
    manifest = read_manifest(manifest_path(create_job(tmp_path, "one")))
    assert manifest is not None
    assert manifest.pid == os.getpid()
    engine.close()
    engine.kill()
