import inspect
import signal
from importlib import import_module

import pytest

from mkrefs.jobs.outcome import Outcome, State
from mkrefs.running.settings import WORK, RunResult


@pytest.mark.parametrize("kind", list(WORK))
def test_the_work_of_each_kind_of_job_exists_and_takes_what_it_is_given(kind: str):
    module, _, name = WORK[kind].target.partition(":")
    parameters = list(inspect.signature(getattr(import_module(module), name)).parameters)
    assert parameters == ["job", "fingerprint"][: 1 + WORK[kind].takes_fingerprint]


@pytest.mark.parametrize(
    ("states", "number", "status"),
    [
        ([], 0, 0),
        ([State.MADE, State.KEPT], 0, 0),
        ([State.MADE, State.FAILED], 0, 1),
        ([State.SKIPPED], 0, 1),
        ([State.MADE], signal.SIGINT, 130),
        ([State.FAILED], signal.SIGTERM, 143),
    ],
)
def test_the_exit_status_follows_from_the_outcomes(states: list[State], number: int, status: int):
    outcomes = tuple(Outcome(str(place), state) for place, state in enumerate(states))
    assert RunResult(outcomes, interrupted_by=number).exit_status == status
