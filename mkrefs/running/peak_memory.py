"""The most memory that this process has had at once; what it may have is decided elsewhere."""

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
#: What the kernel takes as "forget the largest size so far".
_FORGET = "5"


def forget_peak() -> None:
    """Begin anew: what this process has now is the most so far.

    Only Linux can; elsewhere `peak_memory` tells of the whole life of the process.
    """
    try:
        _CLEAR.write_text(_FORGET, encoding="ascii")
    except OSError:  # another system, or one that does not allow it
        return


def peak_memory() -> int:
    """Give the most memory that this process has had since `forget_peak`, programs it started left out.

    Returns
    -------
    int
        Bytes.
    """
    try:
        lines = _STATUS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return _of_its_life()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), _of_its_life())


def _of_its_life() -> int:
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024
