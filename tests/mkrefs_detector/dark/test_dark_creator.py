"""The creator `dark`: what it declares, what it makes of ramps, what it refuses."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from mkrefs.api import GROUP_DQ, PIXEL_DQ, Creator, Curves, Histogram, Map, UserError
from mkrefs.testing import ArrayRamp
from mkrefs_detector import mkrefs_combiners, mkrefs_creators
from mkrefs_detector.combiners.weighted import WeightedCombiner
from mkrefs_detector.dark.creator import DarkCreator
from mkrefs_detector.dark.parameters import DarkParameters

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "dark.md"
SECONDS = 10.0


def create(ramps, **parameters):
    return DarkCreator().create(ramps, DarkParameters(**parameters))


@pytest.fixture(scope="module")
def darks(simulate):
    return simulate(8, 10, signal=(0.05, 0.2), hit=0.05)


@pytest.fixture
def ramps(darks, as_ramps):
    return as_ramps(darks.ramps, darks.flags)


def test_defaults_are_the_documented_ones():
    documented = {
        "max_equivalent_groups": 60,
        "sigma_threshold": 3.0,
        "plot": False,
        "use_after_hits": False,
        "history": "",
        "subarray": None,
        "readpatt": None,
        "exp_type": None,
    }
    assert documented.items() <= DarkParameters().model_dump().items()


def test_every_parameter_is_documented_with_its_default():
    page = PAGE.read_text()
    for name, field in DarkParameters.model_fields.items():
        row = re.search(rf"^\| `{name}` \| `([^`]*)` \|", page, re.MULTILINE)
        assert row, f"{name} is not in {PAGE.name}"
        assert yaml.safe_load(row[1]) == field.default, name


def test_the_plugin_registers_the_creator():
    (creator,) = [each for each in mkrefs_creators() if each.label == "dark"]
    assert issubclass(creator, Creator)
    assert (creator.reftype, creator.imtypes, creator.unit) == ("dark", "D+", "DN")
    assert creator.combiner in {combiner.name for combiner in mkrefs_combiners()}
    for instrument in ("*", "MIRI"):
        steps = creator.ssbsteps[instrument].split(", ")
        assert steps[-1] == "jump"
        assert "dark_current" not in steps
    assert "refpix" in creator.ssbsteps["*"]
    assert "refpix" not in creator.ssbsteps["MIRI"]


def test_a_file_holds_ramp_errors_dark_current_and_contributions(ramps, darks):
    made = create(ramps)
    assert set(made.arrays) == {"data", "err", "average_dark_current"}
    assert set(made.extensions) == {"AVDRKERR", "NCONTRIB", "NSAMPLES", "SCATTER"}
    assert set(made.flags) == {"DO_NOT_USE", "HOT", "WARM", "UNRELIABLE_DARK"}
    assert made.metadata == {"exposure.type": "N/A", "exposure.ngroups": 10}
    assert made.arrays["data"].shape == made.arrays["err"].shape == (10, 64, 64)
    assert made.arrays["average_dark_current"].dtype == np.float32
    residual = made.arrays["average_dark_current"] - darks.signal / SECONDS
    assert np.std(residual / made.extensions["AVDRKERR"]) == pytest.approx(1.0, abs=0.08)
    assert made.extensions["NCONTRIB"].dtype == np.uint8
    assert np.median(made.extensions["NSAMPLES"]) == 8
    assert made.extensions["NCONTRIB"][-1].mean() < made.extensions["NCONTRIB"][0].mean()
    assert not made.figures
    assert "8 integrations of 8 exposures" in made.history[0]
    assert create(ramps, exp_type="ANY").metadata["exposure.type"] == "ANY"


def test_the_answer_does_not_depend_on_the_memory(ramps):
    few, many = (create(ramps, max_equivalent_groups=number) for number in (1, 60))
    for name, array in few.arrays.items():
        np.testing.assert_array_equal(array, many.arrays[name])


def test_the_error_can_be_the_scatter_of_a_ramp(ramps):
    mean, scatter = create(ramps), create(ramps, error="scatter")
    root = np.sqrt(mean.extensions["NCONTRIB"], dtype=np.float32)
    np.testing.assert_allclose(scatter.arrays["err"], mean.arrays["err"] * root, rtol=1e-5)
    documented = create(ramps, average="levels", error="scatter")
    ratio = create(ramps, average="levels").arrays["err"] / documented.arrays["err"]
    root = np.sqrt(documented.extensions["NCONTRIB"], dtype=np.float32)
    np.testing.assert_allclose(ratio, 1 / root, rtol=1e-5)


def test_hot_and_warm_pixels_are_flagged_where_that_is_certain(simulate, as_ramps):
    darks = simulate(8, 10, signal=(0.05, 0.2))
    extra = np.arange(1, 11)[:, None]
    for ramp in darks.ramps:
        ramp[0, :, 5, 10:20] += 30 * extra
        ramp[0, :, 6, 10:20] += 5 * extra
        ramp[0, :, 7, 10:20] += 0.5 * extra
    made = create(as_ramps(darks.ramps))
    hot, warm = made.flags["HOT"], made.flags["WARM"]
    assert hot[5, 10:20].all()
    assert hot.sum() == 10
    assert warm[6, 10:20].all()
    assert warm.sum() == 10
    assert not made.flags["DO_NOT_USE"].any()
    assert create(as_ramps(darks.ramps), hot_do_not_use=True).flags["DO_NOT_USE"].sum() == 10
    both = create(as_ramps(darks.ramps), warm_do_not_use=True, hot_threshold=0.3)
    assert both.flags["HOT"].sum() == 20


def test_pixels_without_data_are_filled_flagged_and_told(simulate, as_ramps):
    darks = simulate(6, 8, signal=(0.5, 0.6))
    flags = [np.zeros(ramp.shape, np.uint8) for ramp in darks.ramps]
    for number, flag in enumerate(flags):
        flag[..., 10:12, 20] = GROUP_DQ["SATURATED"]
        flag[:, 5:, 30, 30] = GROUP_DQ["SATURATED"]
        flag[..., 40, 40] = GROUP_DQ["SATURATED"] * (number > 0)
    made = create(as_ramps(darks.ramps, flags))
    data, err = made.arrays["data"], made.arrays["err"]
    missing = made.extensions["NSAMPLES"] == 0
    assert np.argwhere(missing).tolist() == [[10, 20], [11, 20]]
    assert np.isfinite(data).all()
    assert np.isfinite(made.arrays["average_dark_current"]).all()
    assert np.isnan(err[:, missing]).all()
    assert np.isnan(made.extensions["AVDRKERR"][missing]).all()
    assert made.flags["DO_NOT_USE"].sum() == 2
    assert made.flags["UNRELIABLE_DARK"][[10, 11, 30, 40], [20, 20, 30, 40]].all()
    assert np.isnan(err[5:, 30, 30]).all()
    np.testing.assert_allclose(
        np.diff(data[4:, 30, 30]), made.arrays["average_dark_current"][30, 30] * SECONDS, rtol=1e-3
    )
    assert not ((data == 0) & (made.flags["UNRELIABLE_DARK"] == 0)).all(axis=0).any()
    assert any(line.startswith("2 pixels have no data") for line in made.history)
    strict = create(as_ramps(darks.ramps, flags), unreliable_do_not_use=True)
    np.testing.assert_array_equal(strict.flags["DO_NOT_USE"], strict.flags["UNRELIABLE_DARK"])


def test_noisy_and_unsteady_pixels_are_unreliable(simulate, as_ramps):
    darks = simulate(10, 10, signal=(0.5, 0.6))
    rng = np.random.default_rng(8)
    for ramp in darks.ramps:
        ramp[0, :, 20, 10:20] += rng.normal(0, 60, (10, 10))
        ramp[0, :, 21, 10:20] += 8 * rng.normal(0, 1, 10) * np.arange(10)[:, None]
    made = create(as_ramps(darks.ramps))
    flagged = made.flags["UNRELIABLE_DARK"]
    assert flagged[20, 10:20].all()
    assert flagged[21, 10:20].sum() >= 8
    assert flagged.sum() - flagged[20:22, 10:20].sum() <= 3


def test_groups_that_all_pixels_lack_are_continued_and_told(simulate, as_ramps):
    darks = simulate(6, 8, signal=(5.0, 6.0))
    flags = [np.zeros(ramp.shape, np.uint8) for ramp in darks.ramps]
    for flag in flags:
        flag[:, [0, -1]] = GROUP_DQ["DO_NOT_USE"]
    made = create(as_ramps(darks.ramps, flags))
    assert not made.extensions["NCONTRIB"][[0, -1]].any()
    assert np.isnan(made.arrays["err"][[0, -1]]).all()
    assert np.median(np.diff(made.arrays["data"], axis=0), axis=(1, 2)) == pytest.approx(5.5, abs=0.5)
    assert not made.flags["UNRELIABLE_DARK"].mean() > 0.001
    assert any(line.startswith("Groups 1, 8 are flagged") for line in made.history)


def test_pixels_that_a_mask_forbids_are_measured(simulate, as_ramps):
    darks = simulate(6, 8)
    pixel_dq = np.zeros((64, 64), np.uint32)
    pixel_dq[5] = PIXEL_DQ["DO_NOT_USE"]
    flags = [np.where(pixel_dq != 0, GROUP_DQ["DO_NOT_USE"], 0) * np.ones(ramp.shape) for ramp in darks.ramps]
    made = create(as_ramps(darks.ramps, flags, pixel_dq))
    assert (made.extensions["NSAMPLES"][5] > 4).all()


def test_figures_are_made_on_request(ramps):
    made = create(ramps, plot=True)
    groups = [f"contributions_group{group:03d}" for group in range(1, 11)]
    assert list(made.figures) == [*groups, "mean_ramp", "dark_current", "dark_current_histogram"]
    assert isinstance(made.figures["mean_ramp"], Curves)
    assert isinstance(made.figures["dark_current_histogram"], Histogram)
    shown = made.figures["contributions_group010"]
    assert isinstance(shown, Map)
    np.testing.assert_array_equal(shown.image, made.extensions["NCONTRIB"][9])


def test_a_line_may_have_any_number_of_groups(ramps):
    made = create(ramps, fit_rate=True, ngroups=25)
    assert made.metadata["exposure.ngroups"] == 25
    assert made.arrays["data"].shape == (25, 64, 64)
    assert made.extensions["NCONTRIB"].shape == (10, 64, 64)
    steps = np.diff(made.arrays["data"], axis=0)
    np.testing.assert_allclose(steps[0], made.arrays["average_dark_current"] * SECONDS, atol=1e-3)
    assert "straight line" in made.history[-4]


def test_miri_has_an_axis_of_integrations(simulate, as_ramps):
    miri = {"instrument": "MIRI", "detector": "MIRIMAGE", "readpatt": "FASTR1", "noutputs": None}
    several = create(as_ramps(simulate(6, 6, nints=3).ramps, **miri), plot=True)
    assert several.arrays["data"].shape == several.extensions["NCONTRIB"].shape == (2, 6, 64, 64)
    assert several.flags["HOT"].shape == (2, 1, 64, 64)
    assert several.arrays["average_dark_current"].shape == several.extensions["SCATTER"].shape == (64, 64)
    assert np.median(several.extensions["NSAMPLES"]) == 18
    assert "contributions_int2_group006" in several.figures
    single = create(as_ramps(simulate(6, 6).ramps, **miri))
    assert single.arrays["data"].shape == (1, 6, 64, 64)


def test_files_of_several_windows_combine_to_what_one_of_all_would_be(simulate, as_ramps):
    darks = simulate(12, 8, signal=(0.5, 5.0))
    whole = create(as_ramps(darks.ramps))
    parts = [create(as_ramps(darks.ramps[:4])), create(as_ramps(darks.ramps[4:]))]
    final = WeightedCombiner().combine(parts, WeightedCombiner.Parameters())
    np.testing.assert_array_equal(
        final.extensions["NCONTRIB"], sum(part.extensions["NCONTRIB"].astype(int) for part in parts)
    )
    ratio = final.extensions["AVDRKERR"] / whole.extensions["AVDRKERR"]
    assert np.median(ratio) == pytest.approx(1.0, abs=0.05)
    pull = (final.arrays["average_dark_current"] - darks.signal / SECONDS) / final.extensions["AVDRKERR"]
    assert np.std(pull) == pytest.approx(1.0, abs=0.1)
    assert np.median(final.arrays["err"] / whole.arrays["err"]) == pytest.approx(1.0, abs=0.05)
    assert final.metadata == whole.metadata


def test_inputs_that_do_not_go_together_are_refused_by_name(simulate, as_ramps):
    ramps = simulate(2, 4, size=64).ramps
    mixed = as_ramps(ramps)
    mixed["D2"] = as_ramps(ramps, nframes=8)["D2"]
    with pytest.raises(UserError, match="dark2 has nframes 8 but dark1 has 1"):
        create(mixed)
    done = {"D1": ArrayRamp(ramps[0], mixed["D1"].metadata, name="dark1", done=("dark_current",))}
    with pytest.raises(UserError, match="dark1 has been through the step dark_current"):
        create(done)
    with pytest.raises(UserError, match="no dark ramp"):
        create({})
    with pytest.raises(UserError, match="dark1 has the role F1, but the file is made from darks; let"):
        create({"F1": mixed["D1"]})
    with pytest.raises(UserError, match="its header says 3200 and 64"):
        create(as_ramps(ramps, ysize=3200))
    flags = [np.full(ramp.shape, GROUP_DQ["SATURATED"], np.uint8) for ramp in ramps]
    with pytest.raises(UserError, match="4096 of 4096 pixels have no groups"):
        create(as_ramps(ramps, flags))


@pytest.mark.parametrize(
    "values",
    [
        {"ngroups": 20},
        {"ngroups": 1, "fit_rate": True},
        {"hot_threshold": 0.01},
        {"average": "median"},
        {"max_equivalent_groups": 0},
    ],
)
def test_values_that_make_no_sense_are_refused(values):
    with pytest.raises(ValidationError):
        DarkParameters(**values)


def test_the_creator_is_light_to_import():
    code = (
        "import sys, mkrefs_detector as plugin, mkrefs_detector.dark as dark\n"
        "plugin.mkrefs_creators()\n"
        "assert not {'numba', 'scipy', 'astropy', 'jwst', 'matplotlib'} & set(sys.modules)\n"
        "assert callable(dark.measure_dark) and 'numba' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
