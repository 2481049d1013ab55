"""The observer that writes events as JSON, one object on each line, for programs that follow a run.

The lines are described in docs/reference/progress.md.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import Outcome
from mkrefs.jobs.stages import Stage, stage_of
from mkrefs.running.observer import FINEST
from mkrefs.running.tally import Numbers, Tally


def _utc() -> datetime:
    return datetime.now(UTC)


class JsonLines:
    """Writes one JSON object per event.

    Parameters
    ----------
    write : callable
        Takes a line without its line break, and brings it to its reader at once.
    level : int
        Lowest level of the messages that are written; all other events always are.
    now : callable
        Gives the time in seconds, by a clock that never goes back.
    today : callable
        Gives date and time, UTC.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        level: int = logging.WARNING,
        now: Callable[[], float] = monotonic,
        today: Callable[[], datetime] = _utc,
    ) -> None:
        self._write = write
        self._level = level
        self._now = now
        self._today = today
        self._tally = Tally(())

    def plan(self, jobs: Sequence[Job]) -> None:
        """Write the stages and their jobs."""
        self._tally = Tally(jobs)
        stages = [{**_stage(stage), "total": each.total} for stage, each in self._by_stage()]
        self._event("plan", {"jobs": len(jobs), "stages": stages})

    def started(self, job: Job) -> None:
        """Write that a job is under way, and the numbers now."""
        self._tally.started(job, self._now())
        self._event("started", self._job(job) | self._numbers(job))

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Write the outcome, and the numbers now."""
        self._tally.finished(job, outcome, self._now())
        ended = {
            "state": outcome.state.value,
            "reason": outcome.reason,
            "seconds": round(outcome.seconds, 3),
            "outputs": outcome.outputs,
            "notes": outcome.notes,
        }
        self._event("finished", self._job(job) | ended | self._numbers(job))

    def message(self, level: int, text: str) -> None:
        """Write ``text`` unless its level is too low."""
        if level >= self._level:
            name = "FINEST" if level == FINEST else logging.getLevelName(level)
            self._event("message", {"level": name, "text": text})

    def end(self) -> None:
        """Write how the run ended: jobs under way count as left."""
        now = self._now()
        self._tally.stopped(now)
        run = self._tally.of_run(now)
        stages = [_stage(stage) | numbers_as_json(each) for stage, each in self._by_stage()]
        ended = {"complete": run.done == run.total, "left": run.waiting, "stages": stages}
        self._event("end", ended | {"of_run": numbers_as_json(run)})

    def _by_stage(self) -> tuple[tuple[Stage, Numbers], ...]:
        return self._tally.by_stage(self._now())

    def _job(self, job: Job) -> dict[str, Any]:
        return {"job": job.id, "label": getattr(job, "label", ""), **_stage(stage_of(type(job).__name__))}

    def _numbers(self, job: Job) -> dict[str, Any]:
        now = self._now()
        stage = self._tally.of_stage(stage_of(type(job).__name__), now)
        return {"of_stage": numbers_as_json(stage), "of_run": numbers_as_json(self._tally.of_run(now))}

    def _event(self, event: str, content: Mapping[str, Any]) -> None:
        time = self._today().isoformat(timespec="milliseconds")
        self._write(json.dumps({"event": event, "time": time, **content}, allow_nan=False))


def numbers_as_json(numbers: Numbers) -> dict[str, int | float | None]:
    """Give numbers of a stage or a run as JSON values."""
    left = numbers.left_seconds
    return {
        "total": numbers.total,
        "done": numbers.done,
        "kept": numbers.kept,
        "running": numbers.running,
        "failed": numbers.failed,
        "skipped": numbers.skipped,
        "left_seconds": None if left is None else round(left, 1),
    }


def _stage(stage: Stage) -> dict[str, str]:
    return {"stage": stage.name, "kind": stage.kind}
