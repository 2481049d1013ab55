"""Sources are found by connected pixels beyond a clipped threshold, whatever else the image holds."""

import numpy as np
import pytest

from mkrefs_imaging.masks import clipped_level, source_mask


def _noise(shape=(120, 140), seed=1):
    return np.random.default_rng(seed).normal(10.0, 1.0, shape).astype(np.float32)


def _with_source(depth=8.0):
    image = _noise()
    image[40:44, 60:65] += depth
    image.flags.writeable = False
    return image


def test_source_is_marked_and_grown_by_half_of_the_square():
    mask = source_mask(_with_source(), npixels=10, dilate_size=7)
    assert mask[37:47, 57:68].all()
    assert mask.sum() == 10 * 11


def test_nothing_is_grown_by_a_size_of_one():
    mask = source_mask(_with_source(), npixels=10, dilate_size=1)
    assert mask.sum() == 20


def test_groups_that_are_too_small_are_left():
    assert not source_mask(_with_source(), npixels=21, dilate_size=7).any()


def test_corners_connect():
    image = np.where(np.eye(30, dtype=bool), 50.0, _noise((30, 30)))
    assert source_mask(image, npixels=30, dilate_size=1).sum() == 30


@pytest.mark.parametrize(("negative", "marked"), [(False, False), (True, True)])
def test_holes_are_marked_only_when_asked_for(negative, marked):
    mask = source_mask(_with_source(-8.0), npixels=10, negative=negative)
    assert mask.any() == marked


def test_nan_masks_nothing_but_is_covered_by_growth():
    image = _with_source().copy()
    plain = source_mask(image, npixels=10)
    image[::9, ::7] = np.nan
    image[42, 61] = np.nan
    mask = source_mask(image, npixels=10)
    assert np.array_equal(mask, plain)


def test_unusable_pixels_are_no_sources():
    image = _with_source()
    usable = np.ones(image.shape, dtype=bool)
    usable[38:46, 58:67] = False
    usable.flags.writeable = False
    assert not source_mask(image, usable, npixels=10).any()


@pytest.mark.parametrize("value", [np.nan, 3.0])
def test_image_without_scatter_has_no_source(value):
    assert not source_mask(np.full((20, 20), value)).any()


def test_level_of_a_contaminated_sample_is_that_of_the_rest():
    values = _noise((400, 1000)).ravel().astype(np.float64)
    values[:40_000] += 1000.0
    centre, scatter = clipped_level(values, sigma=3.0)
    assert centre == pytest.approx(10.0, abs=0.01)
    assert scatter == pytest.approx(0.987, abs=0.01)


def test_number_of_passes_is_limited():
    values = np.random.default_rng(3).exponential(1.0, 5000)
    assert clipped_level(values, sigma=3.0, max_iters=0)[1] == pytest.approx(values.std())
    assert clipped_level(values, sigma=3.0, max_iters=1)[1] > clipped_level(values, sigma=3.0)[1]


def test_level_of_nothing_is_nan():
    assert np.isnan(clipped_level(np.array([]), sigma=3.0)).all()
