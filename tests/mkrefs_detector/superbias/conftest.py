"""Simulated darks in memory, as a creator gets them after dq_init."""

import numpy as np
import pytest

from mkrefs.api import PIXEL_DQ
from mkrefs.testing import ArrayRamp, DetectorTruth, ExposureSpec, simulate_ramp
from mkrefs.testing.ramps import read_times


@pytest.fixture(scope="session")
def simulated():
    """Make dark ramps of a detector's truth by role; `hit` is the share of pixels hit before first groups."""

    def make(truth: DetectorTruth, count: int, *, nints: int = 1, hit: float = 0.0, **settings):
        flags = np.where(truth.reference_pixels, PIXEL_DQ["REFERENCE_PIXEL"], 0)
        ramps = {}
        for number in range(1, count + 1):
            spec = ExposureSpec(
                ngroups=1, nints=nints, cosmic_ray_fraction=hit, observation=number, seed=5, **settings
            )
            made = simulate_ramp(truth, spec)
            ramps[f"D{number}"] = ArrayRamp(made.data, made.metadata, pixel_dq=flags, name=f"dark{number}")
        return ramps

    return make


@pytest.fixture(scope="session")
def first_level():
    """Give the level of the first group that a detector's truth predicts."""

    def level(truth: DetectorTruth):
        seconds = read_times(truth, ExposureSpec(ngroups=1)).mean()
        return truth.bias + truth.dark_current * np.float32(seconds)

    return level
