"""Keeps the journal of a run: what began, how each job ended, and how the command came to its end."""

import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from mkrefs import __version__
from mkrefs.crds_context import context_name
from mkrefs.errors import UserError
from mkrefs.jobs.exposures import exposures_of
from mkrefs.jobs.job import Job
from mkrefs.jobs.json_form import job_to_json
from mkrefs.jobs.outcome import Outcome
from mkrefs.ledger.journal import CommandBegun, CommandEnded, JobEnded, Journal
from mkrefs.planning.plan import Plan
from mkrefs.running.job_log import log_path
from mkrefs.running.observer import Observer
from mkrefs.running.settings import RunResult

#: Exit status by what ends a command before its time; any other is a bug.
_STATUS = ((UserError, 2), (KeyboardInterrupt, 128 + signal.SIGINT))
_BUG = 1


class RecordingObserver:
    """Writes the outcome of each job into a journal; hands all it is told on to another observer.

    A journal that cannot be written, as on a full disk, ends nothing: what is made rests on the manifests.
    The user is told once, and what could not be written is tried again with each outcome.

    Parameters
    ----------
    observer : Observer
        Is told first.
    journal : Journal
        Takes the outcomes.
    still_ours : callable
        Called with each outcome; raises UserError if the run folder is another run's by now.
    """

    def __init__(
        self, observer: Observer, journal: Journal, still_ours: Callable[[], None] = lambda: None
    ) -> None:
        self._observer = observer
        self._journal = journal
        self._still_ours = still_ours
        self._trouble = ""

    def plan(self, jobs: Sequence[Job]) -> None:
        """Hand on."""
        self._observer.plan(jobs)

    def started(self, job: Job) -> None:
        """Hand on."""
        self._observer.started(job)

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Hand on, and write the outcome."""
        self._observer.finished(job, outcome)
        self._append(_job_ended(job, outcome))
        self._still_ours()

    def message(self, level: int, text: str) -> None:
        """Hand on."""
        self._observer.message(level, text)

    def end(self) -> None:
        """Hand on; how the run ended is told by `record_end`."""
        self._observer.end()

    def record_end(self, result: RunResult) -> None:
        """Write how the command came to its end."""
        number = result.interrupted_by
        self._trouble = ""
        self._append(
            CommandEnded(
                time=datetime.now(UTC),
                exit_status=result.exit_status,
                unfinished=result.unfinished,
                interrupted_by=signal.Signals(number).name if number else "",
                error="",
            )
        )

    def _append(self, event: JobEnded | CommandEnded) -> None:
        try:
            self._journal.append(event)
        except UserError as error:
            if not self._trouble:
                self._observer.message(logging.WARNING, f"the journal lacks events: {error}")
            self._trouble = str(error)


def begin_record(journal: Journal, plan: Plan, command: Sequence[str]) -> None:
    """Write that a command begins to run a plan.

    Parameters
    ----------
    journal : Journal
        Of the run folder.
    plan : Plan
        What is to be done.
    command : sequence of str
        The words of the command line, if there is one.
    """
    journal.append(
        CommandBegun(
            time=datetime.now(UTC),
            folder=str(plan.layout.folder),
            labels=tuple(label.label for label in plan.labels),
            jobs=len(plan.jobs),
            host=socket.gethostname(),
            pid=os.getpid(),
            mkrefs=__version__,
            context=context_name(plan.crds),
            command=tuple(command),
        )
    )


@contextmanager
def errors_recorded(journal: Journal) -> Iterator[None]:
    """Write what ends the block before its time, if the journal can still be written."""
    try:
        yield
    except BaseException as error:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), _BUG)
        name = "" if isinstance(error, UserError) else f"{type(error).__name__}: "
        ended = CommandEnded(datetime.now(UTC), status, (), "", f"{name}{error}")
        with suppress(UserError, OSError):
            journal.append(ended)
        raise


def _job_ended(job: Job, outcome: Outcome) -> JobEnded:
    log = log_path(job)
    return JobEnded(
        time=datetime.now(UTC),
        job=job.id,
        kind=type(job).__name__,
        label=getattr(job, "label", ""),
        state=outcome.state.value,
        reason=outcome.reason,
        inputs=job.inputs,
        outputs=job.outputs,
        exposures=exposures_of(job_to_json(job)),
        seconds=round(outcome.seconds, 3),
        log=str(log) if log.is_file() else "",
    )
