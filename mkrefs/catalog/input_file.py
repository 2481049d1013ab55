"""One input file as the file system and its headers show it."""

import gzip
import os
import stat
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from mkrefs.catalog.fits_headers import DamagedFileError, FitsHeaders, read_headers

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class InputFile:
    """What is known of a file before any rule is applied to it.

    Attributes
    ----------
    path : str
        Absolute path.
    size, mtime_ns : int
        Length in bytes and time of last change; 0 where they cannot be had.
    place : tuple of (int, int)
        Device and inode: equal for all names of one file.
    linked : bool
        Whether the path is a symbolic link.
    headers : FitsHeaders or None
        None if the file cannot be used.
    problem : str
        Why it cannot be used.
    """

    path: str
    size: int = 0
    mtime_ns: int = 0
    place: tuple[int, int] = (0, 0)
    linked: bool = False
    headers: FitsHeaders | None = None
    problem: str = ""


def inspect_file(path: str, keywords: Collection[str]) -> InputFile:
    """Look at one file; whatever is wrong with it is told in its ``problem``.

    Parameters
    ----------
    path : str
        Absolute path.
    keywords : collection of str
        Those whose cards are wanted, in capitals.

    Returns
    -------
    InputFile
        Its place and its headers.
    """
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        return InputFile(path, problem=_missing(path))
    except (OSError, ValueError) as error:
        return InputFile(path, problem=_unreadable(error))
    place = (status.st_dev, status.st_ino)
    headers, problem = None, _wrong_kind(status)
    if not problem:
        try:
            headers = _read(path, status.st_size, keywords)
        except DamagedFileError as error:
            problem = str(error)
        except (OSError, EOFError, zlib.error) as error:
            problem = _unreadable(error)
    return InputFile(
        path, status.st_size, status.st_mtime_ns, place, Path(path).is_symlink(), headers, problem
    )


def _read(path: str, size: int, keywords: Collection[str]) -> FitsHeaders:
    with Path(path).open("rb") as file:
        if file.peek(2)[:2] != _GZIP:
            return read_headers(file, size, keywords)
        with gzip.open(file) as stream:
            return read_headers(stream, None, keywords)


def _wrong_kind(status: os.stat_result) -> str:
    if stat.S_ISDIR(status.st_mode):
        return "a directory"
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    return "" if status.st_size else "empty"


def _missing(path: str) -> str:
    if os.path.lexists(path):
        return "a link to a file that does not exist"
    return (
        "does not exist, nor does any file match it as a pattern"
        if set(path) & set("*?[")
        else "does not exist"
    )


def _unreadable(error: BaseException) -> str:
    cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"cannot be read: {cause}"
