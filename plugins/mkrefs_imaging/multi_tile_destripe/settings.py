"""The choices of a destriping, as one value; no default depends on a file or an instrument."""

from dataclasses import dataclass
from typing import Literal

from mkrefs_imaging.overlaps.methods import ReprojectFunction

WeightMethod = Literal["mean", "median", "sigma_clip"]
WeightType = Literal["ivm", "exptime", "equal"]
Conserve = Literal["level", "plane"]
ExtendMode = Literal[
    "reflect", "grid-mirror", "constant", "grid-constant", "nearest", "mirror", "wrap", "grid-wrap"
]


@dataclass(frozen=True, slots=True)
class DestripeSettings:
    """How stripes are measured.

    Attributes
    ----------
    weight_method : {"mean", "median", "sigma_clip"}
        How the tiles are averaged.
    min_mask_frac : float
        Share of the pixels of an amplifier's row that must be unmasked for it to take part.
    do_convergence, convergence_sigma, convergence_max_iterations
        Whether passes are made until no offset changes by more than so many of its errors, or so many times.
    do_level_match : bool
        Whether the levels of tiles are matched too.
    conserve : {"level", "plane"}
        What of a tile its stripes may not change.
    do_vertical_subtraction : bool
        Whether offsets of columns are measured too.
    do_large_scale, large_scale_filter_scale, large_scale_filter_extend_mode
        Whether ripples are taken off that differences do not show, by a filter of so many rows.
    sigma, maxiters, dilate_size
        The clip, and by what sources are grown.
    reproject_func : {"interp", "exact", "adaptive"}
        How tiles are brought onto the pixels of another to be averaged.
    """

    weight_method: WeightMethod = "mean"
    min_mask_frac: float = 0.2
    do_convergence: bool = False
    convergence_sigma: float = 1.0
    convergence_max_iterations: int = 5
    do_level_match: bool = False
    conserve: Conserve = "level"
    do_vertical_subtraction: bool = False
    do_large_scale: bool = True
    large_scale_filter_scale: int | None = None
    large_scale_filter_extend_mode: ExtendMode = "reflect"
    sigma: float = 3.0
    dilate_size: int = 7
    maxiters: int | None = None
    reproject_func: ReprojectFunction = "interp"
