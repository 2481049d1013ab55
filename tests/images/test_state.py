"""What images have been through is told as their headers tell it, no more."""

from mkrefs.images.state import state_lines

STEPS = ("ramp_fit", "flat_field", "photom", "level_match")
DONE = {"S_RAMP": "COMPLETE", "S_FLAT": "COMPLETE", "S_PHOTOM": "COMPLETE"}


def test_steps_that_all_headers_call_complete_are_done():
    assert state_lines(STEPS, [DONE, DONE]) == (
        "Calibration state: ramp_fit, flat_field, photom, level_match",
    )


def test_a_step_that_was_skipped_in_one_image_is_skipped():
    assert state_lines(STEPS, [DONE, {**DONE, "S_FLAT": "SKIPPED"}]) == (
        "Calibration state: ramp_fit, photom, level_match",
        "Skipped by the pipeline: flat_field",
    )


def test_nothing_is_made_up_of_headers_that_say_nothing():
    assert state_lines(STEPS, [DONE, {}]) == (
        "Calibration state: level_match",
        "Not told by the headers: ramp_fit, flat_field, photom",
    )
    assert state_lines(STEPS[:1], [{}])[0] == "Calibration state: not told by the headers"
