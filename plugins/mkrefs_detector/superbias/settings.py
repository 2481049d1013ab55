"""The choices of a superbias measurement, as one value; no default depends on a file or an instrument."""

from dataclasses import dataclass
from typing import Literal

ErrorKind = Literal["mean", "scatter"]


@dataclass(frozen=True, slots=True)
class BiasSettings:
    """How the bias of a pixel is taken from its samples.

    Attributes
    ----------
    clipping_sigma : float
        Threshold of the rejection of outliers, in Gaussian standard deviations.
    max_clipping_iters : int
        Largest number of passes of the rejection.
    bias_correction : bool
        Reject as small samples need it, and correct the scatter for that; False is the plain clip.
    drift_correction : bool
        Take off what the reference pixels show of each integration's drift.
    """

    clipping_sigma: float = 3.0
    max_clipping_iters: int = 3
    bias_correction: bool = True
    drift_correction: bool = True
