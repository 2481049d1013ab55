"""The choices of a read noise measurement, as one value; no default depends on a file or an instrument."""

from dataclasses import dataclass
from typing import Literal

from mkrefs_detector.readnoise.layout import GroupDifferences

Method = Literal["stack", "ramp", "fit"]


@dataclass(frozen=True, slots=True)
class NoiseSettings:
    """How the noise of a pixel is taken from its group differences.

    Attributes
    ----------
    method : {"stack", "ramp", "fit"}
        One sample of all differences; one sample per ramp, then the average; residuals about lines.
    group_diff_type : {"independent", "consecutive"}
        Which differences are taken; ``fit`` always works with all groups.
    clipping_sigma : float
        Threshold of the rejection of outliers, in Gaussian standard deviations.
    max_clipping_iters : int
        Largest number of passes of the rejection.
    bias_correction : bool
        Correct for what rejection and small samples take away.
    """

    method: Method = "stack"
    group_diff_type: GroupDifferences = "independent"
    clipping_sigma: float = 3.0
    max_clipping_iters: int = 3
    bias_correction: bool = True

    @property
    def differences(self) -> GroupDifferences:
        """The differences that are formed."""
        return "consecutive" if self.method == "fit" else self.group_diff_type

    @property
    def plain(self) -> bool:
        """Whether the documented method is used as it stands."""
        return self.method != "fit" and not self.bias_correction
