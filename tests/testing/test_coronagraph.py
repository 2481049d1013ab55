import numpy as np
import pytest
from scipy import optimize
from stdatamodels.jwst import datamodels

from mkrefs.api import CalibratedImage, UserError
from mkrefs.testing import CoronagraphSpec, simulate_coronagraph, star_behind_mask, write_coronagraph

SPEC = CoronagraphSpec(shape=(80, 90), integrations=2, references=2, backgrounds=1, cosmic_rays=0.002)


@pytest.fixture(scope="module")
def simulated():
    return simulate_coronagraph(SPEC)


def test_exposures_are_of_every_kind(simulated):
    kinds = [truth.kind for truth in simulated.truth.values()]
    assert kinds == ["SCI", "SCI", "REF", "REF", "SCI_BG", "REF_BG"]
    headers = [image.header for image in simulated.images.values()]
    assert [h["IS_PSF"] for h in headers] == [False, False, True, True, False, True]
    assert [h["BKGDTARG"] for h in headers] == 4 * [False] + 2 * [True]
    assert headers[1]["ROLL_REF"] - headers[0]["ROLL_REF"] == pytest.approx(10)
    assert len({h["VISIT"] for h in headers[2:4]}) == 1
    assert {h["EXP_TYPE"] for h in headers} == {"NRC_CORON"}
    assert all(isinstance(image, CalibratedImage) for image in simulated.images.values())
    assert simulated.images["I1"].shape == (2, 80, 90)


def test_an_exposure_is_what_its_truth_says(simulated):
    for role, image in simulated.images.items():
        truth = simulated.truth[role]
        left = image.array("data") - truth.clean
        good = ~truth.bad_pixels & ~truth.cosmic_rays
        assert left[good].std() == pytest.approx(truth.sigma, rel=0.03)
        np.testing.assert_array_equal(image.array("dq") == 1, np.broadcast_to(truth.bad_pixels, left.shape))
        assert truth.cosmic_rays.any() and np.isnan(left).any()
        assert (image.header["CRPIX1"] - 1, image.header["CRPIX2"] - 1) == truth.mask_centre
        assert np.isnan(truth.shifts).all() == truth.kind.endswith("_BG")


def test_the_template_finds_the_shifts_again(simulated):
    for role in ("I1", "I3"):
        truth, image = simulated.truth[role], simulated.images[role]
        bright = SPEC.reference_brightness if truth.kind == "REF" else 1.0
        good = ~truth.bad_pixels & ~truth.cosmic_rays[1]
        plane = image.array("data")[1] - truth.background

        def misfit(place, plane=plane, good=good, mask=truth.mask_centre, bright=bright):
            return (plane - bright * star_behind_mask(SPEC, tuple(place), mask))[good]

        found = optimize.least_squares(misfit, truth.mask_centre).x
        np.testing.assert_allclose(found, truth.star[1], atol=0.01)


def test_the_mask_dims_the_star_and_stays():
    open_spec = CoronagraphSpec(mask_depth=0.0)
    assert star_behind_mask(open_spec, (40.0, 30.0), (40.0, 30.0))[30, 40] == pytest.approx(2060, rel=0.03)
    behind = star_behind_mask(CoronagraphSpec(), (40.0, 30.0), (40.0, 30.0), shape=(60, 80))
    assert behind.shape == (60, 80)
    assert behind[30, 40] < 3
    moved = star_behind_mask(CoronagraphSpec(), (60.0, 30.0), (40.0, 30.0), shape=(60, 80))
    assert moved[30, 60] > 2000
    light = star_behind_mask(open_spec, (60.0, 30.0), (40.0, 30.0), shape=(60, 80))
    assert moved[30, 46] / light[30, 46] == pytest.approx(0.5, abs=0.01)


def test_the_usual_shape_has_the_mask_of_the_subarray():
    truth = simulate_coronagraph(CoronagraphSpec(integrations=1, rolls=1, references=0)).truth["I1"]
    assert truth.mask_centre == (149.2, 173.6)
    assert truth.clean.shape == (1, 320, 320)


def test_cubes_are_written(simulated, tmp_path):
    paths = write_coronagraph(simulated, tmp_path)
    assert paths[0].name == "jw01062001001_02101_00001_nrcalong_calints.fits"
    with datamodels.open(paths[2]) as model:
        assert isinstance(model, datamodels.CubeModel)
        assert (model.meta.exposure.psf_reference, model.meta.exposure.nints) == (True, 2)
        assert (model.meta.instrument.coronagraph, model.meta.aperture.name) == (
            "MASKA335R",
            "NRCA5_MASK335R",
        )
        np.testing.assert_array_equal(model.data, simulated.images["I3"].array("data"))


def test_what_cannot_be_is_refused():
    with pytest.raises(UserError, match="too small"):
        CoronagraphSpec(shape=(20, 320))
    with pytest.raises(UserError, match="without exposures"):
        CoronagraphSpec(rolls=0, references=0)
