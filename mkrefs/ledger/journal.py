"""The journal of a run folder: one JSON line for each event, only ever appended to.

Which events a run tells of is decided by those who run it; what they mean together, by those who read them.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from io import FileIO
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, get_type_hints

from mkrefs.errors import UserError
from mkrefs.storage.syncing import sync
from mkrefs.storage.write_errors import mendable_write_errors

JOURNAL_NAME = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class CommandBegun:
    """A command begins to work in the run folder.

    Attributes
    ----------
    time : datetime
        UTC.
    folder : str
        The run folder as it was called then.
    labels : tuple of str
        What is to be made.
    jobs : int
        Number of jobs.
    host, pid : str, int
        Where it works.
    mkrefs : str
        Version.
    context : str
        Name of the CRDS context in force; empty if there is none.
    command : tuple of str
        The words of the command line; empty if it was not given on one.
    """

    time: datetime
    folder: str
    labels: tuple[str, ...]
    jobs: int
    host: str
    pid: int
    mkrefs: str
    context: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobEnded:
    """A job of the command ended.

    Attributes
    ----------
    time : datetime
        UTC.
    job : str
        Its id in the plan.
    kind : str
        As in the plan, such as ``CreateJob``.
    label : str
        Empty for jobs that several labels may share.
    state : str
        ``made``, ``kept``, ``skipped`` or ``failed``.
    reason : str
        Why it was skipped or failed.
    inputs, outputs : tuple of str
        Files it reads and makes, whether or not they exist.
    exposures : tuple of str
        Names of the exposures it speaks of.
    seconds : float
        How long it took.
    log : str
        Its log, if that is kept.
    """

    time: datetime
    job: str
    kind: str
    label: str
    state: str
    reason: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    exposures: tuple[str, ...]
    seconds: float
    log: str


@dataclass(frozen=True, slots=True)
class CommandEnded:
    """The command came to its end, good or bad; a killed one tells nothing.

    Attributes
    ----------
    time : datetime
        UTC.
    exit_status : int
        As the shell gets it.
    unfinished : tuple of str
        Ids of the jobs that were not reached.
    interrupted_by : str
        Name of the signal that stopped it; empty if none did.
    error : str
        What ended it before its time; empty if nothing did.
    """

    time: datetime
    exit_status: int
    unfinished: tuple[str, ...]
    interrupted_by: str
    error: str


Event = CommandBegun | JobEnded | CommandEnded

_KINDS: Mapping[str, type[Event]] = {"begin": CommandBegun, "job": JobEnded, "end": CommandEnded}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_HINTS = MappingProxyType({kind: get_type_hints(kind) for kind in _NAMES})


class Journal:
    """Appends events to the journal of a run folder, which must exist; one process at a time.

    A line is handed over to the system whole before `append` returns, so that it outlives the process. Half
    a line at the end, of a run that died or of a full disk, is left as it is, and the next event begins on a
    new line.

    Parameters
    ----------
    folder : Path
        The run folder.

    Raises
    ------
    mkrefs.errors.UserError
        If the disk is full or may not be written to.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL_NAME
        self._waiting: list[bytes] = []
        with mendable_write_errors(self._path):
            self._stream = FileIO(self._path, "a+")
            sync(folder)

    def __enter__(self) -> "Journal":
        """Give the journal itself."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Have the disk hold what was written, and close the file."""
        with self._stream, suppress(OSError):
            os.fsync(self._stream.fileno())

    def append(self, event: Event) -> None:
        """Write an event, after those that could not be written before.

        Raises
        ------
        mkrefs.errors.UserError
            If it cannot be written, as on a full disk; it then waits for the next call.
        """
        self._waiting.append(_line(event))
        try:
            with mendable_write_errors(self._path):
                while self._waiting:
                    self._write(self._waiting[0])
                    del self._waiting[0]
        except OSError as error:
            raise UserError(
                f"{self._path}: cannot be written: {error.strerror}; see to the disk, and run again"
            ) from error

    def _write(self, line: bytes) -> None:
        unwritten = memoryview(line if self._ends_a_line() else b"\n" + line)
        while unwritten:
            unwritten = unwritten[self._stream.write(unwritten) :]

    def _ends_a_line(self) -> bool:
        descriptor = self._stream.fileno()
        size = os.fstat(descriptor).st_size
        return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


def read_journal(folder: Path) -> tuple[Event, ...]:
    """Read the journal of a run folder.

    Parameters
    ----------
    folder : Path
        The run folder.

    Returns
    -------
    tuple of Event
        In the order of writing; none if there is no journal. Lines that are not whole, or of no form that is
        known, are left out.

    Raises
    ------
    mkrefs.errors.UserError
        If the journal cannot be read.
    """
    path = folder / JOURNAL_NAME
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read: {error.strerror}; make it readable, or remove it"
        ) from error
    events = (_event(line) for line in lines[:-1])
    return tuple(event for event in events if event is not None)


def _line(event: Event) -> bytes:
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    values["time"] = event.time.isoformat(timespec="milliseconds")
    return json.dumps({"event": _NAMES[type(event)], **values}).encode() + b"\n"


def _event(line: bytes) -> Event | None:
    try:
        content = json.loads(line)
        kind = _KINDS[content["event"]]
        return kind(**{name: _value(hint, content[name]) for name, hint in _HINTS[kind].items()})
    except (ValueError, TypeError, KeyError):
        return None


def _value(hint: Any, value: Any) -> Any:
    """Give a value that was read the type of its field."""
    if hint is datetime:
        time = datetime.fromisoformat(value)
        if time.tzinfo is None:
            raise ValueError(value)
        return time
    if hint in (str, int, float):
        if isinstance(value, bool) or not isinstance(value, (int, float) if hint is float else hint):
            raise TypeError(value)
        return hint(value)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError(value)
    return tuple(value)
