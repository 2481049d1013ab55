"""Reading ssbsteps: lists, ranges, the documents' names, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.errors import UserError
from mkrefs.instruments.pipeline_steps import IMAGE_ORDER, MIRI_ORDER, NIR_ORDER, detector_order, step_order
from mkrefs.planning.required_steps import parse_ssbsteps


def test_a_list_is_taken_in_the_order_of_the_pipeline():
    required = parse_ssbsteps("refpix, dq_init,saturation", "NIRCAM")
    assert required.steps == ("dq_init", "saturation", "refpix")
    assert required.explicit
    assert required.optional == ()


def test_a_range_holds_everything_up_to_and_including_its_step():
    required = parse_ssbsteps("refpix-", "NIRCAM")
    assert required.steps == ("group_scale", "dq_init", "saturation", "ipc", "superbias", "refpix")
    assert not required.explicit
    assert required.optional == required.steps[:-1]


def test_miri_has_an_order_of_its_own():
    assert parse_ssbsteps("refpix-", "MIRI").steps[-2:] == ("dark_current", "refpix")
    assert "superbias" not in parse_ssbsteps("rate-", "MIRI").steps


@pytest.mark.parametrize(("word", "step"), [("rate", "ramp_fit"), ("dark", "dark_current")])
def test_the_names_of_the_documents_are_accepted(word, step):
    assert parse_ssbsteps(f"{word}-", "NIRISS").last == step
    assert parse_ssbsteps(word, "NIRISS").steps == (step,)


def test_no_steps_means_raw_exposures():
    assert parse_ssbsteps("", "FGS").steps == ()


@pytest.mark.parametrize(
    "text", ["dq_init, refpix-", "refpix-, dq_init", "rscd", "refpx-", "jump, photom", "resample-"]
)
def test_what_cannot_be_is_refused_in_one_sentence(text):
    with pytest.raises(UserError) as error:
        parse_ssbsteps(text, "NIRCAM")
    assert "\n" not in str(error.value)


def test_a_misspelt_step_gets_a_proposal():
    with pytest.raises(UserError, match="did you mean 'refpix'"):
        parse_ssbsteps("refpx-", "NIRCAM")


@given(st.sampled_from(["NIRCAM", "MIRI"]), st.data())
def test_a_list_of_any_steps_keeps_exactly_those(instrument, data):
    steps = data.draw(st.lists(st.sampled_from(detector_order(instrument)), unique=True))
    assert set(parse_ssbsteps(",".join(steps), instrument).steps) == set(steps)


@given(st.sampled_from(NIR_ORDER))
def test_every_range_is_a_head_of_the_order(step):
    steps = parse_ssbsteps(f"{step}-", "NIRSPEC").steps
    assert steps == NIR_ORDER[: len(steps)]
    assert steps[-1] == step


def test_every_miri_step_can_end_a_range():
    for step in MIRI_ORDER:
        assert parse_ssbsteps(f"{step}-", "MIRI").last == step


@given(st.sampled_from(["NIRCAM", "MIRI"]), st.sampled_from(IMAGE_ORDER))
def test_a_range_goes_through_both_pipelines(instrument, step):
    required = parse_ssbsteps(f"{step}-", instrument)
    assert required.steps == step_order(instrument)[: len(required.steps)]
    assert (required.last, required.optional) == (step, required.steps[:-1])
    assert required.named == ()


@given(st.lists(st.sampled_from(IMAGE_ORDER), unique=True, min_size=1))
def test_a_list_of_image_steps_leaves_the_ramp_to_the_pipeline(steps):
    required = parse_ssbsteps(",".join(steps), "NIRISS")
    assert required.explicit
    assert required.named == tuple(step for step in IMAGE_ORDER if step in steps)
    assert required.steps == (*NIR_ORDER, *required.named)
    assert required.optional == NIR_ORDER


def test_a_list_with_the_fit_is_taken_as_it_stands():
    required = parse_ssbsteps("photom, rate, dq_init", "NIRCAM")
    assert required.steps == required.named == ("dq_init", "ramp_fit", "photom")


@pytest.mark.parametrize("instrument", ["NIRCAM", "NIRISS", "NIRSPEC", "FGS", "MIRI"])
def test_types_that_no_label_makes_are_no_hindrance(instrument):
    required = parse_ssbsteps("photom-", instrument)
    sure = required.sure_references(instrument)
    assert "ifupost" in required.references
    assert "ifupost" not in sure
    assert {"flat", "gain"} <= sure
