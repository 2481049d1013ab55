"""The correction checks its images, changes their science array alone, and tells what it did."""

import numpy as np
import pytest

from mkrefs.api import Curves, Map, UserError
from mkrefs.testing import ArrayImage, TangentSky
from mkrefs_imaging.multi_tile_destripe.correction import MultiTileDestripeCorrection

SKY = TangentSky((31.5, 31.5))


def image(**values):
    data = values.pop("data", np.zeros((64, 64)))
    return ArrayImage(data, **{"sky": SKY, **values})


def test_science_array_alone_changes(mosaic, plain):
    assert set(plain.images) == set(mosaic.images)
    for role, made in plain.images.items():
        data = mosaic.images[role].array("data")
        assert set(made.arrays) == {"data"}
        assert made.arrays["data"].dtype == np.float32
        assert np.array_equal(np.isnan(made.arrays["data"]), np.isnan(data))
    assert MultiTileDestripeCorrection.changes == frozenset()


def test_bad_pixels_lose_their_stripes_as_the_others_do(mosaic, plain):
    for role, made in plain.images.items():
        data, dq = (mosaic.images[role].array(name) for name in ("data", "dq"))
        wild = (dq & 1 > 0) & np.isfinite(data)
        assert wild.any()
        assert (made.arrays["data"][wild] != data[wild]).any()
        assert np.abs(made.arrays["data"][wild] - data[wild]).max() < 0.3


def test_results_tell_what_was_done(plain):
    for made in plain.images.values():
        assert 0.01 < made.results["stripe rms removed (MJy/sr)"] < 0.06
        assert made.results["rows"] == 4 * 128
        assert made.results["images compared with"] == 7
        assert 0 < made.results["expected error of rows compared (MJy/sr)"] < 0.03
        assert any("stripes" in line.lower() for line in made.history)
    assert plain.results["images_corrected"] == 8
    assert not plain.figures


def test_figures_when_asked_for(mosaic, destripe):
    made = destripe({role: mosaic.images[role] for role in ("I1", "I2")}, plot=True)
    assert isinstance(made.figures["I1_stripes"], Map)
    assert isinstance(made.figures["I2_offsets"], Curves)
    assert len(made.figures["I2_offsets"].curves) == 4


def test_stripes_run_along_the_fast_axis_whichever_it_is(make, destripe, residual, removed):
    turned = make(axes=(2, -1))
    made = destripe(turned)
    assert residual(turned, made) < 0.55 * 0.034
    for taken in removed(turned, made).values():
        assert np.nanmax(np.nanstd(taken.reshape(4, 32, 128), axis=1)) < 1e-5


def test_nothing_overlaps(mosaic, destripe):
    far = image(data=np.ones((64, 64)), sky=TangentSky((31.5, 31.5), (10.0, 10.0)), name="far_cal.fits")
    made = destripe({"I1": image(), "I2": far})
    assert not made.images
    assert any("No two images could be compared" in text for text in made.warnings)


def test_an_image_alone_is_told_of_and_left(mosaic, destripe):
    far = image(sky=TangentSky((31.5, 31.5), (10.0, 10.0)), name="far_cal.fits")
    made = destripe({"I1": mosaic.images["I1"], "I2": mosaic.images["I2"], "I3": far})
    assert set(made.images) == {"I1", "I2"}
    assert any("far_cal.fits could be compared with no other" in text for text in made.warnings)


def test_one_image_has_nothing_to_be_compared_with(destripe):
    assert not destripe({"I1": image()}).images


def test_images_without_any_good_pixel_do_not_matter(mosaic, destripe):
    empty = mosaic.images["I2"].with_arrays(data=np.full((128, 128), np.nan))
    made = destripe({"I1": mosaic.images["I1"], "I2": empty, "I3": mosaic.images["I3"]})
    assert set(made.images) == {"I1", "I3"}


def test_other_instruments_only_when_forced(make, destripe):
    niriss = make(tiles=(1, 1), dithers=2, detectors=("NIS",), shape=(64, 64), stars=0)
    with pytest.raises(UserError, match=r"is of NIRISS.*force"):
        destripe(niriss)
    assert destripe(niriss, force=True).images


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"data": np.zeros((2, 64, 64))}, "has 3 axes"),
        ({"unit": "DN/s"}, "is in DN/s"),
        ({"sky": None}, "no way to the sky"),
    ],
)
def test_what_does_not_fit_is_refused(destripe, wrong, message):
    with pytest.raises(UserError, match=message):
        destripe({"I1": image(), "I2": image(name="other_cal.fits", **wrong)})


def test_same_images_give_the_same_answer(mosaic, plain, destripe):
    again = destripe(mosaic)
    for role, made in plain.images.items():
        assert np.array_equal(made.arrays["data"], again.images[role].arrays["data"], equal_nan=True)


def test_images_without_noise_have_no_stripes(destripe):
    flat = {"I1": image(data=np.ones((64, 64))), "I2": image(data=np.ones((64, 64)), name="other_cal.fits")}
    assert not destripe(flat).images


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_answer_does_not_depend_on_the_unit(mosaic, plain, destripe, scale):
    images = {
        role: one.with_arrays(data=one.array("data") * np.float32(scale))
        for role, one in mosaic.images.items()
    }
    made = destripe(images)
    for role, one in made.images.items():
        assert np.allclose(
            one.arrays["data"] / scale, plain.images[role].arrays["data"], atol=1e-4, equal_nan=True
        )
