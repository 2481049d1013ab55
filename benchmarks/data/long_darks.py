"""Darks of many groups after jump, with their fits: quickly drawn from the maps of a simulated detector.

The simulator draws every frame by Poisson's law, which for hundreds of groups takes too long. Here read
noise is drawn for all pixels, shot noise for those with a dark current that shows, and the fit is a line
through the ramp without its hits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.darks import STEPS
from benchmarks.data.headers import primary_header
from benchmarks.data.kept import kept
from benchmarks.data.line_fit import LineFit
from benchmarks.data.streamed import write_image, write_images, write_primary
from mkrefs.api import GROUP_DQ, PIXEL_DQ
from mkrefs.testing import CosmicRays, DetectorTruth, Effects, ExposureSpec
from mkrefs.testing.cosmic_rays import draw_cosmic_rays, expected_hits
from mkrefs.testing.ramps import read_times

FloatMap = NDArray[np.float32]
# A jump of so many times the noise of a difference is flagged.
_FOUND = 5.0
_EFFECTS = (
    "read_noise",
    "noisy",
    "shot_noise",
    "dark_current",
    "hot",
    "warm",
    "rc",
    "telegraph",
    "cosmic_rays",
)
_FIRST = datetime(2024, 4, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class LongDarks:
    """A set of darks of one integration each.

    Attributes
    ----------
    subarray : str
        Of NRCA1.
    files, ngroups : int
        Exposures, and their groups.
    """

    subarray: str = "FULL"
    files: int = 7
    ngroups: int = 150

    @cached_property
    def truth(self) -> DetectorTruth:
        """The detector."""
        return DetectorTruth("NRCA1", self.subarray, effects=Effects.only(*_EFFECTS))

    def files_in(self, folder: Path) -> Mapping[str, list[str]]:
        """Give the paths of ``jump``, ``rateints`` and ``fitopt``, made below a folder if not there."""
        own = folder / f"long_darks_{self.subarray.lower()}_{self.files}x{self.ngroups}"
        kept(own, asdict(self), self._make)
        products = ("jump", "rateints", "fitopt")
        return {name: [str(path) for path in sorted(own.glob(f"*_{name}.fits"))] for name in products}

    def _make(self, folder: Path) -> None:
        for number in range(1, self.files + 1):
            start = _FIRST + timedelta(hours=number)
            spec = ExposureSpec(ngroups=self.ngroups, exposure=number, start=start)
            _write(folder, self.truth, spec)


def _write(folder: Path, truth: DetectorTruth, spec: ExposureSpec) -> None:
    """Write an exposure with its fit."""
    ramp = _Ramp(truth, spec)
    base = spec.file_name(truth).removesuffix("_uncal.fits")
    reference = truth.reference_pixels * np.uint32(PIXEL_DQ["REFERENCE_PIXEL"])
    shape = (1, spec.ngroups, *truth.window.shape)
    fit = LineFit(ramp.times, truth.window.shape)
    with (folder / f"{base}_jump.fits").open("wb") as stream:
        write_primary(stream, primary_header(truth, spec, STEPS))
        write_image(stream, "SCI", shape, "f4", ramp.planes(fit))
        write_image(stream, "PIXELDQ", reference.shape, "u4", [reference])
        write_image(stream, "GROUPDQ", shape, "u1", ramp.flags())
    header = primary_header(truth, spec, (*STEPS, "ramp_fit"))
    rate, pedestal, variance = fit.rate[None], fit.intercept[None], fit.variance(truth.read_noise)[None]
    light = truth.dark_current[None] / truth.gain[None] / (ramp.times[-1] - ramp.times[0])
    write_images(
        folder / f"{base}_rateints.fits",
        header,
        {
            "SCI": rate,
            "ERR": np.sqrt(variance + light),
            "DQ": reference[None],
            "VAR_POISSON": light,
            "VAR_RNOISE": variance,
        },
    )
    write_images(folder / f"{base}_fitopt.fits", header, {"PEDESTAL": pedestal, "YINT": pedestal[:, None]})


class _Ramp:
    """The groups of one integration, drawn one after the other."""

    def __init__(self, truth: DetectorTruth, spec: ExposureSpec) -> None:
        self._truth = truth
        self.times = read_times(truth, spec).mean(axis=1).astype(np.float32)
        self._random = np.random.default_rng((1, spec.exposure))
        self._hits = self._draw_hits(spec)
        self._bright = np.nonzero(truth.defects["hot"] | truth.defects["warm"])
        self._telegraph = np.nonzero(truth.defects["telegraph"])
        self._changes: list[NDArray[np.bool_]] = []

    def planes(self, fit: LineFit) -> Iterator[FloatMap]:
        """Give the groups in DN, and have them fitted without the hits."""
        truth, before = self._truth, np.float32(0)
        gathered, struck = np.zeros((2, *truth.window.shape), np.float32)
        high = np.zeros(len(self._telegraph[0]), np.bool_)
        steps = truth.telegraph_step[self._telegraph]
        for group, now in enumerate(self.times):
            self._gather(gathered, now - before)
            self._hits.add_to(struck, 0, group, truth.active.astype(np.float32))
            changed = self._random.random(high.size) < truth.strengths.telegraph_rate
            self._changes.append(changed)
            high ^= changed
            shown = gathered + self._settling(now)
            shown += self._random.standard_normal(shown.shape, np.float32) * truth.read_noise
            shown[self._telegraph] += high * steps
            fit.add(group, shown)
            yield shown + struck
            before = now

    def flags(self) -> Iterator[NDArray[np.uint8]]:
        """Give the flags of the groups: jumps at hits, and where telegraph pixels change."""
        truth, hits = self._truth, self._hits
        least = _FOUND * truth.cds_noise
        jump = np.uint8(GROUP_DQ["JUMP_DET"])
        seen = hits.signal > least[hits.row, hits.column]
        large = truth.telegraph_step[self._telegraph] > least[self._telegraph]
        for group in range(len(self.times)):
            flags = np.zeros(truth.window.shape, np.uint8)
            if group:
                now = seen & (hits.read == group)
                flags[hits.row[now], hits.column[now]] = jump
                flags[self._telegraph] |= (self._changes[group] & large) * jump
            yield flags

    def _draw_hits(self, spec: ExposureSpec) -> CosmicRays:
        truth, levels = self._truth, self._truth.strengths
        pixels, seconds = truth.active.size, float(self.times[-1])
        return draw_cosmic_rays(
            self._random,
            mean_hits=expected_hits(levels, pixels, seconds, spec.cosmic_ray_fraction),
            nints=1,
            read_times=self.times,
            shape=truth.window.shape,
            levels=levels,
        )

    def _gather(self, gathered: FloatMap, seconds: np.float32) -> None:
        truth, bright = self._truth, self._bright
        gathered += truth.dark_current * seconds
        scatter = np.sqrt(truth.dark_current[bright] * seconds / truth.gain[bright])
        gathered[bright] += scatter * self._random.standard_normal(scatter.size, np.float32)

    def _settling(self, now: np.float32) -> FloatMap:
        levels = self._truth.strengths
        signal = np.float32(levels.rc_signal * (1 - np.exp(-now / levels.rc_time)))
        return np.asarray(self._truth.defects["rc"] * signal)
