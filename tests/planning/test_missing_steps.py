"""From what a product has been through to what is missing: never twice, never out of order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.instruments.pipeline_steps import NIR_ORDER
from mkrefs.planning.missing_steps import CalibrationState, Refusal, Source, assess, choose_source, state_of
from mkrefs.planning.required_steps import parse_ssbsteps

REFPIX = parse_ssbsteps("refpix-", "NIRCAM")


def state(*done, file="x.fits", **others):
    return CalibrationState(file, dict.fromkeys(done, "COMPLETE") | others)


def test_a_raw_exposure_needs_all_steps():
    assert assess(state(), REFPIX, "NIRCAM") == Source("x.fits", (), REFPIX.steps)


def test_only_missing_steps_run():
    verdict = assess(state("group_scale", "dq_init", "saturation"), REFPIX, "NIRCAM")
    assert verdict == Source(
        "x.fits", ("group_scale", "dq_init", "saturation"), ("ipc", "superbias", "refpix")
    )


def test_a_product_in_the_state_needs_nothing():
    assert assess(state(*REFPIX.steps), REFPIX, "NIRCAM").missing == ()


def test_a_step_too_many_is_refused_by_name():
    verdict = assess(state(*REFPIX.steps, "linearity", "jump"), REFPIX, "NIRCAM")
    assert isinstance(verdict, Refusal)
    assert "linearity, jump already done" in verdict.reason


def test_a_failed_step_is_refused():
    assert "superbias failed" in assess(state("dq_init", superbias="FAILED"), REFPIX, "NIRCAM").reason


def test_a_step_cannot_be_run_before_one_that_is_done():
    verdict = assess(state("dq_init", "saturation", "refpix"), REFPIX, "NIRCAM")
    assert "superbias missing although refpix is done" in verdict.reason


def test_what_the_pipeline_itself_skipped_is_not_missing_from_a_range():
    done = state("dq_init", "saturation", "superbias", "refpix", group_scale="SKIPPED", ipc="SKIPPED")
    assert assess(done, REFPIX, "NIRCAM").missing == ()


def test_a_step_asked_for_by_name_is_missing_even_if_the_pipeline_skipped_it():
    required = parse_ssbsteps("dq_init, saturation, superbias", "NIRCAM")
    verdict = assess(state("dq_init", "superbias", saturation="SKIPPED"), required, "NIRCAM")
    assert "saturation missing" in verdict.reason


def test_the_product_nearest_to_the_state_is_chosen():
    raw = state(file="raw.fits")
    half = state("group_scale", "dq_init", file="half.fits")
    far = state(*REFPIX.steps, "linearity", file="far.fits")
    assert choose_source([raw, far, half], REFPIX, "NIRCAM").file == "half.fits"


def test_all_refusals_are_told_when_no_product_can_be_used():
    far = state(*REFPIX.steps, "linearity", file="far.fits")
    failed = state(dq_init="FAILED", file="failed.fits")
    verdict = choose_source([far, failed], REFPIX, "NIRCAM")
    assert [refusal.file for refusal in verdict] == ["far.fits", "failed.fits"]


def test_statuses_are_read_from_the_done_keywords():
    row = {
        "file": "a.fits",
        "S_DQINIT": "COMPLETE",
        "S_IPC": "SKIPPED",
        "S_JUMP": None,
        "S_RAMP": float("nan"),
    }
    assert state_of(row).statuses == {"dq_init": "COMPLETE", "ipc": "SKIPPED"}


@given(st.sets(st.sampled_from(NIR_ORDER)), st.sampled_from(NIR_ORDER))
def test_running_what_is_missing_reaches_the_state_and_nothing_twice(done, last):
    required = parse_ssbsteps(f"{last}-", "NIRCAM")
    verdict = assess(state(*done), required, "NIRCAM")
    if isinstance(verdict, Source):
        assert not done & set(verdict.missing)
        assert done | set(verdict.missing) <= set(required.steps)
        run = [NIR_ORDER.index(step) for step in (*verdict.done, *verdict.missing)]
        assert run == sorted(run)
        assert required.last in done | set(verdict.missing)


@pytest.mark.parametrize("status", ["COMPLETE", "SKIPPED", "FAILED"])
def test_statuses_of_steps_that_are_not_asked_for_matter_only_when_complete(status):
    verdict = assess(state("dq_init", jump=status), parse_ssbsteps("dq_init", "NIRCAM"), "NIRCAM")
    assert isinstance(verdict, Refusal) == (status == "COMPLETE")
