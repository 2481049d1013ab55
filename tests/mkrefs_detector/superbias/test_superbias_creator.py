"""The creator `superbias`: what it declares, what it makes of ramps, what it refuses."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from mkrefs.api import GROUP_DQ, Creator, Histogram, Map, UserError, reference_pixels
from mkrefs.testing import ArrayRamp, DetectorTruth, Effects
from mkrefs_detector import mkrefs_combiners, mkrefs_creators
from mkrefs_detector.combiners.weighted import WeightedCombiner
from mkrefs_detector.superbias.creator import SuperbiasCreator
from mkrefs_detector.superbias.parameters import SuperbiasParameters

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "superbias.md"
SIGMA = 6.0
QUIET = Effects.only("bias", "amplifier_offsets", "read_noise", "reset_noise")


def create(ramps, **parameters):
    return SuperbiasCreator().create(ramps, SuperbiasParameters(**parameters))


def samples(count, *, shape=(64, 64), seed=1):
    rng = np.random.default_rng(seed)
    return [np.rint(rng.normal(12000, SIGMA, (1, 1, *shape))).astype(np.float32) for _ in range(count)]


def test_defaults_are_the_documented_ones():
    documented = {
        "clipping_sigma": 3.0,
        "max_clipping_iters": 3,
        "bad_clipping_sigma": 3.0,
        "bad_max_clipping_iters": 3,
        "bad_sigma_threshold": 5.0,
        "plot": False,
        "save_filled": False,
        "box_width": 3,
        "author": "jwst_reffiles",
        "description": "Super Bias Image",
        "pedigree": "GROUND",
        "useafter": "2000-01-01T00:00:00",
        "history": "",
        "subarray": None,
        "readpatt": None,
    }
    assert documented.items() <= SuperbiasParameters().model_dump().items()


def test_every_parameter_is_documented_with_its_default():
    page = PAGE.read_text()
    for name, field in SuperbiasParameters.model_fields.items():
        row = re.search(rf"^\| `{name}` \| `([^`]*)` \|", page, re.MULTILINE)
        assert row, f"{name} is not in {PAGE.name}"
        assert yaml.safe_load(row[1]) == field.default, name


def test_the_plugin_registers_the_creator():
    (creator,) = [each for each in mkrefs_creators() if each.label == "superbias"]
    assert issubclass(creator, Creator)
    assert (creator.reftype, creator.imtypes, creator.unit) == ("superbias", "D+", "DN")
    assert creator.combiner in {combiner.name for combiner in mkrefs_combiners()}


def test_a_file_holds_bias_error_flags_and_diagnostics(as_ramps):
    made = create(as_ramps(samples(12)))
    assert set(made.arrays) == {"data", "err"}
    assert set(made.extensions) == {"SCATTER", "NSAMPLES", "REFPIX"}
    assert set(made.flags) == {"DO_NOT_USE", "UNRELIABLE_BIAS"}
    assert made.arrays["data"].dtype == made.arrays["err"].dtype == np.float32
    assert made.metadata == {"bunit_data": "DN"}
    assert np.median(made.arrays["err"]) == pytest.approx(SIGMA / np.sqrt(12), rel=0.03)
    assert np.mean(made.extensions["SCATTER"]) == pytest.approx(SIGMA, rel=0.02)
    assert np.median(made.extensions["NSAMPLES"]) == 12
    assert not made.figures
    assert "12 integrations of 12 ramps" in made.history[0]


def test_the_documented_scatter_can_be_had_as_error(as_ramps):
    made = create(as_ramps(samples(12)), error="scatter")
    np.testing.assert_array_equal(made.arrays["err"], made.extensions["SCATTER"])


def test_unreliable_pixels_are_flagged_by_their_own_error(as_ramps):
    ramps = samples(8)
    noisy = np.random.default_rng(3).normal(0, 200, (8, 20))
    for ramp, extra in zip(ramps, noisy, strict=True):
        ramp[0, 0, 30, 20:40] += extra
    made = create(as_ramps(ramps))
    expected = np.zeros((64, 64), dtype=bool)
    expected[30, 20:40] = True
    assert (made.flags["UNRELIABLE_BIAS"] & expected).sum() >= 19
    assert (made.flags["UNRELIABLE_BIAS"] & ~expected).sum() <= 2
    np.testing.assert_array_equal(made.flags["UNRELIABLE_BIAS"], made.flags["DO_NOT_USE"])
    assert made.arrays["err"][expected].min() > 20
    lenient = create(as_ramps(ramps), bad_sigma_threshold=1000.0)
    assert not lenient.flags["UNRELIABLE_BIAS"].any()


def test_pixels_without_data_are_filled_flagged_and_told(as_ramps):
    ramps = samples(6)
    flags = [np.zeros(ramp.shape, dtype=np.uint8) for ramp in ramps]
    for number, flag in enumerate(flags):
        flag[..., 10:12, 20] = GROUP_DQ["SATURATED"]
        flag[..., 40, 40] = GROUP_DQ["SATURATED"] * (number > 0)
    made = create(as_ramps(ramps, flags))
    gaps = made.extensions["NSAMPLES"] == 0
    assert np.argwhere(gaps).tolist() == [[10, 20], [11, 20]]
    assert np.abs(made.arrays["data"][gaps] - 12000).max() < 10
    assert np.isnan(made.arrays["err"][gaps]).all()
    assert made.flags["DO_NOT_USE"][gaps].all()
    assert made.flags["UNRELIABLE_BIAS"][40, 40]
    assert made.arrays["data"][40, 40] == pytest.approx(ramps[0][0, 0, 40, 40], abs=1)
    assert np.isfinite(made.arrays["data"]).all()
    assert any(line.startswith("2 pixels have no sample") for line in made.history)
    assert any("3 with too few samples" in line for line in made.history)


def test_filled_replaces_unreliable_and_high_pixels_within_their_channel(simulated):
    truth = DetectorTruth("NRCB1", "SUB64P", effects=QUIET)
    ramps = {}
    for role, ramp in simulated(truth, 10).items():
        science = np.array(ramp.science)
        science[..., 30, 31] += 20000.0
        science[..., 20, 21] += 0 if int(role[1:]) % 2 else 3000.0
        ramps[role] = ArrayRamp(science, ramp.metadata, name=ramp.name)
    made = create(ramps, save_filled=True)
    filled, bias = made.extensions["FILLED"], made.arrays["data"]
    assert made.flags["UNRELIABLE_BIAS"][20, 21]
    assert not made.flags["UNRELIABLE_BIAS"][30, 31]
    box = np.ix_([29, 30, 31], [29, 31, 33])
    around = np.delete(bias[box].ravel(), 4)
    assert filled[30, 31] == pytest.approx(around.mean(), rel=1e-6)
    same = np.ones(bias.shape, dtype=bool)
    same[30, 31] = same[20, 21] = False
    assert (filled != bias)[same].sum() <= 10
    assert "FILLED: " in made.history[-1]


def test_structure_of_amplifiers_and_columns_survives(simulated, first_level):
    truth = DetectorTruth("NRCA1", "SUB160", effects=QUIET)
    made = create(simulated(truth, 6))
    residual = made.arrays["data"] - first_level(truth)
    column = residual.mean(axis=0)
    assert np.abs(column).max() < 5 * 8.0 / np.sqrt(160)
    assert np.corrcoef(made.arrays["data"].ravel(), truth.bias.ravel())[0, 1] > 0.999


def test_reference_pixels_come_from_the_flags_or_else_from_the_place(simulated):
    truth = DetectorTruth("NRCA1", "SUB160", effects=QUIET)
    ramps = simulated(truth, 2)
    flagged = create(ramps).extensions["REFPIX"]
    np.testing.assert_array_equal(flagged, truth.reference_pixels)
    bare = {role: ArrayRamp(ramp.science, ramp.metadata) for role, ramp in ramps.items()}
    metadata = ramps["D1"].metadata
    np.testing.assert_array_equal(create(bare).extensions["REFPIX"], reference_pixels(metadata))


def test_drifts_are_told_in_history(simulated):
    effects = dataclasses.replace(QUIET, amplifier_drift=True)
    corner = DetectorTruth("NRCA1", "SUB160", effects=effects)
    line = create(simulated(corner, 4)).history[1]
    assert re.search(r"[\d.]+ DN rms by the reference pixels of 2 of 2 channels, were taken off", line)
    assert "left in" in create(simulated(corner, 4), drift_correction=False).history[1]
    inner = DetectorTruth("NRCB1", "SUB64P", effects=effects)
    assert "too few reference pixels" in create(simulated(inner, 4)).history[1]


def test_figures_are_drawn_on_request(as_ramps):
    made = create(as_ramps(samples(6)), plot=True)
    assert set(made.figures) == {"error_histogram", "bias", "error"}
    histogram = made.figures["error_histogram"]
    assert isinstance(histogram, Histogram)
    light = 64 * 64 - 4 * (64 + 60)
    assert histogram.counts.sum() == light
    assert "DN" in histogram.quantity
    assert list(histogram.lines.values()) == sorted(histogram.lines.values())
    assert isinstance(made.figures["bias"], Map)
    np.testing.assert_array_equal(made.figures["error"].image, made.arrays["err"])


def test_files_of_several_windows_combine_to_what_one_of_all_would_be(as_ramps):
    ramps = samples(12)
    whole = create(as_ramps(ramps))
    parts = [create(as_ramps(ramps[:4])), create(as_ramps(ramps[4:]))]
    final = WeightedCombiner().combine(parts, WeightedCombiner.Parameters())
    same = final.extensions["NSAMPLES"] == whole.extensions["NSAMPLES"]
    assert same.mean() > 0.9
    close = np.abs(final.arrays["data"] - whole.arrays["data"])[same] < 0.02
    assert close.mean() > 0.995  # in the others different samples were rejected
    ratio = final.arrays["err"] / whole.arrays["err"]
    assert np.median(ratio) == pytest.approx(1.0, abs=0.04)
    assert final.extensions["REFPIX"].dtype == np.uint8
    np.testing.assert_array_equal(final.extensions["REFPIX"], whole.extensions["REFPIX"])


def test_inputs_that_do_not_go_together_are_refused_by_name(as_ramps):
    ramps = samples(2)
    mixed = as_ramps(ramps)
    mixed["D2"] = as_ramps(ramps, nframes=8)["D2"]
    with pytest.raises(UserError, match="dark2 has nframes 8 but dark1 has 1"):
        create(mixed)
    with pytest.raises(UserError, match="no dark ramp"):
        create({})
    with pytest.raises(UserError, match="of MIRI, whose pipeline takes no superbias off"):
        create(as_ramps(ramps, instrument="MIRI"))
    with pytest.raises(UserError, match="1 integration, too few"):
        create(as_ramps(ramps[:1]))
    flags = [np.full(ramp.shape, GROUP_DQ["DO_NOT_USE"], dtype=np.uint8) for ramp in ramps]
    with pytest.raises(UserError, match="4096 of 4096 pixels have no first group"):
        create(as_ramps(ramps, flags))


@pytest.mark.parametrize("values", [{"box_width": 2}, {"box_width": 0}, {"error": "median"}])
def test_values_that_make_no_sense_are_refused(values):
    with pytest.raises(ValidationError):
        SuperbiasParameters(**values)


def test_the_creator_is_light_to_import():
    code = (
        "import sys, mkrefs_detector as plugin, mkrefs_detector.superbias as superbias\n"
        "plugin.mkrefs_creators()\n"
        "assert not {'numba', 'scipy', 'astropy', 'jwst', 'matplotlib'} & set(sys.modules)\n"
        "assert callable(superbias.measure_superbias) and 'numba' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
