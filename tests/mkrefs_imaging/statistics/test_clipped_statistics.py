import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mkrefs_imaging.statistics import kernels
from mkrefs_imaging.statistics.clipped import clipped_median, clipped_medians, clipped_statistics

FINITE = st.floats(-1e6, 1e6, width=32)


@given(hnp.arrays(np.float32, st.integers(1, 200), elements=FINITE), st.data())
@settings(max_examples=60, deadline=None)
def test_selection_is_sorting(values, data):
    rank = data.draw(st.integers(0, values.size - 1))
    assert kernels.select(values.copy(), values.size, rank) == np.sort(values)[rank]
    assert kernels.median(values.copy(), values.size) == pytest.approx(
        float(np.median(values.astype(float))), rel=1e-6
    )


@pytest.mark.parametrize("size", [599, 601, 602, 5000, 40001])
@pytest.mark.parametrize("kind", ["random", "sorted", "reversed", "few", "same"])
def test_selection_from_large_sets(size, kind):
    values = np.random.default_rng(size).normal(size=size)
    if kind == "sorted":
        values = np.sort(values)
    elif kind == "reversed":
        values = np.sort(values)[::-1]
    elif kind == "few":
        values = np.round(values)
    elif kind == "same":
        values = np.zeros(size)
    for rank in (0, 1, size // 3, size // 2, size - 1):
        assert kernels.select(values.copy(), size, rank) == np.sort(values)[rank]


def test_giants_and_nan_do_not_count():
    random = np.random.default_rng(3)
    values = random.normal(5.0, 2.0, 20000)
    values[:200] = 1e12
    values[200:400] = np.nan
    values.setflags(write=False)
    found = clipped_statistics(values, sigma=3.0, max_iters=10)
    assert found.median == pytest.approx(5.0, abs=0.06)
    assert found.mean == pytest.approx(5.0, abs=0.06)
    assert found.scatter == pytest.approx(2.0 * 0.985, rel=0.02)
    assert 19400 < found.count < 19600


def test_the_threshold_and_the_number_of_passes_are_used():
    values = np.random.default_rng(4).normal(size=5000)
    assert clipped_statistics(values, sigma=3.0, max_iters=0).count == 5000
    once = clipped_statistics(values, sigma=1.0, max_iters=1).count
    assert once == pytest.approx(0.683 * 5000, rel=0.03)
    assert clipped_statistics(values, sigma=1.0, max_iters=5).count < once
    wide = clipped_statistics(values, sigma=4.0, max_iters=10).count
    assert wide > clipped_statistics(values, sigma=3.0, max_iters=10).count


def test_nothing_gives_nan():
    for values in (np.empty(0), np.full(3, np.nan)):
        found = clipped_statistics(values, sigma=3.0, max_iters=10)
        assert found.count == 0
        assert np.isnan([found.median, found.mean, found.scatter]).all()


def test_equal_values_are_not_clipped_away():
    found = clipped_statistics(np.r_[np.full(50, 2.0), 9.0], sigma=3.0, max_iters=10)
    assert (found.median, found.scatter, found.count) == (2.0, 0.0, 50)


def test_rows_are_taken_one_by_one():
    rows = np.random.default_rng(5).normal(size=(4, 300)).astype(np.float32)
    rows[1, ::2] = np.nan
    rows[2] = np.nan
    found = clipped_medians(rows, sigma=3.0, max_iters=5)
    expected = [clipped_median(row, sigma=3.0, max_iters=5) for row in rows]
    np.testing.assert_array_equal(found, expected)
    assert np.isnan(found[2])
