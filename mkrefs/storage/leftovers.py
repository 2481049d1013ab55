"""Names of mkrefs' own temporaries, and the removal of those that a killed process left.

What is written to them is not known here.
"""

import hashlib
import os
import re
import secrets
import shutil
from functools import cache
from pathlib import Path

from mkrefs.storage.file_lock import remove_if_free
from mkrefs.storage.processes import is_alive, this_machine

_TEMPORARY = re.compile(r"\.mkrefs-(?P<machine>[0-9a-f]{8})-(?P<pid>\d+)-[0-9a-f]{8}\.tmp")
#: Nanoseconds after which a temporary of another machine is given up if nothing in it has changed: a day.
_GIVEN_UP_AFTER = 86_400_000_000_000


def temporary_folder_name() -> str:
    """Give a name for a hidden folder that tells whose it is: of this machine and process."""
    return f".mkrefs-{_machine_mark()}-{os.getpid()}-{secrets.token_hex(4)}.tmp"


def lock_name(name: str) -> str:
    """Give the name of the lock that goes with a file."""
    return f".mkrefs-{hashlib.blake2b(name.encode(errors='surrogateescape'), digest_size=8).hexdigest()}.lock"


def remove_leftovers(folder: Path) -> tuple[Path, ...]:
    """Remove mkrefs' own temporaries in ``folder`` whose writing process is dead, and locks nobody holds.

    Temporaries of a live process are left alone. Of those written on another machine, or before this one was
    started anew, nobody knows: they are removed when nothing in them has changed for a day.

    Parameters
    ----------
    folder : Path
        Searched without its sub-folders; it need not exist.

    Returns
    -------
    tuple of Path
        What was removed: hidden folders that held temporaries, and locks.
    """
    if not folder.is_dir():
        return ()
    temporaries = sorted(folder.glob(".mkrefs-*.tmp"))
    mine = {path for path in temporaries if _is_of_this_machine(path.name)}
    dead = [path for path in temporaries if path in mine and _is_of_a_dead_writer(path.name)]
    dead += _given_up(folder, [path for path in temporaries if path not in mine])
    for path in dead:
        shutil.rmtree(path, ignore_errors=True)
    free = [path for path in sorted(folder.glob(".mkrefs-*.lock")) if remove_if_free(path)]
    return (*dead, *free)


@cache
def _machine_mark() -> str:
    return hashlib.blake2b(this_machine().encode(), digest_size=4).hexdigest()


def _is_of_this_machine(name: str) -> bool:
    match = _TEMPORARY.fullmatch(name)
    return match is not None and match["machine"] == _machine_mark()


def _is_of_a_dead_writer(name: str) -> bool:
    match = _TEMPORARY.fullmatch(name)
    return match is not None and not is_alive(int(match["pid"]))


def _given_up(folder: Path, foreign: list[Path]) -> list[Path]:
    """Choose the temporaries of other machines that have not changed for long, by the file system's clock."""
    written = [path for path in foreign if _TEMPORARY.fullmatch(path.name) and path.is_dir()]
    if not written:
        return []
    try:
        now = _clock_of(folder)
        return [path for path in written if now - _last_change(path) > _GIVEN_UP_AFTER]
    except OSError:  # it may not be written to, or another run has just removed them
        return []


def _clock_of(folder: Path) -> int:
    """Read the clock of the file system, which may not be that of this machine, from a folder made there."""
    made = folder / temporary_folder_name()
    made.mkdir()
    try:
        return made.stat().st_mtime_ns
    finally:
        made.rmdir()


def _last_change(path: Path) -> int:
    return max(each.lstat().st_ctime_ns for each in (path, *path.rglob("*")))
