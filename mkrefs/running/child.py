"""A child process with pipes to it and from it, which leads a process group; not what it is told."""

import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress

#: What the interpreter of a child runs; its words are the two pipes and where modules are found.
_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[4:]; from mkrefs.running.serve import serve; "
    "serve(int(sys.argv[2]), int(sys.argv[3]))"
)
_NAME = "mkrefs-worker"
#: Seconds between two looks at a child that is waited for.
_INTERVAL = 0.02


class Child:
    """A running interpreter that takes pickled objects and gives others back.

    Ctrl-C on the terminal does not reach it, and the programs that it starts end with it. It ends with the
    process that made it, however that ends.

    Parameters
    ----------
    environment : mapping of str to str
        Variables of its environment.

    Raises
    ------
    OSError
        If the system cannot start it, as for want of memory.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        their_end, ours = os.pipe()
        from_them, their_answer = os.pipe()
        self._lock = threading.Lock()
        self._to_it = os.fdopen(ours, "wb")
        self._from_it = os.fdopen(from_them, "rb")
        self._readable = select.poll()
        self._readable.register(self._from_it, select.POLLIN)
        words = (_PROGRAM, _NAME, str(their_end), str(their_answer), *sys.path)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
                [sys.executable, "-c", *words],
                stdin=subprocess.DEVNULL,
                env=environment,
                pass_fds=(their_end, their_answer),
                process_group=0,
            )
        except OSError:
            self._to_it.close()
            self._from_it.close()
            raise
        finally:
            os.close(their_end)
            os.close(their_answer)

    @property
    def pid(self) -> int:
        """Its number, which is that of its process group."""
        return self._process.pid

    def has_ended(self) -> bool:
        """Tell whether it is over; its number stays its own until `end`."""
        if self._process.returncode is not None:
            return True
        if hasattr(os, "waitid"):
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        with self._lock:  # macOS before Python 3.13, where its number is free from now on
            if self._process.poll() is not None:
                _kill_group(self.pid)
            return self._process.returncode is not None

    def send(self, message: object) -> None:
        """Give it an object; raises BrokenPipeError if it is over."""
        pickle.dump(message, self._to_it)
        self._to_it.flush()

    def answers_within(self, seconds: float) -> bool:
        """Wait for an answer, or for its end, but no longer than ``seconds``."""
        return bool(self._readable.poll(seconds * 1000)) or self.has_ended()

    def receive(self) -> object:
        """Take an object it sent; raises EOFError or `pickle.UnpicklingError` if it ended before that."""
        if not self._readable.poll(0):  # it is over, and what it started keeps its pipe open
            raise EOFError
        answer: object = pickle.load(self._from_it)  # noqa: S301 - our own process wrote it
        return answer

    def kill(self) -> None:
        """End it and all that it started at once; may be called from any thread."""
        with self._lock:
            if self._process.returncode is None:
                _kill_group(self.pid)

    def end(self, patience: float = 0.0) -> int:
        """Wait until it is over, end what it left running, and give its exit status.

        Parameters
        ----------
        patience : float
            Seconds after which it is killed.

        Returns
        -------
        int
            Its own status, or the negative number of the signal that ended it.
        """
        deadline = time.monotonic() + patience
        while not self.has_ended() and time.monotonic() < deadline:
            time.sleep(_INTERVAL)
        with self._lock:  # nobody may kill it once its number can be another's
            if self._process.returncode is None:
                _kill_group(self.pid)
                self._process.wait()
        for stream in (self._to_it, self._from_it):
            with suppress(BrokenPipeError):  # what it never took
                stream.close()
        return self._process.returncode


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # the latter is what macOS says of those that ended
        os.killpg(leader, signal.SIGKILL)
