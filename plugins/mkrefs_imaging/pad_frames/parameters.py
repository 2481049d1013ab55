"""The parameters of `pad_frames`; names and defaults are the documented ones."""

from math import nan
from typing import Any

from pydantic import field_validator

from mkrefs.api import parameter
from mkrefs_imaging.kinds.kind import Kind
from mkrefs_imaging.kinds.parameters import KindParameters

_SIDES = ("left", "right", "bottom", "top")


class PadParameters(KindParameters):
    """What the section of `pad_frames` may set."""

    npix: int | tuple[int, ...] = parameter(
        1,
        "Pixels to add: one number for every side, or four for left, right, bottom and top.",
        unit="pixel",
    )
    cval: float = parameter(
        nan, "Value of the added pixels of the science array; null is NaN too.", allow_inf_nan=True
    )
    types: tuple[Kind, ...] = parameter(
        ("SCI", "SCI_BG", "REF", "REF_BG"),
        "What is padded: science target (SCI) and PSF reference (REF), their target acquisition (_TA) and "
        "their backgrounds (_BG); images of other kinds are passed on as they are.",
    )

    @field_validator("cval", mode="before")
    @classmethod
    def _none_is_nan(cls, value: Any) -> Any:
        # JSON, in which parameters go to the workers, has no NaN.
        return nan if value is None else value

    @field_validator("npix")
    @classmethod
    def _not_negative(cls, value: int | tuple[int, ...]) -> int | tuple[int, ...]:
        if isinstance(value, tuple) and len(value) != len(_SIDES):
            raise ValueError(f"must be one number, or four for {', '.join(_SIDES)}, not {len(value)}")
        if min(value if isinstance(value, tuple) else (value,)) < 0:
            raise ValueError("must not be negative")
        return value

    @property
    def sides(self) -> tuple[int, int, int, int]:
        """Pixels on the left, right, bottom and top."""
        left, right, bottom, top = self.npix if isinstance(self.npix, tuple) else (self.npix,) * len(_SIDES)
        return left, right, bottom, top
