"""The truth of a simulated detector: maps of what each pixel does, the same in every subarray.

How ramps follow from it is in `mkrefs.testing.ramps`; which effects there are and how strong they are, in
`mkrefs.testing.effects` and `mkrefs.testing.levels`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.instruments.detectors import Detector, detector_named
from mkrefs.instruments.reference_pixels import reference_pixels
from mkrefs.instruments.subarrays import Subarray, subarray_named
from mkrefs.testing.defects import KINDS, defect_maps
from mkrefs.testing.effects import Effects
from mkrefs.testing.levels import Levels, typical_levels
from mkrefs.testing.random_fields import generator, normal_field, uniform_field
from mkrefs.testing.readout import detector_layout

#: Highest number the converter gives.
CONVERTER_LIMIT = 65535
# Share of the full well at which the saturation reference flags a pixel.
_SATURATION_SHARE = 0.97
_LAMP_WAVES = 4
_PARITIES = 2
FloatMap = NDArray[np.float32]
FlagMap = NDArray[np.bool_]
_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True)
class DetectorTruth:
    """What a simulated detector is like, in the window of one subarray.

    Each map is made when first asked for, is read-only, of shape (ysize, xsize), and fixed by detector, seed,
    effects and levels: the map of a subarray is the slice of the full frame's.

    Parameters
    ----------
    detector : str
        Value of DETECTOR.
    subarray : str
        Value of SUBARRAY.
    seed : int
        Seed of the detector, not negative.
    effects : Effects
        What the detector shows.
    levels : Levels or None
        How strong it is; None takes representative values of the instrument.

    Raises
    ------
    mkrefs.errors.UserError
        If the detector or the subarray is not known.
    """

    detector: str = "NRCA1"
    subarray: str = "FULL"
    seed: int = 1
    effects: Effects = field(default_factory=Effects.standard)
    levels: Levels | None = None

    def __post_init__(self) -> None:
        subarray_named(detector_named(self.detector), self.subarray)

    def on(self, subarray: str) -> Self:
        """Give the same detector in the window of another subarray."""
        return replace(self, subarray=subarray)

    @property
    def hardware(self) -> Detector:
        """The detector as data."""
        return detector_named(self.detector)

    @property
    def window(self) -> Subarray:
        """The subarray as data."""
        return subarray_named(self.hardware, self.subarray)

    @property
    def strengths(self) -> Levels:
        """The levels in force."""
        return self.levels or typical_levels(self.hardware)

    @cached_property
    def reference_pixels(self) -> FlagMap:
        """True at reference pixels."""
        window = self.window
        geometry = ExposureMetadata(
            instrument=self.hardware.instrument, detector=self.hardware.name, exp_type="", readpatt="",
            subarray=window.name, xstart=window.xstart, ystart=window.ystart, xsize=window.xsize,
            ysize=window.ysize, fastaxis=self.hardware.fastaxis, slowaxis=self.hardware.slowaxis, nints=1,
            ngroups=1, nframes=1, groupgap=0, frame_time=0.0, group_time=0.0,
        )  # fmt: skip
        return _sealed(reference_pixels(geometry))

    @cached_property
    def active(self) -> FlagMap:
        """True at science pixels."""
        return _sealed(~self.reference_pixels)

    @cached_property
    def defects(self) -> Mapping[str, FlagMap]:
        """Bad pixels by kind (`mkrefs.testing.defects`); a kind that is switched off has none."""
        maps = defect_maps(self.seed, self.hardware, self.window, self.strengths, self.active)
        shown = {kind: getattr(self.effects, kind) for kind in KINDS} | {"adjacent_open": self.effects.open}
        return {kind: _sealed(flags & shown[kind]) for kind, flags in maps.items()}

    @cached_property
    def normal(self) -> FlagMap:
        """True at science pixels without a defect."""
        return _sealed(self.active & ~np.logical_or.reduce(list(self.defects.values())))

    @cached_property
    def bias(self) -> FloatMap:
        """Bias in DN, with the offsets of amplifiers and columns."""
        levels = self.strengths
        bias = np.full(self.window.shape, levels.bias, dtype=np.float32)
        if self.effects.bias:
            bias += np.float32(levels.bias_scatter) * self._normal("bias")
        if self.effects.amplifier_offsets:
            random = generator(self.seed, self.hardware.name, "amplifier offsets")
            layout = detector_layout(self.hardware, self.window)
            outputs = self.hardware.outputs
            offsets = levels.amplifier_offset * random.standard_normal((outputs, 1))
            offsets = offsets + levels.column_offset * random.standard_normal((outputs, _PARITIES))
            bias += offsets[layout.amplifier, layout.parity].astype(np.float32)
        return _sealed(bias)

    @cached_property
    def read_noise(self) -> FloatMap:
        """Noise of a single read in DN, as a standard deviation."""
        if not self.effects.read_noise:
            return _sealed(np.zeros(self.window.shape, dtype=np.float32))
        levels = self.strengths
        noise = np.float32(levels.read_noise) * self._scatter("read noise", levels.read_noise_scatter)
        noisy = self.defects["noisy"]
        factor = levels.noisy_factor * (0.5 + 0.5 * self._uniform("noisy factor"))
        return _sealed(np.where(noisy, noise * factor, noise).astype(np.float32))

    @cached_property
    def cds_noise(self) -> FloatMap:
        """Noise of the difference of two reads in DN: what a read noise reference file holds."""
        return _sealed(np.float32(np.sqrt(2.0)) * self.read_noise)

    @cached_property
    def gain(self) -> FloatMap:
        """Gain in electrons per DN."""
        levels = self.strengths
        gain = np.full(self.window.shape, levels.gain, dtype=np.float32)
        if self.effects.gain_map:
            gain *= 1 + np.float32(levels.gain_scatter) * self._normal("gain")
        return _sealed(gain)

    @cached_property
    def dark_current(self) -> FloatMap:
        """Dark current in DN/s; reference pixels have none."""
        levels = self.strengths
        dark = np.zeros(self.window.shape, dtype=np.float32)
        if self.effects.dark_current:
            dark += levels.dark_current * self._scatter("dark", levels.dark_scatter)
            dark[self.defects["dead"] | self.defects["open"]] = 0
        bright = self._scatter("bright dark", levels.hot_scatter)
        for kind, current in (("hot", levels.hot_current), ("warm", levels.warm_current)):
            dark[self.defects[kind]] = current * bright[self.defects[kind]]
        return _sealed(dark * self.active)

    @cached_property
    def response(self) -> FloatMap:
        """Response to uniform light, of mean 1 for normal pixels: what a flat reference file holds."""
        levels = self.strengths
        response = np.ones(self.window.shape, dtype=np.float32)
        if self.effects.flat_field:
            response += np.float32(levels.response_scatter) * self._normal("response")
        response[self.defects["dead"] | self.defects["open"]] = 0
        response[self.defects["low_qe"]] *= levels.low_qe
        response[self.defects["adjacent_open"]] *= 1 + levels.open_share
        return _sealed(response * self.active)

    @cached_property
    def lamp(self) -> FloatMap:
        """Smooth pattern of the lamp's light, of mean about 1 over the detector."""
        pattern = np.ones(self.window.shape, dtype=np.float32)
        if not self.effects.flat_field:
            return _sealed(pattern)
        rows, columns = self.window.slices
        y = np.arange(rows.start, rows.stop)[:, None] / self.hardware.rows
        x = np.arange(columns.start, columns.stop)[None, :] / self.hardware.columns
        random = generator(self.seed, self.hardware.name, "lamp")
        for along_x, along_y, phase in random.uniform(-1.0, 1.0, (_LAMP_WAVES, 3)):
            wave = np.cos(np.pi * (along_x * x + along_y * y + phase))
            pattern += np.float32(self.strengths.lamp_gradient / _LAMP_WAVES) * wave.astype(np.float32)
        return _sealed(pattern)

    @cached_property
    def nonlinearity(self) -> FloatMap:
        """Quadratic coefficient of the linearity correction in 1/DN; see `mkrefs.testing.nonlinearity`."""
        levels = self.strengths
        if not self.effects.nonlinearity:
            return _sealed(np.zeros(self.window.shape, dtype=np.float32))
        scatter = 1 + np.float32(levels.nonlinearity_scatter) * self._normal("nonlinearity")
        return _sealed(np.float32(levels.nonlinearity) * np.clip(scatter, 0, None) * self.active)

    @cached_property
    def full_well(self) -> FloatMap:
        """Measured signal above the bias in DN at which a pixel saturates; infinite when switched off."""
        levels = self.strengths
        if not self.effects.saturation:
            return _sealed(np.full(self.window.shape, np.inf, dtype=np.float32))
        well = 1 + np.float32(levels.well_scatter) * self._normal("full well")
        return _sealed(np.where(self.active, np.float32(levels.full_well) * well, np.float32(np.inf)))

    @cached_property
    def saturation(self) -> FloatMap:
        """Raw level in DN from which a pixel counts as saturated: what a saturation reference file holds."""
        level = self.bias + np.float32(_SATURATION_SHARE) * self.full_well
        return _sealed(np.minimum(level, np.float32(CONVERTER_LIMIT)))

    @cached_property
    def telegraph_step(self) -> FloatMap:
        """Difference of the two levels of telegraph pixels in DN; 0 elsewhere."""
        step = self.strengths.telegraph_step * self._scatter("telegraph", 0.5)
        return _sealed((step * self.defects["telegraph"]).astype(np.float32))

    def _normal(self, quantity: str) -> FloatMap:
        return normal_field(self.seed, quantity, self.hardware, self.window)

    def _uniform(self, quantity: str) -> FloatMap:
        return uniform_field(self.seed, quantity, self.hardware, self.window)

    def _scatter(self, quantity: str, sigma: float) -> FloatMap:
        """Draw log-normal factors of median 1."""
        return np.asarray(np.exp(np.float32(sigma) * self._normal(quantity)))


def _sealed(array: NDArray[_T]) -> NDArray[_T]:
    array.flags.writeable = False
    return array
