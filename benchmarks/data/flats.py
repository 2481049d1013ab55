"""Lamp flats after jump, with the slopes of their integrations: drawn from maps of a simulated detector."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
from astropy.io import fits

from benchmarks.data.darks import STEPS
from benchmarks.data.headers import primary_header
from benchmarks.data.kept import kept
from benchmarks.data.streamed import write_images
from mkrefs.api import PIXEL_DQ
from mkrefs.instruments.exposure_types import default_exposure_type
from mkrefs.testing import DetectorTruth, Effects, ExposureSpec

_EFFECTS = ("read_noise", "shot_noise", "flat_field", "dead", "low_qe", "open")
_FIRST = datetime(2024, 5, 1, 12, tzinfo=UTC)
# Light in DN/s, and the relative error of a slope.
_FLUX, _ERROR = 200.0, 0.01


@dataclass(frozen=True)
class Flats:
    """A set of flats of one integration each.

    Attributes
    ----------
    subarray : str
        Of NRCA1.
    files, ngroups : int
        Exposures, and their groups.
    """

    subarray: str = "FULL"
    files: int = 5
    ngroups: int = 5

    @cached_property
    def truth(self) -> DetectorTruth:
        """The detector."""
        return DetectorTruth("NRCA1", self.subarray, effects=Effects.only(*_EFFECTS))

    def files_in(self, folder: Path) -> Mapping[str, list[str]]:
        """Give the paths of ``jump`` and ``rateints``, made below a folder if they are not there."""
        own = folder / f"flats_{self.subarray.lower()}_{self.files}x{self.ngroups}"
        kept(own, asdict(self), self._make)
        return {
            name: [str(path) for path in sorted(own.glob(f"*_{name}.fits"))] for name in ("jump", "rateints")
        }

    def _make(self, folder: Path) -> None:
        truth, random = self.truth, np.random.default_rng(1)
        light = _FLUX * truth.lamp * truth.response
        error = np.float32(_ERROR * _FLUX)
        reference = truth.reference_pixels * np.uint32(PIXEL_DQ["REFERENCE_PIXEL"])
        for number in range(1, self.files + 1):
            spec = self._exposure(number)
            base = spec.file_name(truth).removesuffix("_uncal.fits")
            rate = light + error * random.standard_normal(light.shape, np.float32) * truth.active
            times = np.arange(1, self.ngroups + 1, dtype=np.float32)[None, :, None, None]
            _write_ramp(
                folder / f"{base}_jump.fits", primary_header(truth, spec, STEPS), rate * times, reference
            )
            half = np.full((1, *rate.shape), error**2 / 2, np.float32)
            write_images(
                folder / f"{base}_rateints.fits",
                primary_header(truth, spec, (*STEPS, "ramp_fit")),
                {
                    "SCI": rate[None].astype(np.float32),
                    "ERR": np.sqrt(2 * half),
                    "DQ": reference[None],
                    "VAR_POISSON": half,
                    "VAR_RNOISE": half,
                },
            )

    def _exposure(self, number: int) -> ExposureSpec:
        return ExposureSpec(
            exp_type=default_exposure_type("NIRCAM", "NRCA1", "F"),
            ngroups=self.ngroups,
            exposure=number,
            start=_FIRST + timedelta(hours=number),
            flux=_FLUX,
        )


def _write_ramp(path: Path, header: fits.Header, science: np.ndarray, reference: np.ndarray) -> None:
    flags = np.zeros(science.shape, np.uint8)
    write_images(path, header, {"SCI": science.astype(np.float32), "PIXELDQ": reference, "GROUPDQ": flags})
