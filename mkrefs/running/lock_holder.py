"""The sign that a run puts up in its folder, with a sign of life every few seconds; and how others read it.

A file system's own locks are not known here: they may hold on one machine only.
"""

import json
import os
import secrets
import socket
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Thread

from mkrefs.storage.atomic import write_text_atomic
from mkrefs.storage.processes import begin_of, is_alive, this_machine

#: Seconds between two signs of life.
BEAT = 10.0
#: Seconds without one after which a run on another machine is taken for dead.
SILENCE = 45.0


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a run folder.

    Attributes
    ----------
    host : str
        Name of the machine.
    pid : int
        Number of the process.
    machine, begin : str
        As `this_machine` and `begin_of` give them.
    """

    host: str
    pid: int
    machine: str
    begin: str

    def __str__(self) -> str:
        """Name the process."""
        return f"process {self.pid} on {self.host}"


class Sign:
    """The sign of this process, kept alive from another thread until it is taken down.

    Parameters
    ----------
    path : Path
        The file that bears it; it is made.
    beat : float
        Seconds between two signs of life.

    Raises
    ------
    mkrefs.errors.UserError
        If it cannot be written.
    """

    def __init__(self, path: Path, beat: float) -> None:
        self.path = path
        self._beat = beat
        self._down = Event()
        pid = os.getpid()
        holder = Holder(socket.gethostname(), pid, this_machine(), begin_of(pid))
        write_text_atomic(path, json.dumps(asdict(holder)) + "\n")
        Thread(target=self._live, name="mkrefs-lock", daemon=True).start()

    def is_up(self) -> bool:
        """Tell whether the sign is still there: another machine may have taken this process for dead."""
        try:
            self.path.stat()
        except FileNotFoundError:
            return False
        except OSError:  # not to be had for a moment
            return True
        return True

    def take_down(self) -> None:
        """Remove the sign."""
        self._down.set()
        with suppress(OSError):
            self.path.unlink()

    def _live(self) -> None:
        while not self._down.wait(self._beat):
            with suppress(OSError):  # a network that fails for a moment; what is gone is seen by `is_up`
                os.utime(self.path)


def new_sign_path(lock: Path) -> Path:
    """Give a path for a sign that nobody else uses, beside a lock."""
    return lock.with_name(f"{lock.name}.{secrets.token_hex(4)}")


def signs(lock: Path) -> tuple[Path, ...]:
    """List the signs beside a lock."""
    return tuple(sorted(lock.parent.glob(f"{lock.name}.*")))


def read_holder(path: Path) -> Holder | None:
    """Read a sign; None if it is gone or tells nothing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Holder(
            str(content["host"]), int(content["pid"]), str(content["machine"]), str(content["begin"])
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def lives_by_process(holder: Holder | None) -> bool | None:
    """Tell whether a holder lives; None if it is of another machine and only its signs of life can tell."""
    if holder is None or holder.machine != this_machine():
        return None
    return is_alive(holder.pid, holder.begin)


def last_beat(path: Path) -> int | None:
    """Give the time of the last sign of life, in nanoseconds by the file system; None if it is gone."""
    try:
        with path.open("rb") as stream:  # opening asks the server, which looking at the name may not
            return os.fstat(stream.fileno()).st_mtime_ns
    except OSError:
        return None


def watch_for_life(path: Path, silence: float) -> bool:
    """Watch a sign until it shows life, is gone, or has been silent for too long.

    No clock of another machine is asked, nor that of the file system: all that counts is whether the time of
    the sign changes, whatever it is.

    Parameters
    ----------
    path : Path
        The sign.
    silence : float
        Seconds to watch.

    Returns
    -------
    bool
        Whether it showed life.
    """
    first, end = last_beat(path), time.monotonic() + silence
    while first is not None and time.monotonic() < end:
        time.sleep(min(0.5, silence / 10))
        now = last_beat(path)
        if now != first:
            return now is not None
    return False
