"""The compiled kernels against the same in numpy, and the plain method against astropy."""

import numpy as np
import pytest
from astropy.stats import sigma_clip

from mkrefs.api import GROUP_DQ
from mkrefs_detector.readnoise.estimator import estimate, prepare_estimator
from mkrefs_detector.readnoise.kernels import finish_noise, pool_differences, write_differences
from mkrefs_detector.readnoise.layout import difference_groups, layout_differences
from mkrefs_detector.readnoise.pixelwise import pool, pool_lines, reject
from mkrefs_detector.readnoise.settings import NoiseSettings
from mkrefs_detector.statistics.corrections import c4, rejection_limits

BAD_GROUP = np.uint8(GROUP_DQ["DO_NOT_USE"] | GROUP_DQ["SATURATED"])
BAD_STEP = np.uint8(GROUP_DQ["JUMP_DET"])


def tiles(stack, width=37):
    """Lay a stack of shape (ndifferences, npixels) out in tiles of some pixels each."""
    count, npixels = stack.shape
    padded = np.full((count, -(-npixels // width) * width), np.nan, dtype=np.float32)
    padded[:, :npixels] = stack
    return np.ascontiguousarray(padded.reshape(count, -1, width).transpose(1, 0, 2))


@pytest.fixture
def stack():
    """Differences of 3 ramps of 2 integrations of 7 groups, with outliers and gaps, for 90 pixels."""
    rng = np.random.default_rng(3)
    samples = rng.normal(3.0, 8.0, (36, 90)).astype(np.float32)
    samples[rng.random(samples.shape) < 0.05] += 300.0
    samples[rng.random(samples.shape) < 0.10] = np.nan
    samples[:, 0] = np.nan
    samples[1:, 1] = np.nan
    samples[2:, 2] = np.nan
    return samples


@pytest.mark.parametrize("difference", ["independent", "consecutive"])
@pytest.mark.parametrize("method", ["stack", "ramp", "fit"])
def test_pooled_squares_equal_those_in_numpy(stack, method, difference):
    layout = layout_differences([(2, 7)] * 3, "consecutive" if method == "fit" else difference)
    samples = stack[: layout.size]
    cells = layout.cells if method == "ramp" else np.array([0, layout.size])
    cell = np.repeat(np.arange(cells.size - 1), np.diff(cells))
    limits = rejection_limits(layout.size, 3.0, layout.size / layout.segments)
    out = np.empty((4, stack.shape[1]))
    pool_differences(tiles(samples), limits, 3, cells, layout.joined, method == "fit", out)
    for pixel, each in enumerate(samples.T.astype(np.float64)):
        kept = reject(each, limits, 3)
        assert out[3, pixel] == kept.size
        if method == "fit":
            expected = pool_lines(each, kept, layout.joined)
            assert out[:2, pixel] == pytest.approx(expected, rel=1e-7, abs=1e-7)
        else:
            expected = pool(each, kept, cell, layout.joined)
            assert out[:3, pixel] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("iterations", [0, 1, 2])
def test_outliers_are_rejected_in_so_many_passes(stack, iterations):
    layout = layout_differences([(2, 7)] * 3, "consecutive")
    limits = rejection_limits(layout.size, 3.0, 6.0)
    out = np.empty((4, stack.shape[1]))
    pool_differences(tiles(stack), limits, iterations, np.array([0, layout.size]), layout.joined, False, out)
    expected = [reject(each, limits, iterations).size for each in stack.T.astype(np.float64)]
    np.testing.assert_array_equal(out[3], expected)


@pytest.mark.parametrize("corrected", [True, False])
def test_finished_noise_is_that_of_the_formula(corrected):
    rng = np.random.default_rng(8)
    trace = np.concatenate([rng.uniform(0.5, 90.0, 300), np.arange(1.0, 9.0), [0.0, 5.0]])
    squares = np.where(trace > 0, rng.chisquare(np.maximum(trace, 1)) * 60, 0.0)
    squares[-1] = 0.0
    squared, kept = trace * rng.uniform(0.9, 1.1, trace.size), np.arange(trace.size) % 7
    factor = np.linspace(0.9, 1.0, 7) if corrected else np.empty(0)
    noise, dof, err = np.empty((3, trace.size), dtype=np.float32)
    finish_noise(np.stack([squares, trace, squared, kept]), 2.0, factor, 0.999, noise, dof, err)
    with np.errstate(invalid="ignore"):
        freedom = trace**2 / squared
        expected = np.sqrt(2 * squares / trace)
    measured = (freedom > 0.999) & (squares > 0)
    assert 200 < measured.sum() < trace.size - 2
    loss = c4(freedom[measured])
    if corrected:
        expected[measured] /= loss * factor[kept[measured]]
    np.testing.assert_allclose(noise[measured], expected[measured], rtol=2e-7)
    np.testing.assert_allclose(dof[measured], freedom[measured], rtol=2e-7)
    np.testing.assert_allclose(err[measured], expected[measured] * np.sqrt(1 / loss**2 - 1), rtol=1e-6)
    assert np.isnan(noise[~measured]).all()
    assert np.isnan(err[~measured]).all()
    assert not dof[~measured].any()


@pytest.mark.parametrize("iterations", [1, 3])
def test_plain_stack_is_astropys_clip(stack, iterations):
    layout = layout_differences([(2, 7)] * 3, "consecutive")
    settings = NoiseSettings(
        group_diff_type="consecutive", bias_correction=False, max_clipping_iters=iterations
    )
    noise, dof, _ = estimate(tiles(stack), prepare_estimator(layout, settings), stack.shape[1])
    clipped = sigma_clip(np.ma.masked_invalid(stack[:, 3:]), sigma=3.0, maxiters=iterations, axis=0)
    assert noise[3:] == pytest.approx(np.ma.std(clipped.astype(np.float64), axis=0).data, rel=1e-6)
    assert dof[3:] == pytest.approx(clipped.count(axis=0) - 1)
    assert np.isnan(noise[:2]).all()
    assert (dof[:2] == 0).all()


@pytest.mark.parametrize("count", [4, 12, 36, 151])
@pytest.mark.parametrize("shape", ["gauss", "skew", "two"])
def test_plain_clips_of_any_shape_are_astropys(count, shape):
    rng = np.random.default_rng(count)
    samples = rng.standard_normal((count, 400)).astype(np.float32)
    if shape == "skew":
        samples = np.exp(samples)
    elif shape == "two":
        samples[: count * 2 // 5] += 8.0
    layout = layout_differences([(count, 2)], "independent")
    settings = NoiseSettings(bias_correction=False)
    noise, dof, _ = estimate(tiles(samples), prepare_estimator(layout, settings), samples.shape[1])
    clipped = sigma_clip(samples.astype(np.float64), sigma=3.0, maxiters=3, axis=0)
    np.testing.assert_allclose(noise, clipped.std(axis=0).data, rtol=1e-6)
    np.testing.assert_array_equal(dof, clipped.count(axis=0) - 1)


def test_plain_ramps_are_astropys_clip_and_clipped_mean(stack):
    layout = layout_differences([(2, 7)] * 3, "consecutive")
    settings = NoiseSettings(method="ramp", group_diff_type="consecutive", bias_correction=False)
    noise, _, _ = estimate(tiles(stack), prepare_estimator(layout, settings), stack.shape[1])
    each = []
    for ramp in range(3):
        part = np.ma.masked_invalid(stack[layout.ramp == ramp, 3:])
        each.append(np.ma.std(sigma_clip(part, sigma=3.0, maxiters=3, axis=0).astype(np.float64), axis=0))
    mean = sigma_clip(np.ma.stack(each), sigma=3.0, maxiters=3, axis=0).mean(axis=0)
    assert noise[3:] == pytest.approx(mean.data, rel=1e-6)


def test_each_group_is_used_once_and_an_odd_last_one_is_left_over():
    earlier, later = difference_groups(7, "independent")
    assert earlier.tolist() == [0, 2, 4]
    assert later.tolist() == [1, 3, 5]
    earlier, later = difference_groups(4, "consecutive")
    assert earlier.tolist() == [0, 1, 2]
    assert later.tolist() == [1, 2, 3]


def test_layout_knows_ramps_integrations_and_shared_groups():
    layout = layout_differences([(2, 3), (1, 4)], "consecutive")
    assert layout.ramp.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert layout.joined.tolist() == [False, True, False, True, False, True, True]
    assert layout.cells.tolist() == [0, 4, 7]
    assert (layout.size, layout.ramps, layout.segments) == (7, 2, 3)


def test_a_ramp_without_differences_is_no_cell():
    layout = layout_differences([(1, 4), (2, 1), (1, 5)], "independent")
    assert layout.cells.tolist() == [0, 2, 4]


@pytest.mark.parametrize(
    ("flag", "group", "spoiled"),
    [
        ("DO_NOT_USE", 2, [1, 2]),
        ("SATURATED", 2, [1, 2]),
        ("JUMP_DET", 2, [1]),
        ("JUMP_DET", 0, []),
        ("DROPOUT", 2, []),
    ],
)
def test_flags_spoil_the_differences_they_should(flag, group, spoiled):
    science = np.arange(5, dtype=np.float32).reshape(1, 5, 1)
    group_dq = np.zeros((1, 5, 1), dtype=np.uint8)
    group_dq[0, group] = GROUP_DQ[flag]
    earlier, later = difference_groups(5, "consecutive")
    out = np.empty((1, 4, 1), dtype=np.float32)
    write_differences(science, group_dq, earlier, later, BAD_GROUP, BAD_STEP, 0, out)
    assert np.flatnonzero(np.isnan(out[0, :, 0])).tolist() == spoiled


def test_a_jump_in_the_first_group_of_an_independent_pair_does_not_spoil_it():
    science = np.zeros((1, 4, 1), dtype=np.float32)
    group_dq = np.zeros((1, 4, 1), dtype=np.uint8)
    group_dq[0, 2] = GROUP_DQ["JUMP_DET"]
    earlier, later = difference_groups(4, "independent")
    out = np.empty((1, 2, 1), dtype=np.float32)
    write_differences(science, group_dq, earlier, later, BAD_GROUP, BAD_STEP, 0, out)
    assert np.isfinite(out).all()


def test_differences_of_a_ramp_go_to_their_place_in_each_tile():
    rng = np.random.default_rng(4)
    science = rng.normal(0, 6, (2, 5, 50)).astype(np.float32)
    science[1, 2, 7], science[0, 0, 9] = np.nan, np.inf
    flags = np.where(rng.random(science.shape) < 0.1, GROUP_DQ["SATURATED"], 0).astype(np.uint8)
    earlier, later = difference_groups(5, "independent")
    out = np.full((3, 6, 20), 7.0, dtype=np.float32)
    write_differences(science, flags, earlier, later, BAD_GROUP, BAD_STEP, 1, out)
    with np.errstate(invalid="ignore"):
        expected = (science[:, later] - science[:, earlier]).reshape(4, 50)
    spoiled = ((flags[:, later] | flags[:, earlier]) > 0).reshape(4, 50) | ~np.isfinite(expected)
    np.testing.assert_array_equal(out[:, 1:5], tiles(np.where(spoiled, np.nan, expected), 20))
    assert (out[:, [0, 5]] == 7.0).all()
