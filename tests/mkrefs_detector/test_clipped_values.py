"""The clip of values in order leaves what a clip of values in any order leaves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs_detector.statistics.clipped_values import clip_values


def plain_clip(values, sigma, iterations):
    kept = values[np.isfinite(values)].astype(np.float64)
    for _ in range(iterations):
        inside = np.abs(kept - np.median(kept)) <= sigma * kept.std()
        if inside.all() or not inside.any():
            break
        kept = kept[inside]
    return kept


@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 300),
    outliers=st.integers(0, 5),
    sigma=st.sampled_from([1.5, 3.0, 5.0]),
    iterations=st.integers(0, 6),
    kind=st.sampled_from([np.float32, np.float64]),
)
def test_it_is_the_plain_clip(seed, count, outliers, sigma, iterations, kind):
    random = np.random.default_rng(seed)
    values = np.concatenate([random.normal(100.0, 2.0, count), random.normal(0.0, 1e4, outliers), [np.nan]])
    values = random.permutation(values).astype(kind)
    expected = plain_clip(values, sigma, iterations)
    found = clip_values(values.copy(), sigma=sigma, iterations=iterations)
    assert found.count == expected.size
    assert found.mean == pytest.approx(expected.mean(), rel=1e-9)
    assert found.deviation == pytest.approx(expected.std(), rel=1e-6, abs=1e-9)
    if expected.size > 1:
        assert found.sample_deviation == pytest.approx(expected.std(ddof=1), rel=1e-6, abs=1e-9)


def test_outliers_however_large_leave_no_trace():
    values = np.random.default_rng(3).normal(5.0, 1.0, 200_000)
    found = clip_values(np.concatenate([values, [1e12, -1e12, np.inf]]), sigma=5.0, iterations=5)
    assert found.count == values.size
    assert found.mean == pytest.approx(values.mean(), rel=1e-9)
    assert found.deviation == pytest.approx(values.std(), rel=1e-9)


def test_of_nothing_nothing_is_known():
    found = clip_values(np.array([np.nan]), sigma=3.0, iterations=5)
    assert found.count == 0
    assert np.isnan([found.mean, found.deviation, found.sample_deviation]).all()
