"""One run at a time in a run directory: a lock that ends with the process that holds it."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mkrefs.errors import UserError
from mkrefs.storage.write_errors import mendable_write_errors

LOCK_NAME = ".mkrefs.lock"


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a run directory, which is made if missing; whatever ends the process frees the lock.

    Parameters
    ----------
    folder : Path
        The run directory.

    Raises
    ------
    mkrefs.errors.UserError
        If another process holds it, or the directory may not be written to.
    """
    path = folder / LOCK_NAME
    with mendable_write_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        stream = path.open("a+", encoding="utf-8")
    with stream:
        _lock(stream, folder)
        with mendable_write_errors(path):
            stream.truncate(0)
            stream.write(f"process {os.getpid()} on {socket.gethostname()}\n")
            stream.flush()
        yield
        stream.truncate(0)


def is_locked(folder: Path) -> bool:
    """Tell whether a run is at work in a run directory; nothing is written.

    Parameters
    ----------
    folder : Path
        The run directory.
    """
    try:
        with (folder / LOCK_NAME).open(encoding="utf-8") as stream:
            if not stream.read():  # a run that came to its end leaves it empty: nothing is to be tried
                return False
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _lock(stream: TextIO, folder: Path) -> None:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        stream.seek(0)
        holder = stream.read().strip() or "a process that has just begun"
        raise UserError(
            f"{folder}: another run of mkrefs is at work here ({holder}); wait until it ends, or choose"
            " another output directory or run ID"
        ) from error
