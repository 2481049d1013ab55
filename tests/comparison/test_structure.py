"""Stripes, steps between outputs and turned planes are measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.comparison.structure import (
    WAYS,
    Outputs,
    find_structure,
    orientation_of_values,
    possible_ways,
    turned,
)


@pytest.fixture
def noise():
    return np.random.default_rng(1).normal(0.0, 2.0, (200, 200))


def test_noise_alone_has_no_pattern(noise):
    found = find_structure(noise, 2.0)
    assert found.rows < 0.2
    assert found.columns < 0.2
    assert found.outputs == ()


def test_stripes_are_measured(noise):
    stripes = np.random.default_rng(2).normal(0.0, 1.0, 200)
    assert find_structure(noise + stripes[:, None], 2.2).rows == pytest.approx(1.0, rel=0.2)
    assert find_structure(noise + stripes, 2.2).columns == pytest.approx(1.0, rel=0.2)


@pytest.mark.parametrize("axis", [0, 1])
def test_steps_between_outputs_are_measured(noise, axis):
    numbers = tuple(place * 4 // 200 for place in range(200))
    steps = np.array([0.0, 0.0, 1.5, 0.0])[list(numbers)]
    found = find_structure(noise + (steps if axis else steps[:, None]), 2.0, Outputs(axis, numbers))
    assert found.outputs == pytest.approx((0.0, 0.0, 1.5, 0.0), abs=0.1)


@pytest.mark.parametrize("way", WAYS)
def test_a_turned_plane_is_seen(noise, way):
    measured = noise + np.random.default_rng(3).normal(0.0, 0.5, noise.shape)
    measured[5, 5] = np.nan
    assert orientation_of_values(turned(measured, way), noise, better=0.7) == way
    assert orientation_of_values(measured, noise, better=0.7) == ""


def test_planes_that_are_no_squares_are_only_mirrored_and_rotated_by_half_a_turn():
    assert len(list(possible_ways((4, 4)))) == 7
    assert [turned(np.zeros((4, 6)), way).shape for way in possible_ways((4, 6))] == [(4, 6)] * 3


@given(st.integers(1, 5), st.integers(1, 5), st.floats(-5, 5))
def test_a_level_is_no_pattern(rows, columns, level):
    found = find_structure(np.full((rows, columns), level), 0.0)
    assert (found.rows, found.columns) == (0.0, 0.0)
