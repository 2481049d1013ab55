"""Too few or too noisy flats refuse a class by name; pixels without enough data are unknown, not bad."""

import re

import numpy as np
import pytest

from mkrefs.api import GROUP_DQ, UserError
from mkrefs_detector.bad_pixel_mask.flats.search import check_searched, search_flats
from mkrefs_detector.bad_pixel_mask.flats.settings import FlatSettings


def search(ramps, **settings):
    inputs = tuple(ramps.values())
    return search_flats(inputs, FlatSettings(**settings), reference=np.zeros(inputs[0].shape[2:], dtype=bool))


def test_one_flat_is_too_few_unless_it_is_meant_to_do(sensitivity, flats, score):
    pixels = sensitivity(128)
    ramps = flats(pixels, 1, hits=0.0)
    refused = search(ramps)
    assert not refused.classes
    assert set(refused.refused) == {"DEAD", "LOW_QE", "OPEN", "ADJ_OPEN"}
    assert "1 of 1 integrations have light, and 2 are needed at least" in refused.refused["DEAD"]
    with pytest.raises(UserError, match="none of DEAD, LOW_QE, OPEN, ADJ_OPEN could be searched: 1 of 1"):
        check_searched(refused)
    found = search(ramps, min_integrations=1)
    assert score(found.classes, pixels)["DEAD"][:2] == (1.0, 1.0)


def test_flats_without_light_are_named_and_left_out(sensitivity, flats):
    pixels = sensitivity(64)
    ramps = flats(pixels, 3) | {"F4": flats(pixels, 1, flux=0.0, hits=0.0)["F1"]}
    line = search(ramps).history[0]
    assert "Flats: 3 of 4 integrations" in line or "4 of 4" in line
    dark = {role: flats(pixels, 1, flux=-5.0)["F1"] for role in ("F1", "F2")}
    found = search(dark)
    assert "without light and left out: flat1, flat1" in found.history[0]
    assert "0 of 2 integrations have light" in found.refused["OPEN"]


def test_noise_refuses_the_classes_it_hides(sensitivity, flats):
    pixels = sensitivity(96, fractions=(0.002, 0.0, 0.0))
    refused = [search(flats(pixels, flux=flux, gradient=0.0)).refused for flux in (100.0, 1.0)]
    assert refused[0] == {}
    assert set(refused[1]) == {"DEAD", "LOW_QE", "OPEN", "ADJ_OPEN"}
    assert re.search(r"the median error of a normalised rate is \d+%, and more than 10%", refused[1]["OPEN"])
    # Read noise hides what is dead sooner than what is low.
    some = search(flats(pixels, flux=4.0, gain=1000.0, hits=0.0, gradient=0.0)).refused
    assert set(some) == {"DEAD"}
    assert "the median error of a low rate" in some["DEAD"]


@pytest.mark.parametrize("flux", [100.0, 10.0, 3.0, 1.0, 0.3])
def test_half_the_detector_is_never_flagged(sensitivity, flats, flux):
    pixels = sensitivity(96)
    for settings in ({}, {"dead_search_type": "absolute_rate"}, {"normalization_method": "mean"}):
        found = search(flats(pixels, 3, flux=flux), **settings)
        for flagged in found.classes.values():
            assert (flagged & pixels.good).sum() <= 0.001 * pixels.good.sum()


def test_pixels_with_too_few_slopes_are_unknown_and_not_bad(flats, sensitivity, flat):
    pixels = sensitivity(64, fractions=(0, 0, 0))
    pixels.response[20, 20] = 0.0
    ramps = {}
    for number, (role, ramp) in enumerate(flats(pixels, 8).items()):
        made = {name: np.array(ramp.images("rateints").rows(name, 0, 64)) for name in ("SCI", "ERR", "DQ")}
        made["SCI"][:, 10, 10] = np.nan
        made["SCI"][:, 20, 20] = 0.0 if number == 0 else np.nan
        made["SCI"][:, 30, 30] = 0.0 if number < 4 else np.nan
        ramps[role] = flat(made, role)
    found = search(ramps)
    assert np.argwhere(found.unknown["DEAD"]).tolist() == [[10, 10], [20, 20]]
    assert np.argwhere(found.classes["DEAD"]).tolist() == [[30, 30]]
    lenient = search(ramps, min_fraction=0.1)
    assert np.argwhere(lenient.classes["DEAD"]).tolist() == [[20, 20], [30, 30]]


def test_saturated_pixels_are_neither_dead_nor_unknown(flats, sensitivity, flat):
    pixels = sensitivity(64, fractions=(0, 0, 0))
    ramps = {}
    dq = np.zeros((1, 1, 64, 64), dtype=np.uint8)
    dq[..., 9, 9] = GROUP_DQ["SATURATED"]
    for role, ramp in flats(pixels, 4).items():
        made = {name: np.array(ramp.images("rateints").rows(name, 0, 64)) for name in ("SCI", "ERR", "DQ")}
        made["SCI"][:, 9, 9] = 0.0
        ramps[role] = flat(made, role, group_dq=dq)
    found = search(ramps)
    assert not found.classes["DEAD"].any()
    assert not found.unknown["DEAD"].any()
    assert any("1 pixels saturate in the first group" in line for line in found.history)


def test_where_there_is_no_light_nothing_is_dead(sensitivity, flats):
    pixels = sensitivity(128, fractions=(0.002, 0.004, 0.0))
    pattern = np.ones((128, 128))
    pattern[:, :40] = 0.0
    found = search(flats(pixels, pattern=pattern))
    shadow = np.zeros((128, 128), dtype=bool)
    shadow[:, :38] = True
    for name in ("DEAD", "LOW_QE", "OPEN"):
        assert not (found.classes[name] & shadow & pixels.good).any()
    assert found.unknown["DEAD"][shadow].mean() > 0.9
    lit = ~shadow & (np.arange(128) > 50)
    assert found.classes["DEAD"][pixels.kinds["DEAD"] & lit].all()
    mostly = np.zeros((128, 128))
    mostly[:, :40] = 1.0
    assert "DEAD" in search(flats(pixels, pattern=mostly)).refused


def test_limits_that_ordinary_pixels_do_not_reach_are_refused(sensitivity, flats):
    ramps = flats(sensitivity(64))
    refused = search(ramps, max_dead_norm_signal=1.2).refused
    assert refused["DEAD"] == "its limit 1.2 is not below the mean normalised rate, 1"
    assert "is not above the largest signal of a dead pixel" in refused["LOW_QE"]
    unscaled = search(ramps, normalization_method="none")
    assert (
        "max_low_qe_norm_signal 0.5 is not above the largest signal of a dead pixel, 25"
        in (unscaled.refused["LOW_QE"])
    )
    assert unscaled.classes["DEAD"].any()
