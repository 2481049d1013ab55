"""The numbers of stages and runs: they add up whatever happens, and the time left is a sensible one."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_plan import METADATA

from mkrefs.jobs.calibrating import CalibrateJob
from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.making import CreateJob
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.jobs.stages import stage_of
from mkrefs.running.tally import Numbers, Tally

CALIBRATE, CREATE, CERTIFY = (stage_of(f"{word}Job") for word in ("Calibrate", "Create", "Certify"))


def calibrations(number: int) -> list[CalibrateJob]:
    return [CalibrateJob(f"calibrate-{n}", f"e{n}", f"e{n}.fits", (), ()) for n in range(number)]


def creations(number: int) -> list[CreateJob]:
    return [CreateJob(f"create-{n}", "toy", "gain", (), {}, METADATA, f"{n}.fits") for n in range(number)]


def certifications(number: int) -> list[CertifyJob]:
    return [CertifyJob(f"certify-{n}", "toy", f"{n}.fits", f"{n}.txt") for n in range(number)]


def end(tally: Tally, job, state: State, now: float, seconds: float = 0.0) -> None:
    tally.finished(job, Outcome(job.id, state, seconds=seconds), now)


def test_each_stage_of_the_plan_is_counted_for_itself():
    first, second, *_ = jobs = [*certifications(1), *calibrations(3)]
    tally = Tally(jobs)
    assert tally.stages == (CALIBRATE, CERTIFY)
    tally.started(second, 1.0)
    end(tally, first, State.SKIPPED, 2.0)
    assert tally.of_stage(CALIBRATE, 5.0) == Numbers(3, 0, 0, 0, 0, 1, None, 4.0)
    assert tally.of_stage(CERTIFY, 5.0) == Numbers(1, 0, 0, 0, 1, 0, 0.0, 0.0)
    assert tally.of_run(5.0) == Numbers(4, 0, 0, 0, 1, 1, None, 4.0)
    assert (tally.of_run(5.0).waiting, tally.of_run(5.0).ended) == (2, 1)


def test_the_time_left_is_that_of_the_jobs_left_shared_by_those_at_once():
    jobs = calibrations(12)
    tally = Tally(jobs)
    tally.started(jobs[0], 0.0)
    tally.started(jobs[1], 0.0)
    assert tally.of_stage(CALIBRATE, 9.0).left_seconds is None
    end(tally, jobs[0], State.MADE, 60.0, seconds=60.0)
    tally.started(jobs[2], 60.0)
    assert tally.of_stage(CALIBRATE, 60.0).left_seconds == (9 * 60 + 60 + 0) / 2
    assert tally.of_stage(CALIBRATE, 90.0).left_seconds == (9 * 60 + 30 + 0) / 2


def test_the_last_jobs_have_nobody_to_share_with():
    jobs = calibrations(3)
    tally = Tally(jobs)
    for job in jobs:
        tally.started(job, 0.0)
    for job in jobs[:2]:
        end(tally, job, State.MADE, 10.0, seconds=20.0)
    assert tally.of_run(10.0).left_seconds == 10.0
    assert tally.of_run(50.0).left_seconds == 0.0


@pytest.mark.parametrize("state", [State.KEPT, State.FAILED, State.SKIPPED])
def test_only_jobs_that_were_made_tell_how_long_one_takes(state):
    jobs = calibrations(10)
    tally = Tally(jobs)
    for job in jobs[:6]:
        end(tally, job, state, 1.0)
    assert tally.of_run(1.0).left_seconds is None
    tally.started(jobs[6], 1.0)
    end(tally, jobs[6], State.MADE, 31.0, seconds=30.0)
    assert tally.of_stage(CALIBRATE, 31.0).left_seconds == 3 * 30.0


def test_a_stage_without_a_made_job_is_taken_for_one_like_the_others():
    jobs = [*calibrations(2), *creations(3)]
    tally = Tally(jobs)
    tally.started(jobs[0], 0.0)
    end(tally, jobs[0], State.MADE, 10.0, seconds=10.0)
    assert tally.of_stage(CREATE, 10.0).left_seconds is None
    assert tally.of_run(10.0).left_seconds == 10.0 + 3 * 10.0


def test_the_run_never_ends_before_a_stage():
    jobs = [*calibrations(40), *creations(2)]
    tally = Tally(jobs)
    tally.started(jobs[40], 0.0)
    end(tally, jobs[40], State.MADE, 500.0, seconds=500.0)
    for job in jobs[:10]:
        tally.started(job, 500.0)
    end(tally, jobs[0], State.MADE, 501.0, seconds=1.0)
    assert tally.of_run(501.0).left_seconds == tally.of_stage(CREATE, 501.0).left_seconds == 500.0


def test_jobs_that_were_stopped_wait_again():
    jobs = calibrations(3)
    tally = Tally(jobs)
    tally.started(jobs[0], 1.0)
    tally.started(jobs[1], 2.0)
    end(tally, jobs[0], State.MADE, 3.0, seconds=2.0)
    tally.stopped(7.0)
    numbers = tally.of_run(100.0)
    assert (numbers.running, numbers.waiting, numbers.done, numbers.elapsed) == (0, 2, 1, 6.0)


def test_a_plan_without_jobs_has_nothing_left():
    assert Tally([]).of_run(1.0) == Numbers(0, 0, 0, 0, 0, 0, 0.0, 0.0)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_happens_the_numbers_add_up_and_the_time_left_falls_to_zero(data):
    jobs = [*calibrations(data.draw(st.integers(0, 6))), *creations(data.draw(st.integers(1, 4)))]
    tally = Tally(jobs)
    states: Counter[State] = Counter()
    under_way: list = []
    open_jobs = list(jobs)
    now = 0.0
    while open_jobs or under_way:
        before = tally.of_run(now).left_seconds
        now += data.draw(st.floats(0, 100))
        after = tally.of_run(now).left_seconds
        assert (before is None) == (after is None)
        assert before is None or 0 <= after <= before
        if open_jobs and data.draw(st.booleans()):
            under_way.append(open_jobs.pop())
            tally.started(under_way[-1], now)
        else:
            is_under_way = bool(under_way) and (not open_jobs or data.draw(st.booleans()))
            job = (under_way if is_under_way else open_jobs).pop(0)
            state = data.draw(st.sampled_from(State))
            end(tally, job, state, now, seconds=data.draw(st.floats(0, 100)))
            states[state] += 1
        check(tally, now, states, len(under_way), len(open_jobs))
    assert tally.of_run(now).left_seconds == 0
    assert all(tally.of_stage(stage, now).left_seconds == 0 for stage in tally.stages)


def check(tally: Tally, now: float, states: Counter[State], under_way: int, waiting: int) -> None:
    run = tally.of_run(now)
    stages = [tally.of_stage(stage, now) for stage in tally.stages]
    counted = (run.made, run.kept, run.failed, run.skipped, run.running, run.waiting)
    assert counted == (
        *(states[s] for s in (State.MADE, State.KEPT, State.FAILED, State.SKIPPED)),
        under_way,
        waiting,
    )
    for name in ("total", "done", "failed", "skipped", "running", "waiting", "ended"):
        assert getattr(run, name) == sum(getattr(stage, name) for stage in stages)
    lefts = [stage.left_seconds for stage in stages if stage.left_seconds is not None]
    assert run.left_seconds is None or run.left_seconds >= max(lefts)
