"""The factors for clipping and small samples, held against simulated Gaussian samples."""

import numpy as np
import pytest
from scipy.stats import truncnorm

from mkrefs_detector.readnoise.estimator import estimate, prepare_estimator
from mkrefs_detector.readnoise.layout import layout_differences
from mkrefs_detector.readnoise.settings import NoiseSettings
from mkrefs_detector.statistics.corrections import c4, rejection_limits, truncated_scales
from mkrefs_detector.statistics.quadratic_forms import differences, differences_without_one, lines


def simulate(settings, ramps, nints, ngroups, pixels, seed=5):
    """Give the mean ratio of measured to true CDS noise, and its standard error."""
    rng = np.random.default_rng(seed)
    layout = layout_differences([(nints, ngroups)] * ramps, settings.differences)
    step = 2 if settings.differences == "independent" else 1
    stack = []
    for _ in range(ramps * nints):
        reads = rng.standard_normal((ngroups, pixels), dtype=np.float32)
        stack.append((reads[1:] - reads[:-1])[::step])
    one_tile = np.concatenate(stack)[np.newaxis]
    noise, dof, _ = estimate(one_tile, prepare_estimator(layout, settings), pixels)
    ratio = noise / np.sqrt(2.0)
    assert np.isfinite(ratio).all()
    assert (dof > 0).all()
    return ratio.mean(), ratio.std() / np.sqrt(pixels)


@pytest.mark.parametrize("samples", [3, 4, 5, 8, 10, 25, 100, 300, 1000])
@pytest.mark.parametrize(("sigma", "iterations"), [(3.0, 1), (3.0, 3), (3.0, 5), (4.0, 2), (5.0, 3)])
def test_independent_samples_are_unbiased(samples, sigma, iterations):
    settings = NoiseSettings(clipping_sigma=sigma, max_clipping_iters=iterations)
    ratio, error = simulate(settings, 1, samples, 2, max(1_000, 1_200_000 // samples))
    assert abs(ratio - 1) < 0.002 + 3 * error


@pytest.mark.parametrize(("samples", "iterations"), [(5, 3), (10, 5), (25, 3), (100, 1), (1000, 5)])
def test_a_tighter_clip_is_unbiased_within_half_a_percent(samples, iterations):
    settings = NoiseSettings(clipping_sigma=2.5, max_clipping_iters=iterations)
    ratio, error = simulate(settings, 1, samples, 2, 1_200_000 // samples)
    assert abs(ratio - 1) < 0.005 + 3 * error


@pytest.mark.parametrize("difference", ["independent", "consecutive"])
@pytest.mark.parametrize("method", ["stack", "ramp", "fit"])
@pytest.mark.parametrize(
    ("ramps", "nints", "ngroups"), [(1, 1, 10), (1, 2, 7), (2, 1, 10), (5, 1, 10), (20, 1, 5), (20, 1, 10)]
)
def test_every_method_is_unbiased(method, difference, ramps, nints, ngroups):
    settings = NoiseSettings(method=method, group_diff_type=difference)
    ratio, error = simulate(settings, ramps, nints, ngroups, 600_000 // (ramps * nints * ngroups))
    assert abs(ratio - 1) < 0.003 + 3 * error


def test_consecutive_differences_without_the_correction_of_their_correlation_would_read_high():
    # SS / (N - 1) of one ramp of 10 groups has the expectation (N - 1/N) / (N - 1) = 1.11: 5 % in the noise
    n = np.array([9.0])
    assert differences(n, 9.0, 1).trace[0] == pytest.approx(9 - 1 / 9)


def test_c4_has_its_tabulated_values():
    assert c4(np.array([1.0, 2.0, 4.0, 9.0])) == pytest.approx(
        [0.797885, 0.886227, 0.939986, 0.972659], abs=1e-6
    )


def test_five_samples_can_lose_an_outlier_that_a_plain_clip_never_can():
    samples = np.array([[0.0], [1.0], [-1.0], [0.5], [100.0]], dtype=np.float32)
    layout = layout_differences([(5, 2)], "independent")
    settings = (NoiseSettings(), NoiseSettings(bias_correction=False))
    corrected, plain = (
        estimate(samples[np.newaxis].copy(), prepare_estimator(layout, each), 1)[0] for each in settings
    )
    assert corrected[0] < 2
    assert plain[0] > 30


def test_limits_never_reject_from_fewer_than_three_samples():
    limits = rejection_limits(10, 3.0, 1.0)
    assert (limits[:3] > 1).all()
    assert (np.diff(limits[3:]) < 0).all()


def test_an_endless_sample_shrinks_with_every_pass():
    scales = truncated_scales(3.0, 3)
    expected = [1.0]
    for _ in range(3):
        expected.append(truncnorm(-3 * expected[-1], 3 * expected[-1]).std())
    assert scales == pytest.approx(expected, rel=1e-9)


def test_forms_of_independent_differences_are_the_textbook_ones():
    n = np.array([5.0, 20.0])
    whole, rest = differences(n, 1.0, 1), differences_without_one(n, 1.0, 1)
    assert whole.trace == pytest.approx(n - 1)
    assert whole.dof == pytest.approx(n - 1)
    assert whole.aligned == pytest.approx(1.0)
    assert rest.trace == pytest.approx(n - 2)
    assert rest.aligned == pytest.approx(0.0)


def test_lines_have_two_degrees_of_freedom_less_than_groups():
    whole, split = lines(np.array([9.0]), 9.0)
    assert whole.dof == pytest.approx(8.0)
    assert 6.0 <= split.dof[0] < 8.0
    assert split.aligned[0] < whole.aligned[0]
