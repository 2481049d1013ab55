"""Passes of the pipeline: one for each exposure wherever states nest, each product once."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mkrefs.instruments.pipeline_steps import NIR_ORDER, SKIPPED_BY_DEFAULT
from mkrefs.jobs.calibrating import SelectJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.planning.calibrations import Calibration, plan_calibrations
from mkrefs.planning.missing_steps import Source
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.required_steps import parse_ssbsteps

LAYOUT = RunLayout(Path("/out"), "", "001", "", Path("/out/001/ssb"))


def calibration(ssbsteps, exposure="e1", overrides=(), layered=(), planes=""):
    required = replace(parse_ssbsteps(ssbsteps, "NIRCAM"), planes=planes)
    source = Source(f"/in/{exposure}_uncal.fits", (), required.steps)
    return Calibration(exposure, source, required, "NIRCAM", "NRCA1", "RAPID", overrides, layered)


def plan(*wanted, selections=None):
    return plan_calibrations(wanted, LAYOUT, CrdsState(), selections or {})


def test_equal_calibrations_are_shared():
    jobs, _ = plan(calibration("refpix-"), calibration("refpix-"))
    assert len(jobs) == 1
    assert jobs[0].outputs == ("/out/001/ssb/e1_refpix.fits",)


def test_nested_states_take_one_pass_that_saves_each():
    short, long = calibration("saturation-"), calibration("jump-")
    jobs, found = plan(short, long)
    assert len(jobs) == 1
    assert jobs[0].steps == long.required.steps
    assert [Path(path).name for path in jobs[0].outputs] == ["e1_saturation.fits", "e1_jump.fits"]
    assert found[short].path == jobs[0].outputs[0]
    assert found[short].job == found[long].job == jobs[0].id


def test_states_that_do_not_nest_take_two_passes_with_products_apart():
    jobs, _ = plan(calibration("dq_init, refpix"), calibration("refpix-"))
    assert len(jobs) == 2
    assert len({path for job in jobs for path in job.outputs}) == 2


def test_other_reference_files_make_another_product():
    jobs, _ = plan(
        calibration("refpix-"), calibration("refpix-", overrides=(("superbias", "/my/bias.fits"),))
    )
    assert len({path for job in jobs for path in job.outputs}) == 2


def test_ramps_for_creators_and_images_never_meet():
    slopes = calibration("rate-")
    images = [calibration("rate-", planes=planes) for planes in ("exposure", "integrations")]
    jobs, found = plan(slopes, *images, calibration("photom-", planes="exposure"))
    assert [job.planes for job in jobs] == ["", "exposure", "integrations"]
    assert found[slopes].path == "/out/001/ssb/e1_rate.fits"
    assert [found[each].path for each in images] == [
        "/out/001/ssb/images/e1_rate.fits",
        "/out/001/ssb/integrations/e1_rateints.fits",
    ]
    kept, _ = plan(*(each.up_to("jump") for each in images))
    assert [job.outputs[0] for job in kept] == [
        "/out/001/ssb/images/e1_jump.fits",
        "/out/001/ssb/integrations/e1_jump.fits",
    ]
    assert jobs[1].outputs == ("/out/001/ssb/images/e1_rate.fits", "/out/001/ssb/images/e1_cal.fits")


def test_states_on_the_way_to_a_list_of_image_steps_are_those_of_the_range():
    images, slopes = calibration("assign_wcs", planes="exposure"), calibration("rate-", planes="exposure")
    jobs, found = plan(images, images.up_to("ramp_fit"), slopes)
    assert len(jobs) == 1
    assert found[images.up_to("ramp_fit")].path == found[slopes].path == "/out/001/ssb/images/e1_rate.fits"
    assert found[images].path == "/out/001/ssb/images/assign_wcs/e1_assign_wcs.fits"


def test_an_exposure_already_in_the_state_needs_no_job():
    required = parse_ssbsteps("refpix-", "NIRCAM")
    ready = Calibration(
        "e1", Source("/in/e1_refpix.fits", required.steps, ()), required, "NIRCAM", "NRCA1", "RAPID"
    )
    jobs, found = plan(ready)
    assert jobs == ()
    assert found[ready].path == "/in/e1_refpix.fits"
    assert found[ready].job == ""


def test_a_step_that_parameters_may_leave_out_is_not_forced_on_another_calibration():
    jobs, _ = plan(calibration("rate-"), calibration("persistence-"), calibration("refpix-"))
    ends = {job.steps[-1]: job for job in jobs}
    assert set(ends) == {"ramp_fit", "persistence"}
    assert "persistence" in ends["ramp_fit"].optional
    assert "persistence" not in ends["persistence"].optional


@given(st.lists(st.tuples(st.sampled_from(NIR_ORDER), st.integers(1, 4)), min_size=1, max_size=12))
def test_ranges_of_any_steps_take_one_pass_for_each_exposure(asked):
    wanted = [calibration(f"{step}-", f"e{number}") for step, number in asked]
    jobs, found = plan(*wanted)
    uncertain = {*SKIPPED_BY_DEFAULT, "ipc"}
    own = {(step, number) for step, number in asked if step in uncertain}
    exposures = {number for _, number in asked}
    assert len(exposures) <= len(jobs) <= len(exposures) + len(own)
    for job in jobs:
        inner = [product.steps[-1] for product in job.products if product.steps != job.steps]
        assert not uncertain & set(inner)
    for each in wanted:
        assert Path(found[each].path).name.startswith(each.exposure + "_")
    assert len({path for job in jobs for path in job.outputs}) == len(set(asked))


def test_a_reference_file_that_an_earlier_state_does_not_take_makes_no_other_product():
    short, long = calibration("dq_init-"), calibration("refpix-", overrides=(("superbias", "/my/bias.fits"),))
    jobs, found = plan(short, long)
    assert len(jobs) == 1
    assert found[short].path == "/out/001/ssb/e1_dq_init.fits"
    assert jobs[0].overrides == {"superbias": "/my/bias.fits"}


def test_states_that_wait_for_other_files_of_the_run_take_passes_of_their_own():
    bias, both = (("superbias", "self"),), (("dark", "self"), ("superbias", "self"))
    short, long = calibration("refpix-", layered=bias), calibration("dark-", layered=both)
    selections = {
        ("e1", layered): SelectJob("select-" + str(len(layered)), (), ("superbias",), (), f"/s{len(layered)}")
        for layered in (bias, both)
    }
    jobs, found = plan(short, long, selections=selections)
    assert [job.needs for job in jobs] == [("select-1",), ("select-2",)]
    assert found[short].job == jobs[0].id
    assert [job.selection for job in jobs] == ["/s1", "/s2"]


@given(st.sampled_from(NIR_ORDER[1:]), st.data())
def test_a_step_to_be_kept_is_saved_in_the_same_pass(last, data):
    whole = calibration(f"{last}-")
    step = data.draw(st.sampled_from(whole.source.missing[:-1]))
    jobs, found = plan(whole, whole.up_to(step))
    assert len(jobs) == 1
    saved = next(product for product in jobs[0].products if product.path == found[whole.up_to(step)].path)
    assert saved.steps == whole.source.missing[: len(saved.steps)]
    assert saved.steps[-1] == step


def test_a_step_kept_on_the_way_is_no_step_asked_for_by_name():
    by_name, passed = calibration("ipc-"), calibration("superbias-").up_to("ipc")
    _, found = plan(by_name, calibration("superbias-"), passed)
    assert found[by_name].path != found[passed].path


def slopes(ramp, *images):
    """The calibration that fits slopes to a ramp."""
    source = replace(ramp.source, missing=(*ramp.source.missing, "ramp_fit"))
    return replace(ramp, required=ramp.required.fitted(), source=source, images=images)


def test_slopes_are_fitted_in_the_pass_that_makes_the_ramp_and_saved_once():
    ramp = calibration("dq_init, jump")
    one, other = slopes(ramp, "rateints"), slopes(ramp, "rate", "fitopt")
    jobs, found = plan(ramp, one, other)
    assert [job.steps for job in jobs] == [("dq_init", "jump", "ramp_fit")]
    names = [Path(path).name for path in jobs[0].outputs]
    assert names == ["e1_jump.fits", "e1_rate.fits", "e1_fitopt.fits", "e1_rateints.fits"]
    assert found[ramp].images == {}
    assert {name: Path(path).name for name, path in found[one].images.items()} == {
        "rateints": "e1_rateints.fits"
    }
    assert {name: Path(path).name for name, path in found[other].images.items()} == {
        "rate": "e1_rate.fits",
        "fitopt": "e1_fitopt.fits",
    }


def test_slopes_of_a_ramp_that_is_there_need_the_fit_alone():
    required = parse_ssbsteps("dq_init, jump", "NIRCAM")
    source = Source("/in/e1_jump.fits", required.steps, ())
    ramp = Calibration("e1", source, required, "NIRCAM", "NRCA1", "RAPID")
    jobs, found = plan(ramp, slopes(ramp, "rateints"))
    assert [(job.source, job.steps) for job in jobs] == [("/in/e1_jump.fits", ("ramp_fit",))]
    assert found[ramp].path == "/in/e1_jump.fits"
    assert found[ramp].job == ""
    assert found[slopes(ramp, "rateints")].job == jobs[0].id
