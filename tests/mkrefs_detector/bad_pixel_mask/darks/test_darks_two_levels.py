"""Two levels against one: the filters against scalar ones in plain Python, first signs against numpy."""

import math
from itertools import pairwise

import numpy as np
import pytest

from mkrefs_detector.bad_pixel_mask.darks import filters, two_levels
from mkrefs_detector.bad_pixel_mask.darks.levels import TILE
from mkrefs_detector.bad_pixel_mask.darks.signs import GUESSES, guess_steps, mark_signs

HIT, DROP, SPIKE, DECADES = 0.01, 0.002, 0.002, 9.2
CALM = 1 - HIT - DROP - SPIKE


def compare(levels, starts, *, read=36.0):
    npixels = levels.shape[1]
    zero, bends = np.zeros(npixels), np.zeros(npixels, bool)
    pixels = np.ascontiguousarray(levels.T, dtype=np.float32)
    return two_levels.compare_levels(pixels, np.asarray(starts), np.full(npixels, read), zero, zero, bends)


def told(out):
    """Tell which pixels the search would believe to switch."""
    seen = (out[two_levels.EVIDENCE] > 10) & (out[two_levels.STEP] > 3.5 * out[two_levels.SIGMA])
    return seen & (out[two_levels.DOWNS] > 0.9) & (out[two_levels.UPS] + out[two_levels.DOWNS] > 1.8)


def outcomes(value, states, read, scale):
    """Give weight, mean and variance after a level, for states of weight, mean, variance and offset."""
    for weight, mean, variance, offset in states:
        away, spread = value - offset - mean, variance + read
        gain = variance / spread
        calm = CALM * math.exp(-0.5 * away**2 / spread) / math.sqrt(2 * math.pi * spread)
        broad = weight / (DECADES * (scale + abs(away)))
        yield weight * calm, mean + gain * away, (1 - gain) * variance
        yield (HIT if away > 0 else DROP) * broad, value - offset, read
        yield SPIKE * broad, mean, variance


def merged(parts):
    total = sum(part[0] for part in parts)
    mean = sum(part[0] * part[1] for part in parts) / total
    return total, mean, sum(part[0] * (part[2] + (part[1] - mean) ** 2) for part in parts) / total


def slow_filter(levels, starts, read, shot, *, step=0.0, rate=0.0, drift=0.0):
    """Give the log likelihood under two levels, or under one if they are the same."""
    total, scale = 0.0, math.sqrt(2 * read + shot)
    for first, last in pairwise(starts):
        state = None
        for value in map(float, levels[first:last]):
            if state is None:
                state = None if math.isnan(value) else ((0.5, value, read), (0.5, value - step, read))
                continue
            (w0, m0, v0), (w1, m1, v1) = state
            low, high = (m0 + drift, v0 + shot), (m1 + drift, v1 + shot)
            stays, goes = 1 - rate, rate
            if math.isnan(value):
                state = (w0 * stays + w1 * goes, *low), (w1 * stays + w0 * goes, *high)
                continue
            ends = [
                merged(list(outcomes(value, [(a, *low, off), (b, *high, off)], read, scale)))
                for a, b, off in ((w0 * stays, w1 * goes, 0.0), (w0 * goes, w1 * stays, step))
            ]
            norm = ends[0][0] + ends[1][0]
            total += math.log(norm)
            state = tuple((end[0] / norm, *end[1:]) for end in ends)
    return total


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
    assert told(out).sum() <= (0 if shape != "heavy" else 6)


@pytest.fixture
def some_levels():
    """Ramps of 20 pixels, half of which switch; with gaps, a hit and a spike."""
    ramps, _ = two_level_ramps(
        np.random.default_rng(8), step=40.0, change=0.1, count=3, ngroups=11, npixels=20
    )
    ramps[1, 4:6, 3] = ramps[2, 0, 4] = ramps[0, :, 5] = np.nan
    ramps[0, 6:, 6] += 900.0
    ramps[2, 5, 7] -= 500.0
    return np.ascontiguousarray(ramps.reshape(33, 20).T, dtype=np.float32), np.array([0, 11, 22, 33])


def test_the_filter_of_one_level_is_that_of_plain_python(some_levels):
    levels, starts = some_levels
    which, out = np.array([7, 3, 4, 5, 6, 0]), np.empty((2, 6))
    filters.filter_one(levels, which, starts, np.full(6, 30.0), np.full(6, 4.0), out)
    expected = [slow_filter(levels[p], starts, 30.0, 4.0) for p in which]
    np.testing.assert_allclose(out[0], expected, rtol=1e-7)


def test_the_filter_of_two_levels_is_that_of_plain_python(some_levels):
    levels, starts = some_levels
    which = np.arange(20)
    total, out = np.empty(20), np.empty((filters.FOUND, 20))
    guess = np.array([np.full(20, 38.0), np.full(20, 0.08), np.full(20, 0.3)])
    filters.filter_two(levels, which, starts, np.full(20, 30.0), np.full(20, 4.0), guess, total, out)
    expected = [slow_filter(level, starts, 30.0, 4.0, step=38.0, rate=0.08, drift=0.3) for level in levels]
    np.testing.assert_allclose(total, expected, rtol=1e-7)
    assert out[filters.NUMBER, 5] == 20
    assert out[filters.NUMBER, 0] == 30


def test_a_bend_that_all_integrations_share_is_not_taken_for_levels():
    rng = np.random.default_rng(9)
    bend = 200 * (1 - np.exp(-np.arange(20) / 2.0))
    ramps = rng.normal(0, 6, (8, 20, 40)) + bend[:, None]
    levels, starts = np.ascontiguousarray(ramps.reshape(160, 40).T, dtype=np.float32), np.arange(0, 161, 20)
    out = two_levels.less_common_shape(levels, starts)
    steps = np.median(np.diff(ramps, axis=1), axis=0)
    shape = np.concatenate([np.zeros((1, 40)), np.cumsum(steps, axis=0)])
    np.testing.assert_allclose(out, (ramps - shape).reshape(160, 40).T, atol=1e-3)
    zero, bends = np.zeros(40), np.ones(40, bool)
    found = two_levels.compare_levels(levels, starts, np.full(40, 36.0), zero, zero, bends)
    assert not told(found).any()


def test_first_signs_are_those_of_numpy():
    rng = np.random.default_rng(10)
    ramps, _ = two_level_ramps(rng, step=30.0, change=0.05, count=4, ngroups=15, npixels=100)
    tiles = np.full((2, 60, TILE), np.nan, np.float32)
    for p in range(100):
        tiles[p // TILE, :, p % TILE] = ramps.reshape(60, 100)[:, p]
    largest, gain = np.zeros(100), np.zeros(100)
    for k in range(1, 15):
        marks = [np.zeros((4, 100))]
        for w in range(1, min(3, k, 15 - k) + 1):
            step = ramps[:, k - w : k].mean(axis=1) - ramps[:, k : k + w].mean(axis=1) + 0.5 * w
            marks.append(step / np.sqrt(2 * 36.0 / w + 2.0 * (2 * w * w + 1) / (3 * w)))
        best = np.max(marks, axis=0)
        largest = np.maximum(largest, best.max(axis=0))
        share = (2 * 36.0 + 2.0) / (2 * 50.0 + 2.0)
        gain += np.maximum(np.minimum(0.5 * best**2 * share, 10.0) - 2.0, 0.0).sum(axis=0)
    read, own, shot, slope = (np.full(100, value, np.float32) for value in (36.0, 50.0, 2.0, 0.5))
    read[9] = 0
    marked = np.empty(100, bool)
    mark_signs(tiles, np.arange(0, 61, 15), read, own, shot, slope, (3.5, 2.0, 6.0), marked)
    expected = (largest >= 3.5) & (gain >= 6.0)
    expected[9] = False
    assert 10 < expected.sum() < 90
    np.testing.assert_array_equal(marked, expected)


def test_guesses_are_the_sizes_of_the_largest_steps_down():
    levels = np.zeros((1, 24), np.float32)
    levels[0, 5:9], levels[0, 14:] = 50.0, 31.0
    levels[0, 20:] = 0.0
    guesses = np.empty((GUESSES, 1))
    guess_steps(levels, np.array([0, 12, 24]), np.full(1, 9.0), np.zeros(1), guesses)
    assert sorted(guesses[:, 0]) == [0.0, 31.0, 50.0]
