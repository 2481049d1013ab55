"""The injected bias of simulated detectors is recovered, with errors that are what they say."""

import dataclasses

import numpy as np
import pytest

from mkrefs.testing import DetectorTruth, Effects
from mkrefs_detector.superbias.channels import read_channels
from mkrefs_detector.superbias.creator import SuperbiasCreator
from mkrefs_detector.superbias.parameters import SuperbiasParameters

#: All that the simulator knows of a single pixel.
PIXELWISE = dataclasses.replace(Effects.standard(), amplifier_drift=False)


def create(ramps, **parameters):
    return SuperbiasCreator().create(ramps, SuperbiasParameters(**parameters))


def residual(made, expected, good):
    """Residual of the good and reliable pixels, and its error."""
    used = good & ~made.flags["UNRELIABLE_BIAS"]
    return (made.arrays["data"] - expected)[used], made.arrays["err"][used]


def assert_recovered(difference, error):
    assert np.median(difference) / np.median(error) == pytest.approx(0, abs=0.02)
    assert np.mean((difference / error) ** 2) == pytest.approx(1.0, abs=0.05)
    assert np.mean(difference**2) / np.mean(error**2) == pytest.approx(1.0, abs=0.05)


# Cosmic rays that touch 5 % of the pixels of an exposure of ten groups touch 0.5 % before its first.
@pytest.mark.parametrize("hit", [0.0, 0.005])
@pytest.mark.parametrize(("count", "nints"), [(6, 1), (3, 2), (20, 1)])
def test_the_bias_of_a_detector_is_recovered(simulated, first_level, count, nints, hit):
    truth = DetectorTruth("NRCA1", "SUB320", seed=2, effects=PIXELWISE)
    made = create(simulated(truth, count, nints=nints, hit=hit))
    assert_recovered(*residual(made, first_level(truth), truth.normal))
    assert made.flags["UNRELIABLE_BIAS"][truth.normal].mean() < 0.0015


@pytest.mark.parametrize(("detector", "subarray"), [("NIS", "SUB256"), ("GUIDER2", "SUB128LL")])
def test_detectors_read_in_the_other_direction_too(simulated, first_level, detector, subarray):
    truth = DetectorTruth(detector, subarray, seed=3, effects=PIXELWISE)
    made = create(simulated(truth, 8))
    difference, error = residual(made, first_level(truth), truth.normal)
    assert np.mean((difference / error) ** 2) == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize("count", [6, 20])
def test_drifts_leave_their_mean_alone_in_light_and_reference_pixels_alike(simulated, first_level, count):
    levels = dataclasses.replace(DetectorTruth("NRCA1", "SUB320").strengths, amplifier_drift=15.0)
    truth = DetectorTruth("NRCA1", "SUB320", seed=2, effects=Effects.standard(), levels=levels)
    ramps = simulated(truth, count, hit=0.005)
    made = create(ramps)
    channels = read_channels(ramps["D1"].metadata, truth.window.shape)
    expected = np.array(first_level(truth))
    for number in range(channels.count):
        here = channels.places(number)
        known = truth.reference_pixels[here]
        expected[here] += np.mean((made.arrays["data"] - first_level(truth))[here][known])
    assert_recovered(*residual(made, expected, truth.normal))
    still = create(ramps, drift_correction=False)
    assert np.median(still.arrays["err"]) > 1.1 * np.median(made.arrays["err"])


def test_the_documented_method_is_what_it_was(simulated, first_level):
    """Without correction the error of six files is a scatter, and low."""
    truth = DetectorTruth("NRCA1", "SUB160", seed=2, effects=PIXELWISE)
    ramps = simulated(truth, 6)
    old = create(ramps, bias_correction=False, share_scatter=False, drift_correction=False, error="scatter")
    sample = np.hypot(truth.read_noise, truth.strengths.reset_noise)[truth.normal]
    assert np.mean(old.arrays["err"][truth.normal] / sample) == pytest.approx(0.87, abs=0.02)
    difference, error = residual(old, first_level(truth), truth.normal)
    assert np.mean(difference**2) / np.mean(error**2) < 0.3
