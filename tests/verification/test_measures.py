"""What is measured of exposures whose truth is known, on plain arrays."""

from dataclasses import replace

import numpy as np
import pytest

from mkrefs.verification.kinds import KINDS, judged_kinds
from mkrefs.verification.measures import Calibrated, measure
from mkrefs.verification.ramps import summarise_ramp
from mkrefs.verification.statistics import estimate, median, scatter, without_structure

SHAPE = (96, 96)
NGROUPS, NINTS = 8, 3
CDS, GAIN, TGROUP = 12.0, 2.0, 10.0
LOST, SATURATED, JUMP = 1, 2, 4


def fitted(ramp):
    """Slopes and their errors by an unweighted line through each integration."""
    time = np.arange(ramp.shape[1]) * TGROUP
    weight = (time - time.mean()) / ((time - time.mean()) ** 2).sum()
    rates = np.einsum("g,igyx->iyx", weight, ramp)
    return rates, CDS / np.sqrt(2) * np.sqrt((weight**2).sum())


def exposure(seed=1, *, rate=0.0, bias=0.0, nints=NINTS, noise=CDS):
    """A ramp of white read noise and photon noise."""
    rng = np.random.default_rng(seed)
    size = (nints, NGROUPS, *SHAPE)
    light = rng.poisson(max(rate, 0.0) * TGROUP * GAIN, size).cumsum(axis=1) / GAIN
    light += min(rate, 0.0) * TGROUP * np.arange(NGROUPS)[:, np.newaxis, np.newaxis]
    return (light + bias + rng.normal(0.0, noise / np.sqrt(2), size)).astype(np.float32)


def calibrated(ramp, *, flags=None, read_noise=CDS, gain=GAIN, usable=None):
    flags = np.zeros(ramp.shape, np.uint8) if flags is None else flags
    rates, error = fitted(ramp)
    error *= read_noise / CDS
    return Calibrated(
        rate=rates.mean(axis=0),
        error=np.full(SHAPE, error / np.sqrt(len(ramp))),
        usable=np.ones(SHAPE, bool) if usable is None else usable,
        sensitive=np.ones(SHAPE, bool),
        rates=rates,
        errors=np.full(rates.shape, error),
        ramp=summarise_ramp(ramp, flags, lost=LOST | SATURATED, jump=JUMP),
        read_noise=np.full(SHAPE, read_noise),
        gain=np.full(SHAPE, gain),
    )


def measured(imtype, new, previous=None):
    return {one.name: one for one in measure(imtype, new, previous)}


def test_noise_is_held_against_what_files_predict():
    ramp = exposure()
    found = measured("D", calibrated(ramp), calibrated(ramp, read_noise=0.8 * CDS))
    for name in ("cds_noise", "slope_noise"):
        one = found[name]
        assert one.new == pytest.approx(1.0, abs=4 * one.error)
        assert one.previous == pytest.approx(one.new / 0.8)
        assert 0.0 < one.error < 0.02
        assert one.tolerance == 0.01
    assert found["normal_pixels_lost"].new == found["normal_pixels_lost"].previous == 0.0


def test_one_integration_has_the_noise_of_slopes_over_the_pixels():
    ramp = exposure(nints=1)
    with_integrations = calibrated(ramp)
    none = np.empty((0, *SHAPE))
    for run in (with_integrations, replace(with_integrations, rates=none, errors=none)):
        one = measured("D", run)["slope_noise"]
        assert one.new == pytest.approx(1.0, abs=4 * one.error)
        assert np.isnan(one.previous)


def test_what_a_dark_leaves():
    ramp = exposure(2)
    new, previous = calibrated(ramp), calibrated(ramp - 0.5 * np.arange(NGROUPS, dtype="f4")[:, None, None])
    found = measured("D", new, previous)
    residual, last = found["dark_residual"], found["last_group"]
    assert residual.previous - residual.new == pytest.approx(-0.05, abs=1e-4)
    assert abs(residual.new) < 4 * residual.error
    assert last.previous - last.new == pytest.approx(-0.5 * (NGROUPS - 1), abs=1e-3)
    assert found["dark_scatter"].new == pytest.approx(found["dark_scatter"].previous)
    assert residual.tolerance == pytest.approx(0.02 * found["dark_scatter"].new)


def test_what_a_superbias_leaves():
    ramp = exposure(3, bias=2.0)
    rough = ramp + np.random.default_rng(4).normal(0.0, 10.0, SHAPE).astype("f4")
    found = measured("D", calibrated(ramp), calibrated(rough))
    single = CDS / np.sqrt(2 * NINTS)
    assert found["first_group"].new == pytest.approx(2.0, abs=4 * found["first_group"].error)
    assert found["first_group_scatter"].new == pytest.approx(single, rel=0.05)
    assert found["first_group_scatter"].previous == pytest.approx(np.hypot(single, 10.0), rel=0.05)


def test_photon_noise_tells_the_gain():
    ramp = exposure(5, rate=100.0)
    found = measured("F", calibrated(ramp), calibrated(ramp, gain=1.25 * GAIN))
    one = found["photon_transfer"]
    assert one.new == pytest.approx(1.0, abs=4 * one.error)
    variance, read = 100.0 * TGROUP / GAIN, CDS**2
    assert one.previous / one.new == pytest.approx(
        np.sqrt((variance + read) / (variance / 1.25 + read)), abs=0.005
    )
    assert found["slope"].new == pytest.approx(100.0, rel=0.01)
    assert (found["slope_ratio"].new, found["slope_ratio"].previous) == (1.0, 1.0)
    assert measured("F", calibrated(1.03 * ramp), calibrated(ramp))["slope_ratio"].new == pytest.approx(1.03)


def test_both_are_measured_on_the_same_pixels():
    ramp = exposure(6)
    ramp[..., :30, :] += 5.0 * np.arange(NGROUPS)[:, None, None]
    half = np.ones(SHAPE, bool)
    half[:30] = False
    found = measured("D", calibrated(ramp, usable=half), calibrated(ramp))
    assert found["dark_residual"].new == found["dark_residual"].previous
    assert found["flagged"].new == pytest.approx(30 / 96)
    assert found["flagged"].previous == 0.0


def test_bad_pixels_missed_and_normal_pixels_lost():
    ramp = exposure(7)
    rng = np.random.default_rng(8)
    bad = rng.random(SHAPE) < 0.01
    ramp[..., bad] += 20.0 * np.arange(NGROUPS)[:, None]
    half = bad & (rng.random(SHAPE) < 0.5)
    wrong = ~bad & (rng.random(SHAPE) < 0.1)
    found = measured("D", calibrated(ramp, usable=~bad & ~wrong), calibrated(ramp, usable=~half))
    missed, lost = found["missed_bad_pixels"], found["normal_pixels_lost"]
    assert missed.new == 0.0
    assert missed.previous == pytest.approx((bad & ~half).mean())
    assert lost.new == pytest.approx(wrong.mean())
    assert lost.previous == 0.0


def test_flags_and_values_that_are_not_finite_do_not_count():
    ramp = exposure(9)
    flags = np.zeros(ramp.shape, np.uint8)
    flags[:, 4:, :48] |= SATURATED
    ramp[:, 4:, :48] = 1e5
    flags[1, 3, 60:70] |= JUMP
    ramp[1, 3:, 60:70] += 1e4
    run = calibrated(ramp, flags=flags)
    found = measured("D", run)
    assert found["cds_noise"].new == pytest.approx(1.0, abs=0.03)
    assert found["jumps"].new == pytest.approx(10 * 96 / ((flags[:, 1:] & SATURATED) == 0).sum())
    assert np.isnan(run.ramp.rise[:48]).all()
    assert abs(float(np.median(run.ramp.rise[60:70]))) < 5 * CDS


def test_nothing_usable_gives_nothing():
    nothing = calibrated(exposure(10), usable=np.zeros(SHAPE, bool))
    for one in measure("D", nothing, nothing):
        told = one.name in ("flagged", "jumps", "missed_bad_pixels", "normal_pixels_lost")
        assert np.isfinite(one.new) == told


def test_groups_that_are_lost_everywhere_are_passed_over():
    ramp = exposure(11, nints=1)
    flags = np.zeros(ramp.shape, np.uint8)
    flags[:, 0] = LOST
    ramp[:, 0] = np.nan
    found = summarise_ramp(ramp, flags, lost=LOST, jump=JUMP)
    assert np.array_equal(found.first, ramp[0, 1])
    assert np.array_equal(found.rise, ramp[0, -1] - ramp[0, 1])
    assert np.isfinite(found.differences).all()
    assert len(found.differences) == 3


def test_long_ramps_are_sampled():
    ramp = np.zeros((2, 100, 4, 4), np.float32)
    found = summarise_ramp(ramp, np.zeros(ramp.shape, np.uint8), lost=LOST, jump=JUMP)
    assert len(found.differences) == 32


def test_the_error_of_a_number_counts_noise_that_neighbours_share():
    rng = np.random.default_rng(12)
    everywhere = np.ones(SHAPE, bool)
    white = estimate(rng.normal(size=(200, *SHAPE))[0], everywhere, median)
    assert white.error == pytest.approx(1.2533 / 96, rel=0.6)
    rows = np.repeat(rng.normal(size=(SHAPE[0], 1)), SHAPE[1], axis=1)
    assert estimate(rows, everywhere, median).error == pytest.approx(1.2533 / np.sqrt(96), rel=0.6)


def test_scatter_and_structure():
    values = np.random.default_rng(13).normal(3.0, 2.0, 20000)
    assert scatter(values) == pytest.approx(2.0, rel=0.03)
    assert np.isnan(scatter(values[:2]))
    steps = np.kron(np.arange(36.0).reshape(6, 6), np.ones((16, 16)))
    assert not without_structure(steps, np.ones(SHAPE, bool)).any()


def test_every_judged_measure_is_known_and_has_a_direction():
    for reftype in ("readnoise", "dark", "superbias", "gain", "mask", "linearity"):
        for name in judged_kinds(reftype):
            assert KINDS[name].ideal is not None or KINDS[name].lower_is_better
