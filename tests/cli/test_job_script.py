"""`mkrefs plan --job-script`: the script that each batch system would get."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from mkrefs.config import Batch, Output
from mkrefs.errors import UserError
from mkrefs.factory.job_script import job_script_of

pytest.importorskip("dask_jobqueue", reason="the extra 'cluster' is not installed")

ASKED = {
    "batch_enabled": True,
    "cores": 2,
    "memory": "12 GB",
    "walltime": "02:30:00",
    "account": "team",
    "prologue": ["module load jwst", "export A=$B"],
}


@pytest.fixture
def script(tmp_path):
    """Give the script under some keys of section `batch`."""

    def of(**keys):
        output = Output()
        top = tmp_path / "out"
        config = SimpleNamespace(batch=Batch(**ASKED | keys), output=output, require_outrootdir=lambda: top)
        return job_script_of(config)

    return of


#: By batch system: what its script must hold besides what all have.
SAID = {
    "Slurm": [
        "#SBATCH -A team", "#SBATCH -p long", "#SBATCH --cpus-per-task=2", "#SBATCH -t 02:30:00",
        "#SBATCH --mem=12G", "#SBATCH --qos=x",
    ],
    "PBS": ["#PBS -A team", "#PBS -q long", "ncpus=2:mem=12GB", "#PBS -l walltime=02:30:00", "#PBS --qos=x"],
    "LSF": ['#BSUB -P "team"', "#BSUB -q long", "#BSUB -n 2", "#BSUB -W 02:30", "#BSUB --qos=x"],
    "Condor": ["accounting_group = team", "MY.DaskWorkerCores = 2", "> 9000)", "rank = Memory"],
}  # fmt: skip


@pytest.mark.parametrize("system", SAID)
def test_each_batch_system_is_asked_in_its_own_words(system, script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = {"queue": "long", "directives": "--qos=x"}
    if system == "Condor":
        own = {"directives": "rank = Memory"}
    text = script(batchmode=system, **own)
    for words in (*SAID[system], "module load jwst", "export A=$B", "--nthreads 2", "batch_logs"):
        assert words in text, words
    assert str(tmp_path / "out" / "001" / "batch_logs") in text
    assert not (tmp_path / "out").exists()
    assert str(tmp_path / "logs") in script(batchmode=system, log_directory="logs", **own)


def test_what_a_batch_system_does_not_know_is_refused(script):
    with pytest.raises(UserError, match=r"batch\.queue"):
        script(batchmode="Condor", queue="long")
    with pytest.raises(UserError, match=r"batch\.directives: '--exclusive'"):
        script(batchmode="Condor", directives="--exclusive")
    with pytest.raises(UserError, match="batch_enabled is False: jobs run on this machine, without"):
        script(batchmode="Slurm", batch_enabled=False)
    with pytest.raises(UserError, match="batchmode is dask: jobs go to workers that run already"):
        script(batchmode="dask", scheduler="tcp://a:1")


def test_the_command_needs_neither_labels_nor_files(mkrefs, tmp_path):
    keys = {"batch_enabled": "True", "batchmode": "Slurm", "queue": "long"}
    words = (word for key, value in keys.items() for word in ("--pp", "batch", key, value))
    done = mkrefs("plan", "--job-script", *words, cwd=tmp_path)
    assert done.stdout.startswith("#!")
    assert "#SBATCH -p long\n" in done.stdout
    assert (done.stderr, list(tmp_path.iterdir())) == ("", [])


def test_without_the_extra_it_is_told_what_to_install(tmp_path):
    hidden = "import sys; sys.modules['dask_jobqueue'] = sys.modules['distributed'] = None\n"
    words = ["plan", "--job-script", "--pp", "batch", "batch_enabled", "True"]
    code = f"{hidden}from mkrefs.cli.main import main\nsys.argv[1:] = {words!r}\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install" in done.stderr
    assert "cluster" in done.stderr
    assert len(done.stderr.splitlines()) == 1
