"""Differences of arrays, by hand and by properties."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mkrefs.comparison.arrays import Change, Spread, compare_arrays
from mkrefs.comparison.histograms import histogram

SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, max_side=6)
VALUES = st.floats(-1e6, 1e6, width=32) | st.sampled_from([math.nan, math.inf])


def arrays(shape=SHAPES):
    return hnp.arrays(np.float32, shape, elements=VALUES)


def test_a_change_of_some_pixels_stands_out_from_the_scatter():
    rng = np.random.default_rng(1)
    before = rng.normal(100.0, 5.0, (50, 40)).astype(np.float32)
    after = before + rng.normal(2.0, 0.1, before.shape).astype(np.float32)
    after[3, 4], after[5, 6], before[7, 8] = 300.0, np.nan, np.nan
    found, _ = compare_arrays(after, before)
    assert found.difference is not None
    assert found.difference.median == pytest.approx(2.0, abs=0.02)
    assert found.difference.scatter == pytest.approx(0.1, rel=0.1)
    assert found.ratio is not None
    assert found.ratio.median == pytest.approx(1.02, abs=0.002)
    assert found.largest == Change((3, 4), float(before[3, 4]), 300.0)
    assert found.changed == pytest.approx(1 / 1998)
    assert (found.lost, found.became_finite, found.size) == (1, 1, 2000)
    assert found.finite == found.previous_finite == pytest.approx(1999 / 2000)
    assert found.correlation == pytest.approx(1.0, abs=0.01)
    assert found.new is not None
    assert found.new.scatter == pytest.approx(5.0, rel=0.1)


def test_equal_arrays_do_not_differ():
    array = np.arange(1, 13, dtype=np.int32).reshape(3, 4)
    found, distributions = compare_arrays(array, array.copy())
    assert found.equal
    assert found.difference == Spread(0.0, 0.0)
    assert found.ratio == Spread(1.0, 0.0)
    assert found.largest is found.structure is None
    assert found.changed == 0.0
    assert distributions.difference is not None
    assert max(distributions.difference.counts) == 12


def test_without_scatter_every_other_difference_is_a_change():
    before = np.zeros((2, 5))
    after = before.copy()
    after[1, 2] = 1e-6
    found, distributions = compare_arrays(after, before)
    assert found.changed == pytest.approx(0.1)
    assert found.ratio is distributions.ratio is None  # there is nothing to divide by
    assert not found.equal


def test_differences_are_told_in_the_errors_of_both():
    rng = np.random.default_rng(2)
    before, after = (rng.normal(10.0, 0.3, (100, 100)) for _ in range(2))
    errors = np.full(before.shape, math.hypot(0.3, 0.3))
    errors[:30] = 0.0  # not known
    pull = compare_arrays(after, before, errors=errors)[0].pull
    assert pull is not None
    assert pull.median == pytest.approx(0.0, abs=0.05)
    assert pull.scatter == pytest.approx(1.0, rel=0.05)
    assert pull.beyond < 0.001
    errors[:60] = 0.0
    assert compare_arrays(after, before, errors=errors)[0].pull is None


@pytest.mark.parametrize("shape", [(0,), (3, 0)])
def test_empty_arrays_are_equal_and_have_no_share(shape):
    found, _ = compare_arrays(np.ones(shape), np.ones(shape))
    assert math.isnan(found.finite)
    assert found.equal


@given(st.data())
def test_what_holds_for_any_arrays(data):
    shape = data.draw(SHAPES)
    new, previous = (data.draw(arrays(st.just(shape))) for _ in range(2))
    for array in (new, previous):
        array.setflags(write=False)
    (found, bins), (back, _) = compare_arrays(new, previous), compare_arrays(previous, new)
    assert (found.finite, found.lost) == (back.previous_finite, back.became_finite)
    assert found.equal == back.equal == bool(np.array_equal(new, previous) or _same_gaps(new, previous))
    assert math.isnan(found.changed) == (found.difference is None) == (bins.difference is None)
    if found.difference is not None and back.difference is not None:
        assert found.difference.median == -back.difference.median
        assert found.difference.scatter == back.difference.scatter
        assert 0.0 <= found.changed <= 0.5 or found.difference.scatter == 0.0
        assert math.isnan(found.correlation) or abs(found.correlation) <= 1 + 1e-9
    if found.largest is not None:
        at = found.largest.index
        assert (found.largest.before, found.largest.after) == (previous[at], new[at])
        both = np.isfinite(new) & np.isfinite(previous)
        change = new.astype(float)[both] - previous.astype(float)[both]
        assert abs(found.largest.after - found.largest.before) == np.abs(change).max()


def _same_gaps(new, previous):
    """Whether values that are finite are the same, and the others at the same places."""
    finite = np.isfinite(new)
    return np.array_equal(finite, np.isfinite(previous)) and np.array_equal(new[finite], previous[finite])


@given(hnp.arrays(np.float64, st.integers(1, 200), elements=st.floats(-1e9, 1e9)))
@example(np.array([5e-324, 0.0]))
def test_a_histogram_loses_no_value(values):
    median = float(np.median(values))
    scatter = 1.4826 * float(np.median(np.abs(values - median)))
    found = histogram(values, median, scatter)
    assert sum(found.counts) + found.below + found.above == values.size
    assert len(found.edges) == len(found.counts) + 1
    assert (np.diff(found.edges) > 0).all()
    assert found.edges[0] <= median <= found.edges[-1]


@pytest.mark.parametrize(("size", "bins"), [(64, 65), (500, 201)])
def test_a_histogram_has_as_many_bins_as_there_are_pixels_for(size, bins):
    values = np.random.default_rng(3).normal(0.0, 1.0, size * size)
    values[:3] = -1e6, 1e6, 2e6
    found = histogram(values, 0.0, 1.0)
    assert len(found.counts) == bins
    assert (found.below, found.above) == (1, 2)
    assert found.edges[0] == pytest.approx(-8.0)
    assert found.edges[-1] == pytest.approx(8.0)
