"""What rates are divided by: bad pixels do not count in it, and edges and outputs do not show."""

import dataclasses

import numpy as np
import pytest

from mkrefs_detector.bad_pixel_mask.flats.normalization import Rates, normalize
from mkrefs_detector.bad_pixel_mask.flats.outputs import Outputs, read_outputs
from mkrefs_detector.bad_pixel_mask.flats.settings import FlatSettings
from mkrefs_detector.bad_pixel_mask.flats.smoothing import (
    block_median,
    box_mean,
    clipped_scale,
    fit_polynomial,
)

SINGLE_OUTPUT = Outputs(((slice(None), slice(None)),), np.zeros((1, 1), dtype=np.int64))


def normalized(rate, known=None, **settings):
    known = np.isfinite(rate) if known is None else known
    rates = Rates(rate, np.zeros(rate.shape), known)
    return normalize(rates, FlatSettings(**settings), outputs=SINGLE_OUTPUT, unit=100.0)


def lamp(size=64):
    y, x = np.mgrid[:size, :size] / size
    return 1 + 0.3 * np.sin(2 * x) * np.cos(1.5 * y)


def noisy(size=64, scatter=0.01):
    return lamp(size) * (1 + scatter * np.random.default_rng(4).standard_normal((size, size)))


def test_a_box_mean_is_that_of_the_pixels_that_count():
    rng = np.random.default_rng(1)
    image, counts = rng.random((9, 11)), rng.random((9, 11)) < 0.6
    mean, share = box_mean(image, counts, 3)
    for y, x in ((0, 0), (4, 5), (8, 10), (0, 6)):
        box = np.s_[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
        used = image[box][counts[box]]
        assert share[y, x] == pytest.approx(used.size / 9)
        if used.size:
            assert mean[y, x] == pytest.approx(used.mean())
    nothing, share = box_mean(image, np.zeros_like(counts), 3)
    assert np.isnan(nothing).all()
    assert not share.any()


def test_a_block_median_reaches_over_the_edges():
    image = np.arange(35.0).reshape(5, 7)
    counts = np.ones((5, 7), dtype=bool)
    counts[4, 6] = False
    medians = block_median(image, counts, 3)
    assert medians[0, 0] == medians[2, 2] == np.median(image[:3, :3])
    assert medians[3, 5] == np.median(image[3:, 3:6])
    assert medians[4, 6] == image[3, 6]


def test_a_clipped_scale_is_that_of_the_gaussian_part():
    values = np.random.default_rng(2).normal(5, 0.1, 20000)
    values[:600] = 500.0
    mean, deviation = clipped_scale(values, 3.0)
    assert mean == pytest.approx(5, abs=0.005)
    assert deviation == pytest.approx(0.1, rel=0.03)
    assert np.isnan(clipped_scale(np.empty(0), 3.0)).all()


def test_a_polynomial_is_found_again():
    y, x = np.mgrid[:20, :30] / 10
    surface = 2 + x - 0.5 * y + 0.3 * x * y
    counts = np.random.default_rng(3).random(surface.shape) < 0.3
    np.testing.assert_allclose(fit_polynomial(surface, counts, 2), surface, atol=1e-9)
    assert np.isnan(fit_polynomial(surface, np.zeros_like(counts), 2)).all()


@pytest.mark.parametrize("smoothing", ["Box2D", "Median"])
def test_bad_pixels_do_not_pull_the_level_down(smoothing):
    rate = noisy()
    bad = np.zeros(rate.shape, dtype=bool)
    bad[::4, ::3] = True
    bad[20:30, 20:30] = True
    rate[bad] = 0
    rate[50, 50] = 1000.0
    found = normalized(rate, smoothing_type=smoothing)
    # A box holds some 150 pixels that count.
    assert found.level / lamp() == pytest.approx(1.0, abs=0.012)
    assert found.deviation == pytest.approx(0.01, rel=0.1)
    assert (found.share > 0.5)[~bad].all()


def test_the_documented_smoothing_counts_all():
    rate = np.ones((64, 64))
    rate[::3, ::3] = 0
    found = normalized(rate, smoothing_sigma=None)
    assert found.level[32, 32] == pytest.approx(8 / 9, rel=0.02)


def test_a_lamp_gradient_does_not_show_at_edges():
    found = normalized(noisy())
    assert found.level / lamp() == pytest.approx(1.0, abs=0.008)
    for edge in (np.s_[:, 0], np.s_[:, -1], np.s_[0], np.s_[-1]):
        assert (found.level / lamp())[edge].mean() == pytest.approx(1.0, abs=0.002)


def test_pixels_without_a_rate_have_no_value_and_do_not_count():
    rate = lamp()
    rate[:, 30:34] = np.nan
    found = normalized(rate)
    assert np.isnan(found.value[:, 30:34]).all()
    assert found.value[:, :30] == pytest.approx(1.0, abs=0.01)


def test_mean_polynomial_and_none():
    rate = 3 * lamp()
    mean = normalized(rate, normalization_method="mean")
    assert np.ptp(mean.level) == 0
    assert mean.value / rate == pytest.approx(1 / mean.level[0, 0])
    fitted = normalized(rate, normalization_method="fit2d", fit_degree=6)
    assert fitted.value == pytest.approx(1.0, abs=0.01)
    none = normalized(rate, normalization_method="none")
    np.testing.assert_allclose(none.value, 100 * rate)


@pytest.mark.parametrize(
    ("changes", "shape", "stripes", "turns"),
    [
        ({"noutputs": 4, "xstart": 1}, (6, 2048), 4, 2),
        ({"noutputs": 1}, (6, 8), 1, 2),
        ({"noutputs": 4, "xstart": 509, "fastaxis": 1}, (6, 8), 2, 2),
        ({"noutputs": 4, "xstart": 1, "ystart": 509, "fastaxis": -2}, (8, 6), 2, 2),
        ({"noutputs": None}, (6, 8), 1, 2),
        ({"noutputs": 4, "instrument": "MIRI", "xstart": 1}, (6, 1032), 1, 4),
    ],
)
def test_outputs_cover_the_array(flat, changes, shape, stripes, turns):
    arrays = {"SCI": np.ones((1, 4, 4))}
    metadata = dataclasses.replace(flat(arrays, "any").metadata, **changes)
    outputs = read_outputs(metadata, shape)
    covered = np.zeros(shape, dtype=int)
    for stripe in outputs.stripes:
        covered[stripe] += 1
    assert (covered == 1).all()
    assert len(outputs.stripes) == stripes
    assert np.unique(np.broadcast_to(outputs.turns, shape)).size == turns
