"""Atomic writing: a temporary in a hidden folder beside the file, fsync, then one rename.

What is in files and folders is the callers' business.
"""

import hashlib
import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mkrefs.storage.write_errors import mendable_write_errors

_TEMPORARY_FOLDER = re.compile(r"\.mkrefs-(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-[0-9a-f]{8}\.tmp")


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; it takes the place of ``path`` when the block ends well.

    The temporary has the name of ``path``, for writers that look at the extension or put the name into
    the file, and lies in a hidden folder of its own beside it. It does not exist yet when the block
    begins. Missing folders are made. If the block raises, ``path`` is left as it was and nothing else stays.

    Parameters
    ----------
    path : Path
        The file to make or to replace.

    Yields
    ------
    Path
        The temporary path.

    Raises
    ------
    mkrefs.errors.UserError
        If the disk is full, a quota is used up, the file system is read-only, or permission is denied.
    OSError
        For any other failure to write.
    """
    temporary = path.parent / _temporary_folder_name() / path.name
    with mendable_write_errors(path, temporary, temporary.parent):
        temporary.parent.mkdir(parents=True)
        try:
            yield temporary
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
        finally:
            shutil.rmtree(temporary.parent, ignore_errors=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder to work in; what is there when the block ends well takes the place of ``path``.

    If nothing is there, neither is ``path`` afterwards. If the block raises, ``path`` is left as it was. Only
    a crash between two renames can leave neither the old folder nor the new one.

    Parameters
    ----------
    path : Path
        The folder to make or to replace.

    Yields
    ------
    Path
        The temporary folder, in a hidden one beside ``path``.

    Raises
    ------
    mkrefs.errors.UserError
        As `atomic_write`.
    """
    hidden = path.parent / _temporary_folder_name()
    temporary = hidden / path.name
    with mendable_write_errors(path, temporary, hidden):
        temporary.mkdir(parents=True)
        try:
            yield temporary
            for each in (*temporary.rglob("*"), temporary):
                if not each.is_symlink():
                    sync(each)
            if path.exists():
                path.rename(hidden / "replaced")
            if any(temporary.iterdir()):
                temporary.rename(path)
            sync(path.parent)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)


def write_text_atomic(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 to ``path``: either all of it is there afterwards, or nothing changed.

    Parameters
    ----------
    path : Path
        The file to make or to replace.
    text : str
        Its whole content.

    Raises
    ------
    mkrefs.errors.UserError
        As `atomic_write`.
    """
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def remove_leftovers(folder: Path) -> tuple[Path, ...]:
    """Remove mkrefs' own temporaries in ``folder`` whose writing process is dead.

    Temporaries of a live process, and those written on another host, are left alone.

    Parameters
    ----------
    folder : Path
        Searched without its sub-folders; it need not exist.

    Returns
    -------
    tuple of Path
        What was removed: the hidden folders that held them.
    """
    if not folder.is_dir():
        return ()
    dead = [path for path in sorted(folder.glob(".mkrefs-*.tmp")) if _is_of_a_dead_writer(path.name)]
    for path in dead:
        shutil.rmtree(path, ignore_errors=True)
    return tuple(dead)


def _temporary_folder_name() -> str:
    return f".mkrefs-{_host_mark()}-{os.getpid()}-{secrets.token_hex(4)}.tmp"


def _host_mark() -> str:
    return hashlib.blake2b(socket.gethostname().encode(), digest_size=4).hexdigest()


def _is_of_a_dead_writer(name: str) -> bool:
    match = _TEMPORARY_FOLDER.fullmatch(name)
    return match is not None and match["host"] == _host_mark() and not _is_alive(int(match["pid"]))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Tell whether a process has ended and was never waited for, as happens to orphans in some containers."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[:1] == ["Z"]


def sync(path: Path) -> None:
    """Have the disk hold what was written to a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
