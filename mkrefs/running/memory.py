"""How much memory jobs are expected to take, and what the machine has; who may start is decided elsewhere."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mkrefs.jobs.job import Job
from mkrefs.jobs.trying import VerifyJob

_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """What a kind of job takes: ``base`` bytes and ``per_byte`` for each byte of the files it reads."""

    base: int
    per_byte: float


#: A ramp of N bytes as raw integers takes 28 N in the pipeline; creators work in blocks of rows,
#: corrections hold the science arrays of all images, as they came and as they are to be.
MEMORY_NEEDS: Mapping[str, MemoryNeed] = {
    "SelectJob": MemoryNeed(600_000_000, 0.0),
    "CalibrateJob": MemoryNeed(600_000_000, 28.0),
    "CorrectJob": MemoryNeed(900_000_000, 2.0),
    "CreateJob": MemoryNeed(900_000_000, 0.0),
    "CombineJob": MemoryNeed(600_000_000, 3.0),
    "CertifyJob": MemoryNeed(600_000_000, 1.0),
    "GateJob": MemoryNeed(400_000_000, 4.0),
    "LoadJob": MemoryNeed(400_000_000, 3.0),
    "TrialJob": MemoryNeed(600_000_000, 28.0),
    "CompareJob": MemoryNeed(700_000_000, 0.0),
    "VerifyJob": MemoryNeed(600_000_000, 42.0),
}


def expected_memory(job: Job) -> int:
    """Estimate the memory a job takes, from its kind and the sizes of its inputs.

    A verification has one of its exposures in memory at a time: the largest counts.

    Parameters
    ----------
    job : Job
        Its inputs count with the sizes they have now.

    Returns
    -------
    int
        Bytes.
    """
    need = MEMORY_NEEDS[type(job).__name__]
    if isinstance(job, VerifyJob):
        return need.base + int(need.per_byte * max(_size(each.path) for each in job.sources))
    return need.base + int(need.per_byte * sum(_size(path) for path in job.inputs))


def available_memory(meminfo: Path = Path("/proc/meminfo"), cgroup: Path = _CGROUP) -> int:
    """Give the memory that can be used now without swapping.

    Parameters
    ----------
    meminfo : Path
        The kernel's account of the machine.
    cgroup : Path
        Folder of the limits of this process's control group.

    Returns
    -------
    int
        Bytes: the least of what the machine has and of what the control group allows.
    """
    machine = _machine_memory(meminfo)
    limit, used = _number(cgroup / "memory.max"), _number(cgroup / "memory.current")
    if limit is None or used is None:
        return machine
    return min(machine, max(limit - used, 0))


def usable_cores() -> int:
    """Give the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _machine_memory(meminfo: Path) -> int:
    try:
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:  # not Linux: take half of what is installed
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _number(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
