"""What the fixers put in the place of bad pixels, and with which errors."""

import numpy as np
import pytest

from mkrefs.api import PIXEL_DQ
from mkrefs.testing import ArrayImage

BAD = PIXEL_DQ["DO_NOT_USE"]
FIXERS = ("timemed", "localmed", "medfilt", "interp2d")
SPATIAL = FIXERS[1:]


def at_random(shape, share, seed=9):
    return np.random.default_rng(seed).random(shape) < share


def test_timemed_takes_the_median_of_the_other_integrations(correct, scene):
    data = scene.cube(7)
    bad = np.zeros(data.shape, dtype=bool)
    bad[2, 10, 11] = bad[5, 10, 11] = bad[3, 40, 41] = True
    made = correct(scene.image(data, bad), method="timemed").images["I1"].arrays
    median = np.median(np.delete(data[:, 10, 11].astype(float), [2, 5]))
    assert made["data"][2, 10, 11] == made["data"][5, 10, 11] == np.float32(median)
    assert made["err"][2, 10, 11] == pytest.approx(scene.sigma[10, 11], rel=1e-6)


def test_timemed_leaves_what_is_bad_in_all_integrations(correct, scene):
    bad = np.zeros((4, *scene.truth.shape), dtype=bool)
    bad[:, 10, 11] = bad[1, 20, 21] = True
    made = correct(scene.image(scene.cube(4), bad), method="timemed").images["I1"]
    assert np.isnan(made.arrays["data"][:, 10, 11]).all()
    assert (made.arrays["dq"][:, 10, 11] == BAD).all()
    assert (made.results["repaired by timemed"], made.results["left bad"]) == (1, 4)


def test_timemed_has_nothing_to_take_in_an_image_of_two_axes(correct, scene):
    bad = at_random(scene.truth.shape, 0.01)
    made = correct(scene.image(scene.cube(1)[0], bad), method="timemed").images["I1"]
    assert made.results["left bad"] == bad.sum()
    assert made.arrays["data"].shape == scene.truth.shape


@pytest.mark.parametrize(
    ("shift_x", "shift_y"), [((-1, 0, 1), (-1, 0, 1)), ((-2, 2), (-1, 1)), ((0, 1), (0,)), ((0,), (-1, 0, 3))]
)
def test_localmed_takes_the_median_of_the_good_neighbours(correct, scene, shift_x, shift_y):
    data = scene.cube(2)
    bad = at_random(data.shape, 0.1)
    options = {"shift_x": shift_x, "shift_y": shift_y}
    made = correct(scene.image(data, bad), method="localmed", localmed_kwargs=options).images["I1"].arrays
    offsets = {(y, x) for y in {0, *shift_y} for x in {0, *shift_x}} - {(0, 0)}
    holes = np.where(bad, np.nan, data.astype(float))
    for plane, row, column in np.argwhere(bad):
        around = [
            holes[plane, row + y, column + x]
            for y, x in offsets
            if 0 <= row + y < data.shape[1] and 0 <= column + x < data.shape[2]
        ]
        known = [value for value in around if not np.isnan(value)]
        found = made["data"][plane, row, column]
        assert found == np.float32(np.median(known)) if known else np.isnan(found)


@pytest.mark.parametrize("size", [3, 4, 5, 6])
def test_medfilt_takes_a_centred_window_without_its_bad_values(correct, scene, size):
    data = scene.cube(1)
    bad = at_random(data.shape, 0.05)
    image = scene.image(data, bad, nan=False)
    made = correct(image, method="medfilt", medfilt_kwargs={"size": size}).images["I1"].arrays["data"]
    half = size // 2
    holes = np.pad(np.where(bad, np.nan, data)[0].astype(float), half, constant_values=np.nan)
    for _, row, column in np.argwhere(bad):
        window = holes[row : row + 2 * half + 1, column : column + 2 * half + 1]
        assert made[0, row, column] == np.float32(np.nanmedian(window))
    assert made.max() < 2000


def test_interp2d_does_not_confuse_rows_and_columns(correct):
    y, x = np.indices((30, 50))
    surface = 3 + 2.0 * x - 0.5 * y + 0.02 * x**2 - 0.01 * x * y + 0.003 * y**2
    bad = at_random(surface.shape, 0.15)
    dq = np.where(bad, BAD, 0)
    image = ArrayImage(np.where(bad, np.nan, surface), dq=dq, err=np.ones_like(surface))
    made = correct(image, method="interp2d").images["I1"]
    fixed = made.arrays["dq"] == PIXEL_DQ["FLUX_ESTIMATED"]
    assert fixed.sum() > 0.95 * bad.sum()
    inner = fixed.copy()
    inner[[0, 1, -2, -1]] = inner[:, [0, 1, -2, -1]] = False
    np.testing.assert_allclose(made.arrays["data"][inner], surface[inner], rtol=2e-3)
    np.testing.assert_allclose(made.arrays["data"][fixed], surface[fixed], atol=0.5)


def test_interp2d_needs_more_good_pixels_than_its_size(correct):
    data = np.ones((9, 9))
    dq = np.full((9, 9), BAD, np.uint32)
    dq[2:4, 2:5] = 0
    image = ArrayImage(data, dq=dq)
    few = correct(image, method="interp2d", interp2d_kwargs={"size": 7}).images["I1"]
    assert few.results["repaired by interp2d"] == 0
    some = correct(image, method="interp2d", interp2d_kwargs={"size": 5}).images["I1"]
    assert 0 < some.results["repaired by interp2d"] < 75
    np.testing.assert_allclose(some.arrays["data"], 1.0)


def test_interp2d_does_not_extrapolate_far(correct):
    rng = np.random.default_rng(2)
    dq = np.zeros((40, 40), np.uint32)
    dq[:, :4] = BAD
    image = ArrayImage(rng.normal(0, 1, (40, 40)), dq=dq, err=np.ones((40, 40)))
    made = correct(image, method="interp2d", interp2d_kwargs={"size": 7}).images["I1"].arrays
    fixed = made["dq"] == PIXEL_DQ["FLUX_ESTIMATED"]
    assert fixed[2:-2, 3].all()
    assert not fixed[:, 0].any()
    assert made["data"][fixed].std() < 2**0.5


@pytest.mark.parametrize("method", [*FIXERS, "timemed+localmed+medfilt"])
def test_fixed_pixels_of_a_smooth_scene_are_within_the_noise(correct, scene, method):
    data = scene.cube(12)
    bad = at_random(data.shape, 0.01)
    steep = np.hypot(*np.gradient(scene.truth)) > 0.3 * scene.sigma
    bad &= ~steep
    made = correct(scene.image(data, bad), method=method).images["I1"]
    residual = ((made.arrays["data"] - scene.truth) / scene.sigma)[bad]
    assert made.results["left bad"] == 0
    assert residual.std() < 0.8
    assert abs(residual.mean()) < 0.1


@pytest.mark.parametrize("method", FIXERS)
def test_errors_cover_what_the_repair_does_not_know(correct, scene, method):
    """Stars included: where the neighbours differ, the error says so."""
    data = scene.cube(12)
    bad = at_random(data.shape, 0.02)
    made = correct(scene.image(data, bad), method=method).images["I1"].arrays
    pull = ((made["data"] - scene.truth) / made["err"])[bad]
    assert np.sqrt(np.mean(np.square(pull))) < 1.2
    assert (made["err"][bad] >= 0.99 * scene.sigma.min()).all()


@pytest.mark.parametrize("method", FIXERS)
def test_an_error_that_nobody_knows_is_nan_and_never_zero(correct, method):
    dq = np.zeros((3, 9, 9), np.uint32)
    dq[1, 4, 4] = BAD
    image = ArrayImage(np.ones((3, 9, 9)), err=np.full((3, 9, 9), np.nan), dq=dq)
    made = correct(image, method=method).images["I1"].arrays
    assert made["data"][1, 4, 4] == pytest.approx(1)
    assert not made["err"][1, 4, 4] <= 1e-9


def test_in_the_core_of_a_star_time_is_better_than_space(correct, scene):
    data = scene.cube(12)
    bad = np.zeros(data.shape, dtype=bool)
    bad[4, 22, 20] = True
    off = {
        method: float(
            np.abs(
                correct(scene.image(data, bad), method=method).images["I1"].arrays["data"][4, 22, 20]
                - scene.truth[22, 20]
            )
        )
        for method in FIXERS
    }
    assert off["timemed"] < 3 * scene.sigma[22, 20]
    assert off["interp2d"] < 0.07 * scene.truth[22, 20]
    assert off["interp2d"] < 0.5 * off["localmed"] < off["medfilt"]


def test_good_pixels_stay_bit_for_bit(correct, scene):
    data = scene.cube(6)
    bad = at_random(data.shape, 0.05)
    for method in FIXERS:
        made = correct(scene.image(data, bad), method=method).images["I1"].arrays
        np.testing.assert_array_equal(made["data"][~bad], data[~bad])
        assert not made["dq"][~bad].any()


@pytest.mark.parametrize("method", SPATIAL)
def test_a_pixel_without_good_neighbours_stays_bad(correct, scene, method):
    bad = np.zeros(scene.truth.shape, dtype=bool)
    bad[10:21, 10:21] = True
    made = correct(scene.image(scene.cube(1)[0], bad), method=method).images["I1"]
    assert np.isnan(made.arrays["data"][15, 15])
    assert made.arrays["dq"][15, 15] == BAD
    assert made.results["left bad"] == np.isnan(made.arrays["data"]).sum() > 0


def test_the_methods_run_one_after_the_other(correct, scene):
    data = scene.cube(5)
    bad = np.zeros(data.shape, dtype=bool)
    bad[2, 30:33, 30:33] = bad[:, 50:53, 50:53] = True
    results = correct(scene.image(data, bad), method="timemed+localmed+medfilt").images["I1"].results
    assert results["repaired by timemed"] == 9
    assert results["repaired by localmed"] == 5 * 8
    assert results["repaired by medfilt"] == 5
    assert results["left bad"] == 0
    other = correct(scene.image(data, bad), method="localmed+timemed").images["I1"].results
    assert (other["repaired by localmed"], other["repaired by timemed"], other["left bad"]) == (48, 1, 5)


def test_images_without_errors_or_flags_are_taken(correct, scene):
    data = scene.cube(3)
    data[1, 20, 20] = np.nan
    made = correct(ArrayImage(data)).images["I1"].arrays
    assert set(made) == {"data", "dq"}
    assert np.isfinite(made["data"]).all()
    assert made["dq"][1, 20, 20] == PIXEL_DQ["FLUX_ESTIMATED"]
