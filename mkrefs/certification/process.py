"""The processes in which crds certifies: started when they are needed, used again, ended with this one."""

import atexit
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from queue import Empty, SimpleQueue
from typing import IO

from mkrefs.crds_context.private_context import process_environment

_WORKER = "mkrefs.certification.worker"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

#: Names and values of variables.
_Variables = tuple[tuple[str, str], ...]


def perform(request: Mapping[str, str], variables: Mapping[str, str]) -> int:
    """Have a request carried out by a process that has nothing to do, or by a new one.

    Any number of threads may do so at once.

    Parameters
    ----------
    request : mapping of str to str
        What `mkrefs.certification.worker` understands.
    variables : mapping of str to str
        Environment variables that put a CRDS context in force.

    Returns
    -------
    int
        The exit status of what carried it out.

    Raises
    ------
    RuntimeError
        If no process can be started: a bug, with its traceback.
    """
    key = tuple(sorted(variables.items()))
    while True:
        try:
            process, new = _idle(key).get_nowait(), False
        except Empty:
            process, new = _CertifyingProcess(key), True
        status = process.perform(request)
        if status is not None:
            _idle(key).put(process)
            return status
        said = process.close()
        if new:
            raise RuntimeError(f"the process that runs crds certify ended:\n{said}")


@cache
def _idle(_: _Variables) -> "SimpleQueue[_CertifyingProcess]":
    """Give the processes that have nothing to do, by their variables."""
    return SimpleQueue()


class _CertifyingProcess:
    """A child process that certifies one file after another."""

    def __init__(self, variables: _Variables) -> None:
        # A fork is made of a process with one thread.
        environment = process_environment({**dict.fromkeys(_THREADS, "1"), **dict(variables)})
        self._said: IO[str] = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - closed by close()
        self._process = subprocess.Popen(  # noqa: S603 - the interpreter that runs mkrefs
            [sys.executable, "-m", _WORKER],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )
        atexit.register(self.close)

    def perform(self, request: Mapping[str, str]) -> int | None:
        """Have a request carried out; None if the process has ended, perhaps long before."""
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            return None
        try:
            requests.write(json.dumps(request) + "\n")
            requests.flush()
        except BrokenPipeError:
            return None
        answer = answers.readline()
        return int(answer) if answer else None

    def close(self) -> str:
        """End the process, and tell what it said."""
        atexit.unregister(self.close)
        self._process.communicate()
        self._said.seek(0)
        with self._said:
            return f"{self._said.read()}exit status {self._process.returncode}"
