"""How much memory a process takes now, together with those that it started."""

from pathlib import Path

_PROC = Path("/proc")


def memory_of_tree(pid: int, proc: Path = _PROC) -> int:
    """Add up the memory of a process and of all below it.

    Parameters
    ----------
    pid : int
        The process.
    proc : Path
        The kernel's account of processes.

    Returns
    -------
    int
        Bytes in RAM. Pages that processes share count once (for each process its proportion), those of files
        that are mapped do not count, as they can be given up at any time. 0 if the process is over, or the
        system keeps no such account.
    """
    return _own_memory(proc / str(pid)) + sum(memory_of_tree(each, proc) for each in _children(proc, pid))


def _own_memory(process: Path) -> int:
    try:
        text = (process / "smaps_rollup").read_text()
    except OSError:
        return 0
    sizes = {words[0]: int(words[1]) for line in text.splitlines()[1:] if len(words := line.split()) == 3}
    return (sizes.get("Pss:", 0) - sizes.get("Pss_File:", 0)) * 1024


def _children(proc: Path, pid: int) -> list[int]:
    try:
        tasks = [each / "children" for each in (proc / str(pid) / "task").iterdir()]
        return [int(word) for each in tasks for word in each.read_text().split()]
    except OSError:  # it has just ended
        return []
