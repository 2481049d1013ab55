"""The shifts that bring the stars of a group to the centre of the array."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mkrefs.api import CalibratedImage, UserError
from mkrefs_imaging.recenter_frames.model_image import ModelImage
from mkrefs_imaging.recenter_frames.parameters import RecenterParameters
from mkrefs_imaging.recenter_frames.star import high_pass, locate_star
from mkrefs_imaging.registration.comparing import compare_frames, field_about, raised, within
from mkrefs_imaging.registration.filling import fill_bad
from mkrefs_imaging.registration.fitting import FitSettings, Offset, Plane
from mkrefs_imaging.registration.frames import frame_count, read_frame
from mkrefs_imaging.registration.geometry import reference_pixel
from mkrefs_imaging.registration.report import FrameShifts

# Width of the field about the star in which frames are compared with each other, pixels.
_FIELD = 401


@dataclass(frozen=True, slots=True)
class FoundStar:
    """A frame in which the star was found by the model.

    Attributes
    ----------
    image : CalibratedImage
        The image whose first frame it is.
    frame : Plane
        The frame.
    place : Offset
        Where the star is in it: x, y, the first pixel is (0, 0).
    expected : (float, float)
        Where the reference pixel, or the middle of the array, is.
    """

    image: CalibratedImage
    frame: Plane
    place: Offset
    expected: tuple[float, float]


def find_star(image: CalibratedImage, model: ModelImage, parameters: RecenterParameters) -> FoundStar:
    """Find the star in the first frame of an image.

    Raises
    ------
    mkrefs.api.UserError
        If it is not found.
    """
    frame = _seen(_above_sky(read_frame(image, 0), parameters), parameters)
    pattern = _seen(Plane(model.data, np.zeros(model.data.shape, dtype=bool)), parameters).data
    expected = reference_pixel(image) or _middle(image)
    place = locate_star(
        frame, pattern, expected, max_shift=parameters.max_shift, settings=_settings(parameters)
    )
    if place.problem:
        raise UserError(
            f"recenter_frames: the star of {image.name} was not found about {expected[0]:.1f}, "
            f"{expected[1]:.1f} ({place.problem}); check CRPIX1 and CRPIX2 and the model of the star, or "
            "leave the exposure out."
        )
    return FoundStar(image, frame, place, expected)


def _settings(parameters: RecenterParameters) -> FitSettings:
    return FitSettings(largest_error=parameters.max_error)


def _seen(plane: Plane, parameters: RecenterParameters) -> Plane:
    """Give a frame as it is compared: filtered, and raised to a power."""
    if parameters.highpass:
        plane = Plane(high_pass(fill_bad(plane.data, plane.bad), parameters.highpass), plane.bad)
    return raised(plane, parameters.shft_exp)


def _above_sky(plane: Plane, parameters: RecenterParameters) -> Plane:
    """Take the median off a frame that is to be raised to a power, because models have no sky."""
    if parameters.shft_exp == 1 or plane.bad.all():
        return plane
    return Plane(plane.data - np.median(plane.data[~plane.bad]), plane.bad)


def _middle(image: CalibratedImage) -> tuple[float, float]:
    return (image.shape[-1] - 1) / 2, (image.shape[-2] - 1) / 2


def _goal(image: CalibratedImage, parameters: RecenterParameters) -> tuple[float, float]:
    if parameters.center == "pixel":
        return float(image.shape[-1] // 2), float(image.shape[-2] // 2)
    return _middle(image)


def measure_shifts(image: CalibratedImage, star: FoundStar, parameters: RecenterParameters) -> FrameShifts:
    """Measure the shifts that bring the star of each frame of an image to the centre.

    Parameters
    ----------
    image : CalibratedImage
        Image or cube.
    star : FoundStar
        Where it is in the frame that the others are compared with.
    parameters : RecenterParameters
        What the section of the label sets.

    Returns
    -------
    FrameShifts
        With the offsets of the stars from the one that was found.
    """
    goal = _goal(image, parameters)
    places = star.place.x, star.place.y
    offsets = [_offset(image, index, star, parameters) for index in range(frame_count(image))]
    shifts = []
    for index, offset in enumerate(offsets):
        shift = goal[0] - places[0] - offset.x, goal[1] - places[1] - offset.y
        first = image.exposure == star.image.exposure and index == 0
        if parameters.subpix_first_sci_only and not first and _is_without_mask(image):
            shift = float(round(shift[0])), float(round(shift[1]))
        shifts.append(shift)
    return FrameShifts.of(image, shifts, offsets, itself=(star.image.exposure, 0))


def _offset(image: CalibratedImage, index: int, star: FoundStar, parameters: RecenterParameters) -> Offset:
    """Give by how much the star of a frame is displaced from the one that was found; zero with a problem."""
    if image.exposure == star.image.exposure and index == 0:
        return Offset(0.0, 0.0, star.place.error_x, star.place.error_y)
    if parameters.subsequent == "same":
        return Offset(0.0, 0.0)
    field = field_about((star.place.x, star.place.y), _FIELD, star.frame.data.shape)
    found = compare_frames(
        _seen(_above_sky(within(read_frame(image, index), field), parameters), parameters),
        within(star.frame, field),
        max_shift=parameters.max_shift,
        settings=_settings(parameters),
    )
    return Offset(0.0, 0.0, problem=found.problem) if found.problem else found


def _is_without_mask(image: CalibratedImage) -> bool:
    return image.metadata.exp_type != "NRC_CORON"


def star_results(star: FoundStar) -> Mapping[str, object]:
    """Give what was found, as values that JSON can hold."""
    return {
        "exposure": star.image.exposure,
        "star": [star.place.x, star.place.y],
        "star_error": [star.place.error_x, star.place.error_y],
        "reference_pixel": list(star.expected),
        "star_from_reference_pixel": [
            star.place.x - star.expected[0],
            star.place.y - star.expected[1],
        ],
    }
