"""The parameters of outlier detection: those of the jwst step for imaging, and those of the guard."""

from typing import Literal

from pydantic import field_validator

from mkrefs.api import Parameters, parameter


class OutlierDetectionParameters(Parameters):
    """What the section `outlier_detection` may set."""

    weight_type: Literal["ivm", "exptime"] = parameter(
        "ivm",
        "Weights of the pixels when images are resampled: 'ivm', the inverse of the variance of the read "
        "noise; 'exptime', the exposure time.",
    )
    pixfrac: float = parameter(
        1.0,
        "Fraction by which the pixels of an image are shrunk before they are drizzled onto the mosaic.",
        ge=0,
        le=1,
    )
    kernel: Literal["square", "point", "turbo"] = parameter(
        "square", "How the flux of a pixel is spread over the mosaic."
    )
    fillval: str = parameter(
        "NAN",
        "Value of mosaic pixels to which no image contributes: a number as text, NAN, or INDEF for what the "
        "last pixel of zero weight had.",
    )
    maskpt: float = parameter(
        0.7,
        "Fraction of the mean weight below which a pixel of a mosaic is not used for the median.",
        ge=0,
        le=1,
    )
    snr: str = parameter(
        "5.0 4.0",
        "Signal-to-noise ratios, two numbers in one text, from which on a pixel is an outlier: the first for "
        "the hit itself, the second for its neighbours. Without resampling only the first counts.",
    )
    scale: str = parameter(
        "1.2 0.7",
        "Factors, two numbers in one text, of the derivative of the median that is allowed for besides the "
        "noise: the first for the hit itself, the second for its neighbours.",
    )
    backg: float = parameter(
        0.0,
        "Background added to the median before it is compared; the level that an image's header gives as not "
        "subtracted comes first.",
        unit="that of the images",
    )
    good_bits: str = parameter(
        "~DO_NOT_USE",
        "DQ flags of pixels that are used all the same, as numbers or mnemonics joined by + or a comma; with "
        "~ in front those of pixels that are not.",
    )
    resample_data: bool = parameter(
        True,
        "Resample the images of each exposure to a common grid, and compare with the median of these "
        "mosaics; false compares pixel by pixel with the median of the images as they are.",
    )
    in_memory: bool = parameter(
        True,
        "Hold all images and mosaics in memory; false keeps them in temporary files. The result is the same.",
        changes_result=False,
    )
    save_intermediate_results: bool = parameter(
        False, "Also keep the mosaic of each exposure, the median, and the median as each image sees it."
    )
    pixmap_stepsize: float | None = parameter(
        None,
        "Spacing at which the WCS is computed when pixels are mapped; above 1 it is interpolated between. "
        "When not given: 10, with a spline of order 3, where that is found right to 1e-5 pixel, else 1.",
        unit="pixel",
        gt=0,
    )
    pixmap_order: Literal[1, 3] = parameter(
        1, "Order of the spline of that interpolation, where pixmap_stepsize is given."
    )
    guard_snr: float = parameter(
        20.0,
        "Height above its surroundings, in units of their scatter, from which on the guard takes a compact "
        "source for a bright one.",
        unit="sigma",
        gt=0,
    )
    guard_core_radius: float = parameter(
        1.5,
        "Distance from the peak within which pixels above half of its height are the core of a source.",
        unit="pixel",
        ge=0,
        le=10,
    )
    guard_fraction: float = parameter(
        0.25,
        "Warn of sources of which more than this fraction of the core was flagged, as the mean over the "
        "images without the worst.",
        ge=0,
        le=1,
    )
    guard_max_sources: int = parameter(
        500, "The guard looks at so many of the brightest compact sources; at none if 0.", ge=0
    )
    plot: bool = parameter(False, "Draw a figure: how much of the cores of bright sources was flagged.")

    @field_validator("snr", "scale")
    @classmethod
    def _two_numbers(cls, value: str) -> str:
        numbers = _numbers(value)
        if len(numbers) != 2 or min(numbers) < 0:
            raise ValueError(
                f"must be two numbers of 0 or more in one text, such as '5.0 4.0', not {value!r}"
            )
        return value

    @field_validator("fillval")
    @classmethod
    def _a_number(cls, value: str) -> str:
        if value.upper() != "INDEF" and len(_numbers(value)) != 1:
            raise ValueError(f"must be a number as text, NAN or INDEF, not {value!r}")
        return value


def _numbers(text: str) -> tuple[float, ...]:
    """Give the numbers of a text, or none if anything in it is not a number."""
    try:
        return tuple(float(word) for word in text.split())
    except ValueError:
        return ()
