"""What failed in a run, in brief: each reason once, with the exposures or jobs it holds for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mkrefs.jobs.calibrating import CalibrateJob
from mkrefs.jobs.outcome import State

if TYPE_CHECKING:
    from mkrefs.jobs.outcome import Outcome
    from mkrefs.planning.plan import Plan

#: So many exposures or jobs are named for a reason; of others only the number is told.
_MOST_NAMED = 4


def failure_lines(plan: Plan, outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    """Give a line for each reason for which jobs failed.

    Parameters
    ----------
    plan : Plan
        What was planned.
    outcomes : mapping of str to Outcome
        By job.

    Yields
    ------
    str
        The reason, how many jobs it ended, and the first of them; pipeline runs by their exposures.
    """
    failed: dict[str, list[str]] = {}
    for job in plan.jobs:
        outcome = outcomes.get(job.id)
        if outcome is not None and outcome.state is State.FAILED:
            name = job.exposure if isinstance(job, CalibrateJob) else job.id
            failed.setdefault(outcome.reason.removeprefix(f"{name}: "), []).append(name)
    for reason, names in failed.items():
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        yield f"failed: {', '.join(names[:_MOST_NAMED])}{more}: {reason}"
