"""Levels and counts, of groups and of integrations: the compiled loops against plain numpy."""

import numpy as np
import pytest

from mkrefs.api import GROUP_DQ
from mkrefs_detector.bad_pixel_mask.darks.counting import (
    COUNTED,
    COUNTS,
    EARLY,
    JUMPS,
    LATE,
    SATURATED,
    USABLE,
    count_flags,
    tally_integrations,
)
from mkrefs_detector.bad_pixel_mask.darks.levels import TILE, chosen_levels, write_levels
from mkrefs_detector.bad_pixel_mask.darks.medians import common_signal, pick_levels

JUMP, SAT, BAD = GROUP_DQ["JUMP_DET"], GROUP_DQ["SATURATED"], GROUP_DQ["DO_NOT_USE"]


def read_only(array):
    array.flags.writeable = False
    return array


@pytest.fixture
def flags():
    values = np.array([0] * 8 + [JUMP, SAT, BAD, JUMP | SAT], np.uint8)
    flags = np.random.default_rng(1).choice(values, (2, 9, 300))
    flags[0, 3] = 0
    return read_only(flags)


def test_flags_are_counted_as_numpy_counts_them(flags):
    counts = np.empty((COUNTS, 2, 300), np.int32)
    count_flags(flags, BAD | SAT, 2, counts)
    jumps = (flags & JUMP) != 0
    for index, wanted in (
        (JUMPS, jumps.sum(axis=1)),
        (EARLY, jumps[:, :2].sum(axis=1)),
        (LATE, jumps[:, -2:].sum(axis=1)),
        (SATURATED, ((flags & SAT) != 0).sum(axis=1)),
        (USABLE, ((flags & (BAD | SAT)) == 0).sum(axis=1)),
    ):
        np.testing.assert_array_equal(counts[index], wanted)


def test_levels_are_those_of_numpy(flags):
    rng = np.random.default_rng(2)
    science = rng.normal(0, 6, flags.shape).astype(np.float32)
    science[1, 4, 7] = np.inf
    science[0, 3, 299] = np.nan
    channel = rng.integers(0, 3, 300).astype(np.uint16)
    common = rng.normal(0, 5, (2, 9, 3)).astype(np.float32)
    spoilt = (flags & (BAD | SAT)) != 0
    usable = (~spoilt).sum(axis=1).astype(np.int32)
    levels = np.full((-(-300 // TILE), 20, TILE), 7.0, np.float32)
    write_levels(read_only(science), flags, common, channel, BAD | SAT, 2, levels, usable)
    expected = np.where(spoilt | ~np.isfinite(science), np.nan, science - common[:, :, channel])
    np.testing.assert_array_equal(usable, np.isfinite(expected).sum(axis=1))
    picked = chosen_levels(levels, np.arange(300))
    np.testing.assert_array_equal(picked[:, :2], 7.0)
    np.testing.assert_array_equal(picked[:, 2:], expected.reshape(18, 300).T)


@pytest.mark.parametrize("careful", [True, False])
def test_integrations_are_counted_as_numpy_counts_them(flags, careful):
    rng = np.random.default_rng(3)
    counts = np.empty((COUNTS, 2, 300), np.int32)
    count_flags(flags, BAD | SAT, 2, counts)
    counts[SATURATED, 0, :5], counts[USABLE, 0, :5] = 9, 0
    counts[SATURATED, 1, :5], counts[USABLE, 1, :5] = 8, 1
    slopes, pedestal = rng.normal(0, 1, (2, 300)), rng.normal(5, 20, (2, 300))
    slopes[0, 9] = pedestal[1, 8] = np.nan
    slopes, pedestal = read_only(slopes.astype(np.float32)), read_only(pedestal.astype(np.float32))
    middle, reach = read_only(np.array([4.0, np.nan])), read_only(np.array([15.0, np.nan]))
    doubt = 6.0 if careful else 0.0
    tally, moments = np.zeros((len(COUNTED), 300), np.int32), np.zeros((2, 300))
    clipped = np.empty((2, 300), bool)
    tally_integrations(counts, 9, (3, 1.5), slopes, pedestal, middle, reach, doubt, tally, moments, clipped)
    many = counts[JUMPS] >= 3
    clean = (counts[JUMPS] == 0) & np.isfinite(slopes)
    away, far = pedestal[0] - 4.0, 15.0 + doubt * np.abs(slopes[0])
    known = (counts[USABLE, 0] > 1) & np.isfinite(away) & np.isfinite(far if careful else away)
    expected = {
        "known": (counts[USABLE] > 1).sum(axis=0),
        "saturated": (counts[SATURATED] == 9).sum(axis=0),
        "clipped": ((counts[SATURATED] == 9) | ((counts[USABLE] < 2) & (counts[SATURATED] >= 8))).sum(axis=0),
        "many_jumps": many.sum(axis=0),
        "early_jumps": (many & (counts[EARLY] >= 1.5 * counts[LATE]) & (counts[EARLY] > 0)).sum(axis=0),
        "pedestals": known.astype(int),
        "high_pedestals": (known & (away > np.where(np.isnan(far), 15.0, far))).astype(int),
        "low_pedestals": (known & (away < -np.where(np.isnan(far), 15.0, far))).astype(int),
        "clean_slopes": clean.sum(axis=0),
    }
    for name, wanted in expected.items():
        np.testing.assert_array_equal(tally[COUNTED.index(name)], wanted, name)
    assert clipped[:, :5].all()
    both = clean.all(axis=0)
    np.testing.assert_allclose(moments[0, both], slopes[:, both].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(moments[1, both], 2 * slopes[:, both].var(axis=0, dtype=np.float64), atol=1e-6)


def test_the_common_signal_is_made_of_the_medians_of_numpy():
    rng = np.random.default_rng(4)
    science = rng.normal(0, 6, (2, 4, 9000)).astype(np.float32)
    science[1, 2:] += 40.0
    science[:, :, ::7] += rng.normal(0, 4000, (2, 4, 1286)).astype(np.float32)
    spoilt = np.zeros(science.shape, np.uint8)
    spoilt[0, 3, 8000:] = spoilt[1, 1, :500] = SAT
    levels = np.zeros((2, 4, 9000), np.float32)
    order = rng.permutation(9000)
    pick_levels(read_only(science), read_only(spoilt), SAT, order, np.arange(9000), levels)
    expected = np.where(spoilt, np.nan, science)[..., order]
    np.testing.assert_array_equal(levels, expected)
    edges, out = np.array([0, 6000, 8960, 9000]), np.zeros((2, 4, 3), np.float32)
    common_signal(levels, edges, 64, out)
    for channel in range(2):
        mine = levels[:, :, edges[channel] : edges[channel + 1]]
        steps = np.nanmedian(np.diff(mine, axis=1), axis=2)
        np.testing.assert_allclose(out[:, 1:, channel], np.cumsum(steps, axis=1), atol=1e-4)
    assert not out[:, :, 2].any()
