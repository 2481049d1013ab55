"""Why attempts at jobs failed, and whether there is to be another; what a user has to mend has no cause."""

from collections.abc import Collection
from enum import StrEnum


class Cause(StrEnum):
    """What ended an attempt that may go better another time."""

    MEMORY = "memory"
    SIGNAL = "signal"
    TIMEOUT = "timeout"
    EXCEPTION = "exception"


#: Causes after which a job is tried with nothing beside it, as memory may have run out.
_ALONE_AFTER = frozenset((Cause.MEMORY, Cause.SIGNAL))


class Attempts:
    """The attempts that failed, by job.

    Parameters
    ----------
    retries : int
        How often a job may be tried again.
    causes : collection of Cause
        For which causes it may.
    """

    def __init__(self, retries: int, causes: Collection[Cause]) -> None:
        self._retries = retries
        self._causes = causes
        self._failed: dict[str, list[Cause]] = {}

    def take_failed(self, job: str, cause: Cause) -> bool:
        """Take note of an attempt that failed; tell whether the job may be tried again."""
        failed = self._failed.setdefault(job, [])
        failed.append(cause)
        return cause in self._causes and len(failed) <= self._retries

    def count_failed(self, job: str) -> int:
        """Give the number of a job's attempts that failed."""
        return len(self._failed.get(job, ()))

    def must_be_alone(self, job: str) -> bool:
        """Tell whether the job's next attempt needs a machine for itself."""
        return not _ALONE_AFTER.isdisjoint(self._failed.get(job, ()))
