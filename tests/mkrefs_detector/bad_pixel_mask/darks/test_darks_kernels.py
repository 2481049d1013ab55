"""Rates, noise and curvature of ramps: the compiled loops against plain numpy, and sums against them."""

import numpy as np
import pytest

from mkrefs_detector.bad_pixel_mask.darks import kernels, sweep
from mkrefs_detector.bad_pixel_mask.darks.levels import TILE
from mkrefs_detector.bad_pixel_mask.darks.ordinary import ordinary_ramps
from mkrefs_detector.bad_pixel_mask.darks.weights import make_tables, time_constants


def shapes(levels, starts, *, shot=0.0, typical=36.0):
    npixels = levels.shape[1]
    out = np.empty((kernels.IMAGES, npixels), np.float32)
    tables = make_tables(int(np.diff(starts).max()))
    variance = np.full(npixels, shot, np.float32)
    pixels = np.ascontiguousarray(levels.T, dtype=np.float32)
    kernels.measure_shape(pixels, np.asarray(starts), variance, typical, tables, out)
    return out, tables


def summed(levels, starts, *, shot=0.0, typical=36.0, usual=None):
    """Measure by sums; give the images, and the pixels that need a closer look."""
    nlevels, npixels = levels.shape
    starts = np.asarray(starts)
    tiles = np.full((-(-npixels // TILE), nlevels, TILE), np.nan, np.float32)
    for p in range(npixels):
        tiles[p // TILE, :, p % TILE] = levels[:, p]
    if usual is None:
        usual = np.ones(nlevels, bool)
        usual[starts[1:] - 1] = False
    ramps = ordinary_ramps(usual, starts)
    tables = make_tables(int(np.diff(starts).max()))
    expected = np.full(tiles.shape[0] * TILE, 2 * typical + shot, np.float32)
    own = np.empty((tiles.shape[0], starts.size - 1, TILE), np.float32)
    sums, closer = np.empty((sweep.SUMS, npixels), np.float32), np.empty(npixels, bool)
    where = ramps.ends, ramps.usual, ramps.number, ramps.whole
    sweep.sum_tiles(tiles, starts, *where, expected, typical, tables, own, sums, closer)
    out, variance = np.empty((kernels.IMAGES, npixels), np.float32), np.full(npixels, shot, np.float32)
    kernels.judge_sums(sums, own, variance, typical, 3.0, tables, ramps.length, out, closer)
    return out, closer


def test_rate_and_noise_of_clean_ramps_are_those_of_a_least_squares_fit():
    rng = np.random.default_rng(2)
    count, ngroups, npixels = 8, 11, 300
    times = np.arange(ngroups)
    ramps = (
        3.0 * times[:, None]
        + rng.normal(0, 6, (count, ngroups, npixels))
        + rng.normal(0, 30, (count, 1, npixels))
    )
    out, _ = shapes(ramps.reshape(-1, npixels), np.arange(0, count * ngroups + 1, ngroups))
    fits = np.stack([np.polyfit(times, ramp, 1)[0] for ramp in ramps])
    # Of Gaussian slopes hardly any is left out.
    away = np.abs(out[kernels.RATE] - fits.mean(axis=0))
    assert (away < 1e-5).mean() > 0.97
    assert away.max() < 0.5
    assert np.median(out[kernels.NOISE]) == pytest.approx(72.0, rel=0.02)
    assert np.std((out[kernels.RATE] - 3.0) / out[kernels.RATE_ERROR]) == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize("shot", [0.0, 40.0])
def test_the_amplitude_of_an_exponential_is_measured_within_its_error(shot):
    rng = np.random.default_rng(3)
    count, ngroups, npixels = 10, 12, 400
    walk = np.cumsum(rng.normal(0, np.sqrt(shot), (count, ngroups, npixels)), axis=1)
    settled = -200.0 * np.exp(-np.arange(ngroups) / 2.0)[:, None]
    ramps = walk + settled + rng.normal(0, 6, walk.shape)
    starts = np.arange(0, count * ngroups + 1, ngroups)
    out, tables = shapes(ramps.reshape(-1, npixels), starts, shot=shot)
    pull = (out[kernels.CURVE] - 200.0) / out[kernels.CURVE_ERROR]
    near = np.abs(tables.times[out[kernels.TIME_INDEX].astype(int)] / 2.0 - 1) < 0.5
    assert near.mean() > 0.9
    assert np.median(pull) == pytest.approx(0.0, abs=0.3)
    flat, _ = shapes((walk + rng.normal(0, 6, walk.shape)).reshape(-1, npixels), starts, shot=shot)
    significance = flat[kernels.CURVE] / flat[kernels.CURVE_ERROR]
    assert np.abs(significance).max() < 5
    assert np.std(significance) < 1.5


def test_cosmic_rays_move_neither_rate_nor_curvature():
    rng = np.random.default_rng(4)
    count, ngroups, npixels = 10, 12, 500
    ramps = rng.normal(0, 6, (count, ngroups, npixels))
    ramps[3, 5:] += rng.uniform(10, 5000, npixels)
    ramps[7, 1:] += rng.uniform(10, 5000, npixels)
    out, _ = shapes(ramps.reshape(-1, npixels), np.arange(0, count * ngroups + 1, ngroups))
    assert np.abs(out[kernels.CURVE] / out[kernels.CURVE_ERROR]).max() < 5
    assert np.median(out[kernels.RATE] / out[kernels.RATE_ERROR]) < 0.7
    assert np.median(out[kernels.NOISE]) == pytest.approx(72.0, rel=0.05)


def test_ramps_may_differ_in_length():
    rng = np.random.default_rng(5)
    lengths = [4, 12, 12, 9, 12, 2]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    times = np.concatenate([np.arange(length) for length in lengths])
    levels = 5.0 * times[:, None] + rng.normal(0, 1, (times.size, 200))
    out, _ = shapes(levels, starts, typical=1.0)
    np.testing.assert_allclose(out[kernels.RATE], 5.0, atol=0.3)


def test_nothing_is_known_of_nothing():
    out, _ = shapes(np.full((30, 5), np.nan), [0, 10, 20, 30])
    assert np.isnan(out[kernels.RATE]).all()
    assert np.isnan(out[kernels.NOISE]).all()


def ordinary(rng, lengths, npixels=300, rate=0.0):
    """Ramps of a typical pixel with a hit here and there."""
    ramps = []
    for length in lengths:
        ramp = rate * np.arange(length)[:, None] + rng.normal(0, 6, (length, npixels))
        hit = rng.random(npixels) < 0.05
        ramp[length // 2 :, hit] += rng.uniform(20, 5000, hit.sum())
        ramps.append(ramp + rng.normal(0, 20, npixels))
    return np.concatenate(ramps), np.concatenate([[0], np.cumsum(lengths)])


@pytest.mark.parametrize(
    "lengths", [[20] * 7, [8] * 12, [30, 30, 30, 20, 12], [25, 25], [60]], ids=lambda n: "-".join(map(str, n))
)
def test_sums_tell_of_ordinary_pixels_what_the_closer_look_tells(lengths):
    levels, starts = ordinary(np.random.default_rng(11), lengths, rate=2.5)
    exact, _ = shapes(levels, starts, shot=4.0)
    quick, closer = summed(levels, starts, shot=4.0)
    assert closer.mean() < 0.2
    quick, exact = quick[:, ~closer], exact[:, ~closer]
    images = [kernels.RATE, kernels.RATE_ERROR, kernels.NOISE_DOF]
    # Of one or two integrations sums know the mean where the closer look takes the median.
    images += [kernels.NOISE, kernels.SLOPE_CHI2] if len(lengths) > 2 else []
    images += [kernels.CURVE] if len(set(lengths)) == 1 else []
    for image in images:
        same = np.isclose(quick[image], exact[image], rtol=3e-4, atol=3e-4, equal_nan=True)
        # Some pixels have outliers that are just told, or just not.
        assert same.mean() > 0.85, image
    away = (quick - exact)[kernels.RATE] / exact[kernels.RATE_ERROR]
    assert np.sqrt(np.mean(away**2)) < 0.2
    np.testing.assert_allclose(np.median(quick[kernels.NOISE] / exact[kernels.NOISE]), 1, atol=0.02)


def test_pixels_that_are_not_ordinary_are_looked_at_closely():
    rng = np.random.default_rng(12)
    levels, starts = ordinary(rng, [20] * 7, npixels=64)
    groups = np.tile(np.arange(20), 7)
    levels[:, 3] = rng.normal(0, 20, groups.size)
    levels[:, 4] += 100 * (1 - np.exp(-groups / 3))
    levels[45:50, 5] = np.nan
    levels[:, 6] = np.nan
    levels[:, 7] += 60 * (rng.random(groups.size) < 0.3)
    levels[[5, 25, 45], 8] -= 300
    _, closer = summed(levels, starts)
    assert closer[3:9].all()
    assert closer.sum() < 20


def test_a_group_that_no_pixel_has_is_nothing_unusual():
    levels, starts = ordinary(np.random.default_rng(13), [12] * 8)
    levels[starts[:-1]] = np.nan
    usual = np.ones(96, bool)
    usual[starts[1:] - 1] = usual[starts[:-1]] = False
    exact, _ = shapes(levels, starts)
    quick, closer = summed(levels, starts, usual=usual)
    assert closer.mean() < 0.2
    same = np.isclose(quick[kernels.RATE, ~closer], exact[kernels.RATE, ~closer], rtol=1e-4, atol=1e-4)
    assert same.mean() > 0.6


def test_ordinary_ramps_are_fitted_where_most_integrations_have_differences():
    starts = np.array([0, 5, 10, 12, 12 + 5])
    usual = np.ones(17, bool)
    usual[starts[1:] - 1] = False
    usual[[0, 5, 12]] = False
    ramps = ordinary_ramps(usual, starts)
    np.testing.assert_array_equal(ramps.number, [1, 3, 3, 3, 1, 4, 2])
    assert ramps.length == 3
    np.testing.assert_array_equal(ramps.whole, [True, True, False, True])
    np.testing.assert_array_equal(ramps.ends, [[1, 4], [6, 9], [10, 11], [13, 16]])
    assert ordinary_ramps(np.zeros(3, bool), np.array([0, 3])).length == 0


def test_the_median_of_what_is_known_leaves_out_the_rest():
    values = np.array([[1.0, np.nan, -1.0], [4.0, 2.0, np.inf], [2.0, np.nan, np.nan]])
    out = np.empty(3, np.float32)
    kernels.median_of_known(values, out)
    np.testing.assert_array_equal(out, [2.0, 2.0, 0.0])


def test_time_constants_reach_from_half_a_group_to_most_of_the_ramp():
    times = time_constants(20)
    assert times[0] == 0.5
    assert 10 < times[-1] <= 14
    assert time_constants(2)[-1] <= 1.4
