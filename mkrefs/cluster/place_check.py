"""Whether this machine sees the files of a run and has the software of its head; told in one sentence."""

import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from mkrefs.cluster.order import Place
from mkrefs.ledger.versions import software_versions

#: Seconds within which the folder of the run comes into sight, as file systems over the network look again
#: only from time to time.
_PATIENCE = 35.0
_INTERVAL = 0.25


def place_problem(place: Place, is_wanted: Callable[[], bool], patience: float = _PATIENCE) -> str:
    """Tell why jobs of a run cannot be done on this machine.

    Parameters
    ----------
    place : Place
        What must be seen and had here.
    is_wanted : callable
        Tells whether it is worth waiting any longer.
    patience : float
        Seconds within which the run folder must come into sight.

    Returns
    -------
    str
        One sentence; empty if they can.
    """
    host = socket.gethostname()
    differing = _differing(place.versions, software_versions())
    if differing:
        return (
            f"{host}: the worker there has {differing}; install the same versions on all machines, "
            "or name the right environment in batch.prologue"
        )
    mark = Path(place.folder) / place.mark
    if not _comes_into_sight(mark, is_wanted, patience):
        return (
            f"{host}: the worker there does not see the folder of the run, {place.folder}; "
            "use a file system that all machines share for output.outrootdir and for the exposures"
        )
    return ""


def _comes_into_sight(path: Path, is_wanted: Callable[[], bool], patience: float) -> bool:
    """Wait until a folder is seen here; files that jobs read are waited for where they are read."""
    deadline = time.monotonic() + patience
    while not path.exists():
        if time.monotonic() > deadline or not is_wanted():
            return False
        with suppress(OSError):
            next(path.parent.iterdir(), None)  # has the file system look again
        time.sleep(_INTERVAL)
    return True


def _differing(theirs: Mapping[str, str], ours: Mapping[str, str]) -> str:
    odd = [
        f"{name} {ours[name]}, not {theirs[name]} as the run" for name in theirs if ours[name] != theirs[name]
    ]
    return "; ".join(odd)
