"""The parameters of `recenter_frames`; names and defaults are the documented ones."""

from typing import Any, Literal

from pydantic import field_validator, model_validator

from mkrefs.api import parameter
from mkrefs_imaging.registration.settings import ShiftParameters


class RecenterParameters(ShiftParameters):
    """What the section of `recenter_frames` may set."""

    psf_file: str | None = parameter(
        None,
        "FITS file with the image of a star behind the mask, the star in its middle: extension DET_DIST, "
        "DET_SAMP or SCI, else the first image; binned by its keyword OVERSAMP.",
    )
    psf_function: str | None = parameter(
        None,
        "Function that gives this image, as 'module:function' or 'file.py:function'; it is called with the "
        "header of the first science exposure and fov_pix, and gives pixels of the detector.",
    )
    subpix_first_sci_only: bool = parameter(
        False,
        "Shift only the first science frame by fractions of a pixel, all others by whole ones; without "
        "coronagraph only.",
    )
    first_sci_only: bool = parameter(
        True,
        "Look for the star by the model in the first science frame only; false looks in the first frame of "
        "each exposure.",
    )
    subsequent: Literal["align", "same"] = parameter(
        "align",
        "What is done with all other frames: 'align' brings them onto the frame in which the star was found; "
        "'same' shifts them by the same amount.",
    )
    center: Literal["array", "pixel"] = parameter(
        "array",
        "Where the star goes, counted from 0: 'array', to (n - 1) / 2, the centre of the array; 'pixel', to "
        "the pixel n // 2. With an odd number of pixels it is the same.",
    )
    spectral_type: str = parameter("G2V", "Spectral type of the star, for models by STPSF.")
    fov_pix: int = parameter(
        65, "Width of the field in which the model is compared with the frame.", unit="pixel", ge=9
    )
    oversample: int = parameter(2, "Oversampling of models by STPSF.", ge=1)
    highpass: Literal[False] | float = parameter(
        False,
        "Width (FWHM) of a Gaussian high-pass filter that model and frames go through before they are "
        "compared; false for none.",
        unit="pixel",
    )
    max_shift: float = parameter(
        16.0,
        "How far from the reference pixel the star is looked for, and from the first frame in others.",
        unit="pixel",
        gt=0,
    )
    max_error: float = parameter(
        0.1, "Standard error of a place from which on it is not used.", unit="pixel", gt=0
    )
    warn_shift: float = parameter(
        100.0,
        "Distance of a star from the place of the star in the first frame from which on it is told as "
        "doubtful.",
        unit="mas",
        gt=0,
    )

    @field_validator("highpass", mode="before")
    @classmethod
    def _is_a_width(cls, value: Any) -> Any:
        if value is True or (isinstance(value, int | float) and value < 0):
            raise ValueError("must be false, or the width of the filter in pixels")
        return value

    @field_validator("psf_function")
    @classmethod
    def _names_a_function(cls, value: str | None) -> str | None:
        if value is not None and not all(value.rpartition(":")[::2]):
            raise ValueError("must be 'module:function' or 'file.py:function'")
        return value

    @model_validator(mode="after")
    def _one_model(self) -> "RecenterParameters":
        if self.psf_file and self.psf_function:
            raise ValueError("psf_file and psf_function are two models; set one of them")
        return self
