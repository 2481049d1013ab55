"""The response of pixels is recovered from images of the sky, with the right errors."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from mkrefs.api import PIXEL_DQ, ReferenceData, UserError
from mkrefs.testing import ArrayImage
from mkrefs_imaging.sky_flat.creator import SkyFlatCreator
from mkrefs_imaging.sky_flat.stack import stack_images

DO_NOT_USE = PIXEL_DQ["DO_NOT_USE"]


def create(images, **parameters) -> ReferenceData:
    return SkyFlatCreator().create(images, SkyFlatCreator.Parameters(**parameters))


@pytest.fixture(scope="module")
def plain(sky_images) -> ReferenceData:
    """Give what comes of the plain images, with figures."""
    return create(sky_images().images, plot=True)


def usable(made: ReferenceData) -> np.ndarray:
    return ~made.flags["DO_NOT_USE"] & ~made.flags["UNRELIABLE_FLAT"]


def pulls(made: ReferenceData, truth: np.ndarray) -> np.ndarray:
    good = usable(made)
    true = truth.astype(float) / np.median(truth[good])
    return ((made.arrays["data"] - true) / made.arrays["err"])[good]


def block_bias(made: ReferenceData, truth: np.ndarray, size: int = 32) -> float:
    good = usable(made)
    off = np.where(good, made.arrays["data"] - truth / np.median(truth[good]), np.nan)
    rows, cols = (n // size for n in off.shape)
    return float(np.abs(np.nanmean(off.reshape(rows, size, cols, size), axis=(1, 3))).max())


def changed(image: ArrayImage, **how) -> ArrayImage:
    given = {
        "data": image.array("data"),
        "arrays": {name: image.array(name) for name in image.arrays - {"data"}},
        "metadata": image.metadata,
        "header": image.header,
        "sky": image.sky,
        "flat": image.flat(),
        "name": image.name,
        **how,
    }
    return ArrayImage(given.pop("data"), **given)


CASES = {
    "plain": {},
    "flat_fielded": {"flat_fielded": True},
    "cosmic_rays": {"cosmic_rays": 0.01},
    "crowded": {"stars": 40},
    "shot_noise": {"shot_noise": 0.01},
    "steep_flat": {"flat": 0.15},
    "sky_of_all_levels": {"level": 0.15, "sky_level": 0.8},
}


@pytest.mark.parametrize("case", CASES)
def test_the_response_is_recovered_with_its_error(sky_images, case):
    mosaic = sky_images(**CASES[case])
    made = create(mosaic.images)
    found = pulls(made, mosaic.truth["I1"].flat)
    assert found.std() == pytest.approx(1, abs=0.1)
    assert abs(np.median(found)) < 0.1
    assert block_bias(made, mosaic.truth["I1"].flat) < 5 * np.nanmedian(made.arrays["err"]) / 32
    assert usable(made).mean() > 0.97
    assert np.median(made.arrays["data"][usable(made)]) == pytest.approx(1, abs=1e-6)


def test_an_applied_flat_is_undone(sky_images, plain):
    fielded = create(sky_images(flat_fielded=True).images)
    good = usable(fielded) & usable(plain)
    off = np.abs(fielded.arrays["data"] - plain.arrays["data"])[good]
    assert np.percentile(off, 99) < 0.01
    assert "undone of 12" in fielded.history[0]
    assert "undone of 0" in plain.history[0]


def test_a_wrong_flat_that_was_applied_does_not_stay(sky_images):
    mosaic = sky_images()
    rows, cols = mosaic.images["I1"].shape
    wrong = np.linspace(0.8, 1.2, cols)[None, :] * np.ones((rows, 1))
    wrong[40, 50] = np.nan
    images = {
        role: changed(image, data=image.array("data") / wrong, arrays={"dq": image.array("dq")}, flat=wrong)
        for role, image in mosaic.images.items()
    }
    made = create(images)
    assert pulls(made, mosaic.truth["I1"].flat).std() == pytest.approx(1, abs=0.1)
    assert made.flags["NO_FLAT_FIELD"][40, 50]


@pytest.mark.parametrize("factor", [0.3, 3.0])
def test_wrong_errors_are_scaled(sky_images, factor):
    mosaic = sky_images()
    images = {
        role: changed(
            image,
            arrays={"dq": image.array("dq"), "err": factor * np.nan_to_num(image.array("err"), nan=1.0)},
        )
        for role, image in mosaic.images.items()
    }
    scaled = create(images, sky_model="level")
    assert pulls(scaled, mosaic.truth["I1"].flat).std() == pytest.approx(1, abs=0.1)
    unscaled = create(images, sky_model="level", scale_errors=False)
    assert pulls(unscaled, mosaic.truth["I1"].flat).std() == pytest.approx(1 / factor, rel=0.1)


def test_without_errors_the_scatter_gives_them(sky_images):
    mosaic = sky_images()
    images = {role: changed(image, arrays={"dq": image.array("dq")}) for role, image in mosaic.images.items()}
    assert pulls(create(images), mosaic.truth["I1"].flat).std() == pytest.approx(1, abs=0.1)


def test_noisy_images_count_less(sky_images):
    mosaic = sky_images()
    rng = np.random.default_rng(3)
    images = dict(mosaic.images)
    for role in list(images)[::2]:
        noise = rng.normal(0, 0.15, images[role].shape)
        more = {
            "err": np.hypot(images[role].array("err"), 0.15),
            "var_rnoise": images[role].array("var_rnoise") + 0.15**2,
        }
        images[role] = images[role].with_arrays(data=images[role].array("data") + noise, **more)
    made = create(images)
    assert pulls(made, mosaic.truth["I1"].flat).std() == pytest.approx(1, abs=0.1)
    half = create(dict(list(mosaic.images.items())[1::2]))
    assert np.nanmedian(made.arrays["err"]) < np.nanmedian(half.arrays["err"])


def test_slopes_of_the_sky_are_taken_off_if_wanted(sky_images):
    mosaic = sky_images(slope=0.03)
    level, plane = create(mosaic.images), create(mosaic.images, sky_model="plane")
    truth = mosaic.truth["I1"].flat
    assert pulls(plane, truth).std() == pytest.approx(1, abs=0.1)
    assert np.nanmedian(plane.arrays["err"]) < 0.85 * np.nanmedian(level.arrays["err"])


NEBULA = {
    "tiles": (3, 2),
    "dithers": 3,
    "overlap": 0.3,
    "shape": (96, 96),
    "dither_size": 12.0,
    "source": 2.0,
    "noise": 0.02,
}


def test_a_nebula_across_the_tiles_is_told_from_the_flat(sky_images):
    mosaic = sky_images(**NEBULA)
    truth = mosaic.truth["I1"].flat
    level, scene = create(mosaic.images, sky_model="level"), create(mosaic.images, scene_size=4)
    assert pulls(level, truth).std() > 2
    assert "scatter about the flat" in level.warnings[0]
    assert pulls(scene, truth).std() == pytest.approx(1, abs=0.1)
    assert block_bias(scene, truth) < 0.005
    assert "the scene that they share" in scene.history[0]
    assert not scene.warnings


def test_a_scene_does_little_harm_where_there_is_none(sky_images, plain):
    mosaic = sky_images()
    made = create(mosaic.images, sky_model="scene")
    assert pulls(made, mosaic.truth["I1"].flat).std() == pytest.approx(1, abs=0.1)
    assert block_bias(made, mosaic.truth["I1"].flat) < 0.015
    assert "one level" in plain.history[0]


def test_without_a_wcs_there_is_no_scene(sky_images):
    mosaic = sky_images(**NEBULA)
    images = {role: changed(image, sky=None) for role, image in mosaic.images.items()}
    assert "one level" in create(images).history[0]
    with pytest.raises(UserError, match="has no WCS"):
        create(images, sky_model="scene")


def test_bad_pixels_have_no_flat_field(sky_images, plain):
    mosaic = sky_images()
    bad = np.all([(i.array("dq") & DO_NOT_USE) != 0 for i in mosaic.images.values()], axis=0)
    assert bad.any()
    for flag in ("NO_FLAT_FIELD", "DO_NOT_USE"):
        assert_array_equal(plain.flags[flag], bad)
    assert (plain.arrays["data"][bad] == 1).all()
    assert np.isnan(plain.arrays["err"][bad]).all()
    assert (plain.extensions["NIMAGES"][bad] == 0).all()
    assert np.isfinite(plain.arrays["data"]).all()


def test_dead_and_restless_pixels_are_told(sky_images):
    mosaic = sky_images()
    images = dict(mosaic.images)
    for number, role in enumerate(images):
        data = np.array(images[role].array("data"))
        data[60, 60] = 0.0
        data[70, 70] = 0.3 + 0.4 * (number % 3)
        images[role] = images[role].with_arrays(data=data, dq=np.zeros(data.shape))
    made = create(images)
    assert made.flags["NO_FLAT_FIELD"][60, 60]
    assert made.flags["UNRELIABLE_FLAT"][70, 70]
    assert not made.flags["DO_NOT_USE"][70, 70]


def test_pixels_seen_by_few_images_are_unreliable(sky_images):
    images = dict(sky_images().images)
    for role in list(images)[2:]:
        dq = np.array(images[role].array("dq"))
        dq[30:32, 30:40] |= DO_NOT_USE
        images[role] = images[role].with_arrays(dq=dq)
    made = create(images)
    assert made.flags["UNRELIABLE_FLAT"][30:32, 30:40].mean() > 0.9
    assert made.flags["UNRELIABLE_FLAT"].sum() < 60


def test_images_without_sky_are_left_out_and_told(sky_images):
    images = dict(sky_images().images)
    images["I3"] = images["I3"].with_arrays(data=images["I3"].array("data") - np.float32(0.3))
    made = create(images)
    assert images["I3"].name in made.warnings[0]
    assert "Weighted mean of 11 images" in made.history[0]


def test_a_sky_that_was_subtracted_is_refused(sky_images):
    images = {
        role: image.with_arrays(data=image.array("data") - np.float32(0.3))
        for role, image in sky_images().images.items()
    }
    with pytest.raises(UserError, match="sky is not brighter"):
        create(images)


def test_what_makes_no_flat_is_refused(sky_images):
    images = sky_images().images
    first = images["I1"]
    with pytest.raises(UserError, match="4 images are too few"):
        create(dict(list(images.items())[:4]))
    with pytest.raises(UserError, match="in filter; a flat"):
        create({**images, "I2": changed(images["I2"], metadata=replace(first.metadata, filter="F335M"))})
    with pytest.raises(UserError, match="of NIRSpec"):
        create({**images, "I1": changed(first, metadata=replace(first.metadata, instrument="NIRSPEC"))})
    with pytest.raises(UserError, match="cube of integrations"):
        create({**images, "I1": ArrayImage(np.ones((2, 8, 8)))})


def test_the_answer_stays_the_same(sky_images, plain):
    again = create(sky_images().images)
    for name in again.arrays:
        assert_array_equal(again.arrays[name], plain.arrays[name])
    assert not again.figures


def test_a_large_stack_lies_in_a_file(sky_images):
    images = tuple(sky_images().images.values())
    small, large = stack_images(images), stack_images(images, memory_bytes=1)
    assert isinstance(large.values, np.memmap)
    assert_array_equal(small.values, large.values)


def test_figures_if_wanted(plain):
    assert set(plain.figures) == {"flat", "error", "sky"}


def test_miri_says_it_has_no_band(sky_images):
    miri = {
        role: changed(image, metadata=replace(image.metadata, instrument="MIRI", detector="MIRIMAGE"))
        for role, image in sky_images().images.items()
    }
    assert create(miri).metadata == {"instrument.band": "N/A"}
