"""What is told of the shifts of frames: numbers, sentences, warnings and figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mkrefs.api import CalibratedImage, Curves, Figure
from mkrefs_imaging.registration.fitting import Offset
from mkrefs_imaging.registration.frames import Shift, mean_shift
from mkrefs_imaging.registration.geometry import pixel_scale

# An offset shorter than this is a fit that stood still rather than one that found nothing.
_NO_OFFSET = 1e-5  # mas
_USUAL_SCALE = 63.0  # mas, where the width of a pixel is not known


@dataclass(frozen=True, slots=True)
class FrameShifts:
    """The shifts of the frames of one image.

    Attributes
    ----------
    name, exposure : str
        Of the image.
    shifts : tuple of (float, float)
        Applied to the frames, pixels; zero where there was a problem.
    offsets : tuple of Offset
        What was measured.
    scale : float or None
        Width of a pixel in mas.
    itself : int or None
        The frame that is the reference.
    """

    name: str
    exposure: str
    shifts: tuple[Shift, ...]
    offsets: tuple[Offset, ...]
    scale: float | None
    itself: int | None = None

    @classmethod
    def undoing(
        cls, image: CalibratedImage, offsets: Sequence[Offset], *, itself: tuple[str, int] | None = None
    ) -> "FrameShifts":
        """Give the shifts that undo offsets; none where an offset has a problem."""
        # Adding zero makes plain zeros of negative ones.
        shifts = tuple((0.0, 0.0) if one.problem else (0.0 - one.x, 0.0 - one.y) for one in offsets)
        return cls.of(image, shifts, offsets, itself=itself)

    @classmethod
    def of(
        cls,
        image: CalibratedImage,
        shifts: Sequence[Shift],
        offsets: Sequence[Offset],
        *,
        itself: tuple[str, int] | None = None,
    ) -> "FrameShifts":
        """Give the shifts of the frames of an image with the offsets they come from."""
        width = pixel_scale(image)
        own = itself[1] if itself is not None and itself[0] == image.exposure else None
        scale = None if width is None else 1000 * width
        return cls(image.name, image.exposure, tuple(shifts), tuple(offsets), scale, own)

    @property
    def good(self) -> list[Shift]:
        """The shifts that are known."""
        return [shift for shift, offset in zip(self.shifts, self.offsets, strict=True) if not offset.problem]

    @property
    def middle(self) -> Shift:
        """Their median, which the WCS goes by."""
        return mean_shift(self.good)

    @property
    def results(self) -> Mapping[str, float | int | str | None]:
        """Numbers of the image."""
        errors = [max(one.error_x, one.error_y) for one in self.offsets if not one.problem]
        known = [error for error in errors if np.isfinite(error)]
        return {
            "shift x (pixel)": self.middle[0],
            "shift y (pixel)": self.middle[1],
            "largest error (pixel)": max(known, default=None),
            "frames": len(self.shifts),
            "frames of unknown offset": len(self.shifts) - len(self.good),
        }

    @property
    def told(self) -> str:
        """The shifts in words."""
        x, y = self.middle
        lost = len(self.shifts) - len(self.good)
        left = f", {lost} of unknown offset" if lost else ""
        return f"shift of {len(self.shifts)} frames {x:.4f}, {y:.4f} pixel in the median{left}"

    def warnings(self, warn_shift: float, *, measured: bool) -> list[str]:
        """Tell of frames that could not be shifted, or by so much or little that it is doubtful.

        Parameters
        ----------
        warn_shift : float
            Length of an offset that is doubtful, mas.
        measured : bool
            Whether offsets were measured; those of headers may be of any length.
        """
        found = [
            f"{self.name}: the offset of integration {index + 1} is not known and taken as none: "
            f"{offset.problem}."
            for index, offset in enumerate(self.offsets)
            if offset.problem
        ]
        if not measured:
            return found
        lengths = {
            index + 1: float(np.hypot(offset.x, offset.y)) * (self.scale or _USUAL_SCALE)
            for index, offset in enumerate(self.offsets)
            if not offset.problem and index != self.itself
        }
        far = [index for index, length in lengths.items() if length > warn_shift]
        if far:
            found.append(
                f"{self.name}: offsets of more than {warn_shift:g} mas, perhaps not aligned: integrations "
                f"{_listed(far)}."
            )
        still = [index for index, length in lengths.items() if length < _NO_OFFSET]
        if still:
            found.append(
                f"{self.name}: no offset at all was found, perhaps a copy of the reference: integrations "
                f"{_listed(still)}."
            )
        return found


def _listed(numbers: Sequence[int]) -> str:
    most = 10
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return ", ".join(str(number) for number in numbers[:most]) + more


def shift_table(measured: Sequence[FrameShifts]) -> list[Mapping[str, Any]]:
    """Give a row for each frame, of values that JSON can hold; what is not known is None."""
    return [
        {
            "exposure": one.exposure,
            "integration": index + 1,
            "shift_x": shift[0],
            "shift_y": shift[1],
            "error_x": _number(offset.error_x),
            "error_y": _number(offset.error_y),
            "scale": offset.scale,
            "problem": offset.problem,
        }
        for one in measured
        for index, (shift, offset) in enumerate(zip(one.shifts, one.offsets, strict=True))
    ]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def shift_figures(measured: Sequence[FrameShifts]) -> Mapping[str, Figure]:
    """Draw the shifts of all frames, one after the other."""
    shifts = np.array([shift for one in measured for shift in one.shifts]).reshape(-1, 2)
    if not shifts.size:
        return {}
    return {
        "shifts": Curves(
            title="Shifts of the frames, in the order of exposures and integrations",
            x_quantity="frame",
            y_quantity="shift (pixel)",
            x=np.arange(1, len(shifts) + 1),
            curves={"along x": shifts[:, 0], "along y": shifts[:, 1]},
        )
    }
