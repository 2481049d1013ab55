"""What is refused before or instead of a job: machines, addresses, commands and packages."""

import socket
import threading
from pathlib import Path

import pytest

from mkrefs.cluster import extra
from mkrefs.cluster.batch_systems import require_submit_command
from mkrefs.cluster.capacity import Capacity
from mkrefs.cluster.engine import cluster_engine
from mkrefs.cluster.order import Place
from mkrefs.cluster.place_check import place_problem
from mkrefs.cluster.settings import ClusterSettings
from mkrefs.errors import UserError


def wanted() -> bool:
    return True


def test_a_machine_that_sees_the_mark_of_the_run_is_good(tmp_path: Path):
    (tmp_path / "mark").touch()
    assert place_problem(Place(str(tmp_path), "mark"), wanted) == ""


def test_a_mark_that_comes_into_sight_late_is_waited_for(tmp_path: Path):
    timer = threading.Timer(0.3, (tmp_path / "mark").touch)
    timer.start()
    assert place_problem(Place(str(tmp_path), "mark"), wanted) == ""
    timer.join()


@pytest.mark.parametrize("is_wanted", [True, False])
def test_a_machine_that_does_not_see_the_run_is_named(is_wanted, tmp_path: Path):
    problem = place_problem(Place(str(tmp_path), "mark"), lambda: is_wanted, patience=0.3)
    assert problem.startswith(
        f"{socket.gethostname()}: the worker there does not see the folder of the run, {tmp_path}"
    )


def test_a_machine_with_other_versions_is_named_with_both(tmp_path: Path):
    (tmp_path / "mark").touch()
    place = Place(str(tmp_path), "mark")
    other = Place(str(tmp_path), "mark", versions={**place.versions, "jwst": "0.1"})
    problem = place_problem(other, wanted)
    assert problem.startswith(
        f"{socket.gethostname()}: the worker there has jwst {place.versions['jwst']}, not 0.1 as"
    )


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    ("scheduler", "reason"),
    [
        ("tcp://127.0.0.1:{port}", "no dask scheduler answers at tcp://127.0.0.1:"),
        ("tcp://127.0.0.1", "is no address; it must read like"),
        ("{folder}/missing.json", "is neither an address such as"),
        ("{folder}/broken.json", "cannot be read as a scheduler file"),
        ("{folder}/other.json", "is no scheduler file of dask"),
    ],
)
def test_a_scheduler_that_cannot_be_reached_is_told_of_in_one_sentence(
    scheduler, reason, tmp_path, run_folder
):
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "other.json").write_text("{}")
    where = ClusterSettings("dask", scheduler=scheduler.format(port=free_port(), folder=tmp_path))
    with pytest.raises(UserError, match=rf"batch\.scheduler: .*{reason}"):
        cluster_engine(where, run_folder=run_folder, most_jobs=1)
    assert not list(run_folder.glob(".mkrefs-*"))


def test_a_batch_system_that_is_not_there_is_told_of(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="Slurm is asked for, but this machine has no command sbatch"):
        require_submit_command("Slurm")


def test_packages_that_are_missing_are_named_with_the_extra(monkeypatch):
    monkeypatch.setattr(extra, "_PACKAGES", ("dask", "no_such_package"))
    with pytest.raises(
        UserError, match=r"no_such_package must be installed .* run pip install 'mkrefs\[cluster\]'"
    ):
        extra.require_cluster_packages()


@pytest.mark.parametrize(
    ("need", "running", "fits"),
    [
        (8, [], True),
        (99, [], True),
        (4, [4, 4, 4], True),
        (8, [8, 8, 8], True),
        (8, [8, 8, 8, 8], False),
        (1, [8, 8, 8, 7], True),
        (99, [99, 99, 99], True),
    ],
)
def test_each_worker_may_have_one_task_waiting_beside_those_that_it_has_memory_for(need, running, fits):
    assert Capacity(workers=2, slots=4, memory=8).fits(need, running) == fits
