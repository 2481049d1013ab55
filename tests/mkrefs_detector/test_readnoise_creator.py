"""The creator `readnoise`: what it declares, what it makes of ramps, what it refuses."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from mkrefs.api import GROUP_DQ, Creator, UserError, reference_pixels
from mkrefs_detector import mkrefs_combiners, mkrefs_creators
from mkrefs_detector.readnoise.creator import ReadnoiseCreator
from mkrefs_detector.readnoise.parameters import ReadnoiseParameters

CDS = 6.0 * np.sqrt(2.0)
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "readnoise.md"


def create(ramps, **parameters):
    return ReadnoiseCreator().create(ramps, ReadnoiseParameters(**parameters))


def test_defaults_are_the_documented_ones():
    documented = {
        "method": "stack",
        "group_diff_type": "independent",
        "clipping_sigma": 3.0,
        "max_clipping_iters": 3,
        "nproc": 1,
        "slice_width": 50,
        "single_value": False,
        "author": "jwst_reffiles",
        "description": "CDS Noise Image",
        "pedigree": "GROUND",
        "useafter": "2015-10-01T00:00:00",
        "history": "",
        "subarray": None,
        "readpatt": None,
        "save_tmp": False,
    }
    assert documented.items() <= ReadnoiseParameters().model_dump().items()


def test_every_parameter_is_documented_with_its_default():
    page = PAGE.read_text()
    for name, field in ReadnoiseParameters.model_fields.items():
        row = re.search(rf"^\| `{name}` \| `([^`]*)` \|", page, re.MULTILINE)
        assert row, f"{name} is not in {PAGE.name}"
        assert yaml.safe_load(row[1]) == field.default, name


def test_every_combiner_parameter_is_documented():
    page = PAGE.read_text()
    for combiner in mkrefs_combiners():
        assert f"`{combiner.name}`" in page
        assert all(f"`{name}`" in page for name in combiner.Parameters.model_fields)


def test_the_plugin_registers_the_creator():
    (creator,) = [each for each in mkrefs_creators() if each.label == "readnoise"]
    assert issubclass(creator, Creator)
    assert (creator.label, creator.reftype, creator.imtypes, creator.unit) == (
        "readnoise",
        "readnoise",
        "D+",
        "DN",
    )
    assert creator.combiner in {combiner.name for combiner in mkrefs_combiners()}


@pytest.mark.parametrize("method", ["stack", "ramp", "fit"])
def test_a_file_holds_noise_error_and_samples(darks, as_ramps, method):
    made = create(as_ramps(darks(10)), method=method)
    noise = made.arrays["data"]
    assert noise.dtype == np.float32
    assert np.median(noise) == pytest.approx(CDS, rel=0.01)
    assert made.metadata == {"bunit_data": "DN"}
    assert made.extensions["ERR"] == pytest.approx(noise / np.sqrt(2 * made.extensions["NSAMPLES"]), rel=0.02)
    assert method in made.history[0]


def test_nframes_of_the_header_scales_the_noise(darks, as_ramps):
    ramps = darks(4)
    single = create(as_ramps(ramps)).arrays["data"]
    assert create(as_ramps(ramps, nframes=8)).arrays["data"] == pytest.approx(single * np.sqrt(8), rel=1e-6)


def test_gaps_are_filled_with_the_median_and_marked(darks, as_ramps):
    ramps = darks(3)
    flags = [np.zeros(ramp.shape, dtype=np.uint8) for ramp in ramps]
    for flag in flags:
        flag[..., 10:12, 20] = GROUP_DQ["SATURATED"]
    inputs = as_ramps(ramps, flags)
    made = create(inputs)
    noise, samples = made.arrays["data"], made.extensions["NSAMPLES"]
    measured = samples > 0
    assert np.count_nonzero(~measured) == 2
    light = measured & ~reference_pixels(inputs["D1"].metadata)
    assert noise[10:12, 20] == pytest.approx(np.median(noise[light]))
    assert np.isnan(made.extensions["ERR"][10:12, 20]).all()
    assert any(line.startswith("2 pixels could not be measured") for line in made.history)


def test_more_than_half_of_the_pixels_without_noise_is_refused(darks, as_ramps):
    ramps = darks(3)
    for ramp in ramps:
        ramp[..., :40, :] = 7.0
    with pytest.raises(UserError, match="2560 of 4096 pixels"):
        create(as_ramps(ramps))


def test_a_single_value_is_that_of_the_light_sensitive_pixels(darks, as_ramps):
    ramps = darks(10)
    for ramp in ramps:
        ramp[..., :4, :] *= 3.0
        ramp[..., :4] *= 3.0
    made = create(as_ramps(ramps), single_value=True)
    noise = made.arrays["data"]
    assert np.ptp(noise) == 0
    assert noise[0, 0] == pytest.approx(CDS, rel=0.005)
    assert np.isfinite(made.extensions["ERR"]).all()
    assert "Single value" in made.history[-1]


def test_reference_pixels_have_their_own_noise(darks, as_ramps):
    ramps = darks(10)
    for ramp in ramps:
        ramp[..., :4, :] *= 0.5
    made = create(as_ramps(ramps))
    assert np.median(made.arrays["data"][:4]) == pytest.approx(CDS / 2, rel=0.03)


def test_inputs_of_different_modes_are_refused_by_name(darks, as_ramps):
    ramps = darks(2)
    mixed = as_ramps(ramps)
    mixed["D2"] = as_ramps(ramps, nframes=8)["D2"]
    with pytest.raises(UserError, match="dark2 has nframes 8 but dark1 has 1"):
        create(mixed)
    with pytest.raises(UserError, match="no dark ramp"):
        create({})
    with pytest.raises(UserError, match="64 columns, but its header says 64 and 32"):
        create(as_ramps(ramps, xsize=32))
