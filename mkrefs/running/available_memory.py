"""What the machine, and those who share it out, leave to this process: memory and cores."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

_PROC = Path("/proc")
_CGROUP = Path("/sys/fs/cgroup")
#: By version of control groups: the files that tell the limit, what is used, and the name of what of that are
#: pages of files, which can be given up.
_V2 = ("memory.max", "memory.current", "inactive_file")
_V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
#: Version 1 says "no limit" by a number that no machine has.
_NO_LIMIT = 1 << 60
_MEGABYTE = 1 << 20


def available_memory(
    proc: Path = _PROC, cgroup: Path = _CGROUP, environment: Mapping[str, str] = os.environ
) -> int:
    """Give the memory that can be used now without swapping.

    Parameters
    ----------
    proc : Path
        The kernel's account of the machine and of its processes.
    cgroup : Path
        Where control groups are mounted.
    environment : mapping of str to str
        Says what Slurm gave to this job.

    Returns
    -------
    int
        Bytes: the least of what the machine has, of what each control group that this process is in allows,
        its own and those above it, and of what Slurm allows.
    """
    limits = [_machine_memory(proc / "meminfo"), *_left_by_groups(proc / "self/cgroup", cgroup)]
    granted = _granted_by_slurm(environment)
    return min([*limits, granted] if granted else limits)


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


def _left_by_groups(account: Path, mounted: Path) -> Iterator[int]:
    for folder, names in _groups(account, mounted):
        limit, used = _number(folder / names[0]), _number(folder / names[1])
        if limit is not None and used is not None and limit < _NO_LIMIT:
            yield max(limit - used + _given_up(folder / "memory.stat", names[2]), 0)


def _groups(account: Path, mounted: Path) -> Iterator[tuple[Path, tuple[str, str, str]]]:
    """Give the folders of the groups that this process is in, each with all above it, and their files."""
    try:
        lines = account.read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top, names = (mounted / "memory", _V1) if controllers else (mounted, _V2)
        # In a container the path may be that outside, where only the top can be seen.
        own = top / path.lstrip("/")
        yield top, names
        for folder in (own, *own.parents):
            if folder == top:
                break
            yield folder, names


def _given_up(stat: Path, name: str) -> int:
    """Give the bytes of files that the kernel holds for a group only as long as nobody needs the memory."""
    try:
        lines = stat.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), 0)


def _granted_by_slurm(environment: Mapping[str, str]) -> int:
    """Give the bytes that Slurm granted to this job on this node; 0 if it says nothing."""
    per_node = environment.get("SLURM_MEM_PER_NODE", "")
    if per_node.isdigit():
        return int(per_node) * _MEGABYTE
    per_core, cores = environment.get("SLURM_MEM_PER_CPU", ""), environment.get("SLURM_CPUS_ON_NODE", "")
    return int(per_core) * int(cores) * _MEGABYTE if per_core.isdigit() and cores.isdigit() else 0


def _number(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
