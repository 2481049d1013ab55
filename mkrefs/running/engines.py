"""Where tasks are carried out: in local worker processes, or in this process."""

import multiprocessing
import os
import signal
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing.process import BaseProcess
from typing import Protocol

from mkrefs.running.worker import Report, Task, perform
from mkrefs.running.worker_process import initialise_worker


class Engine(Protocol):
    """Carries out tasks; a task whose worker dies ends with `concurrent.futures.BrokenExecutor`."""

    @property
    def capacity(self) -> int:
        """How many tasks may be under way at once."""

    def submit(self, task: Task) -> Future[Report]:
        """Start a task; no more than ``capacity`` are given at once."""

    def cause_of_death(self, future: Future[Report]) -> str:
        """Tell what ended the worker of a broken task, as in "was ended by signal 9 (SIGKILL)"."""

    def close(self) -> None:
        """End the workers, which have nothing left to do."""

    def kill(self) -> None:
        """End the workers at once, whatever they are doing."""


class LocalEngine:
    """Worker processes on this machine, each in an executor of its own: a death concerns one task alone.

    Processes start with the first task they get and then serve further ones, so that imports are paid once.

    Parameters
    ----------
    capacity : int
        The most processes.
    threads : int
        Threads of numerical libraries in each.
    """

    def __init__(self, capacity: int, threads: int = 1) -> None:
        self._capacity = capacity
        self._threads = threads
        self._slots: list[_Slot] = []

    @property
    def capacity(self) -> int:
        """How many tasks may be under way at once."""
        return self._capacity

    def submit(self, task: Task) -> Future[Report]:
        """Start a task in a process that is free, or in a new one."""
        slot = next((slot for slot in self._slots if slot.is_free()), None)
        if slot is not None:
            try:
                return slot.submit(task)
            except BrokenExecutor:  # its process died while it had nothing to do
                self._discard(slot)
        slot = _Slot(self._threads)
        self._slots.append(slot)
        return slot.submit(task)

    def cause_of_death(self, future: Future[Report]) -> str:
        """Tell what ended the process of a broken task; the task after it gets a new process."""
        slot = next(slot for slot in self._slots if slot.future is future)
        self._discard(slot)
        return _describe(slot.exit_code())

    def close(self) -> None:
        """End the processes, which have nothing left to do."""
        for slot in list(self._slots):
            self._discard(slot)

    def kill(self) -> None:
        """End the processes, and those that they started, at once."""
        for slot in self._slots:
            slot.kill()
        self.close()

    def _discard(self, slot: "_Slot") -> None:
        self._slots.remove(slot)
        slot.close()


class InlineEngine:
    """Carries out tasks one by one in this process, for debugging; nothing protects it from their crashes."""

    capacity = 1

    def submit(self, task: Task) -> Future[Report]:
        """Carry out a task before returning."""
        future: Future[Report] = Future()
        future.set_result(perform(task))
        return future

    def cause_of_death(self, future: Future[Report]) -> str:
        """Tell that there is no worker."""
        raise ValueError(f"{future}: a task carried out in this process has no worker to lose")

    def close(self) -> None:
        """Do nothing: there is no process to end."""

    def kill(self) -> None:
        """Do nothing: there is no process to end."""


class _Slot:
    """One worker process and the task it was given last."""

    def __init__(self, threads: int) -> None:
        self.future: Future[Report] | None = None
        self._processes: list[BaseProcess] = []
        self._executor = ProcessPoolExecutor(
            1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=initialise_worker,
            initargs=(threads,),
        )

    def is_free(self) -> bool:
        return self.future is None or self.future.done()

    def submit(self, task: Task) -> Future[Report]:
        before = multiprocessing.active_children()
        # A worker inherits the blocked signal, so that Ctrl-C cannot hit it before it is initialised.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.future = self._executor.submit(perform, task)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self._processes += [each for each in multiprocessing.active_children() if each not in before]
        return self.future

    def exit_code(self) -> int | None:
        return next((each.exitcode for each in self._processes if each.exitcode is not None), None)

    def kill(self) -> None:
        for process in self._processes:
            if process.pid is not None and process.is_alive():
                _kill_group(process.pid)

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:  # too young to lead its group
        os.kill(pid, signal.SIGKILL)


def _describe(code: int | None) -> str:
    if code is None:
        return "died"
    if code >= 0:
        return f"ended itself with status {code}"
    hint = ", perhaps because memory ran out" if -code == signal.SIGKILL else ""
    return f"was ended by signal {-code} ({signal.Signals(-code).name}){hint}"
