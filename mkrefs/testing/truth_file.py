"""Writes the truth of a simulated detector as FITS images, for comparison with what was measured."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mkrefs.storage.atomic import atomic_write
from mkrefs.testing.defects import KINDS
from mkrefs.testing.truth import DetectorTruth

# Kinds that came later have the last numbers, so that those of the others stay.
_LATER = ("inverse_rc", "low_pedestal")
_NUMBERED = (*(kind for kind in KINDS if kind not in _LATER), "adjacent_open", "reference", *_LATER)
#: Number of each kind of pixel in the extension DEFECTS; 0 is a normal pixel.
DEFECT_NUMBERS = {kind: number for number, kind in enumerate(_NUMBERED, start=1)}


def write_truth(truth: DetectorTruth, path: Path) -> None:
    """Write the maps of a detector.

    Parameters
    ----------
    truth : DetectorTruth
        The detector and subarray.
    path : Path
        The FITS file to make: one image extension for each map, and DEFECTS, whose header names the kinds by
        number.

    Raises
    ------
    mkrefs.errors.UserError
        If the file cannot be written.
    """
    from astropy.io import fits

    primary = fits.PrimaryHDU()
    primary.header["DETECTOR"] = truth.hardware.name
    primary.header["SUBARRAY"] = truth.window.name
    primary.header["SEED"] = truth.seed
    images = [fits.ImageHDU(np.array(data), name=name) for name, (data, _) in _maps(truth).items()]
    for image, (_, unit) in zip(images, _maps(truth).values(), strict=True):
        if unit:
            image.header["BUNIT"] = unit
    defects = fits.ImageHDU(defect_numbers(truth), name="DEFECTS")
    for kind, number in DEFECT_NUMBERS.items():
        defects.header[f"KIND{number}"] = kind
    with atomic_write(path) as temporary:
        fits.HDUList([primary, *images, defects]).writeto(temporary)


def defect_numbers(truth: DetectorTruth) -> NDArray[np.uint8]:
    """Map the kind of each pixel by its number in `DEFECT_NUMBERS`."""
    numbers = np.zeros(truth.window.shape, dtype=np.uint8)
    for kind, flags in {**truth.defects, "reference": truth.reference_pixels}.items():
        numbers[flags] = DEFECT_NUMBERS[kind]
    return numbers


def _maps(truth: DetectorTruth) -> dict[str, tuple[NDArray[np.float32], str]]:
    return {
        "CDSNOISE": (truth.cds_noise, "DN"),
        "READNOISE": (truth.read_noise, "DN"),
        "BIAS": (truth.bias, "DN"),
        "GAIN": (truth.gain, "ELECTRONS/DN"),
        "DARK": (truth.dark_current, "DN/s"),
        "RESPONSE": (truth.response, ""),
        "LAMP": (truth.lamp, ""),
        "NONLIN": (truth.nonlinearity, "1/DN"),
        "FULLWELL": (truth.full_well, "DN"),
        "SATURATION": (truth.saturation, "DN"),
    }
