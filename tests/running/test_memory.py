import typing
from pathlib import Path

from toy_plan import create_job, whole_plan

from mkrefs.jobs.job import Job
from mkrefs.jobs.trying import HeldBackExposure, VerifyJob
from mkrefs.running.memory import MEMORY_NEEDS, available_memory, expected_memory, usable_cores
from mkrefs.running.settings import WORK, RunSettings


def test_a_calibration_grows_with_its_exposure(tmp_path: Path):
    calibration = whole_plan(tmp_path)[0]
    before = expected_memory(calibration)
    Path(calibration.inputs[0]).write_bytes(bytes(100_000))
    assert expected_memory(calibration) > before + 2_000_000
    Path(calibration.inputs[0]).unlink()
    assert expected_memory(calibration) == MEMORY_NEEDS["CalibrateJob"].base


def test_every_kind_of_job_has_an_estimate(tmp_path: Path):
    assert set(MEMORY_NEEDS) == {kind.__name__ for kind in typing.get_args(Job)} == set(WORK)
    jobs = [*whole_plan(tmp_path), create_job(tmp_path, "one")]
    assert all(expected_memory(job) >= MEMORY_NEEDS[type(job).__name__].base for job in jobs)


def test_a_verification_has_one_exposure_at_a_time(tmp_path: Path):
    sources = []
    for size in (1000, 3000, 2000):
        path = tmp_path / str(size)
        path.write_bytes(bytes(size))
        sources.append(HeldBackExposure(path.name, "D", str(path)))
    job = VerifyJob(
        "v", "dark", "dark", "new.fits", "", 0.2, tuple(sources), (), (), output="v.json", text="v.txt"
    )
    need = MEMORY_NEEDS["VerifyJob"]
    assert expected_memory(job) == need.base + int(need.per_byte * 3000)


def test_the_control_group_limits_the_machine(tmp_path: Path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9000 kB\nMemAvailable:    8000 kB\n")
    assert available_memory(meminfo, tmp_path) == 8000 * 1024
    (tmp_path / "memory.current").write_text("1000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert available_memory(meminfo, tmp_path) == 8000 * 1024
    (tmp_path / "memory.max").write_text("5000\n")
    assert available_memory(meminfo, tmp_path) == 4000
    (tmp_path / "memory.max").write_text("500\n")
    assert available_memory(meminfo, tmp_path) == 0


def test_machines_without_meminfo_have_memory_too(tmp_path: Path):
    assert available_memory(tmp_path / "none", tmp_path) > 0


def test_workers_and_threads_share_the_cores():
    assert RunSettings().capacity == usable_cores() >= 1
    assert RunSettings(nproc=1).threads == usable_cores()
    assert RunSettings(nproc=10_000).threads == 1
    assert RunSettings(memory_limit=5).usable_memory == 5
    assert RunSettings().usable_memory > 0
