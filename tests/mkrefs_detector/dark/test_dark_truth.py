"""The injected dark current of simulated ramps is recovered, with errors that are what they say."""

import numpy as np
import pytest

from mkrefs_detector.dark import measure_dark
from mkrefs_detector.dark.estimator import averaging_of
from mkrefs_detector.dark.settings import DarkSettings


def assert_recovered(pull, mean=0.05, width=0.1):
    """A mean of 0 and a width of 1, as far as so many values can tell."""
    assert np.mean(pull) == pytest.approx(0, abs=mean + 2.5 / np.sqrt(pull.size))
    assert np.std(pull) == pytest.approx(1.0, abs=width)


def pull_of_ramp(found, darks, group):
    ngroups = darks.ramps[0].shape[1]
    expected = darks.signal * (np.arange(ngroups)[group] + 1)
    return (found.ramp[0, group] - expected) / found.err[0, group]


@pytest.mark.parametrize("hit", [0.0, 0.05])
@pytest.mark.parametrize(("count", "ngroups", "nints"), [(5, 10, 1), (10, 30, 1), (20, 10, 1), (4, 10, 3)])
def test_dark_current_and_ramp_are_recovered(simulate, count, ngroups, nints, hit):
    darks = simulate(count, ngroups, nints=nints, hit=hit)
    found = measure_dark(darks.ramps, darks.flags)
    pull = ((found.rate[0] - darks.signal) / found.rate_err[0]).ravel()
    assert_recovered(pull)
    for part in (darks.signal < 0.5, darks.signal > 20):
        assert_recovered(pull[part.ravel()])
    for group in (0, ngroups // 2, -1):
        assert_recovered(pull_of_ramp(found, darks, group).ravel())
    assert found.unsteady.mean() < 0.01


def test_missed_hits_bias_less_than_without_the_search(simulate):
    darks = simulate(20, 10, hit=0.3, signal=(0.05, 1.0))
    pulls = []
    for threshold in (0.0, 3.5):
        found = measure_dark(darks.ramps, darks.flags, settings=DarkSettings(step_threshold=threshold))
        pulls.append(np.mean((found.rate[0] - darks.signal) / found.rate_err[0]))
    assert pulls[0] > 0.4
    assert abs(pulls[1]) < pulls[0] / 2


def test_hits_make_no_steps_in_the_mean_ramp(simulate):
    """Half of the integrations drop out; their pedestals are 18 DN apart."""
    darks = simulate(10, 12, signal=(1.0, 1.0001))
    for flags in darks.flags[:5]:
        flags[:, 6] = 4
    found = measure_dark(darks.ramps, darks.flags)
    step = found.ramp[0, 6] - found.ramp[0, 5] - 1.0
    assert np.std(step) < 6.5 * np.sqrt(2 / 5)
    levels = measure_dark(darks.ramps, darks.flags, settings=DarkSettings(average="levels"))
    assert np.std(levels.ramp[0, 6] - levels.ramp[0, 5]) > 5.5
    np.testing.assert_array_equal(found.count[0, :, 0, 0] <= 5, np.arange(12) >= 6)


def test_differences_after_small_hits_are_used_on_request(simulate):
    darks = simulate(8, 10, hit=0.2, signal=(100.0, 300.0))
    discarded = measure_dark(darks.ramps, darks.flags)
    kept = measure_dark(darks.ramps, darks.flags, settings=DarkSettings(use_after_hits=True))
    assert np.median(kept.rate_err) < np.median(discarded.rate_err)
    assert kept.count[0, -1].mean() > discarded.count[0, -1].mean() + 0.5
    pull = (kept.rate[0] - darks.signal) / kept.rate_err[0]
    assert_recovered(pull, mean=0.12)
    small = DarkSettings(use_after_hits=True, max_hit_signal=1e-3)
    same = measure_dark(darks.ramps, darks.flags, settings=small)
    np.testing.assert_allclose(same.rate, discarded.rate, rtol=1e-4)


def test_common_drifts_leave_the_mean_alone_and_narrow_the_errors(simulate):
    darks = simulate(8, 10, drift=20.0, signal=(0.05, 1.0))
    moving = measure_dark(darks.ramps, settings=DarkSettings(drift_correction=False))
    still = measure_dark(darks.ramps)
    assert still.surveys[0].drift == pytest.approx(20.0 * np.sqrt(2) * np.sqrt(7 / 8), rel=0.3)
    assert np.median(still.rate_err) < 0.5 * np.median(moving.rate_err)
    common = np.median(still.rate[0] - darks.signal)
    assert_recovered((still.rate[0] - darks.signal - common) / still.rate_err[0])
    assert common == pytest.approx(np.median(moving.rate[0] - darks.signal), abs=0.1)


def test_a_line_has_the_errors_of_a_line(simulate):
    darks = simulate(8, 10, hit=0.05, signal=(0.05, 20.0))
    settings = DarkSettings(fit_rate=True, ngroups=40)
    found = measure_dark(darks.ramps, darks.flags, settings=settings)
    assert found.ramp.shape == found.err.shape == (1, 40, 64, 64)
    np.testing.assert_allclose(
        np.diff(found.ramp[0], axis=0), found.rate[0][None] * np.ones((39, 1, 1)), atol=1e-3
    )
    for group in (0, 9, 39):
        expected = darks.signal * (group + 1)
        assert_recovered((found.ramp[0, group] - expected) / found.err[0, group], mean=0.08)


def test_averaged_frames_lag_behind(simulate):
    assert averaging_of(1, 0) == averaging_of(1, 5) == 1.0
    frames = simulate(10, 40, signal=(20.0, 50.0))
    ramps = [ramp.reshape(1, 10, 4, 64, 64).mean(axis=2) for ramp in frames.ramps]
    found = measure_dark(ramps, averaging=averaging_of(4, 0))
    assert_recovered((found.rate[0] / 4 - frames.signal) / (found.rate_err[0] / 4))
    expected = frames.signal * (np.arange(10)[:, None, None] * 4 + 2.5)
    for group in (0, 9):
        assert_recovered((found.ramp[0, group] - expected[group]) / found.err[0, group])
