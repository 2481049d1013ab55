"""The compiled loops over flats against plain numpy."""

import numpy as np

from mkrefs_detector.bad_pixel_mask.flats.kernels import average_samples, mark_ordinary
from mkrefs_detector.statistics.corrections import rejection_limits


def kept_of(values, limits):
    """Leave out what is an outlier by its studentised residual, until nothing is."""
    kept = np.isfinite(values)
    for _ in range(5):
        n = kept.sum(axis=0)
        centre = np.where(kept, values, 0.0).sum(axis=0) / np.maximum(n, 1)
        squares = np.where(kept, values - centre, 0.0) ** 2
        kept = kept & (squares <= limits[n] * squares.sum(axis=0) * (1 - 1 / np.maximum(n, 2)))
    return kept


def test_samples_are_averaged_as_numpy_averages_them():
    rng = np.random.default_rng(1)
    values = rng.normal(1000, 10, (7, 300)).astype(np.float32)
    values[2, ::10] *= 1.3
    values[:6, 5] = values[3, 7:40:3] = np.nan
    errors = rng.uniform(8, 12, values.shape).astype(np.float32)
    errors[1, 50:60] = np.nan
    level, weight = rng.uniform(900, 1100, 7), np.array([1.0, 0.9, 0.8, 1.0, 0.0, 0.7, 0.9])
    limits = rejection_limits(6, 3.0, 1.0)
    rate, err, count = np.empty(300), np.empty(300), np.empty(300, np.int32)
    average_samples(values, errors, level, weight, limits, (5, 5), rate, err, count)
    lit = weight > 0
    relative, own = values[lit] / level[lit, None], errors[lit] / level[lit, None]
    kept = kept_of(relative, limits)
    weights, n = kept * weight[lit, None], kept.sum(axis=0)
    mean = (np.where(kept, relative, 0.0) * weights).sum(axis=0) / weights.sum(axis=0)
    np.testing.assert_array_equal(count, n)
    np.testing.assert_allclose(rate, mean, rtol=1e-12)
    stated = np.sqrt(((np.where(kept, own, 0.0) * weights) ** 2).sum(axis=0)) / weights.sum(axis=0)
    away = np.where(kept, relative - mean, 0.0)
    scatter = np.sqrt((weights * away**2).sum(axis=0) / weights.sum(axis=0) / np.maximum(n - 1, 1))
    scatter[n < np.where(np.isfinite(stated), 5, 2)] = np.nan
    np.testing.assert_allclose(err, np.fmax(stated, scatter), rtol=1e-10)


def test_ordinary_pixels_are_those_of_numpy():
    rng = np.random.default_rng(2)
    rate, err = rng.normal(2, 0.3, (20, 30)), rng.uniform(0.01, 0.4, (20, 30))
    level, known = rng.uniform(1.8, 2.2, (20, 30)), rng.random((20, 30)) < 0.9
    err[3, 4], level[5, 6], level[7, 8] = np.nan, 0.0, np.nan
    counts, found = rng.random((20, 30)) < 0.5, np.empty((20, 30), bool)
    changed = mark_ordinary(rate, err, known, level, (1.0, 0.1, 1.5), counts, found)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = 1.5 * np.hypot(0.1, np.nan_to_num(err / level, posinf=0.0))
        expected = known & (level > 0) & (np.abs(rate / level - 1.0) <= reach)
    np.testing.assert_array_equal(found, expected)
    assert changed == np.count_nonzero(expected != counts)
    assert 100 < expected.sum() < 500
