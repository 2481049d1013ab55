"""Each criterion by itself on small arrays: edges, corners, neighbours that tell nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs_detector.bad_pixel_mask.flats.criteria import (
    CORNERS,
    SIDES,
    Ordinary,
    adjacent,
    below,
    between,
    bright_neighbours,
    count_adjacent,
    each_neighbour_above,
    far_below,
)

ORDINARY = Ordinary(1.0, 0.01, 0.003)


def image(size=7, **values):
    value = np.ones((size, size))
    for place, number in values.items():
        value[tuple(map(int, place[1:].split("_")))] = number
    return value


def is_open(value, *, at=(3, 3), informative=None, limit=1.05, offsets=SIDES, ordinary=ORDINARY):
    candidates = np.zeros(value.shape, dtype=bool)
    candidates[at] = True
    tells = ~candidates if informative is None else informative & ~candidates
    found = bright_neighbours(
        value,
        np.full(value.shape, 0.003),
        candidates,
        tells,
        ordinary=ordinary,
        limit=limit,
        offsets=offsets,
    )
    assert not (found & ~candidates).any()
    return bool(found[at])


def surrounded(at, gain, size=7):
    value = np.ones((size, size))
    for down, right in SIDES:
        y, x = at[0] + down, at[1] + right
        if 0 <= y < size and 0 <= x < size:
            value[y, x] = gain
    value[at] = 0
    return value


def test_limits_leave_their_ends_where_they_belong():
    value = np.array([[0.0, 0.05, 0.3, 0.5, np.nan]])
    assert below(value, limit=0.05).tolist() == [[True, False, False, False, False]]
    assert between(value, low=0.05, high=0.5).tolist() == [[False, True, True, False, False]]
    assert far_below(value, Ordinary(1.0, 0.1, 0.0), sigma=6.0).tolist() == [[True, True, True, False, False]]


@pytest.mark.parametrize("at", [(3, 3), (0, 3), (6, 3), (3, 0), (3, 6), (0, 0), (0, 6), (6, 0), (6, 6)])
def test_an_open_pixel_is_found_in_the_middle_at_edges_and_in_corners(at):
    assert is_open(surrounded(at, 1.1), at=at)
    assert not is_open(surrounded(at, 1.0), at=at)


@given(st.floats(1.062, 1.5), st.floats(0.001, 0.02))
def test_neighbours_at_the_limit_within_their_error_are_bright(gain, deviation):
    assert is_open(surrounded((3, 3), gain), ordinary=Ordinary(1.0, deviation, 0.001))


@given(st.floats(0.9, 1.03), st.floats(0.001, 0.005))
def test_neighbours_below_the_limit_are_not(gain, deviation):
    assert not is_open(surrounded((3, 3), gain), ordinary=Ordinary(1.0, deviation, 0.001))


def test_neighbours_that_are_bad_tell_nothing():
    value = surrounded((3, 3), 1.1)
    value[2, 3] = 0.0
    tells = value > 0.5
    assert is_open(value, informative=tells)
    tells[:] = False
    assert not is_open(value, informative=tells)
    # One that is left tells by itself.
    tells[3, 2] = True
    assert is_open(value, informative=tells)
    assert not is_open(image(v3_3=0), informative=tells)


def test_one_bright_neighbour_is_not_enough():
    for gain in (1.1, 1.3, 1.6, 30.0):
        assert not is_open(image(v3_3=0, v2_3=gain))
        assert not is_open(image(v3_3=0, v2_3=gain), ordinary=Ordinary(1.0, 0.03, 0.003))
    # Nor do three make up for one that is clearly ordinary.
    value = surrounded((3, 3), 1.2)
    value[4, 3] = 1.0
    assert not is_open(value)


def test_a_hot_neighbour_does_not_hide_an_open_pixel():
    value = surrounded((3, 3), 1.1)
    value[2, 3] = 50.0
    assert is_open(value)


def test_the_documented_rule_asks_each_neighbour():
    value = surrounded((3, 3), 1.1)
    candidates = value == 0
    known = np.ones(value.shape, dtype=bool)
    assert each_neighbour_above(value, candidates, known, limit=1.05)[3, 3]
    value[2, 3] = 1.04
    assert not each_neighbour_above(value, candidates, known, limit=1.05).any()
    known[2, 3] = False
    assert each_neighbour_above(value, candidates, known, limit=1.05)[3, 3]
    assert not each_neighbour_above(value, candidates, np.zeros_like(known), limit=1.05).any()


def test_neighbours_end_at_the_edges():
    pixels = np.zeros((4, 5), dtype=bool)
    pixels[0, 0] = pixels[3, 4] = True
    assert np.argwhere(adjacent(pixels, SIDES)).tolist() == [[0, 1], [1, 0], [2, 4], [3, 3]]
    assert np.argwhere(adjacent(pixels, CORNERS)).tolist() == [[1, 1], [2, 3]]
    pixels[0, 2] = True
    assert count_adjacent(pixels, SIDES)[0, 1] == 2


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**16 - 1))
def test_neighbours_are_as_many_as_a_slow_count_finds(rows, columns, seed):
    pixels = np.random.default_rng(seed).random((rows, columns)) < 0.4
    padded = np.pad(pixels, 1)
    slow = padded[2:, 1:-1].astype(int) + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2]
    np.testing.assert_array_equal(count_adjacent(pixels, SIDES), slow)


def test_nothing_to_test_is_nothing_found():
    nothing = np.zeros((3, 3), dtype=bool)
    value, errors = np.ones((3, 3)), np.zeros((3, 3))
    found = bright_neighbours(value, errors, nothing, ~nothing, ordinary=ORDINARY, limit=1.05)
    assert not found.any()
