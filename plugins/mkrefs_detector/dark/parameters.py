"""The parameters of the dark creator; names and defaults are the documented ones where there are any."""

from typing import Self

from pydantic import model_validator

from mkrefs.api import ReferenceParameters, parameter
from mkrefs_detector.dark.settings import AverageKind, ErrorKind


class DarkParameters(ReferenceParameters):
    """What the section of a dark label may set."""

    max_equivalent_groups: int = parameter(
        60,
        "Most groups of a full frame that may be in memory at a time, flags included; the result does not "
        "depend on it.",
        changes_result=False,
        ge=1,
    )
    sigma_threshold: float = parameter(
        3.0,
        "Threshold of the rejection of outliers, in Gaussian standard deviations.",
        unit="sigma",
        gt=0,
    )
    max_clipping_iters: int = parameter(
        5, "Largest number of passes of the rejection of outliers; 0 rejects nothing.", ge=0
    )
    average: AverageKind = parameter(
        "differences",
        "What is averaged: 'differences', the level of the first group and the differences of groups, which "
        "are summed up; 'levels', the level of each group by itself with a plain clip, as documented.",
    )
    error: ErrorKind = parameter(
        "mean",
        "What ERR means: 'mean', the standard error of the mean ramp; 'scatter', the standard deviation of "
        "a single ramp, as documented.",
    )
    step_threshold: float = parameter(
        3.5,
        "Steps that no flag tells of, such as small hits, spoil a ramp from so many standard deviations on; "
        "0 looks for none.",
        unit="sigma",
        ge=0,
    )
    use_after_hits: bool = parameter(
        False,
        "After a hit leave out only the differences that are flagged JUMP_DET, and not the rest of the ramp.",
    )
    max_hit_signal: float = parameter(
        1000.0,
        "Largest hit after which a ramp is used with use_after_hits; larger ones have after-effects.",
        unit="DN",
        gt=0,
    )
    drift_correction: bool = parameter(
        True,
        "Take off each group what the pixels of its amplifier and parity show of its drift; the mean stays.",
    )
    share_noise: bool = parameter(
        True,
        "Weigh the variance of each pixel with that of all others for its error, as far as pixels are alike; "
        "false takes each pixel's own, uncertain as it is with few exposures.",
    )
    fit_rate: bool = parameter(
        False, "Make a straight line of each mean ramp; then the file serves any number of groups."
    )
    ngroups: int | None = parameter(
        None, "Groups of the file with fit_rate; as many as the inputs have when not given.", ge=2
    )
    hot_threshold: float = parameter(
        1.0, "Dark current above the median from which on a pixel is HOT.", unit="DN/s", gt=0
    )
    warm_threshold: float = parameter(
        0.1, "Dark current above the median from which on a pixel is WARM.", unit="DN/s", gt=0
    )
    bright_sigma: float = parameter(
        5.0,
        "A pixel is HOT or WARM only if its dark current is above the median by so many of its errors.",
        unit="sigma",
        ge=0,
    )
    unreliable_sigma: float = parameter(
        5.0,
        "From how many standard deviations on a pixel's noise, or the difference of its integrations, makes "
        "it UNRELIABLE_DARK.",
        unit="sigma",
        gt=0,
    )
    hot_do_not_use: bool = parameter(False, "Flag HOT pixels DO_NOT_USE too.")
    warm_do_not_use: bool = parameter(False, "Flag WARM pixels DO_NOT_USE too.")
    unreliable_do_not_use: bool = parameter(
        False, "Flag UNRELIABLE_DARK pixels DO_NOT_USE too; those without data always are."
    )
    plot: bool = parameter(
        False,
        "Draw figures: contributions to each group, mean ramp, and map and histogram of the dark current.",
    )
    exp_type: str | None = parameter(
        None,
        "EXP_TYPE of the file. When not given, ANY where the CRDS context files this mode under ANY, and N/A "
        "otherwise: both serve exposures of all types, while CRDS gives a file with that of the inputs to "
        "darks alone.",
    )
    description: str = parameter("Dark current", "Description of the file (DESCRIP).")

    @model_validator(mode="after")
    def _only_a_line_has_any_length(self) -> Self:
        if self.ngroups is not None and not self.fit_rate:
            raise ValueError("ngroups needs fit_rate: true; without it the file has the groups of the inputs")
        return self

    @model_validator(mode="after")
    def _hot_is_above_warm(self) -> Self:
        if self.hot_threshold < self.warm_threshold:
            raise ValueError(
                f"hot_threshold {self.hot_threshold:g} must not be below warm_threshold "
                f"{self.warm_threshold:g}"
            )
        return self
