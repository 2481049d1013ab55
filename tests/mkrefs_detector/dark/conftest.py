"""Dark ramps in memory: read noise, pedestals, shot noise and cosmic rays of all sizes, from fixed seeds."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pytest

from mkrefs.api import GROUP_DQ, ExposureMetadata
from mkrefs.testing import ArrayRamp

SUBARRAY = ExposureMetadata(
    instrument="NIRCAM",
    detector="NRCA1",
    exp_type="NRC_DARK",
    readpatt="RAPID",
    subarray="SUB64",
    xstart=1001,
    ystart=1001,
    xsize=64,
    ysize=64,
    fastaxis=-1,
    slowaxis=2,
    nints=1,
    ngroups=10,
    nframes=1,
    groupgap=0,
    frame_time=10.0,
    group_time=10.0,
    noutputs=1,
)
GAIN, PEDESTAL = 2.0, 18.0


@dataclass(frozen=True)
class Darks:
    """Ramps with their flags, and the dark current behind them in DN per group."""

    ramps: list
    flags: list
    signal: np.ndarray


@pytest.fixture(scope="session")
def simulate():
    """Simulate darks; `hit` is the share of the pixels hit in an integration, flagged where that is easy."""

    def make(count, ngroups, *, nints=1, signal=(0.05, 50.0), hit=0.0, size=64, seed=1, drift=0.0):
        rng = np.random.default_rng(seed)
        low, high = np.log(signal)
        rate = np.exp(rng.uniform(low, high, (size, size)))
        noise = 6.0 * np.exp(0.1 * rng.standard_normal((size, size)))
        ramps, flags = [], []
        for _ in range(count):
            shape = (nints, ngroups, size, size)
            ramp = np.cumsum(rng.poisson(np.broadcast_to(rate * GAIN, shape)), axis=1) / GAIN
            ramp = ramp + noise * rng.standard_normal(shape)
            ramp += PEDESTAL * rng.standard_normal((nints, 1, size, size))
            ramp += drift * rng.standard_normal((nints, ngroups, 1, 1))
            dq = np.zeros(shape, np.uint8)
            _strike(rng, ramp, dq, hit, 4 * np.sqrt(2 * noise**2 + rate / GAIN))
            ramps.append(np.round(ramp).astype(np.float32))
            flags.append(dq)
        return Darks(ramps, flags, rate)

    return make


def _strike(rng, ramp, dq, hit, threshold):
    nints, ngroups, *shape = ramp.shape
    struck = rng.random((nints, *shape)) < hit
    when = rng.integers(0, ngroups, (nints, *shape))
    size = np.where(struck, np.exp(rng.uniform(np.log(5), np.log(3000), (nints, *shape))), 0)
    for group in range(ngroups):
        ramp[:, group] += np.where(when <= group, size, 0)
    for group in range(1, ngroups):
        seen = struck & (when == group) & (size > threshold)
        dq[:, group][seen] = GROUP_DQ["JUMP_DET"]


@pytest.fixture(scope="session")
def as_ramps():
    """Give arrays the metadata of a subarray, as a creator gets them."""

    def wrap(arrays, flags=None, pixel_dq=None, **changes):
        ramps = {}
        for number, science in enumerate(arrays, start=1):
            sizes = dict(zip(("nints", "ngroups", "ysize", "xsize"), science.shape, strict=True))
            metadata = dataclasses.replace(SUBARRAY, **sizes | changes)
            group_dq = None if flags is None else flags[number - 1]
            ramps[f"D{number}"] = ArrayRamp(
                science, metadata, group_dq=group_dq, pixel_dq=pixel_dq, name=f"dark{number}"
            )
        return ramps

    return wrap
