"""Differences of groups, first hits and usable groups are those of plain numpy, whatever the flags."""

import group_twin
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mkrefs.errors import UserError
from mkrefs.stacks import first_flagged, group_differences, usable_groups

VALUES = st.floats(-1e6, 1e6, width=32) | st.sampled_from([np.nan, np.inf, -np.inf, 3e38, -3e38])
BITS = st.sampled_from([0, 1, 2, 3, 4, 7, 64, 255])


@st.composite
def ramps(draw):
    shape = draw(hnp.array_shapes(min_dims=4, max_dims=4, max_side=5))
    science = draw(hnp.arrays(np.float32, shape, elements=VALUES))
    return science, draw(hnp.arrays(np.uint8, shape, elements=st.sampled_from([0, 0, 0, 1, 2, 4, 6])))


@given(ramps(), BITS, BITS, st.integers(1, 3), st.sampled_from(["<f4", ">f4", "<f8"]))
def test_differences_are_those_of_numpy(ramp, spoils, strikes, step, kind):
    science, flags = ramp
    earlier = np.arange(0, max(science.shape[1] - step, 0))
    rules = {"spoils": spoils, "strikes": strikes}
    found = group_differences(science.astype(kind), flags, earlier, earlier + step, **rules)
    expected = group_twin.differences(science, flags, earlier, earlier + step, **rules)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


@given(ramps(), BITS, BITS)
def test_first_hits_and_what_is_usable_before_them_are_those_of_numpy(ramp, ends, spoils):
    flags = ramp[1]
    np.testing.assert_array_equal(first_flagged(flags, ends), group_twin.first_flagged(flags, ends))
    np.testing.assert_array_equal(
        usable_groups(flags, ends=ends, spoils=spoils),
        group_twin.usable_groups(flags, ends=ends, spoils=spoils),
    )


def test_what_is_usable_ends_with_the_first_hit():
    rng = np.random.default_rng(1)
    flags = rng.choice(np.array([0, 0, 0, 0, 4], np.uint8), (2, 9, 20, 30))
    usable = usable_groups(flags, ends=4)
    np.testing.assert_array_equal(usable.sum(axis=1), first_flagged(flags, 4))


def test_they_write_where_they_are_told():
    flags = np.zeros((2, 3, 4, 5), np.uint8)
    science = np.ones(flags.shape, np.float32)
    pairs = np.arange(2), np.arange(1, 3)
    steps, first, usable = (
        np.empty((4, 20), np.float32),
        np.empty((2, 20), np.uint16),
        np.empty((2, 3, 20), "u1"),
    )
    assert group_differences(science, flags, *pairs, spoils=1, strikes=4, out=steps) is steps
    assert first_flagged(flags, 4, out=first) is first
    assert usable_groups(flags, ends=4, out=usable) is usable
    assert (steps == 0).all()
    assert (first == 3).all()
    assert usable.all()
    with pytest.raises(UserError, match=r"out has the shape \(2, 20\) and type float32"):
        first_flagged(flags, 4, out=np.empty((2, 20), np.float32))


def test_the_arrays_given_stay_as_they_are():
    science, flags = np.ones((1, 2, 6), np.float32), np.zeros((1, 2, 6), np.uint8)
    group_differences(science, flags, np.arange(1), np.arange(1, 2), spoils=1, strikes=4)
    assert science.flags.writeable
    assert flags.flags.writeable
    assert (science == 1).all()


def test_what_makes_no_sense_is_refused():
    science, flags = np.ones((1, 2, 6), np.float32), np.zeros((1, 2, 6), np.uint8)
    with pytest.raises(UserError, match="arrays of one shape are needed"):
        group_differences(science, flags[:, :1], np.arange(1), np.arange(1, 2), spoils=1, strikes=4)
    with pytest.raises(UserError, match="the ramps have 2 groups"):
        group_differences(science, flags, np.arange(2), np.arange(1, 3), spoils=1, strikes=4)
    with pytest.raises(UserError, match="too many"):
        first_flagged(np.zeros((1, 70000, 1), np.uint8), 4)
