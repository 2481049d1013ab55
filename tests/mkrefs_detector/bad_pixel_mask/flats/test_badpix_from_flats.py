"""The creator `badpix_from_flats`: what it declares, what it makes of ramps, what it refuses."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from mkrefs.api import PIXEL_DQ, Creator, Histogram, Map, UserError
from mkrefs.testing import ArrayRamp
from mkrefs_detector import mkrefs_combiners, mkrefs_creators
from mkrefs_detector.bad_pixel_mask.creator import BadPixelMaskCreator
from mkrefs_detector.bad_pixel_mask.flats.creator import BadpixFromFlatsCreator
from mkrefs_detector.bad_pixel_mask.flats.parameters import FlatsParameters

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "badpix_from_flats.md"
NONE = (0, 0, 0)


def create(ramps, **parameters):
    return BadpixFromFlatsCreator().create(ramps, FlatsParameters(**parameters))


def arrays_of(ramp):
    return {
        name: np.array(ramp.images("rateints").rows(name, 0, ramp.shape[2])) for name in ("SCI", "ERR", "DQ")
    }


def test_defaults_are_the_documented_ones():
    documented = {
        "dead_search": True,
        "low_qe_and_open_search": True,
        "dead_search_type": "sigma_rate",
        "sigma_threshold": 3.0,
        "normalization_method": "smoothed",
        "smoothing_box_width": 15,
        "smoothing_type": "Box2D",
        "dead_sigma_threshold": 5.0,
        "max_dead_norm_signal": None,
        "run_dead_flux_check": False,
        "dead_flux_check_files": None,
        "flux_check": 45000.0,
        "max_low_qe_norm_signal": 0.5,
        "max_open_adj_norm_signal": 1.05,
        "manual_flag_file": "default",
        "do_not_use": (),
        "author": "jwst_reffiles",
        "description": "A bad pix mask",
        "pedigree": "GROUND",
        "useafter": "2019-04-01 00:00:00",
        "history": "",
        "plot": False,
    }
    assert documented.items() <= FlatsParameters().model_dump().items()


def test_every_parameter_is_documented_with_its_default():
    page = PAGE.read_text()
    for name, field in FlatsParameters.model_fields.items():
        row = re.search(rf"^\| `{name}` \| `([^`]*)` \|", page, re.MULTILINE)
        assert row, f"{name} is not in {PAGE.name}"
        default = FlatsParameters().model_dump(mode="json")[name]
        assert yaml.safe_load(row[1]) == default, name
        assert field.description


def test_the_plugin_registers_the_creator():
    (creator,) = [each for each in mkrefs_creators() if each.label == "badpix_from_flats"]
    assert issubclass(creator, Creator)
    assert (creator.reftype, creator.imtypes) == ("mask", "F+")
    assert creator.combiner in {combiner.name for combiner in mkrefs_combiners()}
    assert creator.products == {"F": ("rateints", "raw")}


def test_a_mask_holds_flags_and_what_was_done(sensitivity, flats):
    pixels = sensitivity(128)
    made = create(flats(pixels))
    assert not made.arrays
    assert list(made.flags) == ["DO_NOT_USE", "REFERENCE_PIXEL", "DEAD", "LOW_QE", "OPEN", "ADJ_OPEN"]
    assert made.flags["DEAD"][pixels.kinds["DEAD"]].mean() > 0.95
    assert not made.flags["DO_NOT_USE"].any()
    assert made.metadata == {"exposure.type": "ANY"}
    assert made.history[0].startswith("Flats: 10 of 10 integrations, median signals from ")
    assert any(re.match(r"DEAD: \d+ pixels \(0\.\d+%\)", line) for line in made.history)
    assert not made.figures


def test_do_not_use_and_flag_values_are_obeyed_in_any_case(sensitivity, flats):
    ramps = flats(sensitivity(128))
    plain = create(ramps)
    made = create(ramps, do_not_use=["dead", "Adj_Open"])
    np.testing.assert_array_equal(made.flags["DO_NOT_USE"], plain.flags["DEAD"] | plain.flags["ADJ_OPEN"])
    renamed = create(
        ramps, flag_values={"low_qe": ["LOW_QE", "other_bad_pixel"]}, do_not_use="OTHER_BAD_PIXEL"
    )
    np.testing.assert_array_equal(renamed.flags["OTHER_BAD_PIXEL"], plain.flags["LOW_QE"])
    np.testing.assert_array_equal(renamed.flags["DO_NOT_USE"], plain.flags["LOW_QE"])
    np.testing.assert_array_equal(renamed.flags["DEAD"], plain.flags["DEAD"])


def test_reference_pixels_get_their_flag_alone(sensitivity, flats, flat):
    pixels = sensitivity(64)
    pixels.response[:4] = pixels.response[-4:] = 0
    pixels.response[:, :4] = pixels.response[:, -4:] = 0
    flags = np.zeros((64, 64), dtype=np.uint32)
    flags[:4] = flags[-4:] = PIXEL_DQ["REFERENCE_PIXEL"]
    flags[:, :4] = flags[:, -4:] = PIXEL_DQ["REFERENCE_PIXEL"]
    flagged = {role: flat(arrays_of(ramp), role, pixel_dq=flags) for role, ramp in flats(pixels, 6).items()}
    by_flag = create(flagged, do_not_use=["DEAD", "ADJ_OPEN"])
    by_place = create(flats(pixels, 6, xstart=1, ystart=1), do_not_use=["DEAD"])
    border = flags != 0
    np.testing.assert_array_equal(by_flag.flags["REFERENCE_PIXEL"], border)
    for name, found in by_flag.flags.items():
        assert name == "REFERENCE_PIXEL" or not (found & border).any()
    corner = np.zeros((64, 64), dtype=bool)
    corner[:4] = corner[:, :4] = True
    np.testing.assert_array_equal(by_place.flags["REFERENCE_PIXEL"], corner)


def test_pixels_that_cannot_be_judged_keep_the_flags_of_the_mask_in_use(sensitivity, flats, flat):
    pixels = sensitivity(64, fractions=NONE)
    dq = np.zeros((64, 64), dtype=np.uint32)
    dq[5, 5] = dq[6, 6] = PIXEL_DQ["DEAD"] | PIXEL_DQ["DO_NOT_USE"]
    ramps = {}
    for role, ramp in flats(pixels, 4).items():
        arrays = arrays_of(ramp)
        arrays["SCI"][:, 5, 5] = np.nan
        ramps[role] = flat(arrays, role, pixel_dq=dq)
    kept = create(ramps, do_not_use=["DEAD"])
    assert np.argwhere(kept.flags["DEAD"]).tolist() == [[5, 5]]
    assert np.argwhere(kept.flags["DO_NOT_USE"]).tolist() == [[5, 5]]
    assert np.argwhere(kept.extensions["UNKNOWN"]).tolist() == [[5, 5]]
    assert any("1 pixels have too few data to be judged" in line for line in kept.history)
    assert any("DEAD: 1 pixels" in line and "1 kept, 1 lost, 0 are new" in line for line in kept.history)
    assert not create(ramps, keep_unknown=False).flags["DEAD"].any()


def test_the_flux_check_looks_at_the_last_four_groups(sensitivity, flats, flat):
    pixels = sensitivity(64, fractions=NONE)
    pixels.response[10, 10] = pixels.response[20, 20] = pixels.response[30, 30] = 0
    ramps = {}
    for role, ramp in flats(pixels, 4).items():
        level = np.full((1, 7, 64, 64), 20000.0)
        level[..., 10, 10] = 60000.0
        level[:, :3, 20, 20] = 60000.0
        level[:, 3:, 30, 30] = 50000.0
        raw = ArrayRamp(level, ramp.metadata, name=f"{role}_uncal.fits")
        ramps[role] = flat(arrays_of(ramp), role, raw=raw)
    assert create(ramps).flags["DEAD"].sum() == 3
    checked = create(ramps, run_dead_flux_check=True)
    assert np.argwhere(checked.flags["DEAD"]).tolist() == [[20, 20]]
    assert any("Flux check: 2 pixels" in line for line in checked.history)
    high = create(ramps, run_dead_flux_check=True, flux_check=55000)
    assert np.argwhere(high.flags["DEAD"]).tolist() == [[20, 20], [30, 30]]
    named = create(ramps, run_dead_flux_check=True, dead_flux_check_files=["/data/F2_uncal.fits"])
    np.testing.assert_array_equal(named.flags["DEAD"], checked.flags["DEAD"])
    with pytest.raises(UserError, match=r"x_uncal.fits is not the raw exposure of an input; allowed are F1_"):
        create(ramps, run_dead_flux_check=True, dead_flux_check_files=["x_uncal.fits"])
    with pytest.raises(UserError, match="there is no raw exposure of flat1"):
        create(flats(pixels, 2), run_dead_flux_check=True)


def test_manual_flags_are_added(sensitivity, flats, tmp_path):
    listed = tmp_path / "list.txt"
    listed.write_text("x y flag\n110:112 105 telegraph\n")
    ramps = flats(sensitivity(64, fractions=NONE), 3)
    made = create(ramps, manual_flag_file=str(listed), do_not_use=["TELEGRAPH"])
    assert np.argwhere(made.flags["TELEGRAPH"]).tolist() == [[5, 10], [5, 11], [5, 12]]
    np.testing.assert_array_equal(made.flags["DO_NOT_USE"], made.flags["TELEGRAPH"])
    assert "Pixels flagged by the list of manual flags: TELEGRAPH 3." in made.history


def test_shorted_columns_of_the_miri_imager_are_flagged_by_default(sensitivity, flats):
    pixels = sensitivity(64, fractions=NONE)
    made = create(flats(pixels, 3, instrument="MIRI", detector="MIRIMAGE", xstart=361, ystart=1))
    flagged = made.flags["UNRELIABLE_SLOPE"]
    assert np.flatnonzero(flagged.any(axis=0)).tolist() == [24, 25]
    assert flagged[:, 24:26].all()
    other = create(flats(pixels, 3, instrument="MIRI", detector="MIRIFULONG", xstart=361))
    assert "UNRELIABLE_SLOPE" not in other.flags


def test_figures_are_given_on_request(sensitivity, flats, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = create(flats(sensitivity(64)), plot=True)
    assert set(made.figures) == {"flat_histogram", "flat", "bad_pixels"}
    histogram = made.figures["flat_histogram"]
    assert isinstance(histogram, Histogram)
    assert histogram.counts.sum() == 64 * 64
    assert set(made.figures["flat_histogram"].lines) >= {"DEAD below", "LOW_QE below"}
    assert isinstance(made.figures["bad_pixels"], Map)
    assert not list(tmp_path.iterdir()), "files appear in the current directory"


def test_inputs_that_do_not_go_together_are_refused_by_name(sensitivity, flats):
    pixels = sensitivity(64)
    mixed = flats(pixels, 2)
    mixed["F2"] = flats(pixels, 2, detector="NRCA2")["F2"]
    with pytest.raises(UserError, match="flat2 has detector NRCA2 but flat1 has NRCA1"):
        create(mixed)
    with pytest.raises(UserError, match="no flat was given"):
        create({})
    with pytest.raises(UserError, match="flat1 has the role D1, but the file is made from flats"):
        create({"D1": mixed["F1"]})
    with pytest.raises(UserError, match="none of DEAD, LOW_QE, OPEN, ADJ_OPEN could be searched"):
        create(flats(pixels, 1))
    both = BadPixelMaskCreator()
    with pytest.raises(UserError, match=r"nothing could be searched \(1 of 1 integrations [^;]*\); give"):
        both.create(flats(pixels, 1), both.Parameters())
    with pytest.raises(UserError, match="flat1 has the role I1, but the file is made from darks and flats"):
        both.create({"I1": mixed["F1"]}, both.Parameters())


@pytest.mark.parametrize(
    "values",
    [
        {"smoothing_box_width": 4},
        {"smoothing_box_width": 1},
        {"dead_search_type": "zero_signal"},
        {"normalization_method": "median"},
        {"do_not_use": ["BROKEN"]},
        {"flag_values": {"HOT": ["HOT"]}},
        {"flag_values": {"DEAD": ["BROKEN"]}},
        {"dead_search": False, "low_qe_and_open_search": False},
    ],
)
def test_values_that_make_no_sense_are_refused(values):
    with pytest.raises(ValidationError):
        FlatsParameters(**values)


def test_none_may_be_written_as_a_word():
    read = FlatsParameters(max_dead_norm_signal="None", dead_flux_check_files="none", smoothing_sigma="none")
    assert read.max_dead_norm_signal is read.dead_flux_check_files is read.smoothing_sigma is None


def test_the_default_limit_of_unscaled_rates_is_that_of_the_detector(sensitivity, flats):
    pixels = sensitivity(64, fractions=NONE)
    pixels.response[30, 30] = 35.0 / 2000
    ramps = flats(pixels, 4, hits=0.0, gradient=0.0)
    settings = {"normalization_method": "none"}
    assert not create(ramps, **settings).flags["DEAD"].any()
    long = flats(pixels, 4, hits=0.0, gradient=0.0, detector="NRCALONG")
    assert np.argwhere(create(long, **settings).flags["DEAD"]).tolist() == [[30, 30]]


def test_the_creator_is_light_to_import():
    code = (
        "import sys, mkrefs_detector as plugin\n"
        "plugin.mkrefs_creators()\n"
        "assert not {'numba', 'scipy', 'astropy', 'jwst', 'matplotlib'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
