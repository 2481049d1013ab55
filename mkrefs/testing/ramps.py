"""Ramps in raw DN from the truth of a detector: what its pixels collect, show and add as noise.

Nothing in here writes a file; see `mkrefs.testing.exposures`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.testing.brighter_fatter import turned_away
from mkrefs.testing.cosmic_rays import CosmicRays, draw_cosmic_rays, expected_hits, no_cosmic_rays
from mkrefs.testing.exposure_spec import ExposureSpec, exposure_metadata, exposure_times
from mkrefs.testing.ipc import couple
from mkrefs.testing.nonlinearity import measured_signal
from mkrefs.testing.random_fields import generator
from mkrefs.testing.raw_frame import RawFrame
from mkrefs.testing.truth import CONVERTER_LIMIT, DetectorTruth

_PARITIES = 2
# Parts of the time between two frames, in each of which charge turns away what comes after.
_PARTS = 4
FloatMap = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SimulatedRamp:
    """A simulated exposure in memory.

    Attributes
    ----------
    data : ndarray of uint16, shape (nints, ngroups, nrows, ncols)
        Raw signal in DN; with IRS2 the interleaved frames of 3200 rows.
    metadata : ExposureMetadata
        What its header would say.
    cosmic_rays : CosmicRays
        The hits it holds.
    """

    data: NDArray[np.uint16]
    metadata: ExposureMetadata
    cosmic_rays: CosmicRays


def simulate_ramp(truth: DetectorTruth, spec: ExposureSpec) -> SimulatedRamp:
    """Simulate an exposure in memory.

    Parameters
    ----------
    truth : DetectorTruth
        The detector, and the subarray to read.
    spec : ExposureSpec
        The exposure.

    Returns
    -------
    SimulatedRamp
        The same truth and spec give the same pixels.

    Raises
    ------
    mkrefs.errors.UserError
        If the detector does not have the read-out pattern.
    """
    reads = read_times(truth, spec)
    hits = _cosmic_rays(truth, spec, reads)
    exposure = _Exposure(truth, spec, reads, hits)
    data = np.empty((spec.nints, spec.ngroups, *exposure.frame.shape), dtype=np.uint16)
    for integration in range(spec.nints):
        exposure.integrate(integration, data[integration])
    return SimulatedRamp(data, exposure_metadata(truth, spec), hits)


def read_times(truth: DetectorTruth, spec: ExposureSpec) -> NDArray[np.float64]:
    """Give the times of the frames that are read and kept, after the reset of an integration.

    Returns
    -------
    ndarray of float64, shape (ngroups, nframes)
        In seconds.
    """
    pattern, times = spec.pattern(truth), exposure_times(truth, spec)
    first = np.arange(spec.ngroups) * times.group
    within = (np.arange(pattern.nframes) + 1) * times.frame
    return np.asarray(first[:, None] + within[None, :])


def exposure_generator(truth: DetectorTruth, spec: ExposureSpec, effect: str) -> np.random.Generator:
    """Give the source of random numbers of one effect of one exposure.

    Each effect has its own, so that switching one leaves the noise of the others as it was.
    """
    numbers = (spec.observation, spec.visit, spec.exposure)
    names = (truth.hardware.name, spec.program, spec.activity, effect)
    return generator(spec.seed, truth.seed, *names, *numbers)


class _Exposure:
    """The state of one exposure while its ramps are made: random sources, and maps used for every group."""

    def __init__(
        self, truth: DetectorTruth, spec: ExposureSpec, reads: NDArray[np.float64], hits: CosmicRays
    ) -> None:
        self._truth = truth
        self._reads = reads
        self._hits = hits
        self._rate = (np.float32(spec.flux) * truth.lamp * truth.response + truth.dark_current) * truth.gain
        self._hit_scale = truth.gain * truth.active
        self._show: Callable[[DetectorTruth, FloatMap, FloatMap], FloatMap] = (
            _show_miri if truth.hardware.instrument == "MIRI" else _show_near_infrared
        )
        self.frame = RawFrame(truth, spec.pattern(truth).name)
        effects = ("shot", "read", "reset", "drift", "one over f", "telegraph")
        self._random = {effect: exposure_generator(truth, spec, effect) for effect in effects}

    def integrate(self, integration: int, out: NDArray[np.uint16]) -> None:
        """Fill ``out``, of the shape (ngroups, *frame.shape), with one integration."""
        truth = self._truth
        bias = self._reset_bias()
        charge = np.zeros(truth.window.shape, dtype=np.float32)
        high = self._random["telegraph"].random(truth.window.shape) < 0.5 if truth.effects.telegraph else None
        before = 0.0
        ngroups, nframes = self._reads.shape
        for group in range(ngroups):
            total = np.zeros_like(charge)
            for frame in range(nframes):
                now = float(self._reads[group, frame])
                charge += self._collected(now - before, charge)
                self._hits.add_to(charge, integration, group * nframes + frame, self._hit_scale)
                total += self._shown(charge, now, bias)
                before = now
            total *= np.float32(1 / nframes)
            if high is not None:
                high ^= self._random["telegraph"].random(high.shape) < truth.strengths.telegraph_rate
                total += high * truth.telegraph_step
            read = self.frame.filled(total, np.float32(truth.strengths.bias))
            read = read + self._electronic_noise(nframes)
            out[group] = np.clip(np.rint(read), 0, CONVERTER_LIMIT).astype(np.uint16)

    def _reset_bias(self) -> FloatMap:
        """Give the level after the reset of one integration, kTC noise of the science pixels included."""
        truth = self._truth
        low = np.float32(truth.strengths.low_pedestal) * truth.defects["low_pedestal"].astype(np.float32)
        bias = truth.bias - low
        if not truth.effects.reset_noise:
            return bias
        reset = self._random["reset"].standard_normal(truth.window.shape, dtype=np.float32)
        return np.asarray(bias + np.float32(truth.strengths.reset_noise) * reset * truth.active)

    def _collected(self, seconds: float, charge: FloatMap) -> FloatMap:
        """Give the electrons of light and dark current collected in a time, on top of a charge."""
        expected = self._rate * np.float32(seconds)
        if not self._truth.effects.brighter_fatter:
            return self._drawn(expected)
        part = expected / np.float32(_PARTS)
        collected = np.zeros_like(expected)
        for _ in range(_PARTS):
            meanwhile = charge + collected + np.float32(0.5) * part
            strength = self._truth.strengths.brighter_fatter
            collected += self._drawn(turned_away(part, meanwhile, strength, self._truth.active))
        return collected

    def _drawn(self, expected: FloatMap) -> FloatMap:
        """Draw numbers of electrons of given means."""
        if not self._truth.effects.shot_noise:
            return np.asarray(expected)
        return self._random["shot"].poisson(expected).astype(np.float32)

    def _shown(self, charge: FloatMap, seconds: float, bias: FloatMap) -> FloatMap:
        """Give the signal in DN of the pixels a time after the reset, without electronic noise."""
        truth, levels = self._truth, self._truth.strengths
        linear = charge / truth.gain
        left = np.exp(-seconds / levels.rc_time)
        if truth.effects.rc:
            linear += np.float32(levels.rc_signal * (1.0 - left)) * truth.defects["rc"]
        if truth.effects.inverse_rc:
            linear += np.float32(levels.rc_signal * left) * truth.defects["inverse_rc"]
        shown = self._show(truth, linear, bias)
        return couple(shown, levels.ipc, truth.active) if truth.effects.ipc else shown

    def _electronic_noise(self, nframes: int) -> FloatMap:
        """Draw what the electronics add to one group, in reference pixels too."""
        truth, levels = self._truth, self._truth.strengths
        noise = np.zeros(self.frame.shape, dtype=np.float32)
        if truth.effects.read_noise:
            draw = self._random["read"].standard_normal(noise.shape, dtype=np.float32)
            noise += self.frame.read_noise * draw / np.float32(np.sqrt(nframes))
        if truth.effects.amplifier_drift:
            drift = self._random["drift"].standard_normal((self.frame.outputs, _PARITIES))
            offsets = drift[self.frame.layout.amplifier, self.frame.layout.parity]
            noise += (levels.amplifier_drift * offsets).astype(np.float32)
        if truth.effects.one_over_f:
            frame = self.frame.one_over_f(self._random["one over f"])
            noise += np.float32(levels.one_over_f) * frame
        return noise


def _show_near_infrared(truth: DetectorTruth, linear: FloatMap, bias: FloatMap) -> FloatMap:
    """Show a collected signal: the response bends above the bias, up to the full well."""
    signal = measured_signal(linear, truth.nonlinearity) if truth.effects.nonlinearity else linear
    return np.asarray(bias + np.minimum(signal, truth.full_well))


def _show_miri(truth: DetectorTruth, linear: FloatMap, bias: FloatMap) -> FloatMap:
    """Show a collected signal: MIRI's response bends from zero, since its pipeline takes no bias off."""
    total = bias + linear
    signal = measured_signal(total, truth.nonlinearity) if truth.effects.nonlinearity else total
    return np.asarray(np.minimum(signal, truth.bias + truth.full_well))


def _cosmic_rays(truth: DetectorTruth, spec: ExposureSpec, reads: NDArray[np.float64]) -> CosmicRays:
    if not truth.effects.cosmic_rays:
        return no_cosmic_rays()
    pixels = truth.window.xsize * truth.window.ysize
    seconds = float(reads[-1, -1]) * spec.nints
    return draw_cosmic_rays(
        exposure_generator(truth, spec, "cosmic rays"),
        mean_hits=expected_hits(truth.strengths, pixels, seconds, spec.cosmic_ray_fraction),
        nints=spec.nints,
        read_times=reads.ravel(),
        shape=truth.window.shape,
        levels=truth.strengths,
    )
