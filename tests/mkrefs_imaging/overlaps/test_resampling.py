import numpy as np
import pytest

from mkrefs.testing import TangentSky
from mkrefs_imaging.overlaps.pixel_map import pixel_map
from mkrefs_imaging.overlaps.resampling import difference, resample

SHAPE = (48, 40)


def sky(x: float = 0.0, y: float = 0.0, rotation: float = 0.0) -> TangentSky:
    return TangentSky((19.5 + x, 23.5 + y), (10.0, 0.0), rotation=rotation)


def readonly(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def slope(a: TangentSky, where) -> np.ndarray:
    """What a plane over image b looks like from image a."""
    x, y = where.positions()
    return 3 + 0.5 * x - 0.25 * y


@pytest.fixture
def plane() -> np.ndarray:
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return readonly((3 + 0.5 * columns - 0.25 * rows).astype(np.float32))


@pytest.mark.parametrize("method", ["interp", "exact", "adaptive"])
@pytest.mark.parametrize("rotation", [0.0, 20.0])
def test_a_plane_stays_a_plane(plane, method, rotation):
    where = pixel_map(sky(), sky(3.3, -2.6, rotation), SHAPE, SHAPE)
    found = resample(plane, None, where, method=method)
    expected = slope(sky(), where)
    assert found.valid.sum() > 600
    np.testing.assert_allclose(found.values[found.valid], expected[found.valid], atol=0.03)


def test_whole_shifts_give_the_pixels_themselves_with_weight_one(plane):
    where = pixel_map(sky(), sky(4.0, 2.0), SHAPE, SHAPE)
    found = resample(plane, None, where)
    np.testing.assert_allclose(found.weight_squares[found.valid], 1.0, atol=1e-6)
    assert found.valid.sum() == (SHAPE[0] - 2) * (SHAPE[1] - 4)
    rows, columns = np.nonzero(found.valid)
    there = plane[rows + where.rows.start + 2, columns + where.columns.start + 4]
    np.testing.assert_array_equal(found.values[found.valid], there)


def test_every_pixel_that_takes_part_must_be_usable(plane):
    where = pixel_map(sky(), sky(0.5, 0.25), SHAPE, SHAPE)
    whole = resample(plane, None, where)
    usable = np.ones(SHAPE, dtype=bool)
    usable[20, 10] = False
    found = resample(plane, readonly(usable), where)
    assert whole.valid.sum() - found.valid.sum() == 4
    spoilt = plane.copy()
    spoilt[20, 10] = np.nan
    np.testing.assert_array_equal(resample(readonly(spoilt), None, where).values, found.values)


def test_a_bad_pixel_beside_a_whole_shift_spoils_only_itself(plane):
    where = pixel_map(sky(), sky(1.0, 0.0), SHAPE, SHAPE)
    usable = np.ones(SHAPE, dtype=bool)
    usable[20, 10] = False
    whole, found = resample(plane, None, where), resample(plane, usable, where)
    assert whole.valid.sum() - found.valid.sum() == 1


def test_weight_squares_give_the_variance_of_the_values():
    noise = np.random.default_rng(1).normal(size=(400, 400)).astype(np.float32)
    for x, y in ((0.5, 0.5), (0.25, 0.0), (0.1, 0.6)):
        where = pixel_map(sky(), sky(x, y), noise.shape, noise.shape)
        found = resample(noise, None, where)
        expected = float(np.nanmean(found.weight_squares))
        assert np.nanvar(found.values) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("method", ["exact", "adaptive"])
def test_the_slower_ways_leave_out_what_is_not_usable(plane, method):
    usable = np.ones(SHAPE, dtype=bool)
    usable[20, 10] = False
    where = pixel_map(sky(), sky(0.5, 0.25), SHAPE, SHAPE)
    found, whole = resample(plane, usable, where, method=method), resample(plane, None, where, method=method)
    assert found.valid.sum() < whole.valid.sum()
    np.testing.assert_array_equal(np.isnan(found.values), np.isnan(found.weight_squares))


def test_differences_are_of_pixels_that_both_have(plane):
    where = pixel_map(sky(), sky(2.5, 1.5), SHAPE, SHAPE)
    usable = np.ones(SHAPE, dtype=bool)
    usable[where.rows.start + 5, where.columns.start + 5] = False
    mine = np.full(SHAPE, 7.0, dtype=np.float32)
    found = difference(readonly(mine), usable, plane, None, where)
    assert np.isnan(found[5, 5])
    valid = np.isfinite(found)
    np.testing.assert_allclose(found[valid], (7 - slope(sky(), where))[valid], atol=0.03)
