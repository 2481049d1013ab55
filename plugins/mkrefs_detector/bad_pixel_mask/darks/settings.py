"""The choices of a search in darks, as one value; no default depends on a file or an instrument."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

SearchKind = Literal["measured", "documented"]

#: What is looked for, and the DQ flags that are given for it unless others are set.
CLASS_FLAGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "hot": ("HOT",),
        "warm": ("WARM",),
        "rc": ("RC",),
        "inverse_rc": ("RC",),
        "telegraph": ("TELEGRAPH",),
        "noisy": ("UNRELIABLE_SLOPE",),
        "low_pedestal": ("OTHER_BAD_PIXEL",),
        "high_cr": ("TELEGRAPH",),
    }
)
#: Classes that go with another one, where they are not named themselves.
KINDRED: Mapping[str, str] = MappingProxyType({"inverse_rc": "rc", "telegraph": "high_cr"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DarkSettings:
    """How bad pixels are told; see `mkrefs_detector.bad_pixel_mask.darks.parameters` for each field.

    Attributes
    ----------
    search : {"measured", "documented"}
        Whether all the ramps tell is used, or the documented criteria alone.
    clipping_sigma, max_clipping_iters : float, int
        Clip of the distribution of the noise.
    noisy_threshold : float
        Standard deviations of that distribution from which on a pixel is noisy.
    max_saturated_fraction : float
        Share of the integrations a hot pixel is saturated in.
    max_jump_limit : int
        Jumps in an integration from which on they are many.
    jump_ratio_threshold, early_cutoff_fraction : float
        Ratio of early to late jumps of an RC pixel; share of the groups that are early.
    pedestal_sigma_threshold : float
        Standard deviations from which on a pedestal is high or low.
    rc_fraction_threshold, low_pedestal_fraction, high_cr_fraction : float
        Share of the integrations that must show it.
    hot_threshold, warm_threshold : float
        Dark rates in DN/s above that of the median pixel.
    rate_sigma_threshold, rc_sigma_threshold, telegraph_sigma_threshold : float
        Least significance of a rate and of a curvature; least step of a telegraph pixel over its noise.
    neighbour_correction : bool
        Take off what a pixel shows of the signal of its neighbours.
    telegraph_evidence : float
        Logarithm of the ratio of likelihoods from which on two levels are believed.
    max_flagged_fraction : float
        A class that would flag more of the pixels is refused.
    """

    search: SearchKind = "measured"
    clipping_sigma: float = 5.0
    max_clipping_iters: int = 5
    noisy_threshold: float = 5.0
    max_saturated_fraction: float = 0.5
    max_jump_limit: int = 10
    jump_ratio_threshold: float = 5.0
    early_cutoff_fraction: float = 0.25
    pedestal_sigma_threshold: float = 5.0
    rc_fraction_threshold: float = 0.8
    low_pedestal_fraction: float = 0.8
    high_cr_fraction: float = 0.8
    hot_threshold: float = 0.15
    warm_threshold: float = 0.02
    rate_sigma_threshold: float = 4.5
    rc_sigma_threshold: float = 5.0
    telegraph_sigma_threshold: float = 3.5
    telegraph_evidence: float = 10.0
    neighbour_correction: bool = False
    max_flagged_fraction: float = 0.1
