"""Counts how far a run has come, stage by stage, and estimates the time that is left. No clock, no output.

All observers that show numbers take them from here, so that they show the same.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.jobs.stages import STAGES, Stage, stage_of


@dataclass(frozen=True, slots=True)
class Numbers:
    """How far a stage, or the whole run, has come.

    Attributes
    ----------
    total : int
        Its jobs.
    made, kept, failed, skipped : int
        Jobs that ended so.
    running : int
        Jobs under way, those that wait to be tried again too.
    left_seconds : float or None
        Estimate of the time until all have ended, in seconds; None before the first job was made. For a
        stage it is counted as if its jobs alone were left.
    elapsed : float
        Seconds from the start of the first job to the end of the last one, or to now.
    """

    total: int
    made: int
    kept: int
    failed: int
    skipped: int
    running: int
    left_seconds: float | None
    elapsed: float

    @property
    def done(self) -> int:
        """Jobs whose files are there: made and kept ones."""
        return self.made + self.kept

    @property
    def ended(self) -> int:
        """Jobs with an outcome."""
        return self.done + self.failed + self.skipped

    @property
    def waiting(self) -> int:
        """Jobs that are neither under way nor have an outcome."""
        return self.total - self.ended - self.running


class Tally:
    """Takes note of what happens in a run; times are those of any clock that never goes back, in seconds.

    The time left comes from the jobs that were made in this run, and from how many ran at once when the last
    one began: kept, failed and skipped jobs tell nothing of how long a job takes. Jobs of a stage of which
    none was made yet are taken to last as long as those of the other stages did on average.

    Parameters
    ----------
    jobs : sequence of Job
        The plan.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        totals = Counter(type(job).__name__ for job in jobs)
        self._stages = {stage.kind: _Counts(totals[stage.kind]) for stage in STAGES if stage.kind in totals}
        self._at_once = 1

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that have jobs, in their order."""
        return tuple(map(stage_of, self._stages))

    def started(self, job: Job, now: float) -> None:
        """Take note that a job is under way."""
        counts = self._stages[type(job).__name__]
        counts.begun.setdefault(job.id, now)
        counts.first = now if counts.first is None else counts.first
        self._at_once = sum(len(each.begun) for each in self._stages.values())

    def finished(self, job: Job, outcome: Outcome, now: float) -> None:
        """Take note of a job's outcome, whether or not it was under way."""
        counts = self._stages[type(job).__name__]
        counts.states[outcome.state] += 1
        if outcome.state is State.MADE:
            counts.seconds += outcome.seconds
        if counts.begun.pop(job.id, None) is not None:
            counts.last = now

    def stopped(self, now: float) -> None:
        """Take note that nothing is under way any more: what was begun and has no outcome waits again."""
        for counts in self._stages.values():
            if counts.begun:
                counts.begun.clear()
                counts.last = now

    def of_stage(self, stage: Stage, now: float) -> Numbers:
        """Give the numbers of a stage."""
        counts = self._stages[stage.kind]
        return _numbers([counts], self._left(counts, now), now)

    def by_stage(self, now: float) -> tuple[tuple[Stage, Numbers], ...]:
        """Give all stages with their numbers."""
        return tuple((stage, self.of_stage(stage, now)) for stage in self.stages)

    def of_run(self, now: float) -> Numbers:
        """Give the numbers of the whole run; its time left is never less than that of a stage."""
        counts = list(self._stages.values())
        lefts = [self._left(each, now) for each in counts]
        known = [left for left in lefts if left is not None]
        mean = _mean(counts)
        if mean is None:
            return _numbers(counts, None if any(each.open for each in counts) else 0.0, now)
        work = 0.0
        for each in counts:
            own = _mean([each])
            work += each.work(mean if own is None else own, now)
        shared = work / self._width(sum(each.open for each in counts))
        return _numbers(counts, max([shared, *known]), now)

    def _left(self, counts: "_Counts", now: float) -> float | None:
        """Estimate the time that the jobs of a stage will take, if no others get in their way."""
        mean = _mean([counts])
        if not counts.open or mean is None:
            return None if counts.open else 0.0
        return max([counts.work(mean, now) / self._width(counts.open), *counts.rests(mean, now)])

    def _width(self, jobs: int) -> int:
        """Tell how many of some jobs will run at once."""
        return max(1, min(self._at_once, jobs))


class _Counts:
    """What is known of one stage."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.states = dict.fromkeys(State, 0)
        self.seconds = 0.0
        self.begun: dict[str, float] = {}
        self.first: float | None = None
        self.last = 0.0

    @property
    def open(self) -> int:
        """Jobs without an outcome."""
        return self.total - sum(self.states.values())

    def rests(self, mean: float, now: float) -> list[float]:
        """Give what is left of each job under way, in seconds; nothing of one that takes longer than most."""
        return [max(0.0, begun + mean - now) for begun in self.begun.values()]

    def work(self, mean: float, now: float) -> float:
        """Give the seconds that the jobs without an outcome would take one after the other."""
        return mean * (self.open - len(self.begun)) + sum(self.rests(mean, now))

    def elapsed(self, now: float) -> tuple[float, float] | None:
        """Give when the stage began and ended, or now; None if it has not begun."""
        if self.first is None:
            return None
        return self.first, now if self.begun else self.last


def _mean(counts: Iterable[_Counts]) -> float | None:
    """Give the mean time that a job took which was made, in seconds; None if there is none."""
    made = sum(each.states[State.MADE] for each in counts)
    return sum(each.seconds for each in counts) / made if made else None


def _numbers(counts: Sequence[_Counts], left: float | None, now: float) -> Numbers:
    spans = [span for each in counts if (span := each.elapsed(now))]
    states = {state: sum(each.states[state] for each in counts) for state in State}
    return Numbers(
        total=sum(each.total for each in counts),
        made=states[State.MADE],
        kept=states[State.KEPT],
        failed=states[State.FAILED],
        skipped=states[State.SKIPPED],
        running=sum(len(each.begun) for each in counts),
        left_seconds=left,
        elapsed=max(end for _, end in spans) - min(begin for begin, _ in spans) if spans else 0.0,
    )
