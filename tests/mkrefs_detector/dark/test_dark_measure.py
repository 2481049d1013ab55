"""What counts of a ramp, that blocks and short cuts change nothing, and what is refused."""

import numpy as np
import pytest
from astropy.stats import sigma_clip

from mkrefs.api import GROUP_DQ, UserError
from mkrefs_detector.dark import measure_dark
from mkrefs_detector.dark.averaging import average_stack, stack_states
from mkrefs_detector.dark.blocks import Stack
from mkrefs_detector.dark.estimator import CommonNoise, prepare_recipe
from mkrefs_detector.dark.settings import DarkSettings
from mkrefs_detector.dark.shot_noise import find_shot_noise
from mkrefs_detector.dark.slopes import slope_weights
from mkrefs_detector.dark.sorting import STEP, UNHIT
from mkrefs_detector.superbias.error import CommonScatter

JUMP, SATURATED, UNUSED = GROUP_DQ["JUMP_DET"], GROUP_DQ["SATURATED"], GROUP_DQ["DO_NOT_USE"]
BOTH = UNHIT | STEP


def stack_of(values, flags, *, keep_below=-1.0, masked=None):
    """A stack of (nintegrations, ngroups, npixels)."""
    no_pixel = np.zeros(values.shape[2], bool) if masked is None else masked
    return Stack(values, flags, no_pixel, (SATURATED, UNUSED, JUMP, keep_below))


def states_of(flags, *, values=None, keep_below=-1.0, masked=False):
    dq = np.array(flags, dtype=np.uint8)[None, :, None]
    data = np.zeros(dq.shape, np.float32) if values is None else np.float32(values)[None, :, None]
    stack = stack_of(data, dq, keep_below=keep_below, masked=np.array([masked]))
    return stack_states(stack)[0, :, 0].tolist()


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([0, 0, 0, 0], [UNHIT, BOTH, BOTH, BOTH]),
        ([0, JUMP, 0, 0], [UNHIT, 0, 0, 0]),
        ([JUMP, 0, 0, 0], [0, 0, 0, 0]),
        ([0, 0, SATURATED, 0], [UNHIT, BOTH, 0, 0]),
        ([UNUSED, 0, 0, UNUSED], [0, UNHIT, BOTH, 0]),
        ([0, UNUSED, 0, 0], [UNHIT, 0, UNHIT, BOTH]),
    ],
)
def test_a_ramp_counts_until_its_first_hit(flags, expected):
    assert states_of(flags) == expected


def test_after_small_hits_differences_count_on_request():
    flags = [0, JUMP, 0, JUMP, 0]
    small = states_of(flags, values=[0, 50, 50, 90, 90], keep_below=100.0)
    assert small == [UNHIT, 0, STEP, 0, STEP]
    assert states_of(flags, values=[0, 50, 50, 500, 500], keep_below=100.0) == [UNHIT, 0, STEP, 0, 0]
    assert states_of([0, JUMP | SATURATED, 0], keep_below=100.0) == [UNHIT, 0, 0]


def test_pixels_that_a_mask_forbids_are_measured_and_what_is_not_finite_is_not():
    assert states_of([UNUSED] * 3, masked=True) == [UNHIT, BOTH, BOTH]
    assert states_of([0, 0, 0], values=[0, np.nan, 0]) == [UNHIT, 0, UNHIT]


def test_blocks_change_nothing(simulate):
    darks = simulate(5, 8, hit=0.1, nints=2)
    whole = measure_dark(darks.ramps, darks.flags, first_apart=True)
    parts = measure_dark(darks.ramps, darks.flags, first_apart=True, block_bytes=1)
    for name in ("ramp", "err", "count", "rate", "rate_err", "scatter", "used", "unsteady", "rejected"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))


@pytest.mark.parametrize(
    "noise", [CommonNoise(), CommonNoise(CommonScatter(36.0, 40.0), CommonScatter(360.0, 80.0), 0.5)]
)
def test_ordinary_pixels_are_done_as_any_other(simulate, noise):
    darks = simulate(6, 10, hit=0.05)
    values = np.concatenate(darks.ramps).reshape(6, 10, -1)
    values[2, 5, 17] = np.nan
    stack = stack_of(values, np.concatenate(darks.flags).reshape(values.shape))
    recipe = prepare_recipe(6, 10, DarkSettings(), noise)
    quick = average_stack(stack, recipe, 10)
    each = average_stack(stack, recipe, 10, quick=False)
    assert quick[2][:, 17].tolist() == [6, 6, 6, 6, 6, 5, 5, 6, 6, 6]
    for one, other in zip(quick, each, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-4)


def test_inputs_are_not_changed_and_may_differ_in_length(simulate):
    darks = simulate(4, 8)
    ramps = [ramp[:, : 8 if number else 5].copy() for number, ramp in enumerate(darks.ramps)]
    for ramp in ramps:
        ramp.flags.writeable = False
    found = measure_dark(ramps)
    assert found.ramp.shape[1] == 8
    assert found.count[0, 4].max() == 4
    assert found.count[0, 5:].max() == 3


def test_levels_are_averaged_as_documented(simulate):
    darks = simulate(12, 6, hit=0.1)
    found = measure_dark(
        darks.ramps, darks.flags, settings=DarkSettings(average="levels", drift_correction=False)
    )
    hit = np.maximum.accumulate(np.stack([flags[0] for flags in darks.flags]) != 0, axis=1)
    stack = np.ma.array(np.stack([ramp[0] for ramp in darks.ramps]), mask=hit)
    clipped = sigma_clip(stack, sigma=3, maxiters=5, axis=0)
    np.testing.assert_allclose(found.ramp[0], clipped.mean(axis=0).filled(np.nan), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(found.err[0], clipped.std(axis=0).filled(np.nan), rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(found.count[0], clipped.count(axis=0))


def test_the_first_integrations_can_be_averaged_apart(simulate):
    darks = simulate(6, 8, nints=3)
    for ramp in darks.ramps:
        ramp[1:] += 100 * np.exp(-np.arange(8) / 2)[:, None, None]
    found = measure_dark(darks.ramps, first_apart=True)
    assert [selection.size for selection in found.selections] == [6, 12]
    anomaly = np.median(found.ramp[1] - found.ramp[1][-1:] - found.ramp[0] + found.ramp[0][-1:], axis=(1, 2))
    np.testing.assert_allclose(anomaly, 100 * (np.exp(-np.arange(8) / 2) - np.exp(-3.5)), atol=1.0)


def test_weights_go_from_a_line_to_the_ends():
    weights, ratios = slope_weights(10)
    place = np.arange(1, 10)
    np.testing.assert_allclose(weights[0], place * (10 - place) / (place * (10 - place)).sum())
    np.testing.assert_allclose(weights[-1], 1 / 9, rtol=0.02)
    assert (np.diff(ratios) > 0).all()


def test_a_last_group_unlike_the_others_can_be_left_out_of_the_slope(simulate):
    darks = simulate(6, 10, hit=0.1, drift=0.0)
    low = [ramp - 20.0 * (np.arange(10) == 9)[:, None, None] for ramp in darks.ramps]
    settings = DarkSettings(slope_without_last=True, drift_correction=False)
    plain, changed = (
        measure_dark(ramps, group_dq=darks.flags, settings=settings) for ramps in (darks.ramps, low)
    )
    np.testing.assert_allclose(changed.rate, plain.rate, atol=0.02)
    np.testing.assert_allclose(changed.ramp[0, -1] - plain.ramp[0, -1], -20.0, atol=1.0)
    pull = (changed.rate[0] - darks.signal) / changed.rate_err[0]
    assert np.nanmedian(pull) == pytest.approx(0.0, abs=0.06)
    assert np.nanstd(pull) == pytest.approx(1.0, abs=0.1)
    weights, _ = slope_weights(2, without_last=True)
    assert (weights == 1).all()


def test_shot_noise_is_found_from_bright_pixels_alone():
    rng = np.random.default_rng(3)
    signal = np.concatenate([np.zeros(5000), rng.uniform(20, 200, 300)])
    dof = np.full(signal.shape, 40.0)
    variance = (72 + signal / 1.6) * rng.chisquare(40, signal.size) / 40
    assert find_shot_noise(variance, dof, signal, 10) == pytest.approx(1 / 1.6, rel=0.05)
    assert find_shot_noise(variance[:5000], dof[:5000], signal[:5000], 10) == 0.5
    assert find_shot_noise(variance[:0], dof[:0], signal[:0], 10) == 0.5


def test_too_little_is_refused(simulate):
    darks = simulate(2, 4, size=8)
    with pytest.raises(UserError, match="1 integration, too few"):
        measure_dark(darks.ramps[:1])
    with pytest.raises(UserError, match="1 group, which shows no dark current"):
        measure_dark([ramp[:, :1] for ramp in darks.ramps])
    with pytest.raises(UserError, match="1 first integration"):
        measure_dark([np.concatenate([darks.ramps[0], darks.ramps[1]])], first_apart=True)
    with pytest.raises(UserError, match="sigma_threshold is 1"):
        measure_dark(darks.ramps, settings=DarkSettings(sigma_threshold=1.0))
    with pytest.raises(UserError, match="has 3 dimensions"):
        measure_dark([darks.ramps[0][0]])
    with pytest.raises(UserError, match="differ in rows or columns"):
        measure_dark([darks.ramps[0], darks.ramps[1][..., 1:]])
    with pytest.raises(UserError, match="2 ramps and 1 group_dq"):
        measure_dark(darks.ramps, [None])
