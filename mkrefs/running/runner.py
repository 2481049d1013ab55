"""Runs a plan: keeps what is current, starts what may start, and settles what comes back."""

import logging
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from mkrefs.errors import UserError
from mkrefs.jobs.calibrating import CalibrateJob
from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.ledger.currency import currency, renew_manifests
from mkrefs.ledger.file_record import FileRecord
from mkrefs.ledger.in_sight import wait_until_in_sight
from mkrefs.ledger.products import single_products
from mkrefs.running.attempt import Attempts
from mkrefs.running.engines import Engine, InlineEngine, LocalEngine
from mkrefs.running.interrupts import Events, interrupts_into
from mkrefs.running.job_log import log_path
from mkrefs.running.learned_memory import LearnedMemory
from mkrefs.running.observer import FINEST, Observer
from mkrefs.running.schedule import Schedule
from mkrefs.running.settings import RunResult, RunSettings
from mkrefs.running.worker import Report, Task
from mkrefs.selection.binding import bound
from mkrefs.storage.leftovers import remove_leftovers


def run_jobs(
    jobs: Sequence[Job], settings: RunSettings, observer: Observer, engine: Engine | None = None
) -> RunResult:
    """Run a plan.

    A job whose products are current is kept. A job that needs one that failed is skipped. A job that failed
    for no fault of the user is tried again as the settings say: alone if its worker died. SIGINT, SIGTERM and
    the loss of the terminal end the workers and the run. Jobs beyond the limit of their kind, and those that
    need them, are left for another run.

    Parameters
    ----------
    jobs : sequence of Job
        The plan; jobs start in its order.
    settings : RunSettings
        How to run it.
    observer : Observer
        Is told what happens.
    engine : Engine
        What carries the jobs out; by default local worker processes.

    Returns
    -------
    RunResult
        An outcome for every job, unless the run was interrupted or a limit reached.

    Raises
    ------
    ValueError
        If the plan contradicts itself.
    mkrefs.errors.UserError
        If the engine cannot go on.
    """
    memory = None
    if engine is None:
        memory = settings.usable_memory
        inline = settings.inline
        engine = InlineEngine() if inline else LocalEngine(settings.capacity, settings.threads, memory)
    events: Events[Future[Report]] = Events()
    runner = _Runner(jobs, settings, observer, engine, events, memory)
    try:
        if settings.inline:  # Ctrl-C stays what it is: an exception in the middle of the job
            return runner.run()
        with interrupts_into(events):
            return runner.run()
    finally:
        observer.end()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A job that is to be tried now: the bytes it is expected to take, and whether it wants to be alone."""

    job: Job
    need: int
    alone: bool


class _Runner:
    def __init__(
        self,
        jobs: Sequence[Job],
        settings: RunSettings,
        observer: Observer,
        engine: Engine,
        events: Events[Future[Report]],
        memory: int | None,
    ) -> None:
        self._jobs = jobs
        self._settings = settings
        self._observer = observer
        self._engine = engine
        self._events = events
        self._schedule = Schedule(jobs)
        self._running: dict[Future[Report], _Attempt] = {}
        self._sizes = LearnedMemory(settings.memory_of)
        self._memory = memory
        self._attempts = Attempts(settings.retries, settings.retry_on)
        self._to_retry: deque[Job] = deque()
        self._stale: dict[str, str] = {}
        self._begun: Counter[str] = Counter()
        self._limited: set[str] = set()
        self._known: dict[str, FileRecord] = {}
        self._outcomes: dict[str, Outcome] = {}

    def run(self) -> RunResult:
        try:
            self._observer.plan(self._jobs)
            self._remove_leftovers(self._jobs)
            self._start_what_may_start()
            while self._running and not self._events.signal:
                self._receive(self._events.queue.get())
                self._start_what_may_start()
        except BaseException:
            self._stop()
            raise
        if self._events.signal:
            self._stop()
        else:
            self._engine.close()
            self._remove_leftovers(self._jobs)  # those of workers that outlived an earlier run for a moment
        outcomes = tuple(self._outcomes[job.id] for job in self._jobs if job.id in self._outcomes)
        limits_reached = tuple(kind for kind in self._settings.limits if kind in self._limited)
        return RunResult(outcomes, self._schedule.unsettled, self._events.signal, limits_reached)

    def _stop(self) -> None:
        self._engine.kill()
        self._remove_leftovers(tuple(attempt.job for attempt in self._running.values()))

    def _start_what_may_start(self) -> None:
        while not self._events.signal and len(self._running) < self._engine.capacity:
            if self._to_retry and self._fits(attempt := self._attempt(self._to_retry[0])):
                self._to_retry.popleft()
                self._submit(attempt)
                continue
            job = self._schedule.peek()
            if job is None:
                break
            if not self._bind(job) or self._is_kept(job := self._schedule.job(job.id)):
                continue
            if self._is_beyond_limit(job):
                self._postpone(self._schedule.take())
                continue
            if not self._fits(attempt := self._attempt(job)):
                break
            self._schedule.take()
            self._start(attempt)

    def _bind(self, job: Job) -> bool:
        """Put into a job what earlier jobs chose for it; settle it as failed where that cannot be."""
        try:
            wait_until_in_sight(self._known[path] for path in _chosen_in(job) if path in self._known)
            self._schedule.replace(bound(job))
        except UserError as error:
            self._schedule.take()
            self._settle(Outcome(job.id, State.FAILED, reason=str(error)))
            return False
        return True

    def _is_kept(self, job: Job) -> bool:
        """Settle the job if its products are current; remember why not otherwise."""
        if job.id in self._stale:
            return False
        if self._settings.force(job):
            self._stale[job.id] = "it is asked to be made again"
            return False
        verdict = currency(
            job,
            versions=self._settings.versions,
            context=self._settings.context,
            rules_of=self._settings.rules_of,
            known=self._known,
        )
        if not verdict.current:
            self._stale[job.id] = verdict.reason
            return False
        self._schedule.take()
        self._remember(verdict.records)
        renew_manifests(verdict)
        self._settle(Outcome(job.id, State.KEPT, outputs=job.outputs, notes=verdict.notes))
        return True

    def _is_beyond_limit(self, job: Job) -> bool:
        kind = type(job).__name__
        return kind in self._settings.limits and self._begun[kind] >= self._settings.limits[kind]

    def _postpone(self, job: Job) -> None:
        """Leave a job for another run: it never ends, so that what needs it never begins."""
        self._limited.add(type(job).__name__)
        self._observer.message(logging.INFO, f"left    {job.id}: as many as are allowed in one run are done")

    def _attempt(self, job: Job) -> _Attempt:
        return _Attempt(job, self._sizes.expected(job), self._attempts.must_be_alone(job.id))

    def _fits(self, attempt: _Attempt) -> bool:
        running = [each.need for each in self._running.values()]
        return self._engine.fits(attempt.need, running, alone=attempt.alone)

    def _start(self, attempt: _Attempt) -> None:
        job = attempt.job
        self._begun[type(job).__name__] += 1
        self._observer.started(job)
        self._observer.message(logging.DEBUG, f"        {job.id}: {self._stale[job.id]}")
        if self._memory is not None and (told := self._sizes.warning(job, attempt.need, self._memory)):
            self._observer.message(logging.WARNING, told)
        self._submit(attempt)

    def _submit(self, attempt: _Attempt) -> None:
        job = attempt.job
        task = Task(
            job=job,
            work=self._settings.work[type(job).__name__],
            versions=self._settings.versions,
            context=self._settings.context,
            rules=tuple(map(self._settings.rules_of, single_products(job))),
            known=tuple(self._known[path] for path in job.inputs if path in self._known),
            keep_log=self._settings.keep_logs(job),
            keep_warnings=self._settings.keep_warnings(job),
            log_level=self._settings.log_level,
            capture=not self._settings.inline,
            longest=self._settings.longest,
        )
        future = self._engine.submit(task, attempt.need, alone=attempt.alone)
        self._running[future] = attempt
        future.add_done_callback(self._events.queue.put)

    def _receive(self, future: Future[Report] | None) -> None:
        if future is None:  # a signal, which the loop sees by itself
            return
        report = future.result()
        job = self._running.pop(future).job
        for warning in report.warnings:
            self._observer.message(FINEST, f"{job.id} warns: {warning}")
        if report.cause is not None and self._attempts.take_failed(job.id, report.cause):
            self._try_again(job, report.outcome.reason)
            return
        self._remember(report.records)
        self._sizes.learn(job, report.peak_memory)
        self._settle(_with_attempts(report.outcome, self._attempts.count_failed(job.id)))
        self._tell_failure(job, report)

    def _try_again(self, job: Job, reason: str) -> None:
        self._to_retry.append(job)
        alone = ", alone" if self._attempts.must_be_alone(job.id) else ""
        self._observer.message(logging.WARNING, f"{job.id}: {reason}; the job will be tried again{alone}")

    def _tell_failure(self, job: Job, report: Report) -> None:
        """Show the end of a failed job's log; at once unless the reason is one that a user can mend."""
        if report.outcome.state is not State.FAILED or not report.log_tail:
            return
        is_plain = report.cause is None
        tail = "\n".join(f"    {line}" for line in report.log_tail)
        level = logging.DEBUG if is_plain else logging.ERROR
        self._observer.message(level, f"  last lines of {log_path(job)}:\n{tail}")

    def _settle(self, outcome: Outcome) -> None:
        for each in (outcome, *self._schedule.settle(outcome)):
            self._outcomes[each.job] = each
            self._observer.finished(self._schedule.job(each.job), each)

    def _remember(self, records: Sequence[FileRecord]) -> None:
        self._known.update((record.path, record) for record in records)

    def _remove_leftovers(self, jobs: Sequence[Job]) -> None:
        for folder in dict.fromkeys(Path(output).parent for job in jobs for output in job.outputs):
            remove_leftovers(folder)


def _with_attempts(outcome: Outcome, failed: int) -> Outcome:
    """Tell in an outcome how many attempts failed, if that is more than the reason says."""
    if outcome.state is State.FAILED and failed > 1:
        return replace(outcome, reason=f"{outcome.reason} (tried {failed} times)")
    return outcome


def _chosen_in(job: Job) -> tuple[str, ...]:
    """Give the file that tells which reference files were chosen for a job, if it is yet to be read."""
    return (job.selection,) if isinstance(job, CalibrateJob) and job.selection else ()
