"""Dark ramps in memory: pure read noise, or with cosmic rays, from fixed seeds."""

import dataclasses

import numpy as np
import pytest

from mkrefs.api import ExposureMetadata
from mkrefs.testing.array_ramp import ArrayRamp

SIGMA = 6.0

SUBARRAY = ExposureMetadata(
    instrument="NIRCAM",
    detector="NRCA1",
    exp_type="NRC_DARK",
    readpatt="RAPID",
    subarray="SUB64",
    xstart=1,
    ystart=1,
    xsize=64,
    ysize=64,
    fastaxis=-1,
    slowaxis=2,
    nints=1,
    ngroups=10,
    nframes=1,
    groupgap=0,
    frame_time=0.5,
    group_time=0.5,
)


@pytest.fixture(scope="session")
def darks():
    """Make dark ramps of shape (nints, ngroups, rows, columns)."""

    def make(count, *, nints=1, ngroups=10, rows=64, columns=64, hit=0.0, seed=1):
        rng = np.random.default_rng(seed)
        ramps = []
        for _ in range(count):
            ramp = rng.normal(0.0, SIGMA, (nints, ngroups, rows, columns))
            ramp += rng.normal(0.0, 20.0, (nints, 1, rows, columns))
            struck = rng.random((rows, columns)) < hit
            when = rng.integers(1, ngroups, (rows, columns))
            size = 20.0 * 1000.0 ** rng.random((rows, columns))
            after = np.arange(ngroups)[:, None, None] >= when
            ramp += np.where(struck & after, size, 0.0)
            ramps.append(ramp.astype(np.float32))
        return ramps

    return make


@pytest.fixture(scope="session")
def as_ramps():
    """Give arrays the metadata of a subarray, as a creator gets them."""

    def wrap(arrays, flags=None, **changes):
        ramps = {}
        for number, science in enumerate(arrays, start=1):
            metadata = dataclasses.replace(
                SUBARRAY,
                **{
                    "nints": science.shape[0],
                    "ngroups": science.shape[1],
                    "ysize": science.shape[2],
                    "xsize": science.shape[3],
                }
                | changes,
            )
            group_dq = None if flags is None else flags[number - 1]
            ramps[f"D{number}"] = ArrayRamp(science, metadata, group_dq=group_dq, name=f"dark{number}")
        return ramps

    return wrap
