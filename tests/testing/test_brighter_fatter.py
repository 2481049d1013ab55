"""The simulated brighter-fatter effect: charge is kept, and what is held turns away what comes."""

import numpy as np
import pytest

from mkrefs.testing import DetectorTruth, Effects, ExposureSpec, Levels, simulate_ramp
from mkrefs.testing.brighter_fatter import turned_away

ALL = np.ones((5, 6), dtype=bool)


def test_no_charge_is_lost_and_a_full_pixel_gets_less():
    held = np.zeros((5, 6), np.float32)
    held[2, 3] = 10000
    collected = turned_away(np.full((5, 6), 1000, np.float32), held, 1e-6, ALL)
    assert collected.sum() == pytest.approx(30 * 1000)
    assert collected[2, 3] == pytest.approx(1000 * (1 - 4 * 1e-6 * 10000))
    assert collected[1, 3] == collected[2, 2] == pytest.approx(1000 * (1 + 1e-6 * 10000))
    assert collected[1, 2] == 1000


def test_reference_pixels_take_no_part():
    active = ALL.copy()
    active[:, :2] = False
    held = np.tile(np.arange(6, dtype=np.float32) * 1000, (5, 1))
    collected = turned_away(np.full((5, 6), 500, np.float32), held, 1e-5, active)
    np.testing.assert_array_equal(collected[:, :2], 500)
    assert collected[:, 2:].sum() == pytest.approx(20 * 500)


def test_the_variance_grows_less_than_the_signal():
    strength, flux, groups = 4e-7, 150000.0, 4

    def variance(*extra):
        effects = Effects.only("shot_noise", *extra)
        truth = DetectorTruth("NRCB1", "SUB64P", effects=effects, levels=Levels(brighter_fatter=strength))
        specs = [ExposureSpec(ngroups=groups, flux=flux, observation=number) for number in range(1, 9)]
        last = [simulate_ramp(truth, spec).data[0, -1].astype(float) for spec in specs]
        inner = np.s_[1:-1, 1:-1]
        return np.mean([(a - b)[inner].var() for a, b in zip(last[::2], last[1::2], strict=True)])

    seconds = (64 + 12) * (64 + 2) * 1e-5
    electrons = flux * groups * seconds * Levels().gain
    assert variance("brighter_fatter") / variance() == pytest.approx(1 - 4 * strength * electrons, abs=0.035)


def test_it_is_off_by_default():
    assert not Effects.standard().brighter_fatter
    assert Effects.everything().brighter_fatter
