from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.running.schedule import Schedule


def job(name: str, *needs: str, output: str = "") -> CertifyJob:
    return CertifyJob(name, "toy", "in.fits", output or f"{name}.txt", needs=needs)


@st.composite
def plans(draw):
    """Draw jobs that need earlier ones, in any order."""
    needs = [draw(st.lists(st.integers(0, number - 1), max_size=3)) if number else [] for number in range(8)]
    return draw(st.permutations([job(str(n), *map(str, some)) for n, some in enumerate(needs)]))


@settings(max_examples=60, deadline=None)
@given(plans(), st.randoms(use_true_random=False))
def test_every_job_gets_one_outcome_and_starts_after_its_needs(jobs, chance):
    schedule = Schedule(jobs)
    outcomes: dict[str, State] = {}
    running = []
    while running or schedule.peek():
        while (first := schedule.peek()) and chance.random() < 0.7:
            assert schedule.take() is first
            assert all(outcomes.get(need) in (State.MADE, State.KEPT) for need in first.needs)
            running.append(first)
        if running:
            ended = running.pop(chance.randrange(len(running)))
            state = chance.choice([State.MADE, State.KEPT, State.FAILED])
            for outcome in (Outcome(ended.id, state), *schedule.settle(Outcome(ended.id, state))):
                assert outcome.job not in outcomes
                outcomes[outcome.job] = outcome.state
    assert set(outcomes) == {each.id for each in jobs}
    assert schedule.unsettled == ()
    for each in jobs:
        bad = any(outcomes[need] in (State.FAILED, State.SKIPPED) for need in each.needs)
        assert (outcomes[each.id] is State.SKIPPED) == bad


def test_jobs_start_in_the_order_of_the_plan():
    schedule = Schedule([job("b"), job("a"), job("c", "a"), job("d")])
    assert [schedule.take().id for _ in range(2)] == ["b", "a"]
    schedule.settle(Outcome("a", State.MADE))
    assert [schedule.take().id for _ in range(2)] == ["c", "d"]
    assert schedule.peek() is None
    assert schedule.unsettled == ("b", "c", "d")


@pytest.mark.parametrize(
    ("jobs", "message"),
    [
        ([job("a"), job("a", output="b.txt")], "several jobs have the id a"),
        ([job("a", output="x"), job("b", output="x")], "several jobs make the file x"),
        ([job("a", "z")], "needs z, which is not in the plan"),
        ([job("a", "b"), job("b", "a"), job("c")], "a, b need one another in a circle"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(jobs, message):
    with pytest.raises(ValueError, match=message):
        Schedule(jobs)


def test_the_schedule_knows_nothing_of_files(tmp_path: Path):
    schedule = Schedule([job("a", output=str(tmp_path / "none" / "a.txt"))])
    assert schedule.take().id == "a"
    assert list(tmp_path.iterdir()) == []
