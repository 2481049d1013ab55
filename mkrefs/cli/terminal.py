"""Standard output and error that outlive those who read them; what is said after that goes nowhere."""

import errno
import os
import sys
from collections.abc import Callable, Collection
from typing import Any, TextIO

#: A terminal that went away.
TERMINAL_GONE = frozenset({errno.EIO})
#: That, a program that reads no more, and a disk of logs that is full.
READER_GONE = TERMINAL_GONE | {errno.EPIPE, errno.ENOSPC, errno.EDQUOT}


def open_standard_streams() -> None:
    """Have those standard streams go nowhere that were closed: other files would get their descriptors."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False, encoding="utf-8")  # noqa: SIM115 - a descriptor, kept
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False, encoding="utf-8")  # noqa: SIM115 - likewise


class LastingStream:
    """A stream whose reader may go away while the run goes on or comes to an orderly end.

    Parameters
    ----------
    stream : text stream
        Standard output or standard error.
    losses : collection of int
        Numbers of the system's errors after which all goes nowhere; any other is raised.
    """

    def __init__(self, stream: TextIO, losses: Collection[int] = TERMINAL_GONE) -> None:
        self._stream = stream
        self._losses = losses

    def write(self, text: str) -> int:
        """Write as the stream does."""
        return int(self._as_long_as_it_is_there(lambda: self._stream.write(text)))

    def flush(self) -> None:
        """Flush as the stream does."""
        self._as_long_as_it_is_there(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        """Give everything else of the stream."""
        return getattr(self._stream, name)

    def _as_long_as_it_is_there(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except OSError as error:
            if error.errno not in self._losses:
                raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())  # what is buffered goes there, too
        os.close(nowhere)
        return act()
