"""A file as the ledger knows it: size, time of change, and digest of its content."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mkrefs.errors import UserError
from mkrefs.ledger.content_digest import content_digest


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
        Time of the last change, nanoseconds since the epoch.
    digest : str
        Of the content, as `content_digest` gives it.
    """

    path: str
    size: int
    mtime_ns: int
    digest: str


KnownFiles = Mapping[str, FileRecord]


def record_file(path: str, known: KnownFiles | None = None) -> FileRecord:
    """Record a file, reading its content only if no known record has its size and time of change.

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
        If the file does not exist or cannot be read.
    """
    try:
        with Path(path).open("rb") as stream:
            status = os.fstat(stream.fileno())
            earlier = (known or {}).get(path)
            if earlier is not None and same_stat(earlier, status):
                return earlier
            digest = content_digest(stream)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read: {error.strerror}; restore the file and run again"
        ) from error
    return FileRecord(path, status.st_size, status.st_mtime_ns, digest)


def same_stat(record: FileRecord, status: os.stat_result) -> bool:
    """Tell whether a file has the size and time of change of its record."""
    return (record.size, record.mtime_ns) == (status.st_size, status.st_mtime_ns)
