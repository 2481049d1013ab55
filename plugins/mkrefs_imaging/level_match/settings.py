"""The choices of a level match that have names; importing it is light."""

from typing import Literal

FitType = Literal["level", "level+slope"]
WeightMethod = Literal["equal", "npix", "rms"]


def coefficients(fit_type: FitType) -> int:
    """Give how many numbers a correction has: a constant, or a constant and two slopes."""
    return 1 if fit_type == "level" else 3
