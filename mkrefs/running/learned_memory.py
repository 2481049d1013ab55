"""Estimates of memory, raised where jobs of the same sort turned out to take more than was expected."""

from collections.abc import Callable

from mkrefs.jobs.job import Job

#: So much more than what was seen is expected of the next one.
_MARGIN = 1.05

#: What jobs that take alike have in common: their kind, their label, and the steps of the pipeline they run.
_Sort = tuple[str, str, tuple[str, ...]]


class LearnedMemory:
    """Tells what jobs are expected to take, and learns from what they took.

    An estimate is only ever raised: one that was too high for one exposure may be right for the next.

    Parameters
    ----------
    estimate : callable
        Takes a job, gives bytes.
    """

    def __init__(self, estimate: Callable[[Job], int]) -> None:
        self._estimate = estimate
        self._factors: dict[_Sort, float] = {}
        self._told: set[_Sort] = set()

    def expected(self, job: Job) -> int:
        """Give the bytes that a job is expected to take."""
        return int(self._estimate(job) * self._factors.get(_sort(job), 1.0))

    def learn(self, job: Job, peak: int) -> None:
        """Take note of the most bytes that a job had at once; 0 if that is not known."""
        if peak > self.expected(job):
            self._factors[_sort(job)] = _MARGIN * peak / max(self._estimate(job), 1)

    def warning(self, job: Job, need: int, memory: int) -> str:
        """Say that a job is expected to take more memory than there is, once for all of its sort.

        Parameters
        ----------
        job : Job
            Which is going to be started all the same, with nothing beside it.
        need, memory : int
            Bytes that it is expected to take, and that jobs may take together.

        Returns
        -------
        str
            A sentence; empty if there is enough, or if it was said before.
        """
        if need <= memory or _sort(job) in self._told:
            return ""
        self._told.add(_sort(job))
        return (
            f"{job.id}: it is expected to take {need / 1e9:.1f} GB of memory, and jobs may take "
            f"{memory / 1e9:.1f} GB together; it is tried with nothing beside it"
        )


def _sort(job: Job) -> _Sort:
    return type(job).__name__, getattr(job, "label", ""), getattr(job, "steps", ())
