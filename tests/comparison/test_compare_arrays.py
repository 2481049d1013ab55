"""Differences of arrays and flags, by hand and by properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mkrefs.comparison.arrays import Change, FlagComparison, Spread, compare_arrays, compare_flags

SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, max_side=6)
VALUES = st.floats(-1e6, 1e6, width=32) | st.sampled_from([math.nan, math.inf])


def arrays(shape=SHAPES):
    return hnp.arrays(np.float32, shape, elements=VALUES)


def test_a_change_of_some_pixels_stands_out_from_the_scatter():
    rng = np.random.default_rng(1)
    before = rng.normal(100.0, 5.0, (50, 40)).astype(np.float32)
    after = before + rng.normal(2.0, 0.1, before.shape).astype(np.float32)
    after[3, 4], after[5, 6], before[7, 8] = 300.0, np.nan, np.nan
    found = compare_arrays(after, before)
    assert found.difference is not None
    assert found.difference.median == pytest.approx(2.0, abs=0.02)
    assert found.difference.scatter == pytest.approx(0.1, rel=0.1)
    assert found.ratio is not None
    assert found.ratio.median == pytest.approx(1.02, abs=0.002)
    assert found.largest == Change((3, 4), float(before[3, 4]), 300.0)
    assert found.changed == pytest.approx(1 / 1998)
    assert (found.lost, found.became_finite) == (1, 1)
    assert found.finite == found.previous_finite == pytest.approx(1999 / 2000)


def test_equal_arrays_do_not_differ():
    array = np.arange(1, 13, dtype=np.int32).reshape(3, 4)
    found = compare_arrays(array, array.copy())
    assert found.difference == Spread(0.0, 0.0)
    assert found.ratio == Spread(1.0, 0.0)
    assert found.largest is None
    assert found.changed == 0.0


def test_without_scatter_every_other_difference_is_a_change():
    before = np.zeros((2, 5))
    after = before.copy()
    after[1, 2] = 1e-6
    found = compare_arrays(after, before)
    assert found.changed == pytest.approx(0.1)
    assert found.ratio is None  # there is nothing to divide by


def test_arrays_of_different_shape_are_not_compared():
    found = compare_arrays(np.ones((5, 4, 4)), np.full((4, 4, 4), np.nan))
    assert (found.shape, found.previous_shape) == ((5, 4, 4), (4, 4, 4))
    assert (found.finite, found.previous_finite) == (1.0, 0.0)
    assert found.difference is found.ratio is found.largest is None
    assert math.isnan(found.changed)


@pytest.mark.parametrize("shape", [(0,), (3, 0)])
def test_empty_arrays_have_no_share(shape):
    assert math.isnan(compare_arrays(np.ones(shape), np.ones(shape)).finite)


@given(st.data())
def test_what_holds_for_any_arrays(data):
    shape = data.draw(SHAPES)
    new, previous = (data.draw(arrays(st.just(shape))) for _ in range(2))
    for array in (new, previous):
        array.setflags(write=False)
    found, back = compare_arrays(new, previous), compare_arrays(previous, new)
    assert (found.finite, found.lost) == (back.previous_finite, back.became_finite)
    assert math.isnan(found.changed) == (found.difference is None)
    if found.difference is not None and back.difference is not None:
        assert found.difference.median == -back.difference.median
        assert found.difference.scatter == back.difference.scatter
        assert 0.0 <= found.changed <= 0.5 or found.difference.scatter == 0.0
    if found.largest is not None:
        at = found.largest.index
        assert (found.largest.before, found.largest.after) == (previous[at], new[at])
        both = np.isfinite(new) & np.isfinite(previous)
        change = new.astype(float)[both] - previous.astype(float)[both]
        assert abs(found.largest.after - found.largest.before) == np.abs(change).max()


def test_flags_are_told_with_their_transitions():
    hot = np.array([[True, True, False, False]])
    warm = np.array([[False, True, True, True]])
    found = compare_flags({"HOT": warm, "DEAD": hot}, {"HOT": hot, "OPEN": hot[:, :3]})
    assert found == {
        "HOT": FlagComparison(before=2, after=3, set=2, cleared=1, kept=1),
        "DEAD": FlagComparison(before=None, after=2, set=2, cleared=0, kept=0),
        "OPEN": FlagComparison(before=2, after=None, set=0, cleared=2, kept=0),
    }


def test_flags_of_different_shape_are_counted_only():
    flags = np.ones((2, 2), dtype=np.bool_)
    assert compare_flags({"HOT": flags}, {"HOT": flags[:1]}) == {"HOT": FlagComparison(2, 4)}


@given(hnp.arrays(np.bool_, (2, 4, 5)))
def test_transitions_add_up(maps):
    found = compare_flags({"HOT": maps[0]}, {"HOT": maps[1]})["HOT"]
    assert found.set + found.kept == found.after
    assert found.cleared + found.kept == found.before
