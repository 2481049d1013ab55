"""Headers of simulated calibrated images: FITS keywords and values as the pipeline leaves them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import numpy as np

from mkrefs.instruments.detectors import DETECTORS
from mkrefs.instruments.readpatterns import default_pattern
from mkrefs.instruments.subarrays import SUBARRAYS
from mkrefs.testing.tangent_sky import TangentSky

_MJD_EPOCH = datetime(1858, 11, 17)
_SECONDS_PER_DAY = 86400.0
_FRAME_TIME = 10.737
_GROUPS = 10
#: MJy/sr that a DN/s stands for.
PHOTMJSR = 0.5
_EXP_TYPES = {"NIRCAM": "NRC_IMAGE", "NIRISS": "NIS_IMAGE", "MIRI": "MIR_IMAGE"}
_OPTICS = {
    "NIRCAM LONG": ("F444W", "CLEAR"),
    "NIRCAM SHORT": ("F200W", "CLEAR"),
    "NIRISS": ("CLEAR", "F200W"),
    "MIRI": ("F770W", None),
}
#: Place of the reference pixel in the focal plane, V2 and V3 in arcsec: representative.
FOCAL_PLANE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "NRCALONG": (86.1, -493.2),
        "NRCBLONG": (-82.0, -495.9),
        "NRCA1": (120.7, -527.4),
        "NRCA2": (120.1, -459.7),
        "NRCA3": (51.9, -527.8),
        "NRCA4": (52.3, -459.8),
        "NRCB1": (-120.9, -457.7),
        "NRCB2": (-121.1, -525.5),
        "NRCB3": (-53.1, -457.8),
        "NRCB4": (-52.8, -525.7),
        "NIS": (-290.1, -697.5),
        "MIRIMAGE": (-453.6, -373.8),
    }
)
# Steps of the pipeline by the keyword that tells of them.
_DETECTOR1 = {
    "NIRCAM": (
        "S_DQINIT",
        "S_SATURA",
        "S_SUPERB",
        "S_REFPIX",
        "S_LINEAR",
        "S_DARK",
        "S_JUMP",
        "S_RAMP",
        "S_GANSCL",
    ),
    "MIRI": (
        "S_DQINIT",
        "S_SATURA",
        "S_FRSTFR",
        "S_LASTFR",
        "S_LINEAR",
        "S_DARK",
        "S_REFPIX",
        "S_JUMP",
        "S_RAMP",
    ),
}
#: Keywords that tell of the steps of calwebb_image2, and what photom leaves.
IMAGE2_STEPS = ("S_WCS", "S_FLAT", "S_PHOTOM")
PHOTOMETRY = ("BUNIT", "PHOTMJSR", "PIXAR_SR", "PIXAR_A2")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What the header of an image is made of.

    Attributes
    ----------
    detector : str
        Value of DETECTOR.
    shape : tuple of int
        Shape of the science array.
    sky : TangentSky
        Where it looks.
    start : datetime
        When it started.
    program : str
        Five digits.
    observation, visit, exposure : int
        Its numbers.
    dither, dithers : int
        Which dither it is, of how many.
    background : bool
        BKGDTARG.
    psf_reference : bool
        IS_PSF.
    axes : (int, int) or None
        FASTAXIS and SLOWAXIS; None takes those of the detector.
    filter, pupil : str or None
        None takes usual ones.
    """

    detector: str
    shape: tuple[int, ...]
    sky: TangentSky
    start: datetime
    program: str
    observation: int = 1
    visit: int = 1
    exposure: int = 1
    dither: int = 1
    dithers: int = 1
    background: bool = False
    psf_reference: bool = False
    axes: tuple[int, int] | None = None
    filter: str | None = None
    pupil: str | None = None

    @property
    def instrument(self) -> str:
        """Value of INSTRUME."""
        return DETECTORS[self.detector].instrument

    @property
    def name(self) -> str:
        """Name of the exposure, as the archive makes it."""
        visit = f"jw{self.program}{self.observation:03d}{self.visit:03d}"
        return f"{visit}_02101_{self.exposure:05d}_{self.detector.lower()}"


def image_header(facts: ImageFacts, flat_file: str | None) -> dict[str, Any]:
    """Give the header of a calibrated image.

    Parameters
    ----------
    facts : ImageFacts
        The exposure.
    flat_file : str or None
        Value of R_FLAT; None where the image was not divided by a flat field.

    Returns
    -------
    dict of str to object
        Values by FITS keyword, of the primary header and of SCI.
    """
    steps = (*_DETECTOR1.get(facts.instrument, _DETECTOR1["NIRCAM"]), *IMAGE2_STEPS)
    done = dict.fromkeys(steps, "COMPLETE")
    flat = {"R_FLAT": flat_file} if flat_file else {"S_FLAT": "SKIPPED"}
    return {
        "TELESCOP": "JWST",
        **_observation(facts),
        **_times(facts),
        **_instrument(facts),
        **done,
        **flat,
        **_photometry(facts.sky),
        **wcs_keywords(facts.sky, facts.shape),
        **_pointing(facts),
    }


def _observation(facts: ImageFacts) -> dict[str, Any]:
    visit = f"{facts.program}{facts.observation:03d}{facts.visit:03d}"
    return {
        "PROGRAM": facts.program,
        "OBSERVTN": f"{facts.observation:03d}",
        "VISIT": f"{facts.visit:03d}",
        "VISIT_ID": visit,
        "OBS_ID": f"V{visit}P0000000002101",
        "VISITGRP": "02",
        "SEQ_ID": "1",
        "ACT_ID": "01",
        "EXPOSURE": f"{facts.exposure}",
        "BKGDTARG": facts.background,
        "IS_PSF": facts.psf_reference,
        "TARGPROP": "BACKGROUND" if facts.background else "SIMULATION",
        "PATT_NUM": facts.dither,
        "NUMDTHPT": facts.dithers,
        "TSOVISIT": False,
    }


def _times(facts: ImageFacts) -> dict[str, Any]:
    seconds = _GROUPS * _FRAME_TIME
    begin = facts.start.replace(tzinfo=None)
    end = begin + timedelta(seconds=seconds)
    start = (begin - _MJD_EPOCH).total_seconds() / _SECONDS_PER_DAY
    stop = (end - _MJD_EPOCH).total_seconds() / _SECONDS_PER_DAY
    return {
        "DATE-OBS": begin.date().isoformat(),
        "TIME-OBS": begin.time().isoformat("milliseconds"),
        "DATE-BEG": begin.isoformat(timespec="milliseconds"),
        "DATE-END": end.isoformat(timespec="milliseconds"),
        "EXPSTART": start,
        "EXPMID": (start + stop) / 2,
        "EXPEND": stop,
        "TFRAME": _FRAME_TIME,
        "TGROUP": _FRAME_TIME,
        "EFFINTTM": seconds,
        "EFFEXPTM": seconds,
        "XPOSURE": seconds,
        "TMEASURE": seconds,
        "DURATION": seconds,
    }


def _instrument(facts: ImageFacts) -> dict[str, Any]:
    hardware = DETECTORS[facts.detector]
    kind = f"{hardware.instrument} {hardware.channel}"
    filter_name, pupil = _OPTICS.get(kind) or _OPTICS[hardware.instrument]
    fastaxis, slowaxis = facts.axes or (hardware.fastaxis, hardware.slowaxis)
    pattern = default_pattern(hardware.instrument)
    found = {
        "INSTRUME": hardware.instrument,
        "DETECTOR": hardware.name,
        "MODULE": hardware.module,
        "CHANNEL": hardware.channel,
        "FILTER": facts.filter or filter_name,
        "PUPIL": facts.pupil or pupil,
        "EXP_TYPE": _EXP_TYPES[hardware.instrument],
        "READPATT": pattern.name,
        "NINTS": facts.shape[0] if len(facts.shape) == 3 else 1,
        "NGROUPS": _GROUPS,
        "NFRAMES": pattern.nframes,
        "GROUPGAP": pattern.groupgap,
        "NOUTPUTS": hardware.outputs,
        **_place(facts),
        "FASTAXIS": fastaxis,
        "SLOWAXIS": slowaxis,
    }
    return {key: value for key, value in found.items() if value is not None}


def _place(facts: ImageFacts) -> dict[str, Any]:
    """Name the subarray of the size, for reference files that certify; FULL where there is none."""
    size = (facts.shape[-1], facts.shape[-2])
    known = SUBARRAYS[facts.detector]
    name = f"SUB{size[0]}" if f"SUB{size[0]}" in known else "FULL"
    window = known[name]
    fits = (window.xsize, window.ysize) == size
    return {
        "SUBARRAY": name if fits else "FULL",
        "SUBSTRT1": window.xstart if fits else 1,
        "SUBSTRT2": window.ystart if fits else 1,
        "SUBSIZE1": size[0],
        "SUBSIZE2": size[1],
    }


def _photometry(sky: TangentSky) -> dict[str, Any]:
    return {
        "BUNIT": "MJy/sr",
        "PHOTMJSR": PHOTMJSR,
        "PIXAR_SR": float(np.deg2rad(sky.scale / 3600) ** 2),
        "PIXAR_A2": sky.scale**2,
    }


def wcs_keywords(sky: TangentSky, shape: tuple[int, ...]) -> dict[str, Any]:
    """Give the FITS keywords of a tangent plane, without its distortion, and S_REGION.

    Parameters
    ----------
    sky : TangentSky
        The way to the sky.
    shape : tuple of int
        Shape of the array.
    """
    matrix = sky.matrix
    nrows, ncols = shape[-2:]
    corners = np.array([(-0.5, -0.5), (-0.5, nrows - 0.5), (ncols - 0.5, nrows - 0.5), (ncols - 0.5, -0.5)])
    region = " ".join(f"{ra:.9f} {dec:.9f}" for ra, dec in zip(*sky.to_sky(*corners.T), strict=True))
    return {
        "WCSAXES": 2,
        "CTYPE1": "RA---TAN",
        "CTYPE2": "DEC--TAN",
        "CUNIT1": "deg",
        "CUNIT2": "deg",
        "CRPIX1": sky.reference_pixel[0] + 1,
        "CRPIX2": sky.reference_pixel[1] + 1,
        "CRVAL1": sky.reference_sky[0],
        "CRVAL2": sky.reference_sky[1],
        "CDELT1": sky.scale / 3600,
        "CDELT2": sky.scale / 3600,
        "PC1_1": float(matrix[0, 0] / sky.scale * 3600),
        "PC1_2": float(matrix[0, 1] / sky.scale * 3600),
        "PC2_1": float(matrix[1, 0] / sky.scale * 3600),
        "PC2_2": float(matrix[1, 1] / sky.scale * 3600),
        "RADESYS": "ICRS",
        "S_REGION": f"POLYGON ICRS  {region}",
    }


def _pointing(facts: ImageFacts) -> dict[str, Any]:
    v2, v3 = FOCAL_PLANE[facts.detector]
    return {
        "V2_REF": v2,
        "V3_REF": v3,
        "VPARITY": -1,
        "V3I_YANG": 0.0,
        "RA_REF": facts.sky.reference_sky[0],
        "DEC_REF": facts.sky.reference_sky[1],
        "ROLL_REF": facts.sky.rotation % 360.0,
        "XREF_SCI": facts.sky.reference_pixel[0] + 1,
        "YREF_SCI": facts.sky.reference_pixel[1] + 1,
        "VA_SCALE": 1.0,
    }
