"""The parameters of the correction `subtract_median`; names and defaults are the documented ones."""

from typing import Literal

from mkrefs.api import parameter
from mkrefs_imaging.kinds.parameters import KindParameters

MedianMethod = Literal["border", "robust", "sigma_clipped", "simple"]


class SubtractMedianParameters(KindParameters):
    """What the section of a label of this correction may set."""

    method: MedianMethod = parameter(
        "border",
        "How the level of a frame is found: 'border', clipped median of the pixels along the edges, away "
        "from a star in the middle; 'sigma_clipped', clipped median of all pixels; 'robust', median of "
        "what is not brighter than robust_sigma; 'simple', median of all pixels.",
    )
    sigma: float = parameter(
        3.0, "Threshold of the clip of 'border' and 'sigma_clipped', above and below.", unit="sigma", gt=0
    )
    borderwidth: int = parameter(
        32, "Width of the border of 'border', on all four sides of the frame.", unit="pixel", ge=1
    )
    max_iters: int = parameter(
        5, "Largest number of passes of the clip of 'border' and 'sigma_clipped'; 0 clips nothing.", ge=0
    )
    robust_sigma: float = parameter(
        5.0,
        "Distance above the median, in standard deviations (from the median absolute deviation), from "
        "which on pixels are left out by 'robust'.",
        unit="sigma",
        gt=0,
    )
