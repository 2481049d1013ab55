"""The choices of a measurement of dark ramps, as one value; no default depends on a file or an instrument."""

from dataclasses import dataclass
from typing import Literal

AverageKind = Literal["differences", "levels"]
ErrorKind = Literal["mean", "scatter"]


@dataclass(frozen=True, slots=True)
class DarkSettings:
    """How the mean ramp of a pixel is taken from its ramps.

    Attributes
    ----------
    average : str
        ``differences``: the level of the first group and the differences of groups are averaged and summed
        up; ``levels``: the level of each group is averaged by itself, with a plain clip.
    sigma_threshold : float
        Threshold of the rejection of outliers, in Gaussian standard deviations.
    max_clipping_iters : int
        Largest number of passes of the rejection.
    step_threshold : float
        From how many standard deviations on a step that no flag tells of spoils a ramp; 0 for no search.
    use_after_hits : bool
        Use a ramp after a hit, but for the differences flagged.
    max_hit_signal : float
        Largest hit in DN after which a ramp is used.
    share_noise : bool
        Weigh a pixel's variance with that of the others.
    drift_correction : bool
        Take off how the pixels of a channel drift together.
    fit_rate : bool
        Make a straight line of the mean ramp.
    ngroups : int or None
        Groups of that line; None for those of the ramps.
    unsteady_sigma : float
        From how many standard deviations on integrations differ more than chance makes them differ.
    slope_without_last : bool
        Leave the difference to the last group out of the slope, where the last frame is unlike the others.
    """

    average: AverageKind = "differences"
    sigma_threshold: float = 3.0
    max_clipping_iters: int = 5
    step_threshold: float = 3.5
    use_after_hits: bool = False
    max_hit_signal: float = 1000.0
    share_noise: bool = True
    drift_correction: bool = True
    fit_rate: bool = False
    ngroups: int | None = None
    unsteady_sigma: float = 5.0
    slope_without_last: bool = False
