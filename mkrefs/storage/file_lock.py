"""Locks on files that end with the process that holds them, on file systems that have such locks."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: What file systems without locks say: Lustre mounted without flock, old NFS, some FUSE; and NFS of a file
#: that is open for reading alone.
_NO_LOCKS = frozenset(
    {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL, errno.EBADF}
)


def take_lock(descriptor: int) -> bool:
    """Try to lock an open file for this process alone, without waiting.

    Parameters
    ----------
    descriptor : int
        Of the open file; when it is closed, or the process ends, the lock ends.

    Returns
    -------
    bool
        False if another process holds the lock. True too where the file system has no locks: who must know
        that nobody else is at work needs another sign besides.
    """
    try:
        with _no_locks_allowed():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_for_lock(descriptor: int) -> None:
    """Wait until an open file is locked for this process alone; not at all where there are no locks."""
    with _no_locks_allowed():
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def remove_if_free(path: Path) -> bool:
    """Remove a lock that nobody holds; tell whether it is gone by that.

    It is held while it is removed, so that whoever takes it a moment later sees that it has lost its name.

    Parameters
    ----------
    path : Path
        The file that is locked. One that may not be opened or removed is left.

    Returns
    -------
    bool
    """
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        if not take_lock(descriptor):
            return False
        path.unlink()
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


@contextmanager
def _no_locks_allowed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
