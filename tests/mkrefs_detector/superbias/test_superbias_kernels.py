"""The compiled kernels of the superbias against the same in numpy, one pixel at a time."""

import numpy as np
import pytest
from scipy import stats

from mkrefs.api import GROUP_DQ, PIXEL_DQ
from mkrefs.testing.array_ramp import ArrayRamp
from mkrefs_detector.superbias import weighing
from mkrefs_detector.superbias.estimator import estimate, prepare_estimator
from mkrefs_detector.superbias.samples import read_levels, read_samples
from mkrefs_detector.superbias.settings import BiasSettings


def drop(values, limits, closest=1.5):
    """Leave out what is too far from the mean; `limits` as shares of the sum of squares."""
    if values.size < 3:
        return values
    squares = (values - values.mean()) ** 2
    return values[squares <= max(limits[values.size] * squares.sum(), closest**2)]


def drop_hidden(values, hidden):
    """Set the extremes aside, one after the other, and look whether the rest has an outlier."""
    rest = values
    for _ in range(values.size // 4):
        rest = np.delete(rest, np.abs(rest - rest.mean()).argmax())
        kept = drop(rest, hidden)
        if kept.size < rest.size:
            return kept
    return values


def reject(values, estimator):
    """Give the samples that are no outliers."""
    for _ in range(estimator.settings.max_clipping_iters):
        kept = drop(values, estimator.limits)
        if kept.size == values.size:
            kept = drop_hidden(values, estimator.hidden)
        if kept.size == values.size:
            break
        values = kept
    return values


def tiles(samples, width=24):
    """Lay samples of shape (nsamples, npixels) out in tiles; infinity for NaN and behind the last pixel."""
    count, npixels = samples.shape
    padded = np.full((count, -(-npixels // width) * width), np.inf)
    padded[:, :npixels] = np.where(np.isnan(samples), np.inf, samples)
    return np.ascontiguousarray(padded.reshape(count, -1, width).transpose(1, 0, 2))


@pytest.mark.parametrize("count", [2, 3, 5, 6, 9, 17, 33])
@pytest.mark.parametrize("iterations", [0, 1, 3])
def test_samples_are_averaged_as_in_numpy(count, iterations):
    rng = np.random.default_rng(count)
    samples = rng.normal(12000.0, 6.0, (count, 150))
    samples[rng.random(samples.shape) < 0.12] += 400.0
    samples[rng.random(samples.shape) < 0.12] = np.nan
    samples[:, 3], samples[1:, 4], samples[2:, 5] = np.nan, np.nan, np.nan
    estimator = prepare_estimator(count, BiasSettings(max_clipping_iters=iterations))
    (mean, scatter, kept), found = estimate(tiles(samples), estimator, samples.shape[1])
    assert found == np.isfinite(samples).sum()
    for pixel, each in enumerate(samples.T):
        values = reject(each[np.isfinite(each)], estimator)
        assert kept[pixel] == values.size
        if values.size:
            assert mean[pixel] == pytest.approx(values.mean(), rel=1e-7)
        else:
            assert np.isnan(mean[pixel])
        if values.size > 1:
            expected = values.std() * estimator.factor[values.size]
            assert scatter[pixel] == pytest.approx(expected, rel=1e-6, abs=1e-6)
        else:
            assert np.isnan(scatter[pixel])


def test_first_groups_are_read_as_in_numpy(as_ramps):
    rng = np.random.default_rng(2)
    science = rng.normal(12000.0, 6.0, (3, 2, 8, 12)).astype(np.float32)
    science[1, 0, 2, 3] = np.nan
    names = ("SATURATED", "DO_NOT_USE", "JUMP_DET", "AD_FLOOR", "DROPOUT")
    flags = rng.choice([0] * 12 + [GROUP_DQ[name] for name in names], science.shape).astype(np.uint8)
    masked = np.where(rng.random((8, 12)) < 0.5, PIXEL_DQ["DO_NOT_USE"], 0).astype(np.uint32)
    metadata = as_ramps([science])["D1"].metadata
    ramps = [ArrayRamp(each, metadata, group_dq=flags, pixel_dq=masked) for each in (science, science[::-1])]
    shift, channel = rng.normal(0, 20, (6, 2)), np.arange(60) % 2
    stack = read_samples(ramps, 2, 7, shift, channel)
    pixels = stack.transpose(1, 0, 2).reshape(6, -1)
    assert np.isinf(pixels[:, 60:]).all()
    first = np.concatenate([science[:, 0, 2:7], science[::-1, 0, 2:7]])
    own = np.tile(flags[:, 0, 2:7], (2, 1, 1))
    spoils = sum(GROUP_DQ[name] for name in ("SATURATED", "JUMP_DET", "AD_FLOOR"))
    spoilt = (own & spoils > 0) | ((own & GROUP_DQ["DO_NOT_USE"] > 0) & (masked[2:7] == 0)) | np.isnan(first)
    expected = np.where(spoilt, np.inf, first.astype(np.float64)).reshape(6, 60) - shift[:, channel]
    np.testing.assert_allclose(pixels[:, :60], expected, rtol=1e-15)
    chosen = rng.random((5, 12)) < 0.3
    levels = read_levels(ramps, 2, 7, chosen)
    np.testing.assert_array_equal(levels, np.where(spoilt, np.nan, first)[:, chosen])


def test_chances_of_many_pixels_are_those_of_their_ranks(monkeypatch):
    rng = np.random.default_rng(3)
    count = rng.choice([1, 3, 5, 6], 60000, p=[0.01, 0.04, 0.15, 0.8]).astype(np.int32)
    ratio = (rng.chisquare(np.maximum(count - 1, 1)) / np.maximum(count - 1, 1)).astype(np.float32)
    ratio[:3000] *= rng.uniform(5, 1e5, 3000).astype(np.float32)
    ratio[count == 1] = 0
    ratio[5000:5010] = 0
    chance = np.where(count > 1, stats.f.sf(ratio, np.maximum(count - 1, 1), 40.0), 1.0)
    expected = stats.false_discovery_control(chance)
    np.testing.assert_allclose(weighing.chances_alike(ratio, count, 40.0), expected, rtol=1e-6, atol=1e-30)
    monkeypatch.setattr(weighing, "_FEW_PIXELS", 100)
    found = weighing.chances_alike(ratio, count, 40.0)
    # Between the steps of a table ranks are as far off as some pixels in all those with a smaller chance.
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-30)
    low = chance < 0.0035
    np.testing.assert_allclose(found[low], expected[low], rtol=1e-6, atol=1e-30)


def test_own_and_common_variance_are_weighed_as_in_numpy():
    rng = np.random.default_rng(4)
    count = rng.integers(1, 8, 500).astype(np.int32)
    dof = count - 1.0
    ratio = np.where(dof > 0, rng.chisquare(5, 500) / 5, 0).astype(np.float32)
    alike = rng.random(500).astype(np.float32)
    weight = alike * 30.0
    expected = (weight + dof * ratio) / np.maximum(weight + dof - 2, (weight + dof) / 2)
    some = dof > 0
    scale = (alike * ratio)[some].sum() / (alike * expected)[some].sum()
    filled = ratio.copy()
    assert weighing.weigh(filled, count, alike, 30.0, 2.0) == pytest.approx(scale, rel=1e-5)
    np.testing.assert_allclose(filled, expected, rtol=1e-5)
