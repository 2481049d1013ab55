"""The options of each method; names and defaults are the documented ones, but for what is told there."""

from typing import Self

from pydantic import field_validator, model_validator

from mkrefs.api import Parameters, parameter

_NEIGHBOURS = (-1, 0, 1)


class ShiftOptions(Parameters):
    """Which pixels count as neighbours: all pairs of both shifts, without the pixel itself."""

    shift_x: tuple[int, ...] = parameter(
        _NEIGHBOURS, "Shifts along x to the neighbours; 0 is always among them.", unit="pixel"
    )
    shift_y: tuple[int, ...] = parameter(
        _NEIGHBOURS, "Shifts along y to the neighbours; 0 is always among them.", unit="pixel"
    )

    @field_validator("shift_x", "shift_y")
    @classmethod
    def _with_zero(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted({0, *value}))

    @model_validator(mode="after")
    def _has_neighbours(self) -> Self:
        if not self.offsets():
            raise ValueError("shift_x and shift_y leave no neighbour; give a shift other than 0")
        return self

    def offsets(self) -> tuple[tuple[int, int], ...]:
        """Give the places (rows, columns) of the neighbours, relative to the pixel."""
        return tuple((y, x) for y in self.shift_y for x in self.shift_x if (y, x) != (0, 0))


class SigclipOptions(ShiftOptions):
    """Options of `sigclip`."""

    sigma: float = parameter(
        5.0,
        "A pixel is bad that lies above the median of its neighbours by so many of their standard "
        "deviations, or of those of the frame if these are larger.",
        unit="sigma",
        gt=0,
    )
    neg_sigma: float = parameter(
        5.0,
        "A pixel is bad that lies below the median of the frame by so many of its standard deviations; the "
        "documented 1 calls 16 % of all good pixels bad.",
        unit="sigma",
        gt=0,
    )
    contrast: float = parameter(
        15.0,
        "Keeps the cores of stars: what lies above its neighbours must do so by this many times the "
        "structure that they show beyond noise; 0 leaves the cores unguarded, as documented.",
        ge=0,
    )


class TimeintsOptions(Parameters):
    """Options of `timeints`."""

    sigma: float = parameter(
        5.0,
        "A value is bad that differs from the median of its pixel over the integrations by so many standard "
        "deviations of the pixel in time, which are weighed with those of the pixels around it.",
        unit="sigma",
        gt=0,
    )


class GradientOptions(Parameters):
    """Options of `gradient`."""

    sigma: float = parameter(0.5, "Width of the Gaussian that smooths.", unit="pixel", gt=0)
    threshold: float = parameter(
        0.05,
        "Gradient, relative to the smoothed image and per pixel, that must lead up to a pixel on all four "
        "sides.",
        unit="1/pixel",
        gt=0,
    )
    negative: bool = parameter(True, "Also find pixels that the gradients lead down to.")
    noise_sigma: float = parameter(
        5.0,
        "The pixel must differ from the median of its neighbours by so many standard deviations, as "
        "`sigclip` measures them; 0 asks for nothing beyond the gradients, as documented.",
        unit="sigma",
        ge=0,
    )
    contrast: float = parameter(15.0, "As that of `sigclip`.", ge=0)


class TimemedOptions(Parameters):
    """Options of `timemed`: there are none."""


class LocalmedOptions(ShiftOptions):
    """Options of `localmed`."""


class MedfiltOptions(Parameters):
    """Options of `medfilt`."""

    size: int = parameter(
        4,
        "Size of the window, centred on the pixel: all pixels within size/2 along x and y, so that 4 is 5 "
        "wide, as 5 is.",
        unit="pixel",
        ge=2,
    )


class Interp2dOptions(Parameters):
    """Options of `interp2d`."""

    size: int = parameter(
        5, "Size of the box around the pixel; more good pixels than this must be in it.", unit="pixel", ge=3
    )


class DqarrOptions(Parameters):
    """Options of `dqarr`: there are none."""
