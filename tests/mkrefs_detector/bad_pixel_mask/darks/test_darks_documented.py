"""The documented criteria, as they stand but for their faults."""

from dataclasses import replace

import numpy as np
import pytest

from mkrefs.api import GROUP_DQ
from mkrefs_detector.bad_pixel_mask.darks.neighbours import neighbour_share, shown_by_neighbours
from mkrefs_detector.bad_pixel_mask.darks.noise import clipped_distribution, noisy_as_documented
from mkrefs_detector.bad_pixel_mask.darks.rates import often, rate_limits, warm_and_hot
from mkrefs_detector.plain_arrays import PlainRamp

JUMP, SATURATED = GROUP_DQ["JUMP_DET"], GROUP_DQ["SATURATED"]


@pytest.fixture
def flagged(make_darks):
    """Darks of 40 groups with flags alone: no ramp says anything."""
    darks = make_darks(5, ngroups=40, shape=(16, 64), hits=0.0, seed=50)
    flags = [np.zeros(ramp.shape, np.uint8) for ramp in darks.ramps]
    for flag in flags:
        flag[:, 1:11, 2, :] = JUMP  # ten early ones
        flag[:, 1:11, 3, :] = flag[:, 31:34, 3, :] = JUMP  # more than a fifth of them late
        flag[:, 1:10, 4, :] = JUMP  # nine
        flag[:, :, 5, :] = SATURATED
    flags[0][:, 1:11, 2, :32] = 0
    return darks, flags


def test_jumps_and_saturation(flagged, search):
    darks, flags = flagged
    found = search(darks, group_dq=flags, search="documented")
    assert set(found.classes) | set(found.refused) == {"hot", "rc", "noisy", "low_pedestal", "high_cr"}
    rows = {name: set(np.flatnonzero(pixels.all(axis=1))) for name, pixels in found.classes.items()}
    assert rows["hot"] == {5}
    assert rows["high_cr"] == {3}
    assert found.classes["high_cr"][2, 32:].all()
    # Of five integrations four show it, and more than 0.8 of them must.
    assert not found.classes["high_cr"][2, :32].any()
    assert found.classes["rc"][2, 32:].all()
    assert not found.classes["rc"][2, :32].any()
    assert not found.classes["rc"][3:5].any()
    assert "Searched by the documented criteria alone." in found.history


def test_limits_are_those_that_are_set(flagged, search):
    darks, flags = flagged
    loose = {"max_jump_limit": 9, "high_cr_fraction": 0.7, "max_flagged_fraction": 1.0}
    many = search(darks, group_dq=flags, search="documented", **loose)
    assert many.classes["high_cr"][2:5].all()
    ratio = search(darks, group_dq=flags, search="documented", jump_ratio_threshold=3.0)
    assert ratio.classes["rc"][3].all()
    none = search(darks, group_dq=flags, search="documented", max_jump_limit=14)
    assert not none.classes["high_cr"].any()


def test_no_signal_is_read_for_the_documented_criteria(flagged, search, monkeypatch):
    darks, flags = flagged
    expected = search(darks, group_dq=flags, search="documented")

    def no_signal(*_):
        raise AssertionError("signals are read")

    monkeypatch.setattr(PlainRamp, "rows", no_signal)
    found = search(darks, group_dq=flags, search="documented")
    assert set(found.classes) >= {"hot", "rc", "high_cr"}
    for name, pixels in expected.classes.items():
        np.testing.assert_array_equal(found.classes[name], pixels)


def test_noisy_pixels_are_those_whose_slopes_scatter(make_darks, search):
    darks = make_darks(8, ngroups=6, shape=(16, 64), seed=51)
    rng = np.random.default_rng(51)
    slopes = rng.normal(0, 0.01, (8, 1, 16, 64))
    slopes[:, :, 3, 5] *= 30
    slopes[4:, :, 4] = np.nan
    made = [{"SCI": slope, "VAR_POISSON": np.zeros_like(slope)} for slope in slopes]
    found = search(replace(darks, slopes=made), search="documented", noisy_threshold=8.0)
    assert set(zip(*np.nonzero(found.classes["noisy"]), strict=True)) == {(3, 5)}
    assert found.unknown["noisy"][4].all()


def test_few_clean_slopes_are_not_noisy():
    deviation = np.ones((10, 10)) + 0.01 * np.random.default_rng(1).standard_normal((10, 10))
    deviation[0, 0] = deviation[0, 1] = 9.0
    slopes = np.full((10, 10), 8)
    slopes[0, 1] = 4
    deviation[5, 5] = np.nan
    found = noisy_as_documented(
        deviation, slopes, np.ones((10, 10), bool), sigma=5.0, iterations=5, threshold=5.0, least=5
    )
    assert set(zip(*np.nonzero(found), strict=True)) == {(0, 0)}


def test_a_clip_leaves_out_what_is_far():
    values = np.concatenate([np.random.default_rng(2).normal(3.0, 1.0, 4000), [500.0, np.nan, np.inf]])
    found = clipped_distribution(values, sigma=5.0, iterations=5)
    assert found.mean == pytest.approx(3.0, abs=0.06)
    assert found.deviation == pytest.approx(1.0, abs=0.05)
    assert clipped_distribution(values, sigma=5.0, iterations=0).deviation > 5
    assert np.isnan(clipped_distribution(np.array([1.0]), sigma=5.0, iterations=5).mean)


def test_often_needs_something_to_count():
    np.testing.assert_array_equal(
        often(np.array([0, 4, 5, 9]), np.array([0, 5, 5, 10]), 0.8), [False, False, True, True]
    )


def test_a_few_hot_pixels_do_not_move_the_limit_and_a_skew_distribution_does():
    rng = np.random.default_rng(3)
    light, error = np.ones((200, 200), bool), np.full((200, 200), 0.002)
    rate = rng.normal(0, 0.002, (200, 200))
    rate[:2] = rng.uniform(0.05, 10, (2, 200))
    limits = rate_limits(rate, error, light, hot_threshold=0.05, warm_threshold=0.005, sigma=5.0)
    assert limits.warm == pytest.approx(0.0105, abs=0.0015)
    assert limits.hot == 0.05
    skew = 0.08 * np.exp(0.3 * rng.standard_normal((200, 200)))
    broad = rate_limits(skew, error, light, hot_threshold=0.05, warm_threshold=0.005, sigma=5.0)
    warm, hot = warm_and_hot(skew - np.median(skew), error, broad, hot_threshold=0.05, sigma=5.0)
    assert (warm | hot).mean() < 0.0005


def test_the_share_of_the_neighbours_is_measured_and_taken_off():
    rng = np.random.default_rng(4)
    own = np.zeros((100, 100))
    own[rng.integers(3, 97, 40), rng.integers(3, 97, 40)] = rng.uniform(20, 300, 40)
    shown = own + shown_by_neighbours(own, 0.006) + rng.normal(0, 0.003, own.shape)
    light = np.ones(own.shape, bool)
    share = neighbour_share(shown, np.full(own.shape, 0.003), light)
    assert share == pytest.approx(0.006, rel=0.05)
    left = (shown - shown_by_neighbours(shown, share))[own == 0]
    assert np.abs(left).max() < 0.15
    assert neighbour_share(own + rng.normal(0, 0.003, own.shape), np.full(own.shape, 0.003), light) == 0
    assert neighbour_share(np.full((9, 9), np.nan), np.full((9, 9), np.nan), np.ones((9, 9), bool)) == 0
