"""What a run costs the process that schedules it: its time, its CPU, and its memory on the way."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import Outcome
from mkrefs.running.observer import Observer
from mkrefs.running.settings import RunResult


@dataclass(slots=True)
class Growth:
    """Hands on what an observer is told, and notes the memory of this process at the end of every job."""

    observer: Observer
    sizes: list[int] = field(default_factory=list)

    def plan(self, jobs: Sequence[Job]) -> None:
        """Hand on."""
        self.observer.plan(jobs)

    def started(self, job: Job) -> None:
        """Hand on."""
        self.observer.started(job)

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Hand on, and look."""
        self.observer.finished(job, outcome)
        self.sizes.append(_resident())

    def message(self, level: int, text: str) -> None:
        """Hand on."""
        self.observer.message(level, text)

    def end(self) -> None:
        """Hand on."""
        self.observer.end()

    @property
    def megabytes(self) -> float:
        """How much larger the process was at the end than when a tenth of the jobs had ended."""
        return (self.sizes[-1] - self.sizes[len(self.sizes) // 10]) / 1e6


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took.

    Attributes
    ----------
    jobs : int
        How many there were.
    seconds : float
        From beginning to end.
    cpu, of_workers : float
        Seconds of CPU of this process, and of the workers it had, their start included.
    size, growth : float
        MB of this process at the end, and how much of it came after the first tenth of the jobs.
    """

    jobs: int
    seconds: float
    cpu: float
    of_workers: float
    size: float
    growth: float

    def line(self, name: str) -> str:
        """Tell it in one line."""
        each, in_workers = 1e3 * self.cpu / self.jobs, 1e3 * self.of_workers / self.jobs
        memory = f"{self.size:.0f} MB, {self.growth:+.1f} MB since a tenth was done"
        return (
            f"{name:14}{self.jobs:7} jobs{self.seconds:9.2f} s, CPU for each {each:.2f} ms of the head, "
            f"{in_workers:.2f} ms of workers, {memory}"
        )


def cost_of(observer: Observer, run: Callable[[Observer], RunResult]) -> Cost:
    """Run a plan, and see what it costs this process.

    Raises
    ------
    RuntimeError
        If a job did not go well.
    """
    growth = Growth(observer)
    start, cpu, of_workers = time.perf_counter(), time.process_time(), _cpu_of_children()
    result = run(growth)
    seconds, spent = time.perf_counter() - start, time.process_time() - cpu
    workers = _cpu_of_children() - of_workers
    if result.exit_status:
        raise RuntimeError(next(each.reason for each in result.outcomes if each.reason))
    return Cost(len(growth.sizes), seconds, spent, workers, growth.sizes[-1] / 1e6, growth.megabytes)


def _cpu_of_children() -> float:
    """Give the CPU of the processes that this one had and waited for."""
    times = os.times()
    return times.children_user + times.children_system


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
