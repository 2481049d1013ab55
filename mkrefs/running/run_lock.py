"""One run at a time in a run directory, also among machines; a run that was killed is no hindrance."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mkrefs.errors import UserError
from mkrefs.running.lock_holder import (
    BEAT,
    SILENCE,
    Holder,
    Sign,
    last_beat,
    lives_by_process,
    new_sign_path,
    read_holder,
    signs,
    watch_for_life,
)
from mkrefs.storage.file_lock import take_lock
from mkrefs.storage.syncing import make_folder
from mkrefs.storage.write_errors import mendable_write_errors

LOCK_NAME = ".mkrefs.lock"


@contextmanager
def run_lock(
    folder: Path, *, tell: Callable[[str], None] | None = None, beat: float = BEAT, silence: float = SILENCE
) -> Iterator[Callable[[], None]]:
    """Hold the lock of a run directory, which is made if missing; whatever ends the process frees the lock.

    Two things keep others out: the file system's lock, where it has one, and a sign beside it that names the
    holder. Everybody first puts up a sign and then looks for others: of two that begin at once no more than
    one goes on. A sign of this machine is judged by its process, at once; one of another machine by its signs
    of life, for which it is watched.

    Parameters
    ----------
    folder : Path
        The run directory.
    tell : callable
        Takes a sentence if it has to be waited to see whether a run on another machine is alive.
    beat : float
        Seconds between two signs of life.
    silence : float
        Seconds without one after which a run on another machine is taken for dead; that of all machines must
        be several times their beat.

    Yields
    ------
    callable
        To be called now and then: raises UserError if another machine took this run for dead and took over.

    Raises
    ------
    mkrefs.errors.UserError
        If another process holds it, or the directory may not be written to.
    """
    path = folder / LOCK_NAME
    with mendable_write_errors(path):
        make_folder(folder)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not take_lock(descriptor):
            holders = filter(None, map(read_holder, signs(path)))  # some may be signs of the dead
            alive = (holder for holder in holders if lives_by_process(holder) is not False)
            raise _refusal(folder, next(alive, None))
        sign = Sign(new_sign_path(path), beat)
        try:
            _refuse_others(folder, sign, silence, tell)
            yield lambda: _refuse_taken_over(folder, sign)
        finally:
            sign.take_down()
    finally:
        os.close(descriptor)


def is_locked(folder: Path) -> bool:
    """Tell whether a run is at work in a run directory; nothing is written, and nothing waited for.

    A run on another machine counts as at work if its last sign of life is not old, by this machine's clock.

    Parameters
    ----------
    folder : Path
        The run directory.
    """
    return any(_seems_alive(path) for path in signs(folder / LOCK_NAME))


def _seems_alive(path: Path) -> bool:
    lives, beat = lives_by_process(read_holder(path)), last_beat(path)
    if lives is not None:
        return lives
    return beat is not None and abs(time.time() - beat / 1e9) < 2 * SILENCE


def _refuse_others(folder: Path, sign: Sign, silence: float, tell: Callable[[str], None] | None) -> None:
    """Raise if another holder lives; remove the signs of the dead."""
    for other in signs(folder / LOCK_NAME):
        if other == sign.path:
            continue
        holder = read_holder(other)
        lives = lives_by_process(holder)
        if lives is None:
            if tell is not None:
                tell(_waiting(folder, holder, silence))
            lives = watch_for_life(other, silence)
        if lives:
            raise _refusal(folder, holder)
        with mendable_write_errors(other):
            other.unlink(missing_ok=True)


def _waiting(folder: Path, holder: Holder | None, silence: float) -> str:
    return (
        f"{folder}: {holder or 'a process'} was at work here on another machine, or before this one was "
        f"started anew; waiting up to {silence:g} s for a sign of life"
    )


def _refusal(folder: Path, holder: Holder | None) -> UserError:
    return UserError(
        f"{folder}: another run of mkrefs is at work here ({holder or 'a process that has just begun'}); "
        "wait until it ends, or choose another output directory or run ID"
    )


def _refuse_taken_over(folder: Path, sign: Sign) -> None:
    if not sign.is_up():
        raise UserError(
            f"{folder}: this run was silent for so long that another one took over, or somebody removed "
            f"{sign.path.name}; what is made is kept: run again when the other run has ended"
        )
