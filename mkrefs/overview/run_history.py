"""Reads the journal of a run folder as commands, each with the jobs that ended under it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from mkrefs.jobs.outcome import State
from mkrefs.ledger.journal import CommandBegun, CommandEnded, Event, JobEnded
from mkrefs.overview.records import CommandRecord, Status


@dataclass(frozen=True, slots=True)
class Session:
    """What the journal tells of one command; its files are where the run folder lies now."""

    begun: CommandBegun
    jobs: tuple[JobEnded, ...] = ()
    ended: CommandEnded | None = None


def sessions(events: Iterable[Event], folder: Path) -> tuple[Session, ...]:
    """Put events together that belong to one command.

    Parameters
    ----------
    events : iterable of Event
        The journal.
    folder : Path
        Where the run folder lies now.

    Returns
    -------
    tuple of Session
        In the order of time. What comes before the first beginning belongs to none.
    """
    found: list[Session] = []
    jobs: list[JobEnded] = []
    for event in events:
        if isinstance(event, CommandBegun):
            found, jobs = [*_closed(found, jobs), Session(event)], []
        elif not found:
            continue
        elif isinstance(event, JobEnded):
            jobs.append(_moved(event, Path(found[-1].begun.folder), folder))
        else:
            found[-1] = replace(found[-1], ended=event)
    return tuple(_closed(found, jobs))


def command_record(session: Session, *, at_work: bool) -> CommandRecord:
    """Tell how a command went.

    Parameters
    ----------
    session : Session
        What the journal tells of it.
    at_work : bool
        Whether it is at work now.

    Returns
    -------
    CommandRecord
    """
    begun, ended = session.begun, session.ended
    return CommandRecord(
        begun=begun.time,
        ended=ended.time if ended else None,
        status=Status.AT_WORK if at_work else _status(ended),
        exit_status=ended.exit_status if ended else None,
        interrupted_by=ended.interrupted_by if ended else "",
        error=ended.error if ended else "",
        labels=begun.labels,
        jobs=begun.jobs,
        counts={state.value: sum(job.state == state for job in session.jobs) for state in State},
        mkrefs=begun.mkrefs,
        context=begun.context,
        host=begun.host,
        pid=begun.pid,
        command=begun.command,
    )


def _closed(found: list[Session], jobs: list[JobEnded]) -> list[Session]:
    """Give the last session its jobs."""
    return [*found[:-1], replace(found[-1], jobs=tuple(jobs))] if found else []


def _status(ended: CommandEnded | None) -> Status:
    if ended is None:
        return Status.NOT_ENDED
    if ended.interrupted_by:
        return Status.STOPPED
    return Status.FAILED if ended.exit_status else Status.DONE


def _moved(event: JobEnded, before: Path, now: Path) -> JobEnded:
    """Name the files in a run folder that was moved or copied as they are called there."""
    if before == now:
        return event

    def there(path: str) -> str:
        return str(now / Path(path).relative_to(before)) if Path(path).is_relative_to(before) else path

    return replace(
        event,
        inputs=tuple(map(there, event.inputs)),
        outputs=tuple(map(there, event.outputs)),
        log=there(event.log),
    )
