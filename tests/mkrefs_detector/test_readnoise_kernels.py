"""The compiled kernels against the same in numpy, and the plain method against astropy."""

import numpy as np
import pytest
from astropy.stats import sigma_clip

from mkrefs.api import GROUP_DQ
from mkrefs_detector.readnoise.estimator import estimate, prepare_estimator
from mkrefs_detector.readnoise.kernels import pool_differences, write_differences
from mkrefs_detector.readnoise.layout import difference_groups, layout_differences
from mkrefs_detector.readnoise.pixelwise import pool, pool_lines, reject
from mkrefs_detector.readnoise.settings import NoiseSettings
from mkrefs_detector.statistics.corrections import rejection_limits


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


@pytest.mark.parametrize("cells", ["one", "ramps"])
def test_pooled_squares_equal_those_in_numpy(stack, cells):
    layout = layout_differences([(2, 7)] * 3, "consecutive")
    cell = layout.ramp if cells == "ramps" else np.zeros_like(layout.ramp)
    limits = rejection_limits(layout.size, 3.0, 6.0)
    out = np.empty((4, stack.shape[1]))
    pool_differences(stack, limits, 3, cell, layout.joined, False, out)
    for pixel in range(stack.shape[1]):
        samples = stack[:, pixel].astype(np.float64)
        kept = reject(samples, limits, 3)
        expected = (*pool(samples, kept, cell, layout.joined), kept.size)
        assert out[:, pixel] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_pooled_lines_equal_those_in_numpy(stack):
    layout = layout_differences([(2, 7)] * 3, "consecutive")
    limits = rejection_limits(layout.size, 3.0, 6.0)
    out = np.empty((4, stack.shape[1]))
    pool_differences(stack, limits, 2, layout.ramp, layout.joined, True, out)
    for pixel in range(stack.shape[1]):
        samples = stack[:, pixel].astype(np.float64)
        expected = pool_lines(samples, reject(samples, limits, 2), layout.joined)
        assert out[:2, pixel] == pytest.approx(expected, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("iterations", [1, 3])
def test_plain_stack_is_astropys_clip(stack, iterations):
    layout = layout_differences([(2, 7)] * 3, "consecutive")
    settings = NoiseSettings(
        group_diff_type="consecutive", bias_correction=False, max_clipping_iters=iterations
    )
    noise, dof = estimate(stack, prepare_estimator(layout, settings))
    clipped = sigma_clip(np.ma.masked_invalid(stack[:, 3:]), sigma=3.0, maxiters=iterations, axis=0)
    assert noise[3:] == pytest.approx(np.ma.std(clipped.astype(np.float64), axis=0).data, rel=1e-6)
    assert dof[3:] == pytest.approx(clipped.count(axis=0) - 1)
    assert np.isnan(noise[:2]).all()
    assert (dof[:2] == 0).all()


def test_plain_ramps_are_astropys_clip_and_clipped_mean(stack):
    layout = layout_differences([(2, 7)] * 3, "consecutive")
    settings = NoiseSettings(method="ramp", group_diff_type="consecutive", bias_correction=False)
    noise, _ = estimate(stack, prepare_estimator(layout, settings))
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
    assert (layout.size, layout.ramps, layout.segments) == (7, 2, 3)


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
    science = np.arange(5, dtype=np.float32).reshape(1, 5, 1, 1)
    group_dq = np.zeros((1, 5, 1, 1), dtype=np.uint8)
    group_dq[0, group] = GROUP_DQ[flag]
    earlier, later = difference_groups(5, "consecutive")
    out = np.empty((4, 1), dtype=np.float32)
    bad = np.uint8(GROUP_DQ["DO_NOT_USE"] | GROUP_DQ["SATURATED"])
    write_differences(science, group_dq, earlier, later, bad, np.uint8(GROUP_DQ["JUMP_DET"]), out)
    assert np.flatnonzero(np.isnan(out[:, 0])).tolist() == spoiled


def test_a_jump_in_the_first_group_of_an_independent_pair_does_not_spoil_it():
    science = np.zeros((1, 4, 1, 1), dtype=np.float32)
    group_dq = np.zeros((1, 4, 1, 1), dtype=np.uint8)
    group_dq[0, 2] = GROUP_DQ["JUMP_DET"]
    earlier, later = difference_groups(4, "independent")
    out = np.empty((2, 1), dtype=np.float32)
    write_differences(science, group_dq, earlier, later, np.uint8(3), np.uint8(4), out)
    assert np.isfinite(out).all()
