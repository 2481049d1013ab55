"""The parameters of the destriping; names and defaults are the documented ones, and what is new is last."""

from mkrefs.api import Parameters, parameter
from mkrefs_imaging.multi_tile_destripe.settings import (
    Conserve,
    DestripeSettings,
    ExtendMode,
    WeightMethod,
    WeightType,
)
from mkrefs_imaging.overlaps.methods import ReprojectFunction


class MultiTileDestripeParameters(Parameters):
    """What the section of a destriping may set."""

    apply_to_unflat: bool = parameter(
        False,
        "Undo the division by the flat field before stripes are taken off, and divide anew: the read-out, "
        "which adds them, knows no flat.",
    )
    do_convergence: bool = parameter(
        False,
        "Repeat averaging, masking and solving until no offset changes by convergence_sigma of its error any "
        "more; false makes two passes.",
    )
    convergence_sigma: float = parameter(
        1.0,
        "Largest change of an offset, in units of its expected error, at which the passes have converged.",
        unit="sigma",
        gt=0,
    )
    convergence_max_iterations: int = parameter(
        5, "Largest number of passes with do_convergence; at least two are made.", ge=1
    )
    weight_method: WeightMethod = parameter(
        "mean",
        "How the tiles are averaged that a tile is compared with: 'mean', by the weights of weight_type; "
        "'median' and 'sigma_clip' (the mean of what is within sigma of the median), which use no weights.",
    )
    weight_type: WeightType = parameter(
        "ivm",
        "Weights of the tiles: 'ivm', the inverse variance of the read noise; 'exptime', the exposure time; "
        "'equal'.",
    )
    do_level_match: bool = parameter(
        False,
        "Also match the levels of the tiles, about their mean. Leave it off after level_match: what is taken "
        "off then has the mean 0 in each tile, so that the match stays.",
    )
    quadrants: bool = parameter(
        True,
        "Give each amplifier stripes of its own besides those common to the row; false takes the whole row "
        "as one. Arrays that one output reads have one amplifier.",
    )
    min_mask_frac: float = parameter(
        0.2,
        "Smallest unmasked part of the pixels of an amplifier's row with which it takes part; what is below "
        "follows from the other amplifiers and the rows around it.",
        ge=0,
        le=1,
    )
    do_vertical_subtraction: bool = parameter(
        False, "Also measure and take off stripes across the others, along the slow axis."
    )
    do_large_scale: bool = parameter(
        True,
        "Also take off ripples that a comparison of tiles does not show, from the average image filtered "
        "along the slow axis, on empty sky, and only where the comparison leaves them open.",
    )
    large_scale_filter_scale: int | None = parameter(
        None,
        "Rows of that median filter (made odd); when not given a tenth of the rows of the image.",
        unit="pixel",
        ge=3,
    )
    large_scale_filter_extend_mode: ExtendMode = parameter(
        "reflect", "How that filter goes on beyond the edge of the array, as scipy.ndimage names it."
    )
    sigma: float = parameter(
        3.0,
        "Threshold of all clipping and of the detection of sources, in standard deviations.",
        unit="sigma",
        gt=0,
    )
    dilate_size: int = parameter(
        7, "Width of the square that masks of sources are grown by.", unit="pixel", ge=1
    )
    maxiters: int | None = parameter(
        None,
        "Largest number of passes of the clipping; when not given until nothing is clipped any more.",
        ge=0,
    )
    reproject_func: ReprojectFunction = parameter(
        "interp",
        "How tiles are brought onto the pixels of the one they are compared with: 'interp', their nearest "
        "pixels with the gradient of the sky between; 'exact' by the overlaps of pixels, 'adaptive' "
        "anti-aliased, both of the reproject package and slow.",
    )
    conserve: Conserve = parameter(
        "level",
        "What stripes may not change of a tile: 'level', its mean; 'plane', also its slope along the slow "
        "axis, for tiles whose planes were matched.",
    )
    force: bool = parameter(
        False, "Also correct images of other instruments than NIRCam, whose stripes this was made for."
    )
    plot: bool = parameter(
        False, "Draw a map of the stripes of each image, and curves of the offsets of its rows."
    )

    def settings(self) -> DestripeSettings:
        """Give what the algorithm has to know."""
        names = DestripeSettings.__dataclass_fields__
        return DestripeSettings(**{name: getattr(self, name) for name in names})
