"""The names of the ways to resample; importing it is light."""

from typing import Literal

#: The documented ways: bilinear interpolation; by the overlaps of pixels on the sphere; anti-aliased.
ReprojectFunction = Literal["interp", "exact", "adaptive"]
