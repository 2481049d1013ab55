"""Has the disk hold what was written: files, the names in folders, and new folders themselves."""

import errno
import os
from pathlib import Path

#: Folders cannot be synced on some file systems, which then keep names in their own way.
_CANNOT_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF, errno.EISDIR})


def sync(path: Path) -> None:
    """Have the disk hold what was written to a file, or the names in a folder.

    Raises
    ------
    OSError
        If it cannot. That a file system knows no such thing for folders is no error.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC or not path.is_dir():
            raise
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it where they are missing, and have the disk hold their names.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    missing = [folder] if not folder.is_dir() else []
    while missing and not missing[-1].parent.is_dir():
        missing.append(missing[-1].parent)
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        sync(made.parent)
