"""Where tasks are carried out: in local worker processes, or in this process."""

from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from mkrefs.running.worker import Report, Task, perform
from mkrefs.running.worker_process import IDLE_MEMORY, WorkerPool


class Engine(Protocol):
    """Carries out tasks.

    The future of a task gives its report, also if its worker died. An exception of the future ends the run:
    a `mkrefs.errors.UserError` says in one sentence why no task can be carried out any more.
    """

    @property
    def capacity(self) -> int:
        """How many tasks may be under way at once."""

    def fits(self, need: int, running: Collection[int], *, alone: bool) -> bool:
        """Tell whether a task may start now.

        Parameters
        ----------
        need : int
            Bytes it is expected to take.
        running : collection of int
            The same of each task under way.
        alone : bool
            It failed once, perhaps for want of memory.
        """

    def submit(self, task: Task, need: int, *, alone: bool) -> Future[Report]:
        """Start a task that fits; no more than ``capacity`` are given at once."""

    def close(self) -> None:
        """End the workers, which have nothing left to do."""

    def kill(self) -> None:
        """End the workers at once, whatever they are doing; the reports of their tasks are of no use."""


class LocalEngine:
    """Worker processes on this machine, which share its memory.

    Parameters
    ----------
    capacity : int
        The most processes.
    threads : int
        Threads of numerical libraries in each.
    memory : int
        Bytes that all tasks under way may be expected to take; one task may always run, however large. A task
        that takes more although it was expected to fit is ended.
    """

    def __init__(self, capacity: int, threads: int, memory: int) -> None:
        self._capacity = capacity
        self._memory = memory
        self._pool = WorkerPool(threads)
        self._waiting = ThreadPoolExecutor(capacity, thread_name_prefix="worker")
        self._alone: Future[Report] | None = None

    @property
    def capacity(self) -> int:
        """How many tasks may be under way at once."""
        return self._capacity

    def fits(self, need: int, running: Collection[int], *, alone: bool) -> bool:
        """Tell whether there is memory for one more task; the only task always fits."""
        if not running:
            return True
        if alone or (self._alone is not None and not self._alone.done()):
            return False
        return need + sum(running) <= self._memory

    def submit(self, task: Task, need: int, *, alone: bool) -> Future[Report]:
        """Start a task in a process that is free, or in a new one."""
        if need + IDLE_MEMORY * (self._capacity - 1) > self._memory:
            self._pool.end_idle(keep=1)
        bounded = replace(task, memory=self._memory) if need <= self._memory else task
        future = self._waiting.submit(self._pool.perform, bounded)
        if alone:
            self._alone = future
        return future

    def close(self) -> None:
        """End the processes, which have nothing left to do."""
        self._waiting.shutdown(wait=True)
        self._pool.close()

    def kill(self) -> None:
        """End the processes, and those that they started, at once."""
        self._pool.kill()
        self.close()


class InlineEngine:
    """Carries out tasks one by one in this process, for debugging; nothing protects it from their crashes."""

    capacity = 1

    def fits(self, need: int, running: Collection[int], *, alone: bool) -> bool:
        """Tell that there is no task under way."""
        return not running

    def submit(self, task: Task, need: int, *, alone: bool) -> Future[Report]:
        """Carry out a task before returning."""
        future: Future[Report] = Future()
        future.set_result(perform(task))
        return future

    def close(self) -> None:
        """Do nothing: there is no process to end."""

    def kill(self) -> None:
        """Do nothing: there is no process to end."""
