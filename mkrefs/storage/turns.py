"""Taking turns at files that several runs may make: the second waits until the first has done with them."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from mkrefs.storage.file_lock import take_lock
from mkrefs.storage.leftovers import lock_name
from mkrefs.storage.syncing import make_folder
from mkrefs.storage.write_errors import mendable_write_errors

#: Seconds between two looks at a lock that another process holds.
_PAUSE = 0.1
#: Seconds after which nobody waits any more: a server may keep the lock of a dead machine for ever.
_PATIENCE = 1800.0


@contextmanager
def turn_at(paths: Iterable[Path], patience: float = _PATIENCE) -> Iterator[None]:
    """Have some files to oneself within the block; whoever has them already is waited for.

    The locks are hidden files beside the files, gone when the block ends; those of a process that was killed
    are free, and removed with its other leftovers. Where the file system has no locks, nobody waits.

    Parameters
    ----------
    paths : iterable of Path
        The files; they need not exist.
    patience : float
        Seconds to wait for each; after that the block begins all the same.

    Raises
    ------
    mkrefs.errors.UserError
        If their folders may not be written to.
    """
    with ExitStack() as held:
        for path in sorted(set(paths)):  # in one order everywhere, so that no two wait for each other
            held.enter_context(_turn(path.with_name(lock_name(path.name)), path, patience))
        yield


@contextmanager
def _turn(lock: Path, path: Path, patience: float) -> Iterator[None]:
    with mendable_write_errors(path, lock):
        make_folder(path.parent)
        descriptor = _locked(lock, patience)
    try:
        yield
    finally:
        with suppress(OSError):  # before it is let go: whoever waits then sees that it is another
            lock.unlink()
        os.close(descriptor)


def _locked(lock: Path, patience: float) -> int:
    end = time.monotonic() + patience
    while True:
        descriptor = _open(lock)
        try:
            taken = take_lock(descriptor)
            if (taken and _is_still(lock, descriptor)) or time.monotonic() > end:
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if not taken:
            time.sleep(_PAUSE)


def _open(lock: Path) -> int:
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:  # another user's, in a folder that both may write to
        return os.open(lock, os.O_RDONLY)


def _is_still(lock: Path, descriptor: int) -> bool:
    """Tell whether an open file is the one that bears the name: whoever held it may have removed it."""
    try:
        return os.path.samestat(lock.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
