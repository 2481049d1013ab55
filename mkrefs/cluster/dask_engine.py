"""The engine whose tasks are carried out by the workers of a dask scheduler."""

import asyncio
import secrets
from collections.abc import Collection, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack, suppress
from typing import Any, TypeVar

from distributed import Client, KilledWorker

from mkrefs.cluster.crew import Crew
from mkrefs.cluster.order import Order, Place
from mkrefs.cluster.station import carry_out, dismiss
from mkrefs.cluster.watch import Watch
from mkrefs.cluster.workers import RESOURCE
from mkrefs.cluster.workforce import Workforce
from mkrefs.errors import UserError
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.running.attempt import Cause
from mkrefs.running.job_log import last_lines, log_path
from mkrefs.running.worker import Report, Task

T = TypeVar("T")
#: How often a task is sent that was waiting in a worker when that was lost.
_MOST_SENDINGS = 5
#: Seconds that workers of others get to end idle processes of ours.
_FAREWELL = 5.0


class DaskEngine:
    """Gives tasks to dask, one by one, and follows each in the event loop of the client.

    Parameters
    ----------
    client : Client
        A connection to the scheduler; closed with the engine.
    workforce : Workforce
        Whoever has workers started; closed with the engine.
    place : Place
        What workers must see and have.
    crew : Crew
        The workers that are there or will be.
    patience : float
        Seconds without any worker after which the run ends.
    resources : ExitStack
        Closed last.
    """

    def __init__(
        self,
        client: Client,
        workforce: Workforce,
        place: Place,
        crew: Crew,
        *,
        patience: float,
        resources: ExitStack,
    ) -> None:
        self._client = client
        self._workforce = workforce
        self._place = place
        self._crew = crew
        self._resources = resources
        self._loop: asyncio.AbstractEventLoop = client.loop.asyncio_loop
        self._begun: set[str] = set()
        self._error: Exception | None = None
        self._over = asyncio.Event()
        self._is_closed = False
        client.subscribe_topic(place.topic, self._take_begun)
        self._watch = Watch(client, workforce, patience, seen=self._see, give_up=self._give_up)

    @property
    def capacity(self) -> int:
        """How many tasks may be under way at once."""
        return self._crew.capacity.tasks

    def fits(self, need: int, running: Collection[int], *, alone: bool) -> bool:
        """Tell whether the workers have memory for one more task."""
        return self._crew.capacity.fits(self._crew.capacity.memory if alone else need, running)

    def submit(self, task: Task, need: int, *, alone: bool) -> Future[Report]:
        """Give a task to dask.

        Parameters
        ----------
        task : Task
            What to do.
        need : int
            Bytes it is expected to take; a worker does tasks at once for which it has memory together.
        alone : bool
            It gets the whole memory of a worker.
        """
        memory = self._crew.capacity.memory
        if memory:
            need = memory if alone else min(need, memory)
        return self._in_loop(self._follow(Order(task, need, self._place)))

    def close(self) -> None:
        """End the workers that were started for this run, and leave those of others."""
        if self._is_closed:
            return
        self._is_closed = True
        self._loop.call_soon_threadsafe(self._over.set)
        self._watch.stop()
        try:
            with suppress(TimeoutError, OSError, CancelledError):
                if self._client.status == "running":
                    self._in_loop(self._dismiss()).result(_FAREWELL)
            with suppress(TimeoutError):
                self._client.close(timeout=_FAREWELL)
        finally:
            try:
                self._workforce.close()
            finally:
                self._resources.close()

    def kill(self) -> None:
        """End the workers that were started for this run, and what others' do for it, at once."""
        self.close()

    def _see(self, crew: Crew) -> None:
        """Take note of the workers that others start and end; the number of our own is known."""
        if not self._workforce.is_ours:
            self._crew = crew

    def _give_up(self, error: Exception) -> None:
        self._error = error
        self._loop.call_soon_threadsafe(self._over.set)

    def _take_begun(self, event: tuple[float, str]) -> None:
        self._begun.add(event[1])

    def _in_loop(self, awaited: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(awaited, self._loop)

    async def _dismiss(self) -> None:
        await self._client.run(dismiss, on_error="ignore")

    async def _follow(self, order: Order) -> Report:
        """Send a task until it was begun, and give its report."""
        task = order.task
        for _ in range(_MOST_SENDINGS):
            key = f"{type(task.job).__name__}-{secrets.token_hex(16)}"
            try:
                return await self._sent(order, key)
            except KilledWorker as error:
                if key in self._begun:
                    return _failure(task, self._told_of_loss(error), Cause.SIGNAL)
            except (CancelledError, asyncio.CancelledError, OSError) as error:
                raise self._error or self._told_of_scheduler() from error
            except Exception as error:  # noqa: BLE001 - whatever dask makes of a task that it cannot deliver
                return _failure(task, _told_of_bad_delivery(error), Cause.EXCEPTION)
            finally:
                self._begun.discard(key)
        return _failure(task, f"{_MOST_SENDINGS} workers were lost before they began it", Cause.SIGNAL)

    async def _sent(self, order: Order, key: str) -> Report:
        """Send a task and wait for its report, unless the engine is done."""
        if self._over.is_set() or self._client.status != "running":
            raise CancelledError
        resources = {RESOURCE: order.need} if self._crew.declares_memory else None
        future = self._client.submit(
            carry_out, order, key=key, pure=False, fifo_timeout=0, resources=resources
        )
        report = asyncio.ensure_future(self._client.gather(future, asynchronous=True))
        over = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait((report, over), return_when=asyncio.FIRST_COMPLETED)
            if not report.done():
                raise CancelledError
            answer: Report = await report
            return answer
        finally:
            report.cancel()
            over.cancel()
            future.release()

    def _told_of_loss(self, error: KilledWorker) -> str:
        lost = error.last_worker
        batch_job = self._workforce.batch_job_of(str(lost.name))
        what = f"its worker on {lost.host}" + (f", {batch_job}," if batch_job else f", {lost.name},")
        return f"{what} was lost, perhaps because memory or its time ran out"

    def _told_of_scheduler(self) -> UserError:
        return UserError(
            f"batch.scheduler: the connection to the dask scheduler at {self._workforce.address} was lost; "
            "see that it is running and run again."
        )


def _told_of_bad_delivery(error: Exception) -> str:
    return (
        f"a dask worker could not take the job ({type(error).__name__}: {error}); install the same versions "
        "of mkrefs, dask and distributed on all machines"
    )


def _failure(task: Task, reason: str, cause: Cause) -> Report:
    outcome = Outcome(task.job.id, State.FAILED, reason=reason)
    return Report(outcome, log_tail=last_lines(log_path(task.job)), cause=cause)
