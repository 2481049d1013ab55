"""What is known of a run: its commands and its products, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """How a command stands."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    AT_WORK = "at work"
    NOT_ENDED = "not ended"


class Presence(StrEnum):
    """How a file stands to what was made: NONE if it was never made, UNKNOWN if nothing vouches for it."""

    THERE = "there"
    CHANGED = "changed"
    GONE = "gone"
    UNKNOWN = "unknown"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """One command that was given in a run folder.

    Attributes
    ----------
    begun, ended : datetime
        UTC; `ended` is None if the command tells of no end.
    status : Status
        NOT_ENDED if it tells of no end and nobody is at work.
    exit_status : int or None
        As the shell got it.
    interrupted_by, error : str
        The signal that stopped it; what else ended it before its time.
    labels : tuple of str
        What was to be made.
    jobs : int
        Number of jobs.
    counts : mapping of str to int
        Number of jobs by state, for all states.
    mkrefs, context, host, pid, command
        As in `CommandBegun`.
    """

    begun: datetime
    ended: datetime | None
    status: Status
    exit_status: int | None
    interrupted_by: str
    error: str
    labels: tuple[str, ...]
    jobs: int
    counts: Mapping[str, int]
    mkrefs: str
    context: str
    host: str
    pid: int
    command: tuple[str, ...]

    @property
    def seconds(self) -> float | None:
        """How long it took; None if it has not ended, or if the clock was set back meanwhile."""
        if self.ended is None or self.ended < self.begun:
            return None
        return (self.ended - self.begun).total_seconds()

    @property
    def left(self) -> int:
        """Number of jobs without an outcome."""
        return self.jobs - sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """A file that a run makes, and the last word on the job that makes it.

    Attributes
    ----------
    file : str
        Absolute path.
    kind, label, job : str
        The job's kind as in the plan, its label (empty if it has none) and its id.
    state, reason : str
        How the job ended last, and why.
    told : datetime
        When that was.
    presence : Presence
        Whether the file is still as it was made: the same size and time of change.
    made : datetime or None
        When the file was made, also where it was only kept since.
    seconds : float or None
        How long that took.
    exposures : tuple of str
        The exposures it is made from, or is about.
    inputs : tuple of str
        The files that the job reads.
    log : str
        Its log, if that is kept.
    notes : tuple of str
        What the making of the file had to say, as far as its manifest is there.
    peak_memory : int
        The most bytes of memory that its job had at once; 0 if that is not known.
    """

    file: str
    kind: str
    label: str
    job: str
    state: str
    reason: str
    told: datetime
    presence: Presence
    made: datetime | None
    seconds: float | None
    exposures: tuple[str, ...]
    inputs: tuple[str, ...]
    log: str
    notes: tuple[str, ...] = ()
    peak_memory: int = 0


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run folder.

    Attributes
    ----------
    folder : str
        Absolute path.
    at_work : bool
        Whether a command is at work in it now.
    commands : tuple of CommandRecord
        In the order of time; empty for runs of versions that kept no journal.
    products : tuple of ProductRecord
        By kind of job, then by path.
    """

    folder: str
    at_work: bool
    commands: tuple[CommandRecord, ...]
    products: tuple[ProductRecord, ...]
