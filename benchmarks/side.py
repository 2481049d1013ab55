"""A side of a case as the process that leads the run sees it: started, commanded by pipe, ended."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

from benchmarks.case import Task
from benchmarks.environments import interpreter
from benchmarks.peaks import memory_of_children, watched
from benchmarks.setting import Setting
from mkrefs.running.kept_heap import KEEPING

_OURS = Path(__file__).parent / "ours" / "side.py"
_SCRIPTS = Path(__file__).parent / "peers"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
# Nothing that is set for mkrefs or for CRDS changes what is measured.
_WITHOUT = ("PYTHONPATH", "CRDS_PATH", "CRDS_CONTEXT", "CRDS_SERVER_URL", "JWST_MKREFS_CONFIGFILE")


@dataclass(frozen=True, slots=True)
class Took:
    """What one run of a piece of work took: seconds and bytes.

    Attributes
    ----------
    wall, cpu : float
        The latter with that of processes that it started.
    before, peak : int
        Memory of the process before, and the most of it and of all that it started.
    found : object
        What the work gave back.
    """

    wall: float
    cpu: float
    before: int
    peak: int
    found: Any = None


class Side:
    """A process that does tasks of one kind again and again; a context manager.

    Ours keeps the memory it frees, as the workers of a run do.

    Parameters
    ----------
    task : Task
        What it is to do, or another task of the same script.
    setting : Setting
        Where environments are.
    cores : int
        How many it may use: the first ones that this process may, so the same for both sides.
    folder : Path
        Its working folder; must be there.

    Raises
    ------
    RuntimeError
        If the process ends, or work fails; with what it said.
    """

    def __init__(self, task: Task, setting: Setting, cores: int, folder: Path) -> None:
        self._said = TemporaryFile()  # noqa: SIM115 - open as long as the process
        command = _command(task, setting)
        with _on(cores):
            self._started = time.perf_counter()
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                text=True,
                cwd=folder,
                env=_surroundings(cores) if task.script else {**_surroundings(cores), **KEEPING},
            )
        self.described: Mapping[str, Any] = self._answer()

    @property
    def age(self) -> float:
        """Seconds since the process was started."""
        return time.perf_counter() - self._started

    def do(self, task: Task, given: Mapping[str, Any]) -> Took:
        """Do a task, and tell what it took."""
        command = {"do": task.do, "arguments": {**given, **task.arguments}}
        with watched(partial(memory_of_children, self._process.pid)) as watch:
            self._write(command)
            answer = self._answer()
        if "error" in answer:
            raise RuntimeError(f"{task.do} failed: {answer['error']}{self._last_words()}")
        return Took(**{**answer, "peak": answer["peak"] + watch.peak})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._process.kill()
        self._process.communicate()
        self._said.close()

    def _write(self, command: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            raise RuntimeError(f"the process ended with {status}: {self._last_words()}")
        return json.loads(line)

    def _last_words(self) -> str:
        """Give the end of what the process printed."""
        self._said.seek(0)
        return self._said.read().decode(errors="replace")[-3000:]


@contextmanager
def _on(cores: int) -> Iterator[None]:
    """Have what is started meanwhile run on the first cores of this process alone."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:cores])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _command(task: Task, setting: Setting) -> list[str]:
    if not task.script:
        return [sys.executable, str(_OURS)]
    python = interpreter(task.environment, setting.peers) if task.environment else Path(sys.executable)
    return [str(python), str(_SCRIPTS / task.script)]


def _surroundings(cores: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _WITHOUT}
    return {**kept, **dict.fromkeys(_THREADS, str(cores)), "MPLBACKEND": "agg"}
