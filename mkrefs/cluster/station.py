"""What happens in a dask worker: its threads wait for processes of their own, which do the jobs.

A process is ended as soon as nobody wants its job any more: the run was stopped, its head or the scheduler
is gone, or the dask worker is told to close.
"""

import asyncio
import threading
from dataclasses import replace
from typing import Any, cast

from distributed import Worker, WorkerPlugin, get_worker

from mkrefs.cluster.order import Order, Place
from mkrefs.cluster.place_check import place_problem
from mkrefs.cluster.workers import RESOURCE
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.running.attempt import Cause
from mkrefs.running.worker import Report
from mkrefs.running.worker_process import IDLE_MEMORY, WorkerProcess

_NAME = "mkrefs-station"
#: Seconds for which processes without work are kept, lest they outlive a run whose head was killed.
_REST = 30.0


def carry_out(order: Order) -> Report:
    """Do a job; called by dask in a thread of one of its workers.

    Parameters
    ----------
    order : Order
        The job, and what must hold here.

    Returns
    -------
    Report
        As of `mkrefs.running.worker_process.WorkerProcess.perform`, or of a failure that says why it cannot
        be done on this machine.
    """
    worker = get_worker()
    station = asyncio.run_coroutine_threadsafe(_station(worker), worker.loop.asyncio_loop).result()
    return station.carry_out(str(worker.get_current_task()), order)


async def dismiss(dask_worker: Worker) -> None:
    """End the processes without work in a dask worker."""
    station = dask_worker.plugins.get(_NAME)
    if isinstance(station, Station):
        await asyncio.to_thread(station.dismiss)


async def _station(worker: Worker) -> "Station":
    """Give the station of a dask worker, which it keeps; only its event loop comes here."""
    if _NAME not in worker.plugins:
        await worker.plugin_add(plugin=Station(), name=_NAME)
    return cast(Station, worker.plugins[_NAME])


class Station(WorkerPlugin):  # type: ignore[misc]  # the types of distributed are not looked at
    """The processes of a dask worker, of which as many are busy as dask has it do at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[WorkerProcess] = []
        self._busy: dict[str, WorkerProcess] = {}
        self._needs: dict[str, int] = {}
        self._good: set[tuple[str, str]] = set()
        self._timer: threading.Timer | None = None

    def setup(self, worker: Worker) -> None:
        """Take note of the dask worker whose station this is."""
        self._worker = worker
        limit = worker.memory_manager.memory_limit or 0
        self._memory = int(worker.state.total_resources.get(RESOURCE, limit))

    def teardown(self, worker: Worker) -> None:
        """End all processes at once: the dask worker closes."""
        with self._lock:
            processes = [*self._idle, *self._busy.values()]
        for process in processes:
            process.kill()

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """End the process of a job that nobody wants any more."""
        if start == "executing" and finish == "released":
            with self._lock:
                process = self._busy.get(str(key))
            if process is not None:
                process.kill()

    def carry_out(self, key: str, order: Order) -> Report:
        """Do a job, and wait for it."""
        problem = self._problem(key, order.place)
        if problem:
            outcome = Outcome(order.task.job.id, State.FAILED, reason=problem)
            return Report(outcome, cause=Cause.EXCEPTION)  # another machine may be better
        self._worker.log_event(order.place.topic, key)
        process = self._take(key, order.need)
        try:
            return process.perform(replace(order.task, memory=self._memory))
        finally:
            self._give_back(key, process)

    def dismiss(self) -> None:
        """End the processes that have nothing to do."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.close()

    def _problem(self, key: str, place: Place) -> str:
        known = (place.folder, place.mark)
        if known in self._good:
            return ""
        problem = place_problem(place, lambda: self._wants(key))
        if not problem:
            self._good.add(known)
        return problem

    def _wants(self, key: str) -> bool:
        task = self._worker.state.tasks.get(key)
        return task is not None and task.state == "executing"

    def _take(self, key: str, need: int) -> WorkerProcess:
        """Take a process for a job, and end those without work for which no memory is left."""
        with self._lock:
            process = self._idle.pop() if self._idle else WorkerProcess()
            self._busy[key], self._needs[key] = process, need
            free = self._memory - sum(self._needs.values())
            keep = max(0, free // IDLE_MEMORY) if self._memory else len(self._idle)
            self._idle, surplus = self._idle[:keep], self._idle[keep:]
        for each in surplus:
            each.close()
        if not self._wants(key):  # since a moment before anybody could tell the process
            process.kill()
        return process

    def _give_back(self, key: str, process: WorkerProcess) -> None:
        wanted = self._wants(key)
        with self._lock:
            del self._busy[key], self._needs[key]
            if wanted:
                self._idle.append(process)
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(_REST, self.dismiss)
            self._timer.daemon = True
            self._timer.start()
        if not wanted:
            process.kill()
            process.close()
