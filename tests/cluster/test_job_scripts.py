"""What batch systems are given."""

import sys

import pytest

from mkrefs.cluster.job_script import job_script
from mkrefs.cluster.settings import ClusterSettings
from mkrefs.errors import UserError

ASKED = ClusterSettings(
    "Slurm",
    cores=4,
    memory=16_000_000_000,
    walltime="12:30:45",
    account="jwst",
    queue="long",
    directives=("--constraint=fast", "--exclusive"),
    prologue=("module load python", "export CRDS_PATH=/crds"),
    log_directory="/logs",
)
WORKER = "distributed.cli.dask_worker tcp://ADDRESS-OF-THE-RUN:PORT --name mkrefs --nthreads 4 "
HEADS = {
    "Slurm": [
        "#SBATCH -J mkrefs",
        "#SBATCH -e /logs/mkrefs-%J.err",
        "#SBATCH -o /logs/mkrefs-%J.out",
        "#SBATCH -p long",
        "#SBATCH -A jwst",
        "#SBATCH -n 1",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --mem=15G",
        "#SBATCH -t 12:30:45",
        "#SBATCH --constraint=fast",
        "#SBATCH --exclusive",
    ],
    "PBS": [
        "#PBS -N mkrefs",
        "#PBS -q long",
        "#PBS -A jwst",
        "#PBS -l select=1:ncpus=4:mem=15GB",
        "#PBS -l walltime=12:30:45",
        "#PBS -e /logs/",
        "#PBS -o /logs/",
        "#PBS --constraint=fast",
        "#PBS --exclusive",
    ],
    "LSF": [
        "#BSUB -J mkrefs",
        "#BSUB -e /logs/mkrefs-%J.err",
        "#BSUB -o /logs/mkrefs-%J.out",
        "#BSUB -q long",
        '#BSUB -P "jwst"',
        "#BSUB -n 4",
        '#BSUB -R "span[hosts=1]"',
        "#BSUB -M 16000000",
        "#BSUB -W 12:31",
        "#BSUB --constraint=fast",
        "#BSUB --exclusive",
    ],
}


def asked_of(system: str, **changes) -> ClusterSettings:
    values = {name: getattr(ASKED, name) for name in ASKED.__slots__}
    return ClusterSettings(**{**values, "system": system, **changes})


@pytest.mark.parametrize("system", HEADS)
def test_a_script_asks_for_what_is_configured_and_starts_one_worker(system):
    lines = job_script(asked_of(system)).splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert [line for line in lines[1:] if line.startswith("#")] == HEADS[system]
    *prologue, command = [line for line in lines if line and not line.startswith("#")]
    assert prologue == ["module load python", "export CRDS_PATH=/crds"]
    assert command.startswith(f"{sys.executable} -P -m {WORKER}")
    assert "--no-nanny" in command
    assert command.endswith("--resources mkrefs-memory=15700000000")


def test_the_submit_file_of_condor_has_directives_as_assignments():
    asked = asked_of("Condor", queue="", directives=('+ProjectName = "jwst"', "Rank=Memory"))
    lines = job_script(asked).splitlines()
    for line in (
        "batch_name = mkrefs",
        "MY.DaskWorkerCores = 4",
        "MY.DaskWorkerMemory = 16000000000",
        "LogDirectory = /logs",
        "Error = $(LogDirectory)/worker-$F(MY.JobId).err",
        "periodic_remove = (JobStatus == 2) && (time() - EnteredCurrentStatus > 45045)",
        "accounting_group = jwst",
        '+ProjectName = "jwst"',
        "Rank = Memory",
        "Executable = /bin/sh",
        "Queue",
    ):
        assert line in lines
    (arguments,) = [line for line in lines if line.startswith("Arguments")]
    assert f"module load python; export CRDS_PATH=/crds; {sys.executable} -P -m {WORKER}" in arguments


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"queue": "long"}, "batch.queue: HTCondor has no queues"),
        (
            {"queue": "", "directives": ("--exclusive",)},
            "'--exclusive' is no line of an HTCondor submit file",
        ),
    ],
)
def test_what_condor_cannot_be_told_is_refused(changes, reason):
    with pytest.raises(UserError, match=reason):
        job_script(asked_of("Condor", **changes))


def test_a_scheduler_that_runs_already_has_no_script():
    with pytest.raises(UserError, match=r"batch\.batchmode: dask has no job script"):
        job_script(ClusterSettings("dask", scheduler="tcp://head:8786"))
