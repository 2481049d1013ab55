"""Workers as those who have tasks see them: processes of their own, whose deaths come back as reports."""

import errno
import os
import pickle
import signal
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import cast

from mkrefs.jobs.outcome import Outcome, State
from mkrefs.running.attempt import Cause
from mkrefs.running.child import Child
from mkrefs.running.job_log import last_lines, log_path
from mkrefs.running.kept_heap import KEEPING
from mkrefs.running.process_memory import memory_of_tree
from mkrefs.running.worker import Report, Task
from mkrefs.storage.leftovers import remove_leftovers

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
#: What signals from outside often mean.
_HINTS: Mapping[int, str] = {
    signal.SIGKILL: ", perhaps because memory ran out",
    signal.SIGBUS: ", perhaps because a file that it read was cut short or its disk failed",
}
#: Seconds between two looks at the time and the memory that a task takes.
_INTERVAL = 0.5
#: Seconds that a process gets to end by itself.
_PATIENCE = 5.0
#: Bytes that a process without a task keeps.
IDLE_MEMORY = 400_000_000


class WorkerProcess:
    """A process on this machine that carries out tasks, one at a time; it starts with the first.

    Parameters
    ----------
    threads : int
        How many threads numerical libraries may use in it, unless the environment says already.
    """

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._is_killed = False
        self._child: Child | None = None

    def perform(self, task: Task) -> Report:
        """Have a task carried out, and wait for it.

        Parameters
        ----------
        task : Task
            What to do, and how long and how much memory it may take.

        Returns
        -------
        Report
            As `mkrefs.running.worker.perform` gives it. If the process dies, or has to be ended, that of a
            failure with its cause; the next task then gets a new process.
        """
        try:
            child = self._living_child()
        except OSError as error:
            return _failure(task, f"no process could be started for it: {error.strerror}", _cause_of(error))
        if child is None:
            return _failure(task, "its worker was ended before it began", Cause.SIGNAL)
        try:
            child.send(task)
            stopped = _watch(child, task)
            if stopped is None:
                return cast(Report, child.receive())
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            stopped = None
        code = child.end(patience=0.0 if stopped else _PATIENCE)
        self._child = None
        for folder in dict.fromkeys(Path(output).parent for output in task.job.outputs):
            remove_leftovers(folder)
        reason, cause = stopped or (f"its worker {_describe(code)}", Cause.SIGNAL)
        return _failure(task, reason, cause)

    def kill(self) -> None:
        """End the process and those that it started at once, for good; may be called from any thread."""
        with self._lock:
            self._is_killed = True
            child = self._child
        if child is not None:
            child.kill()

    def close(self) -> None:
        """End the process, which has nothing left to do."""
        child, self._child = self._child, None
        if child is None:
            return
        with suppress(BrokenPipeError):  # it died while it had nothing to do
            child.send(None)
        child.end(_PATIENCE)

    def _living_child(self) -> Child | None:
        """Give the process, a new one if need be; None if it was killed."""
        with self._lock:
            if self._child is not None and self._child.has_ended():
                self._child.end()
                self._child = None
            if self._is_killed:
                return None
            if self._child is None:
                self._child = Child(_environment(self._threads))
            return self._child


class WorkerPool:
    """As many workers as there are tasks at once; they serve further tasks, so that imports are paid once.

    Parameters
    ----------
    threads : int
        Threads of numerical libraries in each.
    """

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._is_killed = False
        self._idle: list[WorkerProcess] = []
        self._busy: list[WorkerProcess] = []

    def perform(self, task: Task) -> Report:
        """Have a task carried out by an idle worker, or by a new one; any number of threads may wait here."""
        with self._lock:
            worker = self._idle.pop() if self._idle else WorkerProcess(self._threads)
            self._busy.append(worker)
            if self._is_killed:
                worker.kill()
        try:
            return worker.perform(task)
        finally:
            with self._lock:
                self._busy.remove(worker)
                self._idle.append(worker)

    def kill(self) -> None:
        """End all workers at once; the tasks under way come back as failures, as do later ones."""
        with self._lock:
            self._is_killed = True
            workers = [*self._idle, *self._busy]
        for worker in workers:
            worker.kill()

    def end_idle(self, keep: int = 0) -> None:
        """End workers that have nothing to do, for the memory they hold; all but ``keep`` of them."""
        with self._lock:
            workers, self._idle = self._idle[keep:], self._idle[:keep]
        if workers:
            with ThreadPoolExecutor(len(workers)) as ending:  # each takes a moment to end
                tuple(ending.map(WorkerProcess.close, workers))

    def close(self) -> None:
        """End the workers, none of which may be busy."""
        self.end_idle()


def _watch(child: Child, task: Task) -> tuple[str, Cause] | None:
    """Wait for an answer; give a reason and its cause if the task takes more than it may."""
    begun = time.monotonic()
    while not child.answers_within(_INTERVAL):
        if task.longest and time.monotonic() - begun > task.longest:
            return f"it took longer than the {task.longest:g} s that a job may take", Cause.TIMEOUT
        used = memory_of_tree(child.pid) if task.memory else 0
        if used > task.memory:
            told = f"{used / 1e9:.1f} GB of memory, more than the {task.memory / 1e9:.1f} GB that are there"
            return f"it took {told}", Cause.MEMORY
    return None


def _failure(task: Task, reason: str, cause: Cause) -> Report:
    outcome = Outcome(task.job.id, State.FAILED, reason=reason)
    return Report(outcome, log_tail=last_lines(log_path(task.job)), cause=cause)


def _cause_of(error: OSError) -> Cause:
    """Tell why a process could not be started: it takes memory, of which there is more when it is alone."""
    return Cause.MEMORY if error.errno in (errno.ENOMEM, errno.EAGAIN) else Cause.EXCEPTION


def _environment(threads: int) -> Mapping[str, str]:
    return {**dict.fromkeys(_THREAD_VARIABLES, str(threads)), **KEEPING, **os.environ}


def _describe(code: int) -> str:
    if code >= 0:
        return f"ended itself with status {code}"
    try:
        name = f" ({signal.Signals(-code).name})"
    except ValueError:  # a real-time signal
        name = ""
    return f"was ended by signal {-code}{name}{_HINTS.get(-code, '')}"
