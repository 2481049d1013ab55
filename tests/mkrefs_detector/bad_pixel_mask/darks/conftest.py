"""Dark ramps of known bad pixels, made with plain numpy: not by the simulator of the package."""

from dataclasses import dataclass, field

import numpy as np
import pytest

READ, GAIN, GROUP_TIME = 6.0, 2.0, 10.7
SHARES = {"hot": 0.004, "rc": 0.003, "inverse_rc": 0.003, "noisy": 0.004, "telegraph": 0.005}


def log_uniform(rng, low, high, size):
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


@dataclass
class Darks:
    """Ramps with their truth; arrays are read-only."""

    ramps: list
    slopes: list
    kinds: dict
    strong: np.ndarray
    rate: np.ndarray
    flags: list = field(default_factory=list)

    @property
    def good(self):
        return ~np.logical_or.reduce(list(self.kinds.values()))


class Detector:
    """Pixels with at most one defect each; amplitudes spread over what is known of real detectors."""

    def __init__(self, rng, shape, hot):
        draw = rng.random(shape)
        edges = np.cumsum([0.0, *SHARES.values()])
        self.kinds = {
            name: (draw >= low) & (draw < high)
            for name, low, high in zip(SHARES, edges[:-1], edges[1:], strict=True)
        }
        count = {name: int(pixels.sum()) for name, pixels in self.kinds.items()}
        self.noise = READ * np.exp(0.12 * rng.standard_normal(shape))
        self.noise[self.kinds["noisy"]] *= rng.uniform(3, 10, count["noisy"])
        self.rate = 0.003 * np.exp(0.3 * rng.standard_normal(shape))
        self.rate[self.kinds["hot"]] = log_uniform(rng, *hot, count["hot"])
        self.bend, self.time = np.zeros(shape), np.ones(shape)
        for name, sign in (("rc", 1), ("inverse_rc", -1)):
            self.bend[self.kinds[name]] = sign * log_uniform(rng, 60, 500, count[name])
            self.time[self.kinds[name]] = rng.uniform(1, 4, count[name])
        self.step, self.change = np.zeros(shape), np.zeros(shape)
        self.step[self.kinds["telegraph"]] = rng.uniform(25, 200, count["telegraph"])
        self.change[self.kinds["telegraph"]] = rng.uniform(0.05, 0.3, count["telegraph"])

    def integrate(self, rng, ngroups, drift, hits):
        shape = self.rate.shape
        ramp = np.empty((ngroups, *shape))
        charge = np.zeros(shape)
        up = rng.random(shape) < 0.5
        level = 20.0 * rng.standard_normal(shape)
        for group in range(ngroups):
            charge += rng.poisson(self.rate * GROUP_TIME * GAIN) / GAIN
            up ^= rng.random(shape) < self.change
            settled = self.bend * (1 - np.exp(-(group + 1) / self.time))
            ramp[group] = charge + level + settled + self.step * up + drift * rng.standard_normal()
            ramp[group] += self.noise * rng.standard_normal(shape)
        for row, column in np.argwhere(rng.random(shape) < hits):
            ramp[rng.integers(ngroups) :, row, column] += log_uniform(rng, 10, 20000, None)
        return np.round(ramp)


def make(count=10, *, nints=1, ngroups=12, shape=(96, 128), seed=1, hits=0.05, drift=0.0, hot=(0.25, 50)):
    rng = np.random.default_rng(seed)
    detector = Detector(rng, shape, hot)
    ramps = [
        np.stack([detector.integrate(rng, ngroups, drift, hits) for _ in range(nints)]).astype(np.float32)
        for _ in range(count)
    ]
    poisson = detector.rate / (GAIN * GROUP_TIME * (ngroups - 1))
    fitted = {
        "SCI": np.repeat(detector.rate[None], nints, axis=0),
        "VAR_POISSON": np.repeat(poisson[None], nints, axis=0),
    }
    for array in (*ramps, *fitted.values()):
        array.flags.writeable = False
    strong = detector.kinds["telegraph"] & (detector.step > 6 * detector.noise)
    return Darks(ramps, [fitted] * count, detector.kinds, strong, detector.rate)


@pytest.fixture(scope="session")
def make_darks():
    """Make darks; those of one set of arguments once."""
    made = {}

    def once(count=10, **changes):
        key = (count, *sorted(changes.items()))
        if key not in made:
            made[key] = make(count, **changes)
        return made[key]

    return once


@pytest.fixture(scope="session")
def search():
    """Search darks with their slopes; keyword arguments are settings."""
    from mkrefs_detector.bad_pixel_mask.darks import find_bad_pixels
    from mkrefs_detector.bad_pixel_mask.darks.settings import DarkSettings

    def run(darks, *, group_dq=None, pedestals=None, stack_bytes=1 << 27, reference=None, **settings):
        return find_bad_pixels(
            darks.ramps,
            group_dq,
            group_time=GROUP_TIME,
            slopes=darks.slopes,
            pedestals=pedestals,
            reference=reference,
            settings=DarkSettings(**settings),
            stack_bytes=stack_bytes,
        )

    return run


@pytest.fixture(scope="session")
def sub64():
    """Metadata of a MIRI subarray."""
    from mkrefs.testing import DetectorTruth, ExposureSpec, exposure_metadata

    return exposure_metadata(DetectorTruth("MIRIMAGE", "SUB64"), ExposureSpec())
