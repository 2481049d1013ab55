"""Moving pixels with errors and flags: nothing bad smears, nothing is filled unseen."""

import numpy as np
import pytest

from mkrefs_imaging.registration.filling import fill_bad
from mkrefs_imaging.registration.moving import (
    DO_NOT_USE,
    MoveSettings,
    bad_pixels,
    move_data,
    move_flags,
    move_variance,
)

SHIFTS = [(0.0, 0.4), (0.5, 0.5), (-1.3, 0.05), (2.0, -1.0)]
METHODS = ["fourier", "spline"]


def smooth(n=40, dx=0.0, dy=0.0):
    y, x = np.mgrid[:n, :n].astype(float)
    return 100 + 40 * np.exp(-((x - 20 - dx) ** 2 + (y - 18 - dy) ** 2) / 2 / 2.0**2)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shift", SHIFTS)
def test_a_bad_pixel_does_not_smear(method, shift):
    data, bad = smooth(), np.zeros((40, 40), bool)
    for row, column, value in [(18, 20, 1e6), (25, 25, np.nan), (10, 12, -1e5)]:
        data[row, column], bad[row, column] = value, True
    moved, moved_bad = move_data(data, bad, shift, MoveSettings(method))
    good = ~moved_bad
    good[:4] = good[-4:] = good[:, :4] = good[:, -4:] = False
    assert np.abs(moved - smooth(40, *shift))[good].max() < 2.0
    assert np.isnan(moved[moved_bad]).all()
    assert np.isfinite(moved[~moved_bad]).all()


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_bad_pixel_stays_bad_where_it_goes(shift):
    bad = np.zeros((40, 40), bool)
    bad[15, 20] = True
    _, moved_bad = move_data(smooth(), bad, shift, MoveSettings())
    row, column = round(15 + shift[1]), round(20 + shift[0])
    assert moved_bad[row - 1 : row + 2, column - 1 : column + 2].sum() in (1, 2, 4)
    assert not moved_bad[8:12, 8:12].any()


@pytest.mark.parametrize(("share", "count"), [(0.0, 4), (0.1, 2), (0.3, 1)])
def test_the_share_decides_how_many_pixels_become_bad(share, count):
    bad = np.zeros((20, 20), bool)
    bad[10, 10] = True
    # Shares 0.72, 0.18, 0.08 and 0.02.
    _, moved_bad = move_data(smooth(20), bad, (0.2, 0.1), MoveSettings(bad_share=share))
    assert moved_bad[5:15, 5:15].sum() == count


def test_what_comes_from_beyond_the_edges_is_no_data():
    moved, moved_bad = move_data(smooth(), np.zeros((40, 40), bool), (2.4, 0.0), MoveSettings())
    assert moved_bad[:, :3].all()
    assert np.isnan(moved[:, :3]).all()
    assert not moved_bad[:, 3:].any()


def test_splines_fill_edges_where_they_are_told_how():
    nothing = np.zeros((40, 40), bool)
    settings = MoveSettings("spline", {"mode": "constant", "cval": -7.0})
    moved, moved_bad = move_data(smooth(), nothing, (2.4, 0.0), settings)
    assert moved_bad[:, :3].all()
    assert (moved[:, 0] == -7.0).all()


def test_flags_go_to_every_pixel_they_cover_much_of():
    dq = np.zeros((9, 9), np.uint32)
    dq[4, 4] = 4
    moved = move_flags(dq, np.zeros((9, 9), bool), (0.4, 0.05), 0.1)
    assert np.argwhere(moved == 4).tolist() == [[4, 4], [4, 5]]


def test_do_not_use_is_what_is_no_data_and_nothing_else():
    dq = np.zeros((9, 9), np.uint32)
    dq[4, 4] = DO_NOT_USE | 4
    bad = np.zeros((9, 9), bool)
    bad[2, 2] = True
    moved = move_flags(dq, bad, (1.0, 0.0), 0.1)
    assert moved[4, 5] == 4
    assert moved[2, 2] == DO_NOT_USE
    assert np.count_nonzero(moved) == 2


def test_flags_without_data_move_all_together():
    dq = np.zeros((9, 9), np.uint32)
    dq[4, 4] = DO_NOT_USE | 4
    assert move_flags(dq, None, (1.0, 0.0), 0.1)[4, 5] == DO_NOT_USE | 4


def test_variances_are_means_of_good_pixels():
    variance = np.full((9, 9), 4.0)
    variance[4, 4] = 1e8
    bad = variance > 5
    moved = move_variance(variance, bad, np.zeros((9, 9), bool), (0.4, 0.3))
    assert np.nanmax(np.abs(moved - 4.0)) < 1e-12
    assert np.isnan(move_variance(variance, bad, bad, (0.0, 0.0))[4, 4])


def test_variances_are_between_their_neighbours():
    variance = np.tile(np.arange(9.0), (9, 1))
    moved = move_variance(variance, np.zeros((9, 9), bool), np.zeros((9, 9), bool), (0.25, 0.0))
    assert np.allclose(moved[:, 1:], variance[:, 1:] - 0.25)


def test_bad_is_what_is_not_finite_or_not_to_be_used():
    data = np.array([[1.0, np.nan, np.inf, 2.0]])
    dq = np.array([[0, 0, 0, 5]], np.uint32)
    assert bad_pixels(data, dq).tolist() == [[False, True, True, True]]
    assert bad_pixels(data, None).tolist() == [[False, True, True, False]]


def test_stand_ins_follow_the_surface():
    data = smooth()
    bad = np.random.default_rng(1).random(data.shape) < 0.05
    assert np.abs(fill_bad(np.where(bad, np.nan, data), bad) - data).max() < 2.0


def test_stand_ins_far_from_anything_are_finite():
    bad = np.ones((40, 40), bool)
    bad[:5, :5] = False
    assert np.isfinite(fill_bad(smooth(), bad)).all()
    assert (fill_bad(smooth(), np.ones((40, 40), bool)) == 0).all()
