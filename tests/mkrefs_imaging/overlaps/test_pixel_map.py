import numpy as np
import pytest

from mkrefs.testing import TangentSky
from mkrefs_imaging.overlaps.pixel_map import pixel_map

SHAPE = (200, 150)
MIDDLE = (74.5, 99.5)
DISTORTED = (4e-5, -2e-5, 3e-5, -1e-5, 5e-5, 2e-5)


def shifted(x: float, y: float, rotation: float = 0.0, distortion=(0.0,) * 6) -> TangentSky:
    """An image whose middle is x and y pixels from that of the first."""
    east, north = -x * 0.063 / 3600, y * 0.063 / 3600
    sky = (150.0 + east / np.cos(np.radians(2.0)), 2.0 + north)
    return TangentSky(MIDDLE, sky, rotation=rotation, distortion=distortion)


@pytest.mark.parametrize("rotation", [0.0, 3.0, 45.0, 90.0, 180.0, 270.0])
@pytest.mark.parametrize("distortion", [(0.0,) * 6, DISTORTED])
def test_positions_are_right_to_the_tolerance_wherever_the_images_overlap(rotation, distortion):
    a, b = shifted(0, 0, 10.0), shifted(31.7, -40.2, 10.0 + rotation, distortion)
    found = pixel_map(a, b, SHAPE, SHAPE)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    x, y = b.to_pixel(*a.to_sky(columns, rows))
    inside = (x >= 0) & (x <= SHAPE[1] - 1) & (y >= 0) & (y <= SHAPE[0] - 1)
    in_box = np.zeros(SHAPE, dtype=bool)
    in_box[found.rows, found.columns] = True
    assert inside.any()
    assert not (inside & ~in_box).any()
    x_found, y_found = found.positions()
    box = inside[found.rows, found.columns]
    assert np.abs(x_found - x[found.rows, found.columns])[box].max() < 0.002
    assert np.abs(y_found - y[found.rows, found.columns])[box].max() < 0.002


def test_the_box_is_not_much_larger_than_the_overlap():
    found = pixel_map(shifted(0, 0), shifted(100.0, 150.0), SHAPE, SHAPE)
    assert found.shape[0] <= 50 + 10
    assert found.shape[1] <= 50 + 10


def test_rows_of_the_box_are_the_same_as_those_of_the_whole():
    found = pixel_map(shifted(0, 0), shifted(20.0, 30.0, 5.0), SHAPE, SHAPE)
    whole, part = found.positions(), found.positions(slice(7, 11))
    for one, other in zip(whole, part, strict=True):
        np.testing.assert_array_equal(one[7:11], other)


@pytest.mark.parametrize("away", [(400.0, 0.0), (0.0, 300.0), (1e5, 1e5), (149.6, 0.0)])
def test_images_that_share_no_pixel_have_no_map_or_none_inside(away):
    found = pixel_map(shifted(0, 0), shifted(*away), SHAPE, SHAPE)
    if found is not None:
        x, y = found.positions()
        assert not ((x >= 0) & (x <= SHAPE[1] - 1) & (y >= 0) & (y <= SHAPE[0] - 1)).any()


def test_the_other_side_of_the_sky_is_not_taken_for_this_one():
    there = TangentSky(MIDDLE, (330.0, -2.0))
    assert pixel_map(shifted(0, 0), there, SHAPE, SHAPE) is None


def test_a_small_subarray_within_a_large_image_is_found():
    small = pixel_map(shifted(0, 0), shifted(-30.0, 60.0), SHAPE, SHAPE)
    large = TangentSky((1023.5, 1023.5), shifted(-400.0, 300.0).reference_sky)
    found = pixel_map(large, shifted(0, 0), (2048, 2048), SHAPE)
    x, y = found.positions()
    inside = (x >= 0) & (x <= SHAPE[1] - 1) & (y >= 0) & (y <= SHAPE[0] - 1)
    assert small is not None
    assert abs(int(inside.sum()) - SHAPE[0] * SHAPE[1]) < 2 * sum(SHAPE)
    assert found.shape[0] < SHAPE[0] + 60
