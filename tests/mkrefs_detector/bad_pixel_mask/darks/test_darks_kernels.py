"""The compiled loops against plain numpy: counts of flags, slopes, exponentials, and two levels."""

import numpy as np
import pytest

from mkrefs.api import GROUP_DQ
from mkrefs_detector.bad_pixel_mask.darks import kernels, two_levels
from mkrefs_detector.bad_pixel_mask.darks.levels import (
    COUNTS,
    EARLY,
    JUMPS,
    LATE,
    SATURATED,
    USABLE,
    write_levels,
)
from mkrefs_detector.bad_pixel_mask.darks.weights import make_tables, time_constants

JUMP, SAT, BAD = GROUP_DQ["JUMP_DET"], GROUP_DQ["SATURATED"], GROUP_DQ["DO_NOT_USE"]


def shapes(levels, starts, *, shot=0.0, typical=36.0):
    npixels = levels.shape[1]
    out = np.empty((kernels.IMAGES, npixels), np.float32)
    tables = make_tables(int(np.diff(starts).max()))
    variance = np.full(npixels, shot, np.float32)
    kernels.measure_shape(levels.astype(np.float32), np.asarray(starts), variance, typical, tables, out)
    return out, tables


def compare(levels, starts, *, read=36.0, threshold=3.0):
    npixels = levels.shape[1]
    out = np.empty((two_levels.IMAGES, npixels), np.float32)
    zero, bends = np.zeros(npixels, np.float32), np.zeros(npixels, bool)
    variance = np.full(npixels, read, np.float32)
    two_levels.compare_levels(
        levels.astype(np.float32), np.asarray(starts), variance, zero, zero, bends, threshold, out
    )
    return out


def read_only(array):
    array.flags.writeable = False
    return array


def test_levels_and_counts_are_those_of_numpy():
    rng = np.random.default_rng(1)
    science = rng.normal(0, 6, (2, 9, 100)).astype(np.float32)
    science[1, 4, 7] = np.inf
    flags = rng.choice(np.array([0, 0, 0, JUMP, SAT, BAD, JUMP | SAT], np.uint8), science.shape)
    flags[0, 3] = 0
    channel = rng.integers(0, 3, 100)
    common = rng.normal(0, 5, (2, 9, 3)).astype(np.float32)
    levels = np.empty((18, 100), np.float32)
    counts = np.empty((COUNTS, 2, 100), np.int32)
    write_levels(read_only(science), read_only(flags), common, channel, BAD | SAT, 2, levels, counts)
    spoilt = ((flags & (BAD | SAT)) != 0) | ~np.isfinite(science)
    expected = np.where(spoilt, np.nan, science - common[:, :, channel])
    usable = np.isfinite(levels.reshape(expected.shape))
    np.testing.assert_array_equal(usable, ~spoilt)
    np.testing.assert_array_equal(levels.reshape(expected.shape)[usable], expected[usable])
    jumps = (flags & JUMP) != 0
    for index, wanted in (
        (JUMPS, jumps.sum(axis=1)),
        (EARLY, jumps[:, :2].sum(axis=1)),
        (LATE, jumps[:, -2:].sum(axis=1)),
        (SATURATED, ((flags & SAT) != 0).sum(axis=1)),
        (USABLE, usable.sum(axis=1)),
    ):
        np.testing.assert_array_equal(counts[index], wanted)


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


def two_level_ramps(rng, *, step, change, count=8, ngroups=20, npixels=200):
    up = np.empty((count, ngroups, npixels), bool)
    up[:, 0] = rng.random((count, npixels)) < 0.5
    for group in range(1, ngroups):
        up[:, group] = up[:, group - 1] ^ (rng.random((count, npixels)) < change)
    return rng.normal(0, 6, up.shape) + rng.normal(0, 20, (count, 1, npixels)) + step * up, up


@pytest.mark.parametrize(("step", "change"), [(45.0, 0.05), (45.0, 0.3), (150.0, 0.1)])
def test_two_levels_are_told_with_their_step_and_their_noise(step, change):
    ramps, up = two_level_ramps(np.random.default_rng(6), step=step, change=change)
    out = compare(ramps.reshape(-1, ramps.shape[2]), np.arange(0, 161, 20))
    seen = out[two_levels.EVIDENCE] > 10
    assert seen.mean() > 0.9
    assert np.median(out[two_levels.STEP][seen]) == pytest.approx(step, rel=0.05)
    assert np.median(out[two_levels.SIGMA][seen]) == pytest.approx(6.0, rel=0.1)
    switches = (up[:, 1:] & ~up[:, :-1]).sum(axis=(0, 1))
    assert np.median(np.abs(out[two_levels.UPS] - switches)[seen]) < 0.5


@pytest.mark.parametrize("shape", ["gaussian", "heavy", "hits", "spikes"])
def test_what_is_no_two_levels_gives_no_evidence(shape):
    rng = np.random.default_rng(7)
    ramps = {
        "gaussian": lambda: rng.normal(0, 30, (8, 20, 300)),
        "heavy": lambda: 10 * rng.standard_t(3, (8, 20, 300)),
        "hits": lambda: rng.normal(0, 6, (8, 20, 300)),
        "spikes": lambda: rng.normal(0, 6, (8, 20, 300)),
    }[shape]()
    if shape == "hits":
        for number in range(4):
            ramps[number, 3 + 4 * number :] += rng.uniform(20, 400, 300)
    if shape == "spikes":
        ramps[2, 6] += 300.0
    out = compare(ramps.reshape(-1, 300), np.arange(0, 161, 20))
    flagged = (out[two_levels.EVIDENCE] > 10) & (out[two_levels.STEP] > 3.5 * out[two_levels.SIGMA])
    flagged &= (out[two_levels.DOWNS] > 0.9) & (out[two_levels.UPS] + out[two_levels.DOWNS] > 1.8)
    assert flagged.sum() <= (0 if shape != "heavy" else 6)


def test_time_constants_reach_from_half_a_group_to_most_of_the_ramp():
    times = time_constants(20)
    assert times[0] == 0.5
    assert 10 < times[-1] <= 14
    assert time_constants(2)[-1] <= 1.4
