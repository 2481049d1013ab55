"""The parameters of the label `badpix_from_darks`; names and defaults are the documented ones."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import field_validator, model_validator

from mkrefs.api import parameter
from mkrefs_detector.bad_pixel_mask.darks.settings import CLASS_FLAGS, KINDRED, DarkSettings, SearchKind
from mkrefs_detector.bad_pixel_mask.parameters import MaskParameters, check_do_not_use, check_flag_values
from mkrefs_detector.bad_pixel_mask.search import Policy

#: Classes that are DO_NOT_USE with another one of the documented names.
_STANDS_FOR: Mapping[str, tuple[str, ...]] = {"rc": ("inverse_rc",), "high_cr": ("telegraph", "noisy")}
_DEFAULTS = DarkSettings()


class DarksParameters(MaskParameters):
    """What the section of a label of masks from darks may set."""

    search: SearchKind = parameter(
        _DEFAULTS.search,
        "'measured' uses all that the ramps tell; 'documented' the documented criteria alone: saturation, "
        "scatter of the slopes, pedestals and numbers of jumps.",
    )
    clipping_sigma: float = parameter(
        _DEFAULTS.clipping_sigma,
        "Threshold of the clip of the distribution of the noise, whose mean and standard deviation tell "
        "which pixels are noisy.",
        unit="sigma",
        gt=0,
    )
    max_clipping_iters: int = parameter(
        _DEFAULTS.max_clipping_iters, "Largest number of passes of that clip.", ge=0
    )
    noisy_threshold: float = parameter(
        _DEFAULTS.noisy_threshold,
        "Standard deviations of that distribution above its mean from which on a pixel is noisy.",
        unit="sigma",
        gt=0,
    )
    max_saturated_fraction: float = parameter(
        _DEFAULTS.max_saturated_fraction,
        "Share of the integrations a pixel must be saturated in from the start to be hot.",
        gt=0,
        le=1,
    )
    max_jump_limit: int = parameter(
        _DEFAULTS.max_jump_limit,
        "Jumps in an integration from which on a pixel has a high number of them.",
        ge=1,
    )
    jump_ratio_threshold: float = parameter(
        _DEFAULTS.jump_ratio_threshold,
        "Ratio of early to late jumps from which on a pixel with a high number of them may be an RC pixel.",
        gt=0,
    )
    early_cutoff_fraction: float = parameter(
        _DEFAULTS.early_cutoff_fraction,
        "Share of the groups that are early, and that are late, when jumps are compared.",
        gt=0,
        le=0.5,
    )
    pedestal_sigma_threshold: float = parameter(
        _DEFAULTS.pedestal_sigma_threshold,
        "Standard deviations from the mean pedestal of an integration from which on a pedestal is high, that "
        "of an RC pixel, or low.",
        unit="sigma",
        gt=0,
    )
    rc_fraction_threshold: float = parameter(
        _DEFAULTS.rc_fraction_threshold,
        "Share of the integrations in which a pixel must have a high pedestal, or early jumps, to be an RC "
        "pixel.",
        ge=0,
        lt=1,
    )
    low_pedestal_fraction: float = parameter(
        _DEFAULTS.low_pedestal_fraction,
        "Share of the integrations in which a pixel must have a low pedestal to be flagged.",
        ge=0,
        lt=1,
    )
    high_cr_fraction: float = parameter(
        _DEFAULTS.high_cr_fraction,
        "Share of the integrations in which a pixel must have a high number of jumps to be flagged.",
        ge=0,
        lt=1,
    )
    hot_threshold: float = parameter(
        _DEFAULTS.hot_threshold,
        "Dark rate above that of the median pixel from which on a pixel is hot.",
        unit="DN/s",
        gt=0,
    )
    warm_threshold: float = parameter(
        _DEFAULTS.warm_threshold,
        "Dark rate above that of the median pixel from which on a pixel is warm.",
        unit="DN/s",
        gt=0,
    )
    rate_sigma_threshold: float = parameter(
        _DEFAULTS.rate_sigma_threshold,
        "A pixel is hot or warm only if its rate is above the median by so many of its errors, and by so "
        "many times the spread of the rates of all pixels.",
        unit="sigma",
        gt=0,
    )
    neighbour_correction: bool = parameter(
        _DEFAULTS.neighbour_correction,
        "Measure, on the brightest hot pixels, which share of its signal a pixel shows in its four "
        "neighbours, and take it off before hot, warm and RC pixels are told. Without it the neighbours of "
        "bright hot pixels are hot or warm too.",
    )
    rc_sigma_threshold: float = parameter(
        _DEFAULTS.rc_sigma_threshold,
        "Significance from which on the curvature of the ramps makes an RC pixel.",
        unit="sigma",
        gt=0,
    )
    telegraph_sigma_threshold: float = parameter(
        _DEFAULTS.telegraph_sigma_threshold,
        "Least distance of the two levels of a telegraph pixel in units of its noise. Any noise can be cut "
        "into two levels 2.7 apart.",
        unit="sigma",
        ge=3,
    )
    telegraph_evidence: float = parameter(
        _DEFAULTS.telegraph_evidence,
        "Natural logarithm of how much likelier two levels must be than one.",
        gt=0,
    )
    max_flagged_fraction: float = parameter(
        _DEFAULTS.max_flagged_fraction,
        "A class that would flag a larger share of the pixels is refused.",
        gt=0,
        le=1,
    )
    flag_values: dict[str, tuple[str, ...]] = parameter(
        {"hot": ("HOT",), "rc": ("RC",), "low_pedestal": ("OTHER_BAD_PIXEL",), "high_cr": ("TELEGRAPH",)},
        "DQ mnemonics by class. Classes not named have: warm WARM, noisy UNRELIABLE_SLOPE, inverse_rc those "
        "of rc, telegraph those of high_cr.",
    )
    do_not_use: tuple[str, ...] = parameter(
        ("hot", "rc", "low_pedestal", "high_cr"),
        "Classes, or mnemonics, whose pixels are DO_NOT_USE too. rc stands for inverse_rc too, high_cr for "
        "telegraph and noisy too.",
    )

    @field_validator("do_not_use", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("do_not_use")
    @classmethod
    def _known_names(cls, value: Sequence[str]) -> tuple[str, ...]:
        return check_do_not_use(value, CLASS_FLAGS)

    @field_validator("flag_values")
    @classmethod
    def _known_flags(cls, value: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        return check_flag_values({name.lower(): flags for name, flags in value.items()}, CLASS_FLAGS)

    @model_validator(mode="after")
    def _hot_is_above_warm(self) -> Self:
        if self.hot_threshold < self.warm_threshold:
            raise ValueError(
                f"hot_threshold {self.hot_threshold:g} must not be below warm_threshold "
                f"{self.warm_threshold:g}"
            )
        return self

    def settings(self) -> DarkSettings:
        """Give the choices of the search."""
        return DarkSettings(**{name: getattr(self, name) for name in DarkSettings.__dataclass_fields__})

    def policy(self) -> Policy:
        """Give the flags of the classes."""
        return dark_policy(self.flag_values, self.do_not_use, keep_unknown=self.keep_unknown)


def dark_policy(
    flag_values: Mapping[str, Sequence[str]], do_not_use: Sequence[str], *, keep_unknown: bool
) -> Policy:
    """Complete what is documented: say which flags the classes get that have none of their own.

    Parameters
    ----------
    flag_values : mapping of str to sequence of str
        Mnemonics by class, as far as they are set.
    do_not_use : sequence of str
        Classes or mnemonics. As documented, ``rc`` are pixels of either sign, and ``high_cr`` all that are
        noisy in one way or another.
    keep_unknown : bool
        See `Policy`.

    Returns
    -------
    Policy
    """
    flags = {}
    for name, usual in CLASS_FLAGS.items():
        kin = KINDRED.get(name, name)
        flags[name] = tuple(flag_values.get(name, flag_values.get(kin, usual)))
    wanted = [name.lower() for name in do_not_use]
    excluded = (*do_not_use, *(other for name in wanted for other in _STANDS_FOR.get(name, ())))
    return Policy(flags, excluded, keep_unknown)
