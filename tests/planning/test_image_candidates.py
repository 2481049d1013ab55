"""Which product of an exposure gives the image that is asked for, with which steps, or why none does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.errors import UserError
from mkrefs.instruments.pipeline_steps import DONE_KEYWORDS, IMAGE_ORDER, NIR_ORDER, step_order
from mkrefs.planning.candidates import steps_for
from mkrefs.planning.image_candidates import find_images, steps_of_images
from mkrefs.planning.missing_steps import state_of
from mkrefs.planning.request import InputRequest, LabelRequest

AFTER_FIT = ("assign_wcs", "flat_field", "photom")


def request(ssbsteps="photom-", planes="exposure", imtypes="I+", **settings):
    return InputRequest(
        label="level_match", imtypes=parse_imtypes(imtypes), ssbsteps={"*": ssbsteps}, window=None,
        parameters={}, planes=planes, **settings,
    )  # fmt: skip


def row(product, exposure="x", axes=2, imtype="I", **keywords):
    known = {"INSTRUME": "NIRCAM", "DETECTOR": "NRCALONG", "mjd": 6e4}
    name = f"{exposure}_{product}.fits" if product else f"{exposure}.fits"
    told = {"file": name, "exposure": exposure, "product": product, "axes": axes, "imtype": imtype}
    return {**known, **keywords, **told}


def done(*steps, status="COMPLETE"):
    return {DONE_KEYWORDS[step]: status for step in steps}


def nothing(_exposure):
    return ()


def found(*rows, find=nothing, **wish):
    """Give file and missing steps of the one exposure, or the reason why it is left out."""
    candidates, left_out = find_images(rows, request(**wish), find)
    if candidates:
        (candidate,) = candidates.values()
        assert left_out == ()
        return candidate.source.file, candidate.source.missing
    return left_out[0].reason


@pytest.mark.parametrize("product", ["cal", "a3001_crf", ""])
def test_hand_made_calibrated_images_are_taken_as_they_are(product):
    file = f"x_{product}.fits" if product else "x.fits"
    assert found(row(product)) == (file, ())


@pytest.mark.parametrize("told", [{}, done(*NIR_ORDER), done("jump", status="FAILED"), done("dark_current")])
def test_nobody_asks_what_slopes_have_been_through(told):
    assert found(row("rate", **told)) == ("x_rate.fits", AFTER_FIT)


def test_steps_of_slopes_that_are_done_are_not_run_again():
    assert found(row("rate", **done("assign_wcs"))) == ("x_rate.fits", ("flat_field", "photom"))
    assert found(row("flat_field")) == ("x_flat_field.fits", ("photom",))


def test_images_in_counts_without_a_telling_name_are_slopes():
    assert found(row("", BUNIT="DN/s")) == ("x.fits", AFTER_FIT)


def test_a_header_may_contradict_a_name():
    assert found(row("cal", **done("photom", status="SKIPPED"))) == ("x_cal.fits", ("photom",))
    assert "photom failed when the pipeline ran" in found(row("cal", **done("photom", status="FAILED")))
    assert "assign_wcs failed" in found(row("cal", **done("assign_wcs", status="FAILED")))


def test_what_the_pipeline_left_out_is_not_missing_from_a_range_but_from_a_list():
    skipped = row("cal", **done("flat_field", status="SKIPPED"))
    assert found(skipped) == ("x_cal.fits", ())
    assert "flat_field missing although photom is done" in found(
        skipped, ssbsteps="assign_wcs, flat_field, photom"
    )


def test_a_product_beyond_the_state_is_replaced_by_a_sibling():
    reason = found(row("cal"), ssbsteps="assign_wcs")
    assert "flat_field, photom already done, which ssbsteps does not ask for" in reason
    assert found(row("cal"), ssbsteps="assign_wcs", find=lambda _: [row("rate")]) == (
        "x_rate.fits",
        ("assign_wcs",),
    )
    assert "flat_field already done" in found(row("rate", **done("flat_field")), ssbsteps="assign_wcs-")


@pytest.mark.parametrize("state", ["rate-", "gain_scale-", "ramp_fit"])
def test_slopes_may_be_what_is_asked_for(state):
    assert found(row("rate"), ssbsteps=state) == ("x_rate.fits", ())
    assert "already done" in found(row("cal"), ssbsteps=state)


def test_a_raw_exposure_goes_through_both_pipelines_but_for_the_background():
    file, missing = found(row("uncal", axes=4))
    assert file == "x_uncal.fits"
    assert missing == (*NIR_ORDER, *AFTER_FIT)
    assert found(row("uncal", axes=4), ssbsteps="assign_wcs")[1] == (*NIR_ORDER, "assign_wcs")


def test_a_ramp_that_was_begun_is_gone_on_with():
    told = done("dq_init", "saturation", "superbias", "refpix") | done("group_scale", "ipc", status="SKIPPED")
    for state in ("photom-", "photom"):
        _, missing = found(row("refpix", axes=4, **told), ssbsteps=state)
        assert (missing[0], missing[-1]) == ("linearity", "photom")


def test_the_background_is_taken_off_only_where_that_is_done_already():
    assert found(row("cal", **done("bkg_subtract"))) == ("x_cal.fits", ())
    wanted = "bkg_subtract, assign_wcs"
    assert "needs the background exposures of an association" in found(row("rate"), ssbsteps=wanted)
    assert found(row("bsub"), ssbsteps=wanted) == ("x_bsub.fits", ("assign_wcs",))
    assert "bkg_subtract already done" in found(row("bsub", **done("bkg_subtract")), ssbsteps="assign_wcs")


def test_cubes_are_for_those_who_take_integrations():
    assert "an image for each integration" in found(row("calints", axes=3))
    assert found(row("calints", axes=3), planes="integrations") == ("x_calints.fits", ())
    assert found(row("cal"), row("calints", axes=3), planes="integrations")[0] == "x_calints.fits"
    assert found(row("cal"), row("calints", axes=3))[0] == "x_cal.fits"
    assert found(row("calints", axes=3), find=lambda _: [row("rate")])[0] == "x_rate.fits"


@pytest.mark.parametrize(
    ("product", "axes", "planes"),
    [("rate", 2, "exposure"), ("rateints", 3, "integrations"), ("uncal", 4, "integrations")],
)
def test_what_is_made_of_a_file_is_what_it_holds(product, axes, planes):
    candidates, _ = find_images([row(product, axes=axes)], request(planes="integrations"), nothing)
    assert candidates["x"].required.planes == planes


def test_of_equals_the_one_without_flagged_outliers_is_taken():
    assert found(row("a3001_crf"), row("cal"))[0] == "x_cal.fits"
    assert found(row("rate"), row("cal"), row("uncal", axes=4))[0] == "x_cal.fits"


@pytest.mark.parametrize("product", ["i2d", "s2d", "psfsub", "x1d"])
def test_what_is_no_exposure_is_refused_and_its_exposure_looked_for(product):
    assert f"{product} products hold no image of the exposure" in found(row(product))
    assert found(row(product), find=lambda _: [row("cal")])[0] == "x_cal.fits"


def test_an_image_of_four_axes_is_none():
    assert "its science array has 4 axes" in found(row("cal", axes=4))


def test_own_reference_files_want_the_step_to_be_run_with_them():
    reason = found(row("cal"), overrides={"flat": "mine.fits"})
    assert "flat_field already done, without the files that reffile4ssb names" in reason
    assert found(row("cal"), row("rate"), overrides={"flat": "mine.fits"})[0] == "x_rate.fits"
    assert "dark_current already done" in found(row("rate"), overrides={"dark": "mine.fits"})
    assert found(row("rate"), overrides={"emicorr": "mine.fits"})[0] == "x_rate.fits"
    other = found(row("cal"), overrides={"flat": "b.fits"}, override_detectors={"flat": "NRCB1"})
    assert other == "reffile4ssb names a flat file of NRCB1, but the exposure is of NRCALONG"


def test_instrument_and_detector_are_all_that_is_needed():
    assert found(row("cal", DETECTOR=None)).startswith("header lacks DETECTOR")
    assert found(row("cal", imtype="D")) == "imtypes I+ takes no exposures of type D"


def test_acquisitions_are_for_those_who_ask_for_them():
    acquisition = row("cal", EXP_TYPE="NRC_TACQ")
    assert found(acquisition).startswith("its EXP_TYPE NRC_TACQ is that of a target acquisition")
    assert found(acquisition, acquisitions=True) == ("x_cal.fits", ())


def test_a_state_of_ramps_is_none_of_images():
    for state in ("jump-", "dq_init, refpix", ""):
        with pytest.raises(UserError, match=r"level_match: .*before ramp_fit an exposure is no image yet"):
            steps_of_images(request(ssbsteps=state), "NIRCAM")
    with pytest.raises(UserError, match="level_match: ssbsteps: 'photm' is no step"):
        steps_of_images(request(ssbsteps="photm-"), "NIRCAM")
    assert steps_of_images(request(planes="integrations"), "MIRI").planes == "integrations"


@pytest.mark.parametrize("state", ["photom-", "assign_wcs", "ramp_fit, photom"])
def test_a_state_of_images_is_none_of_ramps(state):
    ramps = LabelRequest(
        label="readnoise", reftype="readnoise", imtypes=parse_imtypes("D"), ssbsteps={"*": state},
        window=None, parameters={}, same={}, combiner="mean",
    )  # fmt: skip
    with pytest.raises(UserError, match=r"an exposure is no ramp any more, and readnoise measures ramps"):
        steps_for(ramps, "NIRCAM")


@pytest.mark.parametrize("product", ["rate", "cal", "i2d"])
def test_an_image_whose_header_says_nothing_is_not_taken_for_a_raw_exposure(product):
    assert state_of(row(product)).complete == {"ramp_fit"}
    assert state_of(row("uncal", axes=4)).complete == frozenset()


STATUSES = st.dictionaries(
    st.sampled_from(step_order("NIRCAM")), st.sampled_from(["COMPLETE", "SKIPPED", "FAILED"])
)


@given(STATUSES, st.sampled_from(["rate", "cal", "crf", ""]), st.sampled_from(IMAGE_ORDER[1:]), st.booleans())
def test_no_step_runs_twice_or_before_one_that_is_done(statuses, product, last, as_list):
    told = {DONE_KEYWORDS[step]: status for step, status in statuses.items()}
    verdict = found(row(product, **told), ssbsteps=last if as_list else f"{last}-")
    if isinstance(verdict, tuple):
        missing = verdict[1]
        complete = {step for step, status in statuses.items() if status == "COMPLETE"}
        assert not complete & set(missing)
        assert set(missing) <= set(AFTER_FIT)
        places = [IMAGE_ORDER.index(step) for step in IMAGE_ORDER if step in complete]
        assert all(IMAGE_ORDER.index(step) > max(places, default=-1) for step in missing)
