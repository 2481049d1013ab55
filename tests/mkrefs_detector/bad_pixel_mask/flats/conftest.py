"""Lamp flats in memory: pixels of known response, with slopes and errors as ramp_fit would give them."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pytest

from mkrefs.api import ExposureMetadata
from mkrefs.testing import ArrayImages, ArrayRamp

KINDS = ("DEAD", "LOW_QE", "OPEN", "ADJ_OPEN")
SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0))
CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
INNER = ExposureMetadata(
    instrument="NIRCAM",
    detector="NRCA1",
    exp_type="NRC_LED",
    readpatt="RAPID",
    subarray="INNER",
    xstart=101,
    ystart=101,
    xsize=256,
    ysize=256,
    fastaxis=-1,
    slowaxis=2,
    nints=1,
    ngroups=10,
    nframes=1,
    groupgap=0,
    frame_time=1.0,
    group_time=1.0,
    noutputs=1,
)


@dataclass(frozen=True)
class Sensitivity:
    """What each pixel makes of light, and why."""

    response: np.ndarray
    kinds: dict[str, np.ndarray]
    hot: np.ndarray

    @property
    def good(self):
        return ~np.logical_or.reduce([*self.kinds.values(), self.hot])


def make_sensitivity(
    size=256,
    *,
    seed=0,
    scatter=0.01,
    fractions=(0.002, 0.004, 0.002),
    dead=(0.0, 0.0),
    low=(0.1, 0.45),
    lost=(0.0, 0.3),
    bright=(1.07, 1.3),
    offsets=SIDES,
):
    rng = np.random.default_rng(seed)
    shape = (size, size)
    response = 1 + scatter * rng.standard_normal(shape)
    draw = rng.random(shape)
    edges = np.cumsum([0, *fractions])
    kinds = {
        name: (draw >= low_) & (draw < high)
        for name, low_, high in zip(KINDS, edges[:-1], edges[1:], strict=False)
    }
    beside = np.zeros(shape, dtype=bool)
    for y, x in np.argwhere(kinds["OPEN"]):
        gain = rng.uniform(*bright)
        for down, right in offsets:
            if 0 <= y + down < size and 0 <= x + right < size:
                response[y + down, x + right] *= gain
                beside[y + down, x + right] = True
    kinds["ADJ_OPEN"] = beside & ~np.logical_or.reduce(list(kinds.values()))
    for name, limits in (("DEAD", dead), ("LOW_QE", low), ("OPEN", lost)):
        response[kinds[name]] = rng.uniform(*limits, kinds[name].sum())
    hot = (rng.random(shape) < 0.003) & ~np.logical_or.reduce(list(kinds.values()))
    return Sensitivity(response, kinds, hot)


def lamp_pattern(shape, gradient):
    y, x = (np.linspace(0, 1, size) for size in shape)
    return 1 + gradient * (np.cos(2 * x + 1)[None, :] * np.sin(1.5 * y + 0.3)[:, None] - 0.3)


def make_flats(
    pixels,
    count=10,
    *,
    nints=1,
    flux=2000.0,
    gradient=0.2,
    gain=2.0,
    noise=6.0,
    hits=0.02,
    seed=1,
    pattern=None,
    **metadata,
):
    """Flats of ten groups of a second; the levels of the lamp scatter by 2 %."""
    rng = np.random.default_rng(seed)
    seconds, shape = 9.0, pixels.response.shape
    lamp = lamp_pattern(shape, gradient) if pattern is None else pattern
    ramps = {}
    for number in range(1, count + 1):
        rate = flux * (1 + 0.02 * rng.standard_normal()) * lamp * pixels.response + 0.1 * flux * pixels.hot
        error = np.sqrt(1.2 * np.maximum(rate, 0) / gain / seconds + 12 * noise**2 / 1000)
        slopes = rate + error * rng.standard_normal((nints, *shape))
        slopes += (rng.random(slopes.shape) < hits) * np.exp(rng.normal(5, 1.5, slopes.shape)) / seconds
        arrays = {
            "SCI": slopes.astype(np.float32),
            "ERR": np.broadcast_to(error, slopes.shape).astype(np.float32),
            "DQ": np.zeros(slopes.shape, dtype=np.uint32),
        }
        ramps[f"F{number}"] = as_flat(arrays, f"flat{number}", **metadata)
    return ramps


def as_flat(arrays, name, *, group_dq=None, pixel_dq=None, science=None, raw=None, **metadata):
    nints, nrows, ncols = arrays["SCI"].shape
    if science is None:
        science = np.zeros((nints, 1, nrows, ncols))
    made = dataclasses.replace(
        INNER, **{"nints": nints, "ngroups": science.shape[1], "ysize": nrows, "xsize": ncols} | metadata
    )
    return ArrayRamp(
        science,
        made,
        group_dq=group_dq,
        pixel_dq=pixel_dq,
        name=name,
        images={"rateints": ArrayImages(arrays, name)},
        raw=raw,
    )


@pytest.fixture(scope="session")
def sensitivity():
    """Make pixels of known response."""
    return make_sensitivity


@pytest.fixture(scope="session")
def flats():
    """Make flats of them by role."""
    return make_flats


@pytest.fixture(scope="session")
def flat():
    """Make one flat of given slopes."""
    return as_flat


@pytest.fixture(scope="session")
def score():
    """Give completeness and purity of each kind, and the share of good pixels that have it."""

    def compare(found, pixels):
        result = {}
        for name, truth in pixels.kinds.items():
            flagged = found.get(name, np.zeros_like(truth))
            both = (flagged & truth).sum()
            result[name] = (
                both / max(truth.sum(), 1),
                both / max(flagged.sum(), 1),
                (flagged & pixels.good).sum() / pixels.good.sum(),
            )
        return result

    return compare
