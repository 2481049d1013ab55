"""The batch jobs of a run: submitted, replaced when they are lost, watched, and ended.

What the queue says of them is read in `mkrefs.cluster.batch_queue`, their output in `batch_output`.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import dask_jobqueue
from distributed.core import Status
from distributed.deploy import SpecCluster
from distributed.security import Security

from mkrefs.cluster.batch_output import last_words, output_of
from mkrefs.cluster.batch_queue import QueuedJob, QueueState, queued_jobs
from mkrefs.cluster.batch_systems import NAME, batch_system
from mkrefs.cluster.job_script import job_options
from mkrefs.cluster.settings import ClusterSettings
from mkrefs.counting import counted
from mkrefs.errors import UserError

#: How often dask looks for batch jobs that were lost.
_INTERVAL = "5s"
#: Seconds that the batch system gets to end the batch jobs.
_PATIENCE = 30
#: Batch jobs that may end before they do anything, for each of those wanted.
_FALSE_STARTS = 3


class BatchPool:
    """A dask scheduler in this process, and batch jobs that work for it.

    Parameters
    ----------
    settings : ClusterSettings
        What is asked for; ``log_directory`` exists.
    number : int
        How many batch jobs there are to be.
    security : Security
        Credentials in files that the batch jobs can read.

    Raises
    ------
    UserError
        If the scheduler cannot be started here.
    """

    is_ours = True

    def __init__(self, settings: ClusterSettings, number: int, security: Security) -> None:
        self._settings = settings
        self._number = number
        self._false_starts = 0
        self._suspects: set[str] = set()
        self.security = security
        cluster_class = getattr(dask_jobqueue, batch_system(settings.system).cluster)
        self._cluster: SpecCluster = cluster_class(
            name=NAME,
            scheduler_options=_scheduler_options(settings),
            silence_logs=False,
            security=self.security,
            **job_options(settings),
        )

    @property
    def address(self) -> str:
        """Address of the scheduler."""
        return str(self._cluster.scheduler_address)

    def start(self) -> None:
        """Submit the batch jobs, and see that lost ones are replaced.

        Raises
        ------
        UserError
            If the batch system refuses all of them.
        """
        try:
            self._cluster.sync(_submitted, self._cluster, self._number)
        except (RuntimeError, ValueError, OSError) as error:
            if not any(self._numbers().values()):  # those that were refused are submitted again later
                raise UserError(self._refusal(error)) from error
        self._cluster.adapt(minimum=self._number, maximum=self._number, interval=_INTERVAL)

    def batch_job_of(self, worker: str) -> str:
        """Tell which batch job a worker is, as in "batch job 42"; empty if that is not known."""
        number = self._numbers().get(worker)
        return f"batch job {number}" if number else ""

    def problem(self, workers: set[str]) -> str:
        """Tell why there is no use in waiting for the batch jobs.

        A batch job counts as lost only when two looks in a row found it so.

        Parameters
        ----------
        workers : set of str
            Names of the workers that are at work.

        Returns
        -------
        str
            One sentence; empty if there is hope.
        """
        numbers = {name: number for name, number in self._numbers().items() if name not in workers}
        queued = queued_jobs(self._settings.system, numbers.values()) if numbers else ()
        if queued is None:
            return ""
        there = {job.number for job in queued}
        ended = {name for name, number in numbers.items() if number not in there}  # or never submitted
        held = [job for job in queued if job.state is QueueState.HELD]
        suspects = ended | {job.number for job in held}
        lost, self._suspects = suspects & self._suspects, suspects
        if workers:
            self._replace(ended & lost)
            return ""
        if held and held[0].number in lost:
            return self._told_of_held(held[0])
        if ended and ended <= lost and len(ended) == len(numbers) and any(numbers.values()):
            return self._told_of_ended(max(numbers.values()))
        return ""

    def waiting(self) -> str:
        """Tell in a clause why no batch job is at work."""
        numbers = [number for number in self._numbers().values() if number]
        queued = queued_jobs(self._settings.system, numbers)
        if queued is None or not numbers:
            silence = "gives no answer about its queue" if numbers else "takes no batch jobs any more"
            return f"{self._settings.system} {silence}; {self._settings.log_directory}/dask.log tells more"
        waiting = [job for job in queued if job.state is QueueState.WAITING]
        if not waiting:
            return "their workers do not reach this machine, or do not start"
        reasons = ", ".join(dict.fromkeys(job.reason for job in waiting if job.reason))
        return f"{counted(len(waiting), 'batch job')} waiting in the queue" + (
            f" ({reasons})" if reasons else ""
        )

    def close(self) -> None:
        """End the batch jobs and the scheduler."""
        for job in tuple(self._cluster.workers.values()):
            job.status = Status.closing  # dask insists on it, but leaves out those that were refused
        with suppress(TimeoutError):  # batch jobs end by themselves once their scheduler is gone
            self._cluster.close(timeout=_PATIENCE)

    def _numbers(self) -> Mapping[str, str]:
        """Give the id of each worker's batch job; empty for one that was refused."""
        return {str(name): job.job_id or "" for name, job in tuple(self._cluster.workers.items())}

    def _replace(self, names: set[str]) -> None:
        """Have batch jobs submitted anew that ended before their worker was there, but not for ever."""
        for name in sorted(names):
            if self._false_starts < _FALSE_STARTS * self._number:
                self._false_starts += 1
                self._cluster.loop.add_callback(_forget, self._cluster, name)

    def _refusal(self, error: BaseException) -> str:
        told = re.search(r"stderr:\n(.*)", str(error), re.DOTALL)
        lines = [line.strip() for line in (told[1] if told else str(error)).splitlines() if line.strip()]
        return (
            f"batch: {self._settings.system} refused the job script ({'; '.join(lines)}); mend the settings "
            "of batch, which mkrefs plan --job-script turns into the script, and run again."
        )

    def _told_of_held(self, job: QueuedJob) -> str:
        return (
            f"batch job {job.number} of {self._settings.system} is held: {job.reason or 'no reason given'}; "
            "mend that and run again."
        )

    def _told_of_ended(self, number: str) -> str:
        path = output_of(Path(self._settings.log_directory), number)
        said = last_words(path) if path is not None else ""
        told = f": {said.rstrip('.')}" if said else ""
        where = f"; its output is in {path}" if path is not None else ""
        return (
            f"batch job {number} of {self._settings.system} ended before its worker was ready{told}{where}; "
            "mend that and run again."
        )


async def _submitted(cluster: SpecCluster, number: int) -> None:
    """Submit batch jobs; `SpecCluster.scale` would keep to itself that they are refused."""
    while len(cluster.worker_spec) < number:
        cluster.worker_spec.update(cluster.new_worker_spec())
    await cluster


def _forget(cluster: SpecCluster, name: str) -> None:
    job = cluster.workers.pop(name, None)
    if job is not None:
        job.status = Status.closed


def _scheduler_options(settings: ClusterSettings) -> dict[str, Any]:
    options = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    return options | ({"interface": settings.interface} if settings.interface else {})
