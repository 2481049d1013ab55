"""The star behind the mask goes to the centre of the array, or it is said why not."""

import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from pydantic import ValidationError

from mkrefs.api import StatusChange, UserError
from mkrefs.testing import ArrayImage, CoronagraphSpec, simulate_coronagraph
from mkrefs.testing.coronagraph_psf import star_behind_mask
from mkrefs_imaging.recenter_frames.correction import RecenterFramesCorrection
from mkrefs_imaging.recenter_frames.parameters import RecenterParameters

# Odd and even numbers of pixels: the centre is a pixel along one axis and between two along the other.
SPEC = CoronagraphSpec(shape=(109, 112), integrations=2, rolls=2, noise=0.2, bad_pixels=0.01, backgrounds=1)
CENTRE = np.array([55.5, 54.0])


@pytest.fixture(scope="module")
def observed():
    return simulate_coronagraph(SPEC)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "psf.fits"
    fits.writeto(path, star_behind_mask(SPEC, (32, 32), (32, 32), shape=(65, 65)))
    return str(path)


@pytest.fixture(scope="module")
def recentred(observed, model):
    return recenter(observed.images, psf_file=model)


def recenter(images, **parameters):
    return RecenterFramesCorrection().correct(images, RecenterParameters(**parameters), Path())


def places(observed, corrected):
    """Where the stars are after their shifts, by role."""
    rows = iter(corrected.results["frames"])
    return {
        role: np.array(
            [
                star + np.array([row["shift_x"], row["shift_y"]])
                for star, row in zip(observed.truth[role].star, rows, strict=False)
            ]
        )
        for role in observed.images
        if role in corrected.images
    }


def test_all_stars_are_at_the_centre_of_the_array(observed, recentred):
    assert recentred.warnings == ()
    found = places(observed, recentred)
    assert list(found) == ["I1", "I2", "I3"]
    assert np.abs(np.concatenate(list(found.values())) - CENTRE).max() < 0.02


def test_the_star_is_found_behind_the_mask(observed, recentred):
    star = recentred.results["stars"][0]
    assert np.abs(star["star"] - observed.truth["I1"].star[0]).max() < 0.02
    assert np.abs(star["star_from_reference_pixel"] - observed.truth["I1"].shifts[0]).max() < 0.02
    assert recentred.results["model"] == "psf.fits"


def test_backgrounds_are_passed_on(recentred):
    assert sum("_BG" in line for line in recentred.history) == 2


def test_the_wcs_follows_and_flags_stay_with_their_pixels(recentred):
    image = recentred.images["I1"]
    rows = recentred.results["frames"][:2]
    assert image.shift[0] == pytest.approx(np.median([row["shift_x"] for row in rows]))
    assert np.array_equal(np.isnan(image.arrays["data"]), image.arrays["dq"] & 1 != 0)
    assert RecenterFramesCorrection.changes == set(StatusChange)


@pytest.mark.parametrize(
    "parameters",
    [
        {"method": "spline", "kwargs": {"order": 4}},
        {"shft_exp": 0.5},
        {"highpass": 9.0},
        {"fov_pix": 41},
        {"first_sci_only": False},
    ],
)
def test_every_option_finds_the_star(observed, model, parameters):
    corrected = recenter(observed.images, psf_file=model, **parameters)
    assert np.abs(places(observed, corrected)["I1"] - CENTRE).max() < 0.04
    assert np.abs(places(observed, corrected)["I3"] - CENTRE).max() < 0.06
    assert len(corrected.results["stars"]) == (3 if parameters.get("first_sci_only") is False else 1)


def test_the_same_shift_for_all(observed, model):
    corrected = recenter(observed.images, psf_file=model, subsequent="same")
    shifts = {(row["shift_x"], row["shift_y"]) for row in corrected.results["frames"]}
    assert len(shifts) == 1
    assert corrected.warnings == ()


def test_the_star_goes_to_a_pixel_if_wanted(observed, model):
    one = {"I1": observed.images["I1"]}
    corrected = recenter(one, psf_file=model, center="pixel")
    assert np.abs(places(observed, corrected)["I1"] - (56, 54)).max() < 0.02


def test_without_coronagraph_all_but_the_first_may_move_by_whole_pixels(observed, model):
    images = {
        role: ArrayImage(
            image.array("data"), header={**image.header, "EXP_TYPE": "NRC_IMAGE"}, name=image.name
        )
        for role, image in observed.images.items()
        if role in ("I1", "I2")
    }
    corrected = recenter(images, psf_file=model, subpix_first_sci_only=True)
    first, *others = ((row["shift_x"], row["shift_y"]) for row in corrected.results["frames"])
    assert not all(part.is_integer() for part in first)
    assert all(part.is_integer() for shift in others for part in shift)
    masked = recenter({"I1": observed.images["I1"]}, psf_file=model, subpix_first_sci_only=True)
    assert not masked.results["frames"][1]["shift_x"].is_integer()


def test_an_oversampled_model_is_binned(observed, tmp_path):
    # Pixels of a third of the width about the same middle; binned they are the model again.
    small = star_behind_mask(SPEC, (32, 32), (32, 32), shape=(65, 65))
    path = tmp_path / "over.fits"
    primary, image = fits.PrimaryHDU(), fits.ImageHDU(np.kron(small, np.ones((3, 3))) / 9, name="OVERSAMP")
    image.header["OVERSAMP"] = 3
    fits.HDUList([primary, image]).writeto(path)
    corrected = recenter({"I1": observed.images["I1"]}, psf_file=str(path))
    assert np.abs(places(observed, corrected)["I1"] - CENTRE).max() < 0.02


def test_a_function_gives_the_model(observed, tmp_path):
    path = tmp_path / "stars.py"
    path.write_text(
        "from mkrefs.testing import CoronagraphSpec\n"
        "from mkrefs.testing.coronagraph_psf import star_behind_mask\n"
        "def behind(header, width):\n"
        "    assert header['FILTER'] == 'F444W'\n"
        "    middle = (width - 1) / 2\n"
        "    return star_behind_mask(CoronagraphSpec(), (middle,) * 2, (middle,) * 2, shape=(width, width))\n"
        "number = 3\n"
    )
    name = f"{path}:behind"
    corrected = recenter({"I1": observed.images["I1"]}, psf_function=name, fov_pix=64)
    assert np.abs(places(observed, corrected)["I1"] - CENTRE).max() < 0.02
    assert RecenterFramesCorrection.files(RecenterParameters(psf_function=name)) == (str(path),)
    assert RecenterFramesCorrection.files(RecenterParameters(psf_function="math:sin")) == ()
    for wrong, said in ((f"{path}:missing", "cannot be loaded"), (f"{path}:number", "no function")):
        with pytest.raises(UserError, match=said):
            recenter({"I1": observed.images["I1"]}, psf_function=wrong)
    with pytest.raises(UserError, match="cannot be loaded"):
        recenter({"I1": observed.images["I1"]}, psf_function="no.such.module:behind")


def test_without_a_model_it_is_said_what_to_do(observed, monkeypatch):
    monkeypatch.delenv("STPSF_PATH", raising=False)
    with pytest.raises(UserError, match=r"psf_file.*psf_function.*stpsf.*STPSF_PATH"):
        recenter(observed.images)


# Stands for STPSF, whose data no test can have: the calls are the documented ones, the image is a formula.
STPSF = """
from astropy.io import fits
from mkrefs.testing import CoronagraphSpec
from mkrefs.testing.coronagraph_psf import star_behind_mask

class NIRCam:
    def set_position_from_aperture_name(self, name):
        self.aperture = name
    def calc_psf(self, source=None, fov_pixels=None, oversample=None):
        said = (self.detector, self.filter, self.image_mask, self.pupil_mask, self.aperture, oversample)
        assert said == ("NRCA5", "F444W", "MASK335R", "CIRCLYOT", "NRCA5_MASK335R", 2), said
        middle = ((fov_pixels - 1) / 2,) * 2
        image = star_behind_mask(CoronagraphSpec(), middle, middle, shape=(fov_pixels, fov_pixels))
        return fits.HDUList([fits.PrimaryHDU(image * 0), fits.ImageHDU(image, name="DET_DIST")])
"""


def test_stpsf_is_asked_where_it_is_installed(observed, tmp_path, monkeypatch):
    (tmp_path / "stpsf.py").write_text(STPSF)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("STPSF_PATH", str(tmp_path))
    monkeypatch.delenv("PYSYN_CDBS", raising=False)
    corrected = recenter({"I1": observed.images["I1"]})
    sys.modules.pop("stpsf", None)
    assert np.abs(places(observed, corrected)["I1"] - CENTRE).max() < 0.02
    assert corrected.results["model"] == "STPSF, G2V"


def test_stars_of_miri_get_zero_shifts(observed):
    image = observed.images["I1"]
    header = {**image.header, "INSTRUME": "MIRI", "DETECTOR": "MIRIMAGE", "EXP_TYPE": "MIR_4QPM"}
    corrected = recenter({"I1": ArrayImage(image.array("data"), header=header)})
    assert corrected.images["I1"].shift == (0.0, 0.0)
    assert corrected.images["I1"].arrays == {}
    assert corrected.images["I1"].results["shift x (pixel)"] == 0.0
    assert "Zero shifts" in corrected.images["I1"].history[0]
    assert corrected.warnings == ()


def test_other_instruments_are_told_that_nothing_was_done(observed):
    header = {**observed.images["I1"].header, "INSTRUME": "NIRISS", "DETECTOR": "NIS"}
    corrected = recenter({"I1": ArrayImage(observed.images["I1"].array("data"), header=header)})
    assert corrected.images["I1"].arrays == {}
    assert "not for NIRISS" in corrected.warnings[0]


def test_without_reference_pixel_the_middle_is_searched(observed, model):
    image = observed.images["I1"]
    header = {key: value for key, value in image.header.items() if not key.startswith("CRPIX")}
    bare = ArrayImage(image.array("data"), dq=image.array("dq"), header=header, name=image.name)
    corrected = recenter({"I1": bare}, psf_file=model)
    assert "no CRPIX1" in corrected.warnings[0]
    assert np.abs(places(observed, corrected)["I1"] - CENTRE).max() < 0.02


def test_a_star_that_is_not_there_is_an_error(model):
    header = {"EXP_TYPE": "NRC_CORON", "CRPIX1": 40, "CRPIX2": 40}
    noise = np.random.default_rng(1).normal(size=(80, 80))
    for data in (noise, np.full((80, 80), np.nan)):
        with pytest.raises(UserError, match=r"was not found about 39\.0, 39\.0"):
            recenter({"I1": ArrayImage(data, header=header)}, psf_file=model)


def test_a_star_outside_of_the_frame_is_an_error(observed, model):
    header = {**observed.images["I1"].header, "CRPIX1": -300.0}
    image = ArrayImage(observed.images["I1"].array("data"), header=header)
    with pytest.raises(UserError, match="no pixel about where it should be"):
        recenter({"I1": image}, psf_file=model)


def test_frames_that_cannot_be_compared_are_told_and_shifted_with_the_first(observed, model):
    image = observed.images["I1"]
    data = image.array("data").copy()
    data[1] = np.random.default_rng(1).normal(size=data.shape[1:])
    corrected = recenter({"I1": ArrayImage(data, header=image.header, name="x.fits")}, psf_file=model)
    assert "x.fits: the offset of integration 2 is not known" in corrected.warnings[0]
    rows = corrected.results["frames"]
    assert (rows[0]["shift_x"], rows[0]["shift_y"]) == (rows[1]["shift_x"], rows[1]["shift_y"])


def test_far_stars_and_other_sizes_are_told(observed, model):
    corrected = recenter(observed.images, psf_file=model, warn_shift=1.0)
    assert any("more than 1 mas" in warning for warning in corrected.warnings)
    small = ArrayImage(np.ones((9, 9)), header={"EXP_TYPE": "NRC_CORON"}, name="small.fits")
    corrected = recenter({"I1": observed.images["I1"], "I2": small}, psf_file=model)
    assert any("small.fits was not recentred" in warning for warning in corrected.warnings)


@pytest.mark.parametrize(
    ("image", "oversample", "said"),
    [(np.ones((20, 20)), 1, "flat"), (np.eye(4), 1, "9 x 9"), (np.eye(21), 2, "does not divide")],
)
def test_what_is_no_model_is_refused(observed, tmp_path, image, oversample, said):
    path = tmp_path / "psf.fits"
    fits.writeto(path, image, fits.Header({"OVERSAMP": oversample}))
    with pytest.raises(UserError, match=said):
        recenter(observed.images, psf_file=str(path))


def test_figures_are_drawn_if_wanted(observed, model, recentred):
    assert recentred.figures == {}
    assert "shifts" in recenter({"I1": observed.images["I1"]}, psf_file=model, plot=True).figures


@pytest.mark.parametrize(
    "parameters",
    [
        {"highpass": -3.0},
        {"highpass": True},
        {"psf_function": "name"},
        {"psf_file": "a.fits", "psf_function": "b:c"},
        {"method": "cubic"},
        {"kwargs": {"input": 1}},
    ],
)
def test_what_is_not_documented_is_refused(parameters):
    with pytest.raises(ValidationError):
        RecenterParameters(**parameters)
