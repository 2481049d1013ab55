"""Offsets of the frames of an image from the reference frame, measured or from the header."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import CalibratedImage
from mkrefs_imaging.align_frames.parameters import AlignParameters
from mkrefs_imaging.registration.comparing import compare_frames, field_about, raised, within
from mkrefs_imaging.registration.fitting import FitSettings, Offset, Plane
from mkrefs_imaging.registration.frames import frame_count, read_frame
from mkrefs_imaging.registration.geometry import pixel_scale, reference_pixel

_HEADER_KEYS = ("CRPIX1", "CRPIX2", "XOFFSET", "YOFFSET")


@dataclass(frozen=True, slots=True)
class Reference:
    """What frames are aligned to.

    Attributes
    ----------
    plane : Plane
        The frame.
    image : CalibratedImage
        The image whose header tells where it lies.
    itself : (str, int) or None
        Exposure and integration that it is; None if it comes from a file.
    name : str
        What to call it.
    """

    plane: Plane
    image: CalibratedImage
    itself: tuple[str, int] | None
    name: str


def measure_image(
    image: CalibratedImage,
    reference: Reference,
    weights: NDArray[np.float64],
    parameters: AlignParameters,
) -> Sequence[Offset]:
    """Measure by how much each frame of an image is displaced from the reference.

    Parameters
    ----------
    image : CalibratedImage
        Image or cube.
    reference : Reference
        What it is compared with.
    weights : ndarray of float64, shape (nrows, ncols)
        How much pixels count.
    parameters : AlignParameters
        What the section of the label sets.

    Returns
    -------
    sequence of Offset
        One for each frame.
    """
    if parameters.align_algo == "header":
        return [header_offset(image, reference.image)] * frame_count(image)
    shape = reference.plane.data.shape
    middle = reference_pixel(reference.image) or (shape[1] / 2, shape[0] / 2)
    field = field_about(middle, parameters.field_pix, shape)
    seen = within(reference.plane, field)
    return [
        Offset(0.0, 0.0, 0.0, 0.0)
        if reference.itself == (image.exposure, index)
        else _measure(within(read_frame(image, index), field), seen, weights[field], parameters)
        for index in range(frame_count(image))
    ]


def _measure(
    frame: Plane, reference: Plane, weights: NDArray[np.float64], parameters: AlignParameters
) -> Offset:
    power = parameters.shft_exp
    frame, reference = raised(frame, power), raised(reference, power)
    return compare_frames(
        frame,
        reference,
        weights=weights,
        max_shift=parameters.max_shift,
        scale=_ratio(frame, reference, weights) if parameters.scale_prior else 1.0,
        settings=FitSettings(largest_error=parameters.max_error),
    )


def _ratio(frame: Plane, reference: Plane, weights: NDArray[np.float64]) -> float:
    """Give the median ratio of the brighter pixels; 1 if there is none."""
    usable = ~frame.bad & ~reference.bad & (weights > 0)
    if not usable.any():
        return 1.0
    bright = usable & (reference.data > np.percentile(reference.data[usable], 90)) & (reference.data > 0)
    ratio = float(np.median(frame.data[bright] / reference.data[bright])) if bright.any() else 1.0
    return ratio if ratio > 0 else 1.0


def header_offset(image: CalibratedImage, first: CalibratedImage) -> Offset:
    """Give the displacement of an image from the first that their headers tell.

    Parameters
    ----------
    image, first : CalibratedImage
        Headers with CRPIX1, CRPIX2 (pixels), XOFFSET, YOFFSET (arcseconds).

    Returns
    -------
    Offset
        With a problem if a keyword or the width of a pixel is not known.
    """
    missing = [
        keyword
        for keyword in _HEADER_KEYS
        if not all(isinstance(one.header.get(keyword), int | float) for one in (image, first))
    ]
    scale = pixel_scale(image) or pixel_scale(first)
    if missing or scale is None:
        lack = ", ".join(missing) or "the width of a pixel"
        return Offset(0.0, 0.0, problem=f"the headers do not tell {lack}")
    here, there = _place(image, scale), _place(first, scale)
    return Offset(here[0] - there[0], here[1] - there[1])


def _place(image: CalibratedImage, scale: float) -> tuple[float, float]:
    x_pixel, y_pixel, x_offset, y_offset = (float(image.header[keyword]) for keyword in _HEADER_KEYS)
    return x_pixel + x_offset / scale, y_pixel + y_offset / scale
