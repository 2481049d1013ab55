"""What the engine does with batch jobs, on commands that behave as those of PBS and LSF."""

import os
from pathlib import Path

import pretended_batch
import pytest
from toy_cluster import TOYS, is_alive, wait_for
from toy_plan import Recorder, create_job, settings, states

from mkrefs.cluster.engine import cluster_engine
from mkrefs.cluster.settings import ClusterSettings
from mkrefs.errors import UserError
from mkrefs.running.runner import run_jobs
from mkrefs.running.worker import Work

MEMORY = 1_000_000_000


@pytest.fixture
def jobs_known(tmp_path: Path, monkeypatch) -> Path:
    """Have the commands on the PATH; give the folder in which they keep their jobs."""
    for name in ("bin", "known"):
        (tmp_path / name).mkdir()
    pretended_batch.install(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("PRETENDED", str(tmp_path / "known"))
    monkeypatch.setenv("PYTHONPATH", TOYS)
    return tmp_path / "known"


def where(system: str, **changes) -> ClusterSettings:
    values = {"workers": 1, "memory": MEMORY, "interface": "lo", "walltime": "00:10:00", "patience": 60.0}
    return ClusterSettings(system, **{**values, **changes})


def run_on(jobs, folder: Path, settings_of_cluster: ClusterSettings, observer=None):
    engine = cluster_engine(settings_of_cluster, run_folder=folder, most_jobs=len(jobs))
    work = {"CreateJob": Work("cluster_work:create", takes_fingerprint=True)}
    return run_jobs(jobs, settings(work=work), observer or Recorder(), engine)


def processes_of(jobs_known: Path) -> list[int]:
    texts = [path.read_text() for path in jobs_known.glob("*.job")]
    return [int(text) for text in texts if text and text != "0"]


def test_pbs_works_and_a_batch_job_that_is_lost_is_named_and_replaced(jobs_known: Path, run_folder: Path):
    observer = Recorder()
    jobs = [create_job(run_folder, "one", lose="the worker, once"), create_job(run_folder, "two")]
    result = run_on(jobs, run_folder, where("PBS"), observer)
    assert states(result) == {"one": "made", "two": "made"}
    (told,) = [text for _, text in observer.messages if "was lost" in text]
    assert "batch job 1, was lost" in told
    assert sorted(path.stem for path in jobs_known.glob("*.job")) == ["1", "2"]
    wait_for(lambda: not any(map(is_alive, processes_of(jobs_known))))


def test_lsf_works(jobs_known: Path, run_folder: Path):
    result = run_on([create_job(run_folder, "one")], run_folder, where("LSF", cores=2))
    assert states(result) == {"one": "made"}
    wait_for(lambda: not any(map(is_alive, processes_of(jobs_known))))
    said = (run_folder / "batch_logs" / "mkrefs-0-1.err").read_text()
    assert said.count("Registered to") == 1
    assert "ERROR" not in said


@pytest.mark.parametrize(
    ("system", "reason"),
    [
        ("PBS", "Not Running: job held by its owner"),
        ("LSF", "The job was suspended by the user while pending"),
    ],
)
def test_a_held_batch_job_ends_the_run_with_its_reason(system, reason, jobs_known: Path, run_folder: Path):
    held = where(system, directives=("-h hold",), patience=6.0)
    with pytest.raises(UserError, match=f"batch job 1 of {system} is held: {reason}; mend that"):
        run_on([create_job(run_folder, "one")], run_folder, held)
    assert (jobs_known / "1.job").read_text() == "0"


def test_a_batch_job_that_never_becomes_a_worker_is_told_of(jobs_known: Path, run_folder: Path):
    broken = where("PBS", prologue=("echo no such environment >&2; exit 1",), patience=6.0)
    with pytest.raises(
        UserError, match="batch job 1 of PBS ended before its worker was ready: no such environ"
    ):
        run_on([create_job(run_folder, "one")], run_folder, broken)


def test_a_script_that_is_refused_is_told_of(jobs_known: Path, run_folder: Path):
    (jobs_known.parent / "bin" / "qsub").write_text("#!/bin/sh\necho 'qsub: Unknown queue' >&2\nexit 1\n")
    with pytest.raises(UserError, match=r"PBS refused the job script \(qsub: Unknown queue\)"):
        run_on([create_job(run_folder, "one")], run_folder, where("PBS", queue="nowhere"))
    assert not list(run_folder.glob(".mkrefs-*"))
