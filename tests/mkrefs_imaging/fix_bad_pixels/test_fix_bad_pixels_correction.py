"""The correction as a whole: parameters, standing of pixels, account, files and figures."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from astropy.io import fits
from pydantic import ValidationError

from mkrefs.api import PIXEL_DQ, Curves, StatusChange
from mkrefs.testing import ArrayImage
from mkrefs_imaging import mkrefs_corrections
from mkrefs_imaging.fix_bad_pixels.clusters import clusters_of_nan
from mkrefs_imaging.fix_bad_pixels.correction import FixBadPixelsCorrection
from mkrefs_imaging.fix_bad_pixels.method import read_methods
from mkrefs_imaging.fix_bad_pixels.parameters import FixBadPixelsParameters

BAD, HOT, ESTIMATED = (PIXEL_DQ[name] for name in ("DO_NOT_USE", "HOT", "FLUX_ESTIMATED"))


PAGE = Path(__file__).parents[3] / "docs" / "reference" / "fix_bad_pixels.md"


@pytest.fixture
def spoilt(scene):
    """One cube with a pixel of every standing."""
    data = scene.cube(4)
    dq = np.zeros(data.shape, np.uint32)
    dq[1, 10, 10] = BAD | HOT
    dq[:, 30, 30] = HOT
    data[2, 40, 40] = np.nan
    dq[:, 50, 50] = BAD | PIXEL_DQ["NON_SCIENCE"]
    data[:, 50, 50] = np.nan
    dq[:, 0, :] = BAD | PIXEL_DQ["REFERENCE_PIXEL"]
    return ArrayImage(data, err=np.broadcast_to(scene.sigma, data.shape), dq=dq, name="a_calints.fits")


def test_the_correction_is_registered_and_declares_what_it_changes():
    assert FixBadPixelsCorrection in mkrefs_corrections()
    assert FixBadPixelsCorrection.changes == {StatusChange.FILL, StatusChange.FLAG, StatusChange.UNFLAG}
    assert FixBadPixelsCorrection.planes == "integrations"


def test_defaults_are_the_documented_ones():
    parameters = FixBadPixelsParameters()
    assert parameters.method == "timemed+localmed+medfilt"
    assert parameters.types == ("SCI", "SCI_TA", "SCI_BG", "REF", "REF_TA", "REF_BG")
    assert parameters.sigclip_kwargs.sigma == 5
    for options in (parameters.sigclip_kwargs, parameters.localmed_kwargs):
        assert options.shift_x == options.shift_y == (-1, 0, 1)
    assert parameters.medfilt_kwargs.size == 4
    assert parameters.interp2d_kwargs.size == 5
    assert parameters.timeints_kwargs.sigma == 5
    assert (
        parameters.gradient_kwargs.model_dump().items()
        >= {
            "sigma": 0.5,
            "threshold": 0.05,
            "negative": True,
        }.items()
    )
    assert parameters.min_nancluster == 5
    assert dict(parameters.custom_kwargs) == {}


def test_the_options_of_every_method_are_documented_with_their_defaults():
    page = PAGE.read_text(encoding="utf-8")
    for name, field in FixBadPixelsParameters.model_fields.items():
        if not name.endswith("_kwargs") or name == "custom_kwargs":
            continue
        options = field.annotation.model_fields
        section = re.search(rf"^`{name}`:\n\n(.*?)\n\n", page, re.MULTILINE | re.DOTALL)
        assert (section is None) == (not options), name
        rows = re.findall(r"^\| `(\w+)` \| `([^`]*)`", section[1] if section else "", re.MULTILINE)
        assert {option: yaml.safe_load(default) for option, default in rows} == {
            option: list(each.default) if isinstance(each.default, tuple) else each.default
            for option, each in options.items()
        }


def test_methods_are_read_in_their_order_with_earlier_names():
    assert read_methods("bpclean+custom+timemed+dqmed+medfilt") == (
        *("sigclip", "custom", "timemed", "localmed", "medfilt"),
    )
    assert read_methods(" timemed + interp2d ") == ("timemed", "interp2d")
    assert FixBadPixelsParameters(method="bpclean+dqmed").method == "sigclip+localmed"


def test_options_have_their_documented_names_and_the_earlier_ones():
    parameters = FixBadPixelsParameters(
        bpclean_kwargs={"sigclip": 3, "shift_x": [-1, 1]}, dqmed_kwargs={"shift_y": [2]}
    )
    assert parameters.sigclip_kwargs.sigma == 3
    assert parameters.sigclip_kwargs.shift_x == (-1, 0, 1)
    assert parameters.localmed_kwargs.shift_y == (0, 2)


@pytest.mark.parametrize(
    "values",
    [
        {"method": "timemed+magic"},
        {"method": ""},
        {"sigclip_kwargs": {"sigma": 0}},
        {"sigclip_kwargs": {"kappa": 3}},
        {"medfilt_kwargs": {"size": 1}},
        {"interp2d_kwargs": {"size": 2}},
        {"custom_kwargs": {"*": [[1]]}},
        {"localmed_kwargs": {"shift_x": [0], "shift_y": [0]}},
        {"bpclean_kwargs": {}, "sigclip_kwargs": {}},
    ],
)
def test_values_that_make_no_sense_are_refused(values):
    with pytest.raises(ValidationError):
        FixBadPixelsParameters(**values)


def test_files_of_custom_pixels_are_declared():
    parameters = FixBadPixelsParameters(custom_kwargs={"a": "map.fits", "b": [[1, 2]]})
    assert FixBadPixelsCorrection.files(parameters) == ("map.fits",)


def test_repaired_pixels_lose_do_not_use_alone_and_are_called_estimated(correct, spoilt):
    made = correct(spoilt).images["I1"].arrays
    assert made["dq"][1, 10, 10] == HOT | ESTIMATED
    assert made["dq"][2, 40, 40] == ESTIMATED
    assert (made["dq"][:, 30, 30] == HOT).all()
    np.testing.assert_array_equal(made["data"][:, 30, 30], spoilt.array("data")[:, 30, 30])
    assert made["dq"].dtype == np.uint32


def test_do_not_use_can_be_kept(correct, spoilt):
    made = correct(spoilt, unflag=False).images["I1"].arrays
    assert made["dq"][1, 10, 10] == BAD | HOT | ESTIMATED
    assert np.isfinite(made["data"][1, 10, 10])


@pytest.mark.parametrize("method", ["timemed+localmed+medfilt", "custom+sigclip+interp2d"])
def test_what_sees_no_sky_stays_as_it_was(correct, spoilt, method):
    custom = {"*": [[50, 50], [0, 7]]}
    made = correct(spoilt, method=method, custom_kwargs=custom).images["I1"].arrays
    for name in ("data", "dq", "err"):
        for place in (np.s_[:, 50, 50], np.s_[:, 0, :]):
            np.testing.assert_array_equal(made[name][place], spoilt.array(name)[place])


def test_what_was_found_and_not_repaired_is_flagged(correct, scene):
    data = scene.cube(2)
    data[0, 40, 40] += 500
    made = correct(scene.image(data), method="sigclip").images["I1"]
    assert np.argwhere(made.arrays["dq"] == BAD).tolist() == [[0, 40, 40]]
    np.testing.assert_array_equal(made.arrays["data"], data)
    assert (made.results["found by sigclip"], made.results["left bad"]) == (1, 1)


def test_infinite_values_are_bad(correct, scene):
    data = scene.cube(3)
    data[1, 5, 5] = np.inf
    made = correct(scene.image(data)).images["I1"]
    assert np.isfinite(made.arrays["data"]).all()
    assert made.results["bad at first"] == 1


def test_history_accounts_for_every_pixel(correct, spoilt):
    made = correct(spoilt, method="sigclip+timemed").images["I1"]
    assert made.history == (
        "Bad pixels: 2 by NaN or DO_NOT_USE, 0 found by sigclip, 2 repaired by timemed; 0 could not be "
        "repaired and are DO_NOT_USE. Repaired ones are FLUX_ESTIMATED.",
    )


def test_inputs_are_left_alone(correct, spoilt):
    before = {name: spoilt.array(name).copy() for name in spoilt.arrays}
    correct(spoilt, method="sigclip+timeints+gradient+timemed+localmed+medfilt+interp2d")
    for name, array in before.items():
        np.testing.assert_array_equal(spoilt.array(name), array)


def test_clusters_of_nan_are_written_as_a_map(tmp_path, scene):
    data = scene.cube(3)
    data[:, 20:22, 30:33] = np.nan
    data[:, 40, 40:44] = np.nan
    data[0, 60:63, 60:63] = np.nan
    image = scene.image(data)
    made = FixBadPixelsCorrection().correct({"I1": image}, FixBadPixelsParameters(), tmp_path)
    (path,) = tmp_path.iterdir()
    assert path.name == "jw01_nrcalong_nanmask.fits"
    expected = np.zeros(scene.truth.shape, dtype=bool)
    expected[20:22, 30:33] = True
    np.testing.assert_array_equal(fits.getdata(path, "SCI") == 1, expected)
    assert made.images["I1"].results["in clusters of NaN"] == 6
    assert clusters_of_nan(data, 4).sum() == 10
    assert clusters_of_nan(data[:1], 9).sum() == 9


def test_no_map_is_written_without_clusters(tmp_path, scene):
    FixBadPixelsCorrection().correct({"I1": scene.image(scene.cube(2))}, FixBadPixelsParameters(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_figures_are_drawn_on_request(correct, scene):
    data = scene.cube(2)
    data[0, 5, 5] = 1e5
    image = scene.image(data)
    assert not correct(image).figures
    (figure,) = correct(image, method="sigclip+timemed", plot=True).figures.values()
    assert isinstance(figure, Curves)
    assert set(figure.curves) == {"before", "after"}
    assert figure.curves["before"][-1] > figure.curves["after"][-1]


def test_a_frame_that_is_all_bad_is_told_not_repaired(correct, scene):
    data = scene.cube(2)
    image = scene.image(data, np.ones(data.shape, dtype=bool))
    methods = "sigclip+timeints+gradient+timemed+localmed+medfilt+interp2d"
    made = correct(image, method=methods, plot=True).images["I1"]
    assert made.results["left bad"] == data.size
    assert np.isnan(made.arrays["data"]).all()


def test_other_kinds_are_passed_on(correct, scene):
    image = scene.image(scene.cube(1), IS_PSF=True)
    assert not correct(image, types=("SCI",)).images
    assert not correct(image, restrict_to="MIRI").images


def test_the_correction_is_light_to_import():
    code = (
        "import sys, mkrefs_imaging.fix_bad_pixels.correction, mkrefs_imaging.subtract_median.correction\n"
        "import mkrefs_imaging.replace_nans.correction, mkrefs_imaging.subtract_background.correction\n"
        "assert not {'numba', 'scipy', 'astropy', 'jwst', 'matplotlib'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
