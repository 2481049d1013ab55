"""Waits until files that were made on another machine are seen on this one.

A shared file system remembers for a while what a folder held and how long a file was. What is in the files is
not looked at here.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from mkrefs.errors import PassingError
from mkrefs.ledger.file_record import FileRecord

#: Seconds between two looks, at first and at most.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 1.0


def wait_until_in_sight(records: Iterable[FileRecord], patience: float = 30.0) -> None:
    """Wait until all files are there with the sizes they were recorded with, or changed since.

    Parameters
    ----------
    records : iterable of FileRecord
        Of files that exist, for all that is known.
    patience : float
        Seconds to wait for, all in all.

    Raises
    ------
    mkrefs.errors.PassingError
        If a file is still not there, or there in part.
    """
    end, pause = time.monotonic() + patience, _FIRST_PAUSE
    for record in records:
        while not _is_in_sight(record):
            if time.monotonic() > end:
                raise PassingError(_lacking(record, patience))
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            _look_anew(Path(record.path).parent)


def _is_in_sight(record: FileRecord) -> bool:
    """Tell whether a file is as it was recorded, or newer: that has been changed, and nothing is to come."""
    status = _status(record.path)
    return status is not None and (status.st_size == record.size or status.st_mtime_ns > record.mtime_ns)


def _status(path: str) -> os.stat_result | None:
    """Look at a file as this machine sees it; opening makes it ask, unlike looking at the name."""
    try:
        with Path(path).open("rb") as stream:
            return os.fstat(stream.fileno())
    except OSError:
        return None


def _look_anew(folder: Path) -> None:
    """List a folder, which makes a shared file system forget what it believes to be missing there."""
    try:
        with os.scandir(folder) as entries:
            for _ in entries:
                pass
    except OSError:
        return


def _lacking(record: FileRecord, patience: float) -> str:
    status = _status(record.path)
    seen = "is not there" if status is None else f"has {status.st_size} of {record.size} bytes"
    return (
        f"{record.path}: on {os.uname().nodename} the file {seen}, {patience:g} s after it was asked for; it "
        "was removed, or the shared file system is slow to show it: see to that, and run again"
    )
