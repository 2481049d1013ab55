"""The creator `badpix_from_darks`: parameters, flags, what is kept of the mask in use, and its account."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from mkrefs.api import GROUP_DQ, PIXEL_DQ, UserError
from mkrefs.testing import ArrayImages, ArrayRamp, DetectorTruth, ExposureSpec, exposure_metadata
from mkrefs_detector.bad_pixel_mask.darks.account import CLASS_BITS, class_map
from mkrefs_detector.bad_pixel_mask.darks.creator import BadpixFromDarksCreator
from mkrefs_detector.bad_pixel_mask.darks.parameters import DarksParameters, dark_policy
from mkrefs_detector.bad_pixel_mask.darks.settings import CLASS_FLAGS, DarkSettings

METADATA = replace(
    exposure_metadata(DetectorTruth("NRCB1", "SUB64P"), ExposureSpec()),
    xsize=128,
    ysize=96,
    xstart=101,
    ystart=101,
    group_time=10.7,
    frame_time=10.7,
)


@pytest.fixture(scope="module")
def create(make_darks):
    """Run the creator on darks in the guise of calibrated ramps."""

    def run(darks=None, *, pixel_dq=None, metadata=METADATA, **parameters):
        darks = darks or make_darks()
        ramps = {}
        for number, (science, fitted) in enumerate(zip(darks.ramps, darks.slopes, strict=True), start=1):
            pedestal = science[:, 0] - fitted["SCI"] * 10.7
            images = {"rateints": ArrayImages(fitted), "fitopt": ArrayImages({"PEDESTAL": pedestal})}
            mode = replace(metadata, nints=science.shape[0], ngroups=science.shape[1])
            ramps[f"D{number}"] = ArrayRamp(
                science, mode, pixel_dq=pixel_dq, name=f"dark{number}", images=images
            )
        return BadpixFromDarksCreator().create(ramps, DarksParameters(**parameters))

    return run


def test_documented_parameters_have_documented_defaults():
    parameters = DarksParameters()
    documented = {
        "clipping_sigma": 5.0, "max_clipping_iters": 5, "noisy_threshold": 5, "max_saturated_fraction": 0.5,
        "max_jump_limit": 10, "jump_ratio_threshold": 5, "early_cutoff_fraction": 0.25,
        "pedestal_sigma_threshold": 5, "rc_fraction_threshold": 0.8, "low_pedestal_fraction": 0.8,
        "high_cr_fraction": 0.8, "do_not_use": ("hot", "rc", "low_pedestal", "high_cr"), "plot": False,
        "author": "jwst_reffiles", "description": "A bad pix mask", "pedigree": "GROUND",
        "useafter": "2019-04-01 00:00:00", "history": "",
        "flag_values": {
            "hot": ("HOT",), "rc": ("RC",), "low_pedestal": ("OTHER_BAD_PIXEL",), "high_cr": ("TELEGRAPH",)
        },
    }  # fmt: skip
    assert {name: getattr(parameters, name) for name in documented} == documented
    assert parameters.settings() == DarkSettings()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"early_cutoff_fraction": 0.6}, "less than or equal to 0.5"),
        ({"flag_values": {"cold": ["HOT"]}}, "'cold' is no class of this search"),
        ({"flag_values": {"hot": ["HOTT"]}}, "'HOTT' is no DQ mnemonic"),
        ({"do_not_use": ["hott"]}, "'hott' is neither a class"),
        ({"hot_threshold": 0.01}, "hot_threshold 0.01 must not be below warm_threshold 0.02"),
        ({"search": "all"}, "'measured' or 'documented'"),
    ],
)
def test_wrong_parameters_are_told(wrong, said):
    with pytest.raises(ValidationError, match=said):
        DarksParameters(**wrong)


def test_classes_without_flags_of_their_own_have_those_of_their_kin():
    policy = DarksParameters(flag_values={"RC": ["nonlinear"], "warm": ["HOT"]}).policy()
    assert policy.flag_values["inverse_rc"] == policy.flag_values["rc"] == ("NONLINEAR",)
    assert policy.flag_values["warm"] == ("HOT",)
    assert policy.flag_values["telegraph"] == policy.flag_values["high_cr"] == ("TELEGRAPH",)
    assert set(policy.flag_values) == set(CLASS_FLAGS)
    assert all(policy.excludes(name) for name in set(CLASS_FLAGS) - {"warm"})
    only = dark_policy({}, ("telegraph",), keep_unknown=True)
    assert not only.excludes("noisy")
    assert not only.excludes("hot")
    assert only.excludes("telegraph")


def test_flags_are_those_of_the_classes(create, make_darks):
    made = create()
    kinds, flags = make_darks().kinds, made.flags
    assert set(flags) == {
        *("DO_NOT_USE", "REFERENCE_PIXEL", "HOT", "WARM", "RC", "TELEGRAPH", "UNRELIABLE_SLOPE"),
        "OTHER_BAD_PIXEL",
    }
    assert flags["HOT"][kinds["hot"]].all()
    assert (flags["UNRELIABLE_SLOPE"] & kinds["noisy"]).sum() >= 0.95 * kinds["noisy"].sum()
    assert (flags["RC"] & kinds["inverse_rc"]).sum() >= 0.95 * kinds["inverse_rc"].sum() - 1
    bad = flags["HOT"] | flags["RC"] | flags["TELEGRAPH"] | flags["UNRELIABLE_SLOPE"]
    np.testing.assert_array_equal(flags["DO_NOT_USE"], bad | flags["OTHER_BAD_PIXEL"])
    assert not flags["REFERENCE_PIXEL"].any()


def test_the_classes_are_kept_apart_in_an_extension(create, make_darks):
    made = create()
    image = made.extensions["DARK_CLASSES"]
    assert image.dtype == np.uint8
    np.testing.assert_array_equal((image & CLASS_BITS["hot"]) > 0, made.flags["HOT"])
    inverse = (image & CLASS_BITS["inverse_rc"]) > 0
    assert inverse.any()
    assert made.flags["RC"][inverse].all()
    assert any("inverse_rc 8" in line for line in made.history)
    both = class_map({"hot": np.array([True]), "high_cr": np.array([True])}, (1,))
    assert both.tolist() == [1 + 128]


def test_pixels_of_the_mask_in_use_are_judged_and_reported(create, make_darks):
    darks = make_darks()
    pixel_dq = np.zeros(darks.good.shape, np.uint32)
    pixel_dq[darks.kinds["hot"]] = PIXEL_DQ["DO_NOT_USE"] | PIXEL_DQ["DEAD"]
    row, column = np.argwhere(darks.good)[0]
    pixel_dq[row, column] = PIXEL_DQ["DO_NOT_USE"] | PIXEL_DQ["HOT"]
    made = create(pixel_dq=pixel_dq)
    assert made.flags["HOT"][darks.kinds["hot"]].all()
    assert not made.flags["HOT"][row, column]
    line = next(line for line in made.history if line.startswith("HOT: "))
    assert "0 kept, 1 lost" in line


def test_reference_pixels_by_their_flag(create, make_darks):
    pixel_dq = np.zeros(make_darks().good.shape, np.uint32)
    pixel_dq[:, :4] = PIXEL_DQ["REFERENCE_PIXEL"]
    made = create(pixel_dq=pixel_dq)
    assert made.flags["REFERENCE_PIXEL"][:, :4].all()
    assert not made.flags["DO_NOT_USE"][:, :4].any()


def test_figures_are_given_where_wanted(create, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not create().figures
    figures = create(plot=True).figures
    assert {"dark_rates", "dark_noise", "dark_rate_map", "dark_noise_map", "dark_classes"} <= set(figures)
    assert {line.split()[0] for line in figures["dark_rates"].lines} == {"warm", "hot"}
    assert figures["dark_noise"].counts.sum() > 10000
    assert not list(tmp_path.iterdir()), "files appear in the current directory"


def test_inputs_must_go_together(create, make_darks):
    darks = make_darks()
    ramps = {}
    for number, time in ((1, 10.7), (2, 21.4)):
        images = {"rateints": ArrayImages(darks.slopes[0])}
        mode = replace(METADATA, ngroups=12, group_time=time)
        ramps[f"D{number}"] = ArrayRamp(darks.ramps[0], mode, name=f"dark{number}", images=images)
    with pytest.raises(UserError, match=r"dark2 has group_time 21\.4 but dark1 has 10\.7"):
        BadpixFromDarksCreator().create(ramps, DarksParameters())
    cut = {"D1": ramps["D1"], "D2": ArrayRamp(darks.ramps[0][:, :, :48], METADATA, name="dark2")}
    with pytest.raises(UserError, match="the array of dark2 has 48 rows and 128 columns"):
        BadpixFromDarksCreator().create(cut, DarksParameters())
    done = {"D1": ArrayRamp(darks.ramps[0], METADATA, name="dark1", done=("dark_current", "jump"))}
    with pytest.raises(UserError, match="dark1 has been through the step dark_current"):
        BadpixFromDarksCreator().create(done, DarksParameters())
    with pytest.raises(UserError, match="no dark ramp was given"):
        BadpixFromDarksCreator().create({}, DarksParameters())
    with pytest.raises(UserError, match="dark1 has the role F1, but the file is made from darks"):
        BadpixFromDarksCreator().create({"F1": ramps["D1"]}, DarksParameters())


def test_a_mask_of_too_few_darks_says_what_is_missing(create, make_darks):
    darks = make_darks(2, shape=(96, 128), seed=60)
    made = create(darks)
    (told,) = [line for line in made.warnings if "rc" in line.partition(" not searched: ")[0].split(", ")]
    assert "not searched: 2 integrations are too few" in told
    assert "WARM" not in made.flags


def test_flags_of_saturation_alone_make_a_mask_from_a_single_short_dark(make_darks):
    science = np.full((1, 1, 96, 128), 50000.0)
    flags = np.full(science.shape, GROUP_DQ["SATURATED"], np.uint8)
    flags[..., :90, :] = 0
    nothing = {"rateints": ArrayImages({"SCI": np.full((1, 96, 128), np.nan)}), "fitopt": ArrayImages({})}
    ramp = ArrayRamp(science, replace(METADATA, ngroups=1), group_dq=flags, images=nothing)
    made = BadpixFromDarksCreator().create({"D1": ramp}, DarksParameters())
    np.testing.assert_array_equal(made.flags["HOT"], flags[0, 0] > 0)
