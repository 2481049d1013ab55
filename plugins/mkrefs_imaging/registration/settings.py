"""Parameters that all labels share that shift frames."""

from collections.abc import Mapping
from typing import Any

from pydantic import field_validator

from mkrefs.api import parameter
from mkrefs_imaging.kinds.kind import Kind
from mkrefs_imaging.kinds.parameters import KindParameters
from mkrefs_imaging.registration.moving import MoveSettings
from mkrefs_imaging.registration.shifting import SPLINE_OPTIONS, ShiftMethod


class ShiftParameters(KindParameters):
    """Which frames are shifted, and how."""

    types: tuple[Kind, ...] = parameter(
        ("SCI", "REF"),
        "What is shifted: science target (SCI) and PSF reference (REF), their target acquisition (_TA) and "
        "their backgrounds (_BG); images of other kinds are passed on as they are.",
    )

    method: ShiftMethod = parameter(
        "fourier",
        "How frames are shifted: 'fourier', by the phases of the Fourier transform; 'spline', by "
        "scipy.ndimage.shift (not recommended).",
    )
    kwargs: dict[str, Any] = parameter(
        {},
        "Keyword arguments of scipy.ndimage.shift for the method 'spline': order, mode, cval, prefilter.",
    )
    shft_exp: float = parameter(
        1.0,
        "Power to which absolute values are taken before frames are compared; 0.5 helps with bars and "
        "uncommon speckles. The frames themselves stay.",
        gt=0,
    )
    bad_share: float = parameter(
        0.1,
        "Share of a shifted pixel that bad pixels may cover without its becoming bad itself; flags go to "
        "the pixels of which theirs covers more.",
        ge=0,
        lt=0.5,
    )
    plot: bool = parameter(False, "Draw figures of the shifts.")

    @field_validator("kwargs")
    @classmethod
    def _known(cls, value: Mapping[str, Any]) -> Mapping[str, Any]:
        unknown = sorted(set(value) - SPLINE_OPTIONS)
        if unknown:
            allowed = ", ".join(sorted(SPLINE_OPTIONS))
            raise ValueError(f"has {', '.join(unknown)}, of which nothing is known here; it takes {allowed}")
        return value

    @property
    def moving(self) -> MoveSettings:
        """How frames are moved."""
        return MoveSettings(self.method, self.kwargs, self.bad_share)
