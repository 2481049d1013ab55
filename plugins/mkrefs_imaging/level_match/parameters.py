"""The parameters of the level match; names and defaults are the documented ones, and what is new is last."""

from mkrefs.api import Parameters, parameter
from mkrefs_imaging.level_match.settings import FitType, WeightMethod
from mkrefs_imaging.overlaps.methods import ReprojectFunction


class LevelMatchParameters(Parameters):
    """What the section of a level match may set."""

    fit_type_dithers: FitType = parameter(
        "level",
        "What is fitted between the dithers of a mosaic tile: 'level', a constant for each image, or "
        "'level+slope', a plane.",
    )
    fit_type_recombine_lyot: FitType = parameter(
        "level", "What is fitted between the Lyot part and the rest of MIRI images: 'level' or 'level+slope'."
    )
    fit_type_combine_nircam_short: FitType = parameter(
        "level",
        "What is fitted between the four short-wavelength chips of a NIRCam module: 'level' or "
        "'level+slope'.",
    )
    fit_type_mosaic_tiles: FitType = parameter(
        "level", "What is fitted between the tiles of the mosaic: 'level' or 'level+slope'."
    )
    recombine_lyot: bool = parameter(
        False,
        "Take the Lyot part of full MIRI images for a piece of its own and match it to the rest of its tile, "
        "whose correction of this stage is zero.",
    )
    combine_nircam_short: bool = parameter(
        False,
        "Match the four short-wavelength chips of each NIRCam module with each other, and then take them for "
        "one tile of the mosaic.",
    )
    do_local_subtraction: bool = parameter(
        True,
        "Bring the clipped median of the reference tile's first image, its sources masked, to zero. Not done "
        "if planes are fitted between dithers.",
    )
    sigma: float = parameter(
        3.0,
        "Threshold of all clipping and of the detection of sources, in standard deviations.",
        unit="sigma",
        gt=0,
    )
    npixels: int = parameter(
        3, "Smallest number of connected pixels above the threshold that are a source.", unit="pixel", ge=1
    )
    dilate_size: int = parameter(7, "Size that masks of sources are grown by.", unit="pixel", ge=1)
    max_iters: int = parameter(
        20, "Largest number of passes of the clipping for the local median and the masks of sources.", ge=0
    )
    max_points: int = parameter(
        10000, "Largest number of differences that the histogram of a pair is drawn of.", unit="pixel", ge=1
    )
    do_sigma_clip: bool = parameter(
        False, "Leave the sources of each image, found above its local background, out of the differences."
    )
    weight_method: WeightMethod = parameter(
        "equal",
        "Weights of the pairs in the least squares: 'equal'; 'npix', the number of pixels; 'rms', the "
        "inverse square of the scatter of the differences.",
    )
    min_area_percent: float = parameter(
        0.002,
        "Pairs whose overlap has less than this part of the mean number of pixels of all overlaps are left "
        "out (0.002 is 0.2 %).",
        ge=0,
    )
    min_linear_frac: float = parameter(
        0.2,
        "Pairs are left out if their overlap is, along both axes of both images, no longer than this part of "
        "the image.",
        ge=0,
        lt=1,
    )
    rms_sig_limit: float = parameter(
        2.0,
        "Pairs whose scatter is more than this many standard deviations above the mean of all pairs are left "
        "out, unless the mosaic would fall apart.",
        unit="sigma",
        gt=0,
    )
    reproject_func: ReprojectFunction = parameter(
        "interp",
        "How one image of a pair is brought onto the pixels of the other: 'interp', bilinear interpolation; "
        "'exact', by the overlaps of the pixels; 'adaptive', anti-aliased.",
    )
    maxiters: int = parameter(
        10, "Largest number of passes of the clipping of the differences of a pair.", ge=0
    )
    plane_fit_maxiters: int = parameter(
        20, "Largest number of passes, each with a clip, of the fit of a plane to a pair.", ge=1
    )
    plane_fit_abs_tol: float = parameter(
        1e-8, "The fit of a plane has converged when no coefficient changes by more than this ...", ge=0
    )
    plane_fit_rel_tol: float = parameter(1e-5, "... plus this part of it.", ge=0)
    n_draws: int = parameter(
        25,
        "Number of points that stand for the pixels of an overlap when planes are weighed against each "
        "other; they have its centre and its extent, so that the number makes no difference.",
        ge=3,
    )
    n_iter: int = parameter(
        10000,
        "Largest number of solutions of the least squares, each with the weights that the last gave.",
        ge=1,
    )
    convergence_abs_tol: float = parameter(
        1e-8, "The least squares have converged when no correction changes by more than this ...", ge=0
    )
    convergence_rel_tol: float = parameter(1e-5, "... plus this part of it.", ge=0)
    ref_idx: int | None = parameter(
        None,
        "Number of the image, in the order of time from 0, whose tile is the reference of the mosaic. When "
        "not given: the tile closest in time to dedicated backgrounds, else the one with most pairs.",
        ge=0,
    )
    correlated_noise: bool = parameter(
        True,
        "Weigh the pairs also by the noise they are measured to have, and by what they share of it because "
        "1/f noise is common to the pixels of a row; false takes the weights of weight_method alone.",
    )
    joint_stripes: bool = parameter(
        True,
        "Where rows share so much noise that it moves levels, find these stripes by comparing all images, "
        "and keep them out of the differences that levels are measured from; they stay in the images.",
    )
    plot: bool = parameter(
        False,
        "Draw the histogram of the differences of each pair, and where planes are fitted a map of them.",
    )
