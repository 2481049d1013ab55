"""Which processes live, and on which machine this is; whose they are is the callers' business."""

import os
import socket
from pathlib import Path


def this_machine() -> str:
    """Give a mark of where process numbers mean what they mean here: this system since its start.

    Two machines of one name have different marks; so have containers, and a machine before and after a start.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{socket.gethostname()} {boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()


def begin_of(pid: int) -> str:
    """Tell when a process began, in the system's own ticks; empty if that cannot be known.

    Numbers of processes are used again: this tells two of one number apart.
    """
    fields = _status(pid)
    return fields[19] if len(fields) > 19 else ""


def is_alive(pid: int, begin: str = "") -> bool:
    """Tell whether a process of this machine is at work.

    Parameters
    ----------
    pid : int
        Its number.
    begin : str
        As `begin_of` gave it; empty for any.

    Returns
    -------
    bool
        False too for one that has ended and was never waited for, as happens to orphans in some containers.
    """
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    fields = _status(pid)
    if not fields:  # they cannot be read, or it has just ended
        return True
    return fields[0] != "Z" and begin in ("", fields[19])


def _status(pid: int) -> list[str]:
    """Read what the system tells of a process, from its state on; nothing where it does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return status.rpartition(")")[2].split()
