"""A file as the ledger knows it: size, times of change, and digest of its content."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from mkrefs.errors import PassingError, UserError
from mkrefs.ledger.content_digest import TruncatedError, content_digest
from mkrefs.ledger.passing import is_passing

_SECOND = 1_000_000_000
#: Nanoseconds that a clock of files with parts of seconds may stand still: a tick of the system.
_TICK = 10_000_000
#: The same for clocks that tell whole seconds alone, some two of them, with room for another machine's clock.
_COARSE_TICK = 60 * _SECOND
#: Bytes beyond which it is faster to wait for a tick than to read a file again.
_LARGE = 4 << 20


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file at one time.

    Attributes
    ----------
    path : str
        As the job names it.
    size : int
        Bytes.
    mtime_ns : int
        Time of the last change of the content, nanoseconds since the epoch; anybody can set it.
    digest : str
        Of the content, as `content_digest` gives it.
    ctime_ns : int
        Time of the last change of any kind, which the file system alone sets; 0 where it tells nothing, as
        the file might have been changed again within the same tick of the file system's clock.
    """

    path: str
    size: int
    mtime_ns: int
    digest: str
    ctime_ns: int = 0


KnownFiles = Mapping[str, FileRecord]


def record_file(path: str, known: KnownFiles | None = None) -> FileRecord:
    """Record a file, reading its content only if no known record shows that it is unchanged.

    Parameters
    ----------
    path : str
        The file.
    known : mapping of str to FileRecord
        Earlier records by path.

    Returns
    -------
    FileRecord
        Of the file as it is now.

    Raises
    ------
    mkrefs.errors.UserError
        If the file does not exist, cannot be read, or is a FITS file that ends too soon; a `PassingError` if
        the disk or the network failed.
    """
    try:
        with Path(path).open("rb") as stream:
            earlier = (known or {}).get(path)
            if earlier is not None and is_unchanged(earlier, os.fstat(stream.fileno())):
                return earlier
            return _read(path, stream)
    except TruncatedError as error:
        raise UserError(f"{path}: truncated: {error}; restore the file and run again") from error
    except OSError as error:
        raise cannot_be_read(path, error) from error


def cannot_be_read(path: str, error: OSError) -> UserError:
    """Give the sentence for a file that cannot be read."""
    if is_passing(error):
        return PassingError(
            f"{path}: cannot be read: {error.strerror}; its disk or the network failed: see to that, and run "
            "again"
        )
    return UserError(f"{path}: cannot be read: {error.strerror}; restore the file and run again")


def same_stat(record: FileRecord, status: os.stat_result) -> bool:
    """Tell whether a file has the size and time of change of its record, which any copy of it may have."""
    return (record.size, record.mtime_ns) == (status.st_size, status.st_mtime_ns)


def is_unchanged(record: FileRecord, status: os.stat_result) -> bool:
    """Tell whether a file cannot have been changed since it was recorded."""
    return record.ctime_ns != 0 and same_stat(record, status) and record.ctime_ns == status.st_ctime_ns


def _read(path: str, stream: BinaryIO) -> FileRecord:
    status = _after_a_tick(stream)
    record = FileRecord(path, status.st_size, status.st_mtime_ns, content_digest(stream), status.st_ctime_ns)
    if not is_unchanged(record, os.fstat(stream.fileno())) or _may_change_unseen(status):
        return replace(record, ctime_ns=0)
    return record


def _after_a_tick(stream: BinaryIO) -> os.stat_result:
    """Look at a file; if it is large and was changed just now, let a tick pass before it is read.

    What is changed from then on has another time, so that the record need not be doubted.
    """
    status = os.fstat(stream.fileno())
    if status.st_size > _LARGE and _is_fine(status) and _age(status) < _TICK:
        time.sleep(_TICK / _SECOND)
    return status


def _may_change_unseen(status: os.stat_result) -> bool:
    """Tell whether a change now could leave a file with the same times."""
    if not _is_fine(status):
        return _age(status) < _COARSE_TICK
    return status.st_size <= _LARGE and _age(status) < _TICK


def _is_fine(status: os.stat_result) -> bool:
    """Tell whether the file system knows parts of seconds."""
    return status.st_ctime_ns % _SECOND != 0


def _age(status: os.stat_result) -> int:
    """Give the nanoseconds since the last change; by a clock that is ahead, less than none."""
    return time.time_ns() - status.st_ctime_ns
