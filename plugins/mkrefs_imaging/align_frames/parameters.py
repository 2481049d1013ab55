"""The parameters of `align_frames`; names and defaults are the documented ones."""

from typing import Literal

from pydantic import model_validator

from mkrefs.api import parameter
from mkrefs_imaging.registration.masks import MaskShape
from mkrefs_imaging.registration.settings import ShiftParameters


class AlignParameters(ShiftParameters):
    """What the section of `align_frames` may set."""

    align_algo: Literal["leastsq", "header"] = parameter(
        "leastsq",
        "How offsets are found: 'leastsq', by least squares; 'header', from CRPIX1, CRPIX2, XOFFSET and "
        "YOFFSET, taken as they are.",
    )
    mask_override: MaskShape | None = parameter(
        None,
        "Mask about the middle of the frames whose pixels are not compared: 'circ', a disc; 'rec', a band of "
        "rows; 'ann', all but a ring.",
    )
    msk_shp: float | tuple[float, float] = parameter(
        8,
        "Radius of the disc, half the height of the band, or inner and outer radius of the ring.",
        unit="pixel",
    )
    mask_file: str | None = parameter(
        None,
        "FITS file with the transmission of the coronagraph, of the size of the frames: how much their "
        "pixels count. mask_override goes before it.",
    )
    align_to_file: str | None = parameter(
        None, "FITS file with the image to which all frames are aligned; of a cube the median of its planes."
    )
    scale_prior: bool = parameter(
        False,
        "Begin the fit with the median ratio of the brightness of a frame and the first, in place of 1.",
    )
    field_pix: int = parameter(
        401,
        "Width of the field about the reference pixel of the first exposure, or the middle without one, in "
        "which frames are compared; smaller frames are compared whole.",
        unit="pixel",
        ge=33,
    )
    max_shift: float = parameter(16.0, "Longest shift that is looked for.", unit="pixel", gt=0)
    max_error: float = parameter(
        0.1, "Standard error of a shift from which on it is not applied.", unit="pixel", gt=0
    )
    warn_shift: float = parameter(
        100.0, "Length of a shift from which on it is told as doubtful.", unit="mas", gt=0
    )

    @model_validator(mode="after")
    def _fits_the_mask(self) -> "AlignParameters":
        sizes = self.msk_shp if isinstance(self.msk_shp, tuple) else (self.msk_shp,)
        if min(sizes) < 0:
            raise ValueError("msk_shp must not be negative")
        if self.mask_override == "ann" and not (len(sizes) == 2 and sizes[0] < sizes[1]):
            raise ValueError("msk_shp must be two radii, the smaller first, with mask_override: ann")
        if self.mask_override in ("circ", "rec") and len(sizes) != 1:
            raise ValueError(f"msk_shp must be one number with mask_override: {self.mask_override}")
        return self
