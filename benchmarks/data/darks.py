"""Darks as the pipeline leaves them before ramps are fitted: bias and drifts off, hits flagged.

They come from the simulator's exposures and truth, which is quicker than the pipeline.
"""

from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from benchmarks.data.headers import primary_header
from benchmarks.data.kept import kept
from mkrefs.api import PIXEL_DQ
from mkrefs.testing import CosmicRays, DetectorTruth, Effects, ExposureSpec, simulate_ramp

# Hits smaller than this many DN are not found.
_FOUND = 30.0
# What the steps before the dark take off or make linear.
_TAKEN_OFF = ("amplifier_drift", "amplifier_offsets", "nonlinearity", "saturation")
#: The steps that the darks have been through.
STEPS = ("group_scale", "dq_init", "saturation", "superbias", "refpix", "linearity", "jump")
_FIRST = datetime(2024, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Darks:
    """A set of darks.

    Attributes
    ----------
    subarray : str
        Of NRCA1.
    files, ngroups : int
        Exposures of one integration each, and their groups.
    """

    subarray: str = "FULL"
    files: int = 6
    ngroups: int = 10

    @cached_property
    def truth(self) -> DetectorTruth:
        """The detector."""
        standard = Effects.standard()
        shown = [item.name for item in fields(standard) if getattr(standard, item.name)]
        effects = Effects.only(*(name for name in shown if name not in _TAKEN_OFF))
        return DetectorTruth("NRCA1", self.subarray, effects=effects)

    def exposure(self, number: int) -> ExposureSpec:
        """Give the exposure of a number, from 1."""
        return ExposureSpec(
            ngroups=self.ngroups,
            exposure=number,
            cosmic_ray_fraction=0.02,
            start=_FIRST + timedelta(hours=number),
        )

    def files_in(self, folder: Path) -> list[str]:
        """Give the paths of the ramps; they are made below a folder if they are not there."""
        own = folder / f"darks_{self.subarray.lower()}_{self.files}x{self.ngroups}"
        kept(own, asdict(self), self._make)
        return [str(path) for path in sorted(own.glob("*_ramp.fits"))]

    def _make(self, folder: Path) -> None:
        for number in range(1, self.files + 1):
            spec = self.exposure(number)
            ramp = simulate_ramp(self.truth, spec)
            science = ramp.data.astype(np.float32) - self.truth.bias
            hdus = fits.HDUList(
                [
                    fits.PrimaryHDU(header=primary_header(self.truth, spec, STEPS)),
                    fits.ImageHDU(science, name="SCI"),
                    fits.ImageHDU(_pixel_dq(self.truth), name="PIXELDQ"),
                    fits.ImageHDU(_group_dq(science.shape, ramp.cosmic_rays), name="GROUPDQ"),
                ]
            )
            hdus.writeto(folder / spec.file_name(self.truth).replace("_uncal", "_ramp"))


def _pixel_dq(truth: DetectorTruth) -> NDArray[np.uint32]:
    return truth.reference_pixels * np.uint32(PIXEL_DQ["REFERENCE_PIXEL"])


def _group_dq(shape: tuple[int, ...], hits: CosmicRays) -> NDArray[np.uint8]:
    flags = np.zeros(shape, np.uint8)
    found = (hits.read > 0) & (hits.signal > _FOUND)
    flags[hits.integration[found], hits.read[found], hits.row[found], hits.column[found]] = PIXEL_DQ[
        "JUMP_DET"
    ]
    return flags
