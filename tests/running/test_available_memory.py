from pathlib import Path

import pytest

from mkrefs.running.available_memory import available_memory, usable_cores
from mkrefs.running.settings import RunSettings

MACHINE = 8000 * 1024


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    folder = tmp_path / "proc"
    (folder / "self").mkdir(parents=True)
    (folder / "meminfo").write_text("MemTotal: 9000 kB\nMemAvailable:    8000 kB\n")
    return folder


def group(folder: Path, limit: object, used: int, cache: int = 0, *, version: int = 2) -> None:
    names = {1: ("limit_in_bytes", "usage_in_bytes", "total_inactive_file")}
    limit_name, used_name, cache_name = names.get(version, ("max", "current", "inactive_file"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"memory.{limit_name}").write_text(f"{limit}\n")
    (folder / f"memory.{used_name}").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"cache 5\n{cache_name} {cache}\n")


def test_a_machine_without_limits(proc: Path, tmp_path: Path):
    assert available_memory(proc, tmp_path / "none", {}) == MACHINE
    (proc / "self/cgroup").write_text("0::/\n")
    group(tmp_path, "max", 1000)
    assert available_memory(proc, tmp_path, {}) == MACHINE


@pytest.mark.parametrize(("limit", "left"), [(5000, 4000), (500, 0), (10**9, MACHINE)])
def test_the_control_group_limits_the_machine(proc: Path, tmp_path: Path, limit: int, left: int):
    (proc / "self/cgroup").write_text("0::/\n")
    group(tmp_path, limit, 1000)
    assert available_memory(proc, tmp_path, {}) == left


def test_limits_nest(proc: Path, tmp_path: Path):
    (proc / "self/cgroup").write_text("0::/system.slice/job/step\n")
    group(tmp_path / "system.slice/job/step", "max", 100)
    group(tmp_path / "system.slice/job", 7000, 2000, cache=500)
    group(tmp_path / "system.slice", 9000, 1000)
    assert available_memory(proc, tmp_path, {}) == 5500


def test_limits_of_version_1(proc: Path, tmp_path: Path):
    (proc / "self/cgroup").write_text("5:cpu,cpuacct:/a\n4:memory:/box/own\n0::/\n")
    group(tmp_path / "memory", 9223372036854771712, 10**6, version=1)
    group(tmp_path / "memory/box", 6000, 1000, version=1)
    group(tmp_path / "memory/box/own", 9000, 1000, cache=100, version=1)
    assert available_memory(proc, tmp_path, {}) == 5000


@pytest.mark.parametrize(
    ("environment", "left"),
    [
        ({"SLURM_MEM_PER_NODE": "3"}, 3 << 20),
        ({"SLURM_MEM_PER_NODE": "0"}, MACHINE),
        ({"SLURM_MEM_PER_CPU": "2", "SLURM_CPUS_ON_NODE": "3"}, 6 << 20),
        ({"SLURM_MEM_PER_CPU": "2"}, MACHINE),
    ],
)
def test_slurm_says_what_a_job_may_take(proc: Path, tmp_path: Path, environment: dict[str, str], left: int):
    assert available_memory(proc, tmp_path / "none", environment) == left


def test_machines_without_meminfo_have_memory_too(tmp_path: Path):
    assert available_memory(tmp_path, tmp_path, {}) > 0


def test_workers_and_threads_share_the_cores():
    assert RunSettings().capacity == usable_cores() >= 1
    assert RunSettings(nproc=1).threads == usable_cores()
    assert RunSettings(nproc=10_000).threads == 1


def test_a_limit_holds_for_jobs_and_head_together():
    assert RunSettings().usable_memory > 0
    assert RunSettings(memory_limit=5).usable_memory == 0
    assert 0 < RunSettings(memory_limit=10**10).usable_memory <= 10**10
