"""The creator `gain`: what it declares, what it makes of ramps, what it refuses."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from mkrefs.api import GROUP_DQ, PIXEL_DQ, Creator, Curves, Map, UserError
from mkrefs_detector import mkrefs_combiners, mkrefs_creators
from mkrefs_detector.combiners.mean import MeanCombiner
from mkrefs_detector.combiners.weighted import WeightedCombiner
from mkrefs_detector.gain.creator import GainCreator
from mkrefs_detector.gain.measure import measure_gain
from mkrefs_detector.gain.parameters import GainParameters

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "gain.md"
PLAIN = {"ipc_correction": False}


def create(ramps, **parameters):
    return GainCreator().create(ramps, GainParameters(**parameters))


@pytest.fixture(scope="module")
def pairs(exposures):
    """Flats and darks of 64 x 64 pixels of gain 2; they are not to be changed."""
    return exposures(np.full((64, 64), 2.0), ngroups=12)


@pytest.fixture(scope="module")
def made(pairs, as_roles):
    return create(as_roles(*pairs), plot=True)


def test_every_parameter_is_documented_with_its_default():
    page = PAGE.read_text()
    for name, field in GainParameters.model_fields.items():
        row = re.search(rf"^\| `{name}` \| `([^`]*)` \|", page, re.MULTILINE)
        assert row, f"{name} is not in {PAGE.name}"
        assert yaml.safe_load(row[1]) == field.default, name


def test_the_plugin_registers_the_creator():
    (creator,) = [each for each in mkrefs_creators() if each.label == "gain"]
    assert issubclass(creator, Creator)
    assert (creator.reftype, creator.imtypes, creator.unit) == ("gain", "DDFF", "electrons/DN")
    assert creator.combiner in {combiner.name for combiner in mkrefs_combiners()}
    documented = {"num_boxes": 16, "max_signal": 20000.0, "pedigree": "GROUND", "subarray": None}
    assert documented.items() <= GainParameters().model_dump().items()


def test_a_file_holds_gain_error_tables_and_what_was_corrected(made):
    assert set(made.arrays) == {"data"}
    assert not made.flags
    assert made.metadata == {"bunit_data": "ELECTRONS/DN"}
    assert set(made.extensions) == {"ERR", "NSAMPLES", "FILLED", "BOXES", "CORRECTIONS", "IPC", "BFE"}
    assert made.arrays["data"].dtype == made.extensions["ERR"].dtype == np.float32
    table = made.extensions["BOXES"]
    assert table["XSTOP"].max() == table["YSTOP"].max() == 64
    assert table["XSTART"].min() == 1
    assert np.all(table["APPARENT"] > 0)
    assert made.extensions["IPC"].sum() == pytest.approx(1)
    corrections = made.extensions["CORRECTIONS"]
    assert corrections["NAME"].tolist() == [b"IPC", b"BRIGHTER-FATTER", b"NON-LINEARITY"]
    assert corrections["APPLIED"].tolist() == [1, 1, 0]
    text = "\n".join(made.history)
    for said in ("Corrected for inter-pixel", "Corrected for the brighter-fatter", "read noise from 2 darks"):
        assert said in text
    assert re.search(r"Mean gain: [12]\.\d+ \+- [\d.]+ e-/DN", text)


def test_what_is_switched_off_is_said(pairs, as_roles):
    off = {"ipc_correction": False, "brighter_fatter_correction": False, "nonlinearity_correction": False}
    made = create(as_roles(*pairs), **off, missed_hits=False)
    assert made.extensions["CORRECTIONS"]["APPLIED"].tolist() == [0, 0, 0]
    text = "\n".join(made.history)
    assert text.count("NOT corrected for") == 3
    assert "they were left in" in text


def test_the_error_is_what_the_gain_scatters_by(exposures):
    gain = np.full((64, 64), 2.0)
    found = [measure_gain(*exposures(gain, seed=seed, ngroups=6, level=9000.0)) for seed in range(12)]
    pulls = [np.mean(each.gain - 2.0) / np.mean(each.err) for each in found]
    assert 0.5 < np.std(pulls) < 1.6
    assert abs(np.mean(pulls)) < 0.9


def test_figures_are_drawn_on_request(made, pairs, as_roles):
    assert set(made.figures) == {"photon_transfer", "gain", "error"}
    curve = made.figures["photon_transfer"]
    assert isinstance(curve, Curves)
    np.testing.assert_allclose(curve.curves["measured"], curve.x / 2, rtol=0.15)
    assert isinstance(made.figures["gain"], Map)
    np.testing.assert_array_equal(made.figures["gain"].image, made.arrays["data"])
    assert not create(as_roles(*pairs)).figures


def test_flagged_pixels_and_groups_are_left_out(pairs, as_roles):
    flats, darks = ([each.copy() for each in some] for some in pairs)
    rng = np.random.default_rng(4)
    bad = rng.random((64, 64)) < 0.1
    flats[0][:, 6:, bad] += rng.normal(0, 3000, (1, 6, bad.sum()))
    jumped, saturated = bad & (rng.random((64, 64)) < 0.1), rng.random((64, 64)) < 0.005
    flags = np.zeros(flats[0].shape, np.uint8)
    flags[:, 6:, jumped] = GROUP_DQ["JUMP_DET"]
    flags[:, 5:, saturated] = GROUP_DQ["SATURATED"]
    flats[0][:, 5:, saturated] = 60000.0
    pixel_dq = np.where(bad & ~jumped, PIXEL_DQ["DO_NOT_USE"], 0)
    flats[1][0, 3, 7, 7] = np.nan
    made = create(as_roles(flats, darks, flags={"F1": (flags, pixel_dq)}), **PLAIN)
    clean = create(as_roles(*pairs), **PLAIN)
    assert np.median(made.arrays["data"] / clean.arrays["data"]) == pytest.approx(1, abs=0.02)
    assert 0.75 < np.mean(made.extensions["BOXES"]["FRACTION"]) < 0.9


def test_whole_groups_that_a_step_flags_are_left_out(pairs, as_roles):
    flats, darks = pairs
    short = [dark[:, :7] for dark in darks]

    def flagged(ramp):
        flags = np.zeros(ramp.shape, np.uint8)
        flags[:, [0, -1]] = GROUP_DQ["DO_NOT_USE"]
        return flags, None

    flags = {role: flagged(ramp) for role, ramp in zip(("F1", "F2", "D1", "D2"), flats + short, strict=True)}
    made = create(as_roles(flats, short, flags=flags), max_signal=1e6, **PLAIN)
    assert set(made.extensions["BOXES"]["GROUPS"]) == {10.0}
    assert np.median(made.arrays["data"]) == pytest.approx(2.0, rel=0.03)


def test_bad_regions_are_filled_and_marked(exposures, as_roles):
    flats, darks = exposures(np.full((96, 96), 2.0), ngroups=12)
    pixel_dq = np.zeros((96, 96), np.uint32)
    pixel_dq[:24, 24:48] = PIXEL_DQ["DEAD"]
    made = create(as_roles(flats, darks, flags={"D2": (None, pixel_dq)}), boxsize=24, **PLAIN)
    expected = pixel_dq > 0
    np.testing.assert_array_equal(made.extensions["FILLED"] == 1, expected)
    np.testing.assert_array_equal(made.extensions["NSAMPLES"] == 0, expected)
    np.testing.assert_array_equal(np.isnan(made.extensions["ERR"]), expected)
    assert made.arrays["data"][expected] == pytest.approx(2.0, abs=0.1)
    assert any(line.startswith("1 boxes with too few pixels") for line in made.history)
    thin = np.zeros((96, 96), np.uint32)
    thin[:24, 24:40] = PIXEL_DQ["DEAD"]
    unsure = create(as_roles(flats, darks, flags={"D2": (None, thin)}), boxsize=24, max_error=0.018, **PLAIN)
    np.testing.assert_array_equal(unsure.extensions["FILLED"] == 2, expected)
    assert np.isfinite(unsure.arrays["data"]).all()


def test_reference_pixels_have_a_value(pairs, as_roles):
    made = create(as_roles(*pairs, xstart=1, ystart=1), **PLAIN)
    assert np.isfinite(made.arrays["data"]).all()
    assert made.extensions["BOXES"]["FRACTION"].min() < 0.7


def test_boxes_as_asked_or_fewer(pairs, as_roles):
    def boxes(**parameters):
        return len(create(as_roles(*pairs), **PLAIN, **parameters).extensions["BOXES"])

    assert boxes(boxsize=16) == 16
    assert boxes(num_boxes=8, box_error=0.0) == 64
    assert boxes(num_boxes=8) < 64
    assert boxes(num_boxes=1) == 1


def test_groups_as_asked(pairs, as_roles):
    made = create(as_roles(*pairs), gmin=2, gmax=7, max_signal=1e6)
    assert set(made.extensions["BOXES"]["GROUPS"]) == {6.0}
    assert made.extensions["BOXES"]["SIGNAL"] == pytest.approx(12000, rel=0.02)
    low = create(as_roles(*pairs), max_signal=8000.0)
    assert low.extensions["BOXES"]["GROUPS"].max() == 5


@pytest.mark.parametrize("combiner", [WeightedCombiner, MeanCombiner])
def test_files_of_several_pairs_combine(exposures, as_roles, combiner):
    gain = np.full((64, 64), 2.0)
    parts = [
        create(as_roles(*exposures(gain, seed=seed, ngroups=groups))) for seed, groups in ((1, 8), (2, 8))
    ]
    final = combiner().combine(parts, combiner.Parameters())
    mean = (parts[0].arrays["data"] + parts[1].arrays["data"]) / 2
    np.testing.assert_allclose(final.arrays["data"], mean, rtol=0.01)
    assert np.median(final.extensions["ERR"] / parts[0].extensions["ERR"]) == pytest.approx(0.71, abs=0.1)
    total = parts[0].extensions["NSAMPLES"] + parts[1].extensions["NSAMPLES"]
    np.testing.assert_allclose(final.extensions["NSAMPLES"], total, rtol=1e-5)
    kernels = [part.extensions["IPC"] for part in parts]
    np.testing.assert_allclose(final.extensions["IPC"], np.mean(kernels, axis=0), rtol=1e-5)
    each = [part.extensions["BOXES"]["GAIN"] for part in parts]
    np.testing.assert_allclose(final.extensions["BOXES"]["GAIN"], np.mean(each, axis=0), rtol=1e-5)
    other = create(as_roles(*exposures(gain, seed=3, ngroups=3)))
    mixed = combiner().combine([parts[0], other], combiner.Parameters())
    assert "BOXES" not in mixed.extensions
    assert "Left out, since they differ between the individual files: BOXES" in mixed.history[-1]


def test_inputs_that_do_not_go_together_are_refused_by_name(pairs, as_roles):
    ramps = as_roles(*pairs)
    flats, darks = pairs
    mixed = ramps | {"F2": as_roles(flats, darks, filter="F200W")["F2"]}
    with pytest.raises(UserError, match="F2 has filter F200W but F1 has F150W"):
        create(mixed)
    mixed = ramps | {"D2": as_roles(flats, darks, nframes=2)["D2"]}
    with pytest.raises(UserError, match="D2 has nframes 2"):
        create(mixed)
    mixed = ramps | {"D1": as_roles(flats, darks, done=())["D1"]}
    with pytest.raises(UserError, match="D1 has not been through the linearity step, but F1 has"):
        create(mixed)
    with pytest.raises(UserError, match="F1 has the role I1, but the file is made from darks and flats"):
        create(ramps | {"I1": ramps["F1"]})
    with pytest.raises(UserError, match="no flat was given"):
        create(as_roles([], darks))
    with pytest.raises(UserError, match="there are 1 darks, but they are used in pairs"):
        create(as_roles(flats, darks[:1]))
    with pytest.raises(UserError, match="there are 1 flats"):
        create(as_roles(flats[:1], darks))
    with pytest.raises(UserError, match="the darks have only 1 unflagged group in a row"):
        create(as_roles(flats, [dark[:, :1] for dark in darks]))
    with pytest.raises(UserError, match="header says 50 and 64"):
        create(as_roles(flats, darks, ysize=50))


def test_nirspec_must_be_told_what_slopes_are_scaled_by(pairs, as_roles):
    ramps = as_roles(*pairs, instrument="NIRSPEC", detector="NRS1")
    with pytest.raises(UserError, match=r"F1 is of NIRSpec, whose gain files .* set gain_factor"):
        create(ramps, **PLAIN)
    made = create(ramps, gain_factor=1.5, **PLAIN)
    assert made.metadata == {"bunit_data": "ELECTRONS/DN", "exposure.gain_factor": 1.5}


def test_miri_is_refused_unless_forced(pairs, as_roles):
    ramps = as_roles(*pairs, instrument="MIRI", detector="MIRIMAGE", noutputs=4)
    with pytest.raises(UserError, match=r"F1 is of MIRI, whose brighter-fatter effect .* set force to true"):
        create(ramps)
    made = create(ramps, force=True, **PLAIN)
    assert np.median(made.arrays["data"]) == pytest.approx(2.0, rel=0.03)


def faint(ramp):
    """Give the signal of a light of ten DN in all."""
    return np.linspace(0, 10, ramp.shape[1])[:, None, None]


def test_flats_without_light_are_refused(pairs, as_roles):
    _, darks = pairs
    with pytest.raises(
        UserError, match=r"the flats collect .* DN, and the noise of a group is .* more light"
    ):
        create(as_roles([dark + faint(dark) for dark in darks], darks), **PLAIN)


def test_exposures_without_enough_are_refused(pairs, as_roles):
    flats, darks = pairs
    with pytest.raises(UserError, match=r"more than 1 unflagged groups of at most 2000 DN .* two are needed"):
        create(as_roles(flats, darks), max_signal=2000.0)
    with pytest.raises(UserError, match="three are needed at least, since there are no darks"):
        create(as_roles([flat[:, :2] for flat in flats], []))
    masked = np.full((64, 64), PIXEL_DQ["DO_NOT_USE"])
    with pytest.raises(UserError, match="no part of the array has"):
        create(as_roles(flats, darks, flags={"D1": (None, masked)}))
    most = np.where(np.arange(64) < 48, PIXEL_DQ["HOT"], 0) * np.ones((64, 1), dtype=int)
    with pytest.raises(UserError, match=r"12 of 16 boxes cannot be measured"):
        create(as_roles(flats, darks, flags={"D1": (None, most)}), boxsize=16)


@pytest.mark.parametrize(
    "values", [{"num_boxes": 0}, {"boxsize": 1}, {"clipping_sigma": 2.0}, {"max_signal": 0}]
)
def test_values_that_make_no_sense_are_refused(values):
    with pytest.raises(ValidationError):
        GainParameters(**values)


def test_arrays_of_wrong_form_are_refused():
    flat = np.zeros((1, 4, 8, 8))
    with pytest.raises(UserError, match="3 dimensions"):
        measure_gain([flat[0], flat[0]])
    with pytest.raises(UserError, match="differ in rows or columns"):
        measure_gain([flat, flat[..., :4]])


def test_the_creator_is_light_to_import():
    code = (
        "import sys, mkrefs_detector as plugin, mkrefs_detector.gain as gain\n"
        "plugin.mkrefs_creators()\n"
        "assert not {'numba', 'scipy', 'astropy', 'jwst', 'matplotlib'} & set(sys.modules)\n"
        "assert callable(gain.measure_gain) and 'numba' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
