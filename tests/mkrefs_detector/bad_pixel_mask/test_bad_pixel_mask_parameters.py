"""The label of both searches: its parameters are those of the single labels, under the documented names."""

import pytest
from pydantic import ValidationError

from mkrefs_detector.bad_pixel_mask.creator import BadPixelMaskCreator
from mkrefs_detector.bad_pixel_mask.darks.creator import BadpixFromDarksCreator
from mkrefs_detector.bad_pixel_mask.flats.creator import BadpixFromFlatsCreator

Parameters = BadPixelMaskCreator.Parameters

#: What the documented call of the original names, with its defaults; files are the engine's business.
DOCUMENTED = {
    "dead_search": True,
    "low_qe_and_open_search": True,
    "dead_search_type": "sigma_rate",
    "flat_mean_sigma_threshold": 3,
    "flat_mean_normalization_method": "smoothed",
    "smoothing_box_width": 15,
    "smoothing_type": "Box2D",
    "dead_sigma_threshold": 5.0,
    "max_dead_norm_signal": None,
    "run_dead_flux_check": False,
    "dead_flux_check_files": None,
    "flux_check": 45000,
    "max_low_qe_norm_signal": 0.5,
    "max_open_adj_norm_signal": 1.05,
    "manual_flag_file": "default",
    "flat_do_not_use": (),
    "dark_stdev_clipping_sigma": 5.0,
    "dark_max_clipping_iters": 5,
    "dark_noisy_threshold": 5,
    "max_saturated_fraction": 0.5,
    "max_jump_limit": 10,
    "jump_ratio_threshold": 5,
    "early_cutoff_fraction": 0.25,
    "pedestal_sigma_threshold": 5,
    "rc_fraction_threshold": 0.8,
    "low_pedestal_fraction": 0.8,
    "high_cr_fraction": 0.8,
    "dark_do_not_use": ("hot", "rc", "low_pedestal", "high_cr"),
    "plot": False,
    "author": "jwst_reffiles",
    "description": "A bad pix mask",
    "pedigree": "GROUND",
    "history": "",
}


def test_documented_names_and_defaults():
    parameters = Parameters()
    assert {name: getattr(parameters, name) for name in DOCUMENTED} == DOCUMENTED
    documented = {
        "hot": ("HOT",), "rc": ("RC",), "low_pedestal": ("OTHER_BAD_PIXEL",), "high_cr": ("TELEGRAPH",),
    }  # fmt: skip
    assert {name: parameters.flag_values[name] for name in documented} == documented


def test_by_default_each_search_is_that_of_its_own_label():
    parameters = Parameters()
    assert parameters.flats() == BadpixFromFlatsCreator.Parameters()
    assert parameters.darks() == BadpixFromDarksCreator.Parameters()


def test_each_search_gets_what_is_its_own():
    parameters = Parameters(
        flat_mean_sigma_threshold=4,
        flat_do_not_use="DEAD",
        max_dead_norm_signal="none",
        dark_noisy_threshold=7,
        dark_do_not_use=["hot"],
        flag_values={"dead": ["DEAD", "LOW_QE"], "warm": ["HOT"]},
        plot=True,
    )
    flats, darks = parameters.flats(), parameters.darks()
    assert (flats.sigma_threshold, flats.do_not_use, flats.plot) == (4, ("DEAD",), True)
    assert flats.max_dead_norm_signal is None
    assert flats.flag_values["DEAD"] == ("DEAD", "LOW_QE")
    assert (darks.noisy_threshold, darks.do_not_use, darks.plot) == (7, ("hot",), True)
    assert darks.flag_values == {"warm": ("HOT",)}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"flat_mean_sigma_threshold": 0}, "flat_mean_sigma_threshold\n  Input should be greater than 0"),
        ({"smoothing_box_width": 4}, "smoothing_box_width\n  Value error, must be odd"),
        ({"flag_values": {"cold": ["HOT"]}}, "'cold' is no class of this search"),
        ({"flag_values": {"hot": ["COLD"]}}, "'COLD' is no DQ mnemonic"),
        ({"flat_do_not_use": ["hut"]}, "flat_do_not_use\n  'hut' is neither a class of this search"),
        ({"hot_threshold": 0.001}, "hot_threshold 0.001 must not be below warm_threshold"),
        ({"dead_search": False, "low_qe_and_open_search": False}, "nothing is searched"),
        ({"sigma_threshold": 4}, "Extra inputs are not permitted"),
    ],
)
def test_mistakes_are_refused(given, told):
    with pytest.raises(ValidationError) as error:
        Parameters(**given)
    assert told in str(error.value)


def test_every_parameter_tells_what_it_does():
    assert all(info.description for info in Parameters.model_fields.values())
