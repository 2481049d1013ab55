"""Standard output and error that outlive their terminal; what is said after that goes nowhere."""

import errno
import os
from collections.abc import Callable
from typing import Any, TextIO


class LastingStream:
    """A stream whose terminal may go away while the run goes on or comes to an orderly end.

    Parameters
    ----------
    stream : text stream
        Standard output or standard error. Of a stream to anything but a terminal every error is raised.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

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
            if error.errno != errno.EIO:
                raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())  # what is buffered goes there, too
        os.close(nowhere)
        return act()
