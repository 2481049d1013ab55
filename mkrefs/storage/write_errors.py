"""Failures to write that a user can mend, told in a sentence; all others stay as they are."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mkrefs.errors import UserError

_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space and run again",
    errno.EDQUOT: "your disk quota is used up; free some space and run again",
    errno.EFBIG: "the file is larger than it may be here; raise the limit (ulimit -f) and run again",
    errno.EROFS: "the file system is read-only; choose another output directory",
    errno.EACCES: "permission is denied; choose a directory you may write to",
    errno.ENOTDIR: "a file is where a directory is needed; choose another output directory",
    errno.EEXIST: "a file is where a directory is needed; choose another output directory",
}
# These say nothing of the output unless they are about one of the paths written to.
_OF_A_PATH = frozenset({errno.EACCES, errno.ENOTDIR, errno.EEXIST})
# What numpy and astropy say, without a number, where an array is not written to its end.
_CUT_SHORT = re.compile(r"\d+ requested and \d+ written|Not enough space on disk")


@contextmanager
def mendable_write_errors(path: Path, *also: Path) -> Iterator[None]:
    """Turn an OSError that a user can mend, however deeply chained, into a UserError about ``path``.

    Parameters
    ----------
    path : Path
        The file being written; it is named in the message, unless the error names another.
    *also : Path
        Further files written on its behalf. Being denied access to any other file is no failure to write.

    Raises
    ------
    mkrefs.errors.UserError
        If the disk is full, a quota is used up, the file system is read-only, permission is denied, or a
        file is where a directory is needed.
    """
    written = (path, *path.parents, *also)
    try:
        yield
    except OSError as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, OSError) and _is_failure_to_write(cause, written):
                place = path if _is_about(cause, written) else cause.filename
                raise UserError(f"{place}: cannot be written: {_REMEDIES[_number(cause)]}") from error
            cause = cause.__cause__ or cause.__context__
        raise


def _is_failure_to_write(error: OSError, written: tuple[Path, ...]) -> bool:
    if _number(error) not in _REMEDIES:
        return False
    return _is_about(error, written) or error.errno not in _OF_A_PATH


def _is_about(error: OSError, written: tuple[Path, ...]) -> bool:
    """Tell whether an error is of the output, for all that it says."""
    return (
        not isinstance(error.filename, str | bytes | os.PathLike)
        or Path(os.fsdecode(error.filename)) in written
    )


def _number(error: OSError) -> int:
    if error.errno is None:
        return errno.ENOSPC if _CUT_SHORT.search(str(error)) else 0
    return error.errno
