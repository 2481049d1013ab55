"""Images and cubes with their frames moved."""

import numpy as np
import pytest

from mkrefs.testing import ArrayImage
from mkrefs_imaging.registration.frames import frame_count, mean_shift, move_frames, read_frame
from mkrefs_imaging.registration.moving import DO_NOT_USE, MoveSettings


def cube(**further):
    random = np.random.default_rng(1)
    data = 10 + random.normal(size=(2, 20, 24))
    data[0, 5, 6] = np.nan
    dq = np.zeros((2, 20, 24), np.uint32)
    dq[1, 8, 9] = DO_NOT_USE | 16
    arrays = {"err": np.full(data.shape, 0.5), "dq": dq, "var_rnoise": np.full(data.shape, 0.25), **further}
    return ArrayImage(data, arrays=arrays)


def test_all_arrays_move_together():
    image = cube()
    moved = move_frames(image, [(3.0, -2.0), (0.0, 0.0)], MoveSettings())
    assert set(moved) == {"data", "err", "dq", "var_rnoise"}
    assert np.array_equal(moved["data"][0, :18, 3:], image.array("data")[0, 2:, :21], equal_nan=True)
    assert np.isnan(moved["data"][0, 3, 9])
    assert moved["dq"][0, 3, 9] == DO_NOT_USE
    assert np.isnan(moved["data"][0, 18:]).all()
    assert (moved["dq"][0, :, :3] & DO_NOT_USE != 0).all()
    assert np.nanmax(np.abs(moved["err"][0] - 0.5)) < 1e-6
    assert np.nanmax(np.abs(moved["var_rnoise"][0] - 0.25)) < 1e-6


def test_frames_that_do_not_move_stay_bit_for_bit():
    image = cube()
    moved = move_frames(image, [(3.0, -2.0), (0.0, 0.0)], MoveSettings())
    for name, array in moved.items():
        assert np.array_equal(array[1], image.array(name)[1], equal_nan=True)
    assert move_frames(image, [(0.0, 0.0)] * 2, MoveSettings()) == {}


def test_standing_and_number_go_together():
    moved = move_frames(cube(), [(0.4, 0.3), (-1.2, 0.6)], MoveSettings())
    assert np.array_equal(np.isnan(moved["data"]), moved["dq"] & DO_NOT_USE != 0)
    assert moved["dq"][1, 9, 8] & 16


def test_flags_of_all_frames_go_where_those_of_each_go():
    dq = np.zeros((20, 24), np.uint32)
    dq[8, 9] = DO_NOT_USE | 16
    moved = move_frames(cube(dq=dq), [(1.0, 0.0), (2.0, 0.0)], MoveSettings())
    assert moved["dq"].shape == (20, 24)
    assert np.argwhere(moved["dq"]).tolist() == [[8, 10], [8, 11]]


def test_an_image_is_one_frame():
    image = ArrayImage(np.arange(16.0).reshape(4, 4))
    assert frame_count(image) == 1
    assert read_frame(image, 0).data[1, 1] == 5.0
    assert set(move_frames(image, [(1.0, 0.0)], MoveSettings())) == {"data"}


def test_the_wcs_goes_by_the_median():
    assert mean_shift([(0.0, 1.0), (0.2, 1.1), (5.0, 1.2)]) == pytest.approx((0.2, 1.1))
    assert mean_shift([]) == (0.0, 0.0)
