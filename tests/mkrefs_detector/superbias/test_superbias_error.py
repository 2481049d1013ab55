"""The error of a bias from few samples."""

import numpy as np
import pytest

from mkrefs_detector.statistics.corrections import c4
from mkrefs_detector.superbias import measure_superbias
from mkrefs_detector.superbias.error import find_common, mean_error, share_scatter
from mkrefs_detector.superbias.unreliable import few_samples, find_threshold


@pytest.fixture(scope="module")
def uneven():
    """Scatter and number of six samples of pixels whose noise scatters by 15 %, a hundred of them noisy."""
    rng = np.random.default_rng(4)
    sigma = 6.0 * np.exp(0.15 * rng.standard_normal((150, 150)))
    sigma[0, :100] *= 20
    found = measure_superbias([rng.normal(0, 1, (6, 1, 150, 150)) * sigma])
    return sigma, found


def normalised(found, error):
    return np.square(found.mean / error)


def test_pulls_of_six_samples_have_width_one(uneven):
    sigma, found = uneven
    own = mean_error(found.scatter, found.count, clipped_at=3.0)
    everywhere = np.ones(sigma.shape, dtype=bool)
    shared = mean_error(share_scatter(found.scatter, found.count, (everywhere,)), found.count, clipped_at=3.0)
    like = sigma < 20
    assert np.mean(normalised(found, own)[like]) > 1.4
    assert np.mean(normalised(found, shared)[like]) == pytest.approx(1.0, abs=0.05)
    assert np.median(normalised(found, shared)[like]) == pytest.approx(0.4549, rel=0.1)
    # The error is better known, too.
    truth = (sigma / np.sqrt(6))[like]
    assert np.std(np.log(shared[like] / truth)) < 0.6 * np.std(np.log(own[like] / truth))


def test_noisy_pixels_keep_their_own_error(uneven):
    sigma, found = uneven
    shared = share_scatter(found.scatter, found.count, (np.ones(sigma.shape, dtype=bool),))
    ratio = (shared / sigma)[0, :100]
    assert np.median(ratio) == pytest.approx(1.1, abs=0.25)


def test_what_is_common_is_found():
    rng = np.random.default_rng(5)
    dof = np.full(40000, 5.0)
    alike = find_common(9.0 * rng.chisquare(5, dof.size) / 5, dof)
    assert alike.variance == pytest.approx(9.0, rel=0.03)
    assert alike.dof > 100
    mixed = find_common(9.0 * rng.f(5, 8, dof.size), dof)
    assert mixed.variance == pytest.approx(9.0, rel=0.05)
    assert mixed.dof == pytest.approx(8, rel=0.25)


@pytest.mark.parametrize("scatter", [np.full(99, 3.0), np.zeros(200)])
def test_few_or_noiseless_pixels_have_nothing_in_common(scatter):
    counts = np.full(scatter.shape, 6)
    kinds = (np.ones(scatter.shape, dtype=bool),)
    np.testing.assert_array_equal(share_scatter(scatter, counts, kinds), scatter)


def test_kinds_are_kept_apart():
    rng = np.random.default_rng(6)
    first = np.zeros((100, 100), dtype=bool)
    first[:50] = True
    sigma = np.where(first, 20.0, 5.0)
    scatter = sigma * np.sqrt(rng.chisquare(4, sigma.shape) / 4) / c4(np.array(4.0))
    shared = share_scatter(scatter, np.full(sigma.shape, 5), (first, ~first))
    assert np.mean(shared[first]) == pytest.approx(20, rel=0.03)
    assert np.mean(shared[~first]) == pytest.approx(5, rel=0.03)


def test_a_single_sample_gets_the_common_scatter_and_none_gets_none():
    rng = np.random.default_rng(7)
    scatter = 6.0 * np.sqrt(rng.chisquare(9, (60, 60)) / 9)
    counts = np.full(scatter.shape, 10)
    counts[0, 0], counts[0, 1] = 1, 0
    scatter[0, :2] = np.nan
    shared = share_scatter(scatter, counts, (np.ones(scatter.shape, dtype=bool),))
    assert shared[0, 0] == pytest.approx(6.0, rel=0.05)
    error = mean_error(shared, counts, clipped_at=None)
    assert error[0, 0] == shared[0, 0]
    assert np.isnan(error[0, 1])


def test_samples_that_are_all_alike_are_as_sure_as_whole_numbers_can_be():
    error = mean_error(np.zeros((2, 2)), np.full((2, 2), 9), clipped_at=None)
    np.testing.assert_allclose(error, 1 / np.sqrt(12))


def test_the_error_is_that_of_the_mean_of_clipped_samples():
    rng = np.random.default_rng(8)
    found = measure_superbias([rng.normal(0, 10, (30, 1, 200, 200))])
    error = mean_error(found.scatter, found.count, clipped_at=3.0)
    assert np.sqrt(np.mean(error**2)) == pytest.approx(found.mean.std(), rel=0.015)


def test_the_threshold_is_that_of_the_pixels_told():
    rng = np.random.default_rng(9)
    image = rng.normal(2.0, 0.1, (100, 100))
    image[:50] = rng.normal(20.0, 5.0, (50, 100))
    image[99, 99], image[99, 98] = 50.0, np.nan
    used = np.zeros(image.shape, dtype=bool)
    used[50:] = True
    found = find_threshold(image, used, sigma=3.0, iterations=3, above=5.0)
    assert found.mean == pytest.approx(2.0, abs=0.01)
    assert found.value == pytest.approx(2.5, abs=0.02)
    assert find_threshold(image, ~np.isfinite(image), sigma=3.0, iterations=3, above=5.0).value == np.inf


@pytest.mark.parametrize(("size", "needed"), [(2, 2), (6, 2), (8, 2), (20, 5), (100, 25)])
def test_too_few_samples_are_under_two_or_under_a_quarter(size, needed):
    counts = np.arange(size + 1)
    np.testing.assert_array_equal(few_samples(counts, size), counts < needed)
