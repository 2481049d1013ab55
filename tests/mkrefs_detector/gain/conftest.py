"""Flats and darks of a simple detector of known gain, in memory."""

import dataclasses

import numpy as np
import pytest
from scipy.ndimage import convolve

from mkrefs.api import ExposureMetadata
from mkrefs.testing import ArrayRamp

#: In the middle of a detector, where no pixel is a reference pixel.
MIDDLE = ExposureMetadata(
    instrument="NIRCAM", detector="NRCB1", exp_type="NRC_LED", readpatt="RAPID", subarray="SUB160",
    xstart=801, ystart=801, xsize=160, ysize=160, fastaxis=1, slowaxis=-2, nints=1, ngroups=10, nframes=1,
    groupgap=0, frame_time=1.0, group_time=1.0, noutputs=1, filter="F150W", pupil="CLEAR",
)  # fmt: skip
READ_NOISE = 6.0


def expose(
    rng, *, gain, level, ngroups=10, nints=1, nframes=1, gap=0, response=None, kernel=None, bend=0.0,
    hits=0.0, drift=0.0, read_noise=READ_NOISE, lamp=None,
):  # fmt: skip
    """Give ramps of shape (nints, ngroups, rows, columns) in whole DN above a bias of 0."""
    shape = gain.shape
    response = np.ones(shape) if response is None else response
    frames = ngroups * (nframes + gap) - gap
    lamp = np.ones(frames) if lamp is None else np.interp(np.arange(frames), [0, frames - 1], lamp)
    out = np.zeros((nints, ngroups, *shape))
    for integration in range(nints):
        charge = np.zeros(shape)
        reset = rng.normal(0, 15, shape)
        for frame in range(frames):
            charge += rng.poisson(level / frames * lamp[frame] * response * gain)
            size = np.exp(rng.uniform(np.log(20), np.log(20000), shape))
            charge += (rng.random(shape) < hits / frames) * size * gain
            group, number = divmod(frame, nframes + gap)
            if number >= nframes:
                continue
            signal = charge / gain
            shown = signal - bend * signal**2
            if kernel is not None:
                shown = convolve(shown, kernel, mode="nearest")
            out[integration, group] += (shown + rng.normal(0, read_noise, shape)) / nframes
        columns = rng.normal(0, drift, (ngroups, 1, 2)).repeat(shape[1] // 2, axis=0).reshape(ngroups, 1, -1)
        out[integration] += reset + rng.normal(0, drift, (ngroups, 1, 1)) + columns
    return np.rint(out + 1000.0) - 1000.0


@pytest.fixture(scope="session")
def detector():
    """Give a gain that grows by 4 % across the array, and a response with scatter and a gradient."""

    def make(size=160, mean=2.0, slope=0.04, seed=9):
        rng = np.random.default_rng(seed)
        along = np.linspace(-0.5, 0.5, size)
        gain = mean * (1 + slope * along[:, None] + 0.003 * rng.standard_normal((size, size)))
        return gain, (1 + 0.1 * along) * (1 + 0.02 * rng.standard_normal((size, size)))

    return make


@pytest.fixture(scope="session")
def exposures():
    """Make two flats, of given levels, and two darks."""

    def make(
        gain, response=None, *, level=18000.0, second=None, seed=1, dark_groups=None, lamp=None, **settings
    ):
        rng = np.random.default_rng(seed)
        levels = (level, level if second is None else second)
        flats = [
            expose(rng, gain=gain, response=response, level=each, lamp=lamp, **settings) for each in levels
        ]
        groups = {} if dark_groups is None else {"ngroups": dark_groups}
        darks = [expose(rng, gain=gain, level=1.0, **(settings | groups)) for _ in range(2)]
        return flats, darks

    return make


@pytest.fixture(scope="session")
def as_roles():
    """Give flats and darks the form a creator gets them in."""

    def wrap(flats, darks, *, done=("linearity",), flags=None, raws=None, **changes):
        ramps = {}
        for letter, arrays in (("D", darks), ("F", flats)):
            for number, science in enumerate(arrays, start=1):
                metadata = dataclasses.replace(
                    MIDDLE,
                    **{
                        "exp_type": "NRC_DARK" if letter == "D" else "NRC_LED",
                        "nints": science.shape[0],
                        "ngroups": science.shape[1],
                        "ysize": science.shape[2],
                        "xsize": science.shape[3],
                    }
                    | changes,
                )
                role = f"{letter}{number}"
                raw = None if raws is None or letter == "D" else ArrayRamp(raws[number - 1], metadata)
                group_dq, pixel_dq = (flags or {}).get(role, (None, None))
                ramps[role] = ArrayRamp(science, metadata, group_dq, pixel_dq, name=role, raw=raw, done=done)
        return ramps

    return wrap
