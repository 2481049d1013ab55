"""Which job may start: one whose needs are made or kept, in the order of the plan. No processes, no files."""

import heapq
from collections import Counter
from collections.abc import Sequence

from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import Outcome, State

_GOOD = (State.MADE, State.KEPT)


class Schedule:
    """The jobs of a plan that are still to be done.

    Parameters
    ----------
    jobs : sequence of Job
        The plan.

    Raises
    ------
    ValueError
        If two jobs have one id or make one file, a job needs one that is not in the plan, or jobs need
        one another in a circle.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        _check_unique("have the id", [job.id for job in jobs])
        _check_unique("make the file", [output for job in jobs for output in job.outputs])
        self._jobs = {job.id: job for job in jobs}
        self._place = {job.id: place for place, job in enumerate(jobs)}
        self._missing = {job.id: set(job.needs) for job in jobs}
        self._dependants: dict[str, list[str]] = {job.id: [] for job in jobs}
        for job in jobs:
            for need in dict.fromkeys(job.needs):
                if need not in self._dependants:
                    raise ValueError(f"job {job.id} needs {need}, which is not in the plan")
                self._dependants[need].append(job.id)
        _check_no_circle(self._missing, self._dependants)
        self._ready = [(self._place[job.id], job.id) for job in jobs if not job.needs]
        self._unsettled = set(self._jobs)

    @property
    def unsettled(self) -> tuple[str, ...]:
        """Ids of the jobs without an outcome, in the order of the plan."""
        return tuple(sorted(self._unsettled, key=self._place.__getitem__))

    def peek(self) -> Job | None:
        """Give the first job that may start, and leave it; None if there is none."""
        return self._jobs[self._ready[0][1]] if self._ready else None

    def take(self) -> Job:
        """Give the first job that may start, and remove it."""
        return self._jobs[heapq.heappop(self._ready)[1]]

    def replace(self, job: Job) -> None:
        """Put another form of a job, with the same id, in its place."""
        self._jobs[job.id] = job

    def settle(self, outcome: Outcome) -> tuple[Outcome, ...]:
        """Take note of a job's outcome.

        Parameters
        ----------
        outcome : Outcome
            Of a job that was taken.

        Returns
        -------
        tuple of Outcome
            Of the jobs that are skipped because of it.
        """
        self._unsettled.discard(outcome.job)
        if outcome.state in _GOOD:
            self._release(outcome.job)
            return ()
        return self._skip_dependants(outcome)

    def job(self, job_id: str) -> Job:
        """Give a job by its id."""
        return self._jobs[job_id]

    def _release(self, done: str) -> None:
        for dependant in self._dependants[done]:
            self._missing[dependant].discard(done)
            if not self._missing[dependant] and dependant in self._unsettled:
                heapq.heappush(self._ready, (self._place[dependant], dependant))

    def _skip_dependants(self, cause: Outcome) -> tuple[Outcome, ...]:
        skipped: list[Outcome] = []
        causes = [cause]
        while causes:
            bad = causes.pop()
            for dependant in self._dependants[bad.job]:
                if dependant in self._unsettled:
                    self._unsettled.discard(dependant)
                    reason = f"it needs {bad.job}, which {_ended(bad)}"
                    causes.append(Outcome(dependant, State.SKIPPED, reason=reason))
                    skipped.append(causes[-1])
        return tuple(sorted(skipped, key=lambda outcome: self._place[outcome.job]))


def _ended(outcome: Outcome) -> str:
    return "failed" if outcome.state is State.FAILED else "was skipped"


def _check_unique(what: str, names: list[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"several jobs {what} {', '.join(twice)}")


def _check_no_circle(missing: dict[str, set[str]], dependants: dict[str, list[str]]) -> None:
    counts = {job: len(needs) for job, needs in missing.items()}
    free = [job for job, count in counts.items() if not count]
    while free:
        done = free.pop()
        del counts[done]
        for dependant in dependants[done]:
            counts[dependant] -= 1
            if not counts[dependant]:
                free.append(dependant)
    if counts:
        raise ValueError(f"the jobs {', '.join(counts)} need one another in a circle")
