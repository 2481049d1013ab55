"""The parameters of the gain creator; `num_boxes` and `max_signal` are the documented ones."""

from mkrefs.api import ReferenceParameters, parameter


class GainParameters(ReferenceParameters):
    """What the section of a gain label may set."""

    num_boxes: int = parameter(
        16,
        "Number of boxes along the longer axis of the array, each of which is measured by itself; fewer are "
        "taken where their error would be above box_error.",
        ge=1,
    )
    boxsize: int | None = parameter(
        None, "Side of a box, in place of num_boxes; it is taken as it is.", unit="pixel", ge=2
    )
    box_error: float = parameter(
        0.015,
        "Relative error of a box above which num_boxes is lowered, as far as the numbers of groups and "
        "integrations tell it; 0 keeps the number.",
        ge=0,
    )
    max_signal: float = parameter(
        20000.0, "Mean signal of a box up to which its groups are used.", unit="DN", gt=0
    )
    gmin: int = parameter(0, "First group of the flats that may be used, numbered from 0.", ge=0)
    gmax: int | None = parameter(
        None, "Last group of the flats that may be used, numbered from 0; all when not given.", ge=1
    )
    clipping_sigma: float = parameter(
        3.5,
        "Threshold of the rejection of pixels of which any increment stands out, in standard deviations; "
        "what this takes from the variance is put back.",
        unit="sigma",
        ge=2.5,
    )
    missed_hits: bool = parameter(
        True,
        "Take off the variance what cosmic rays below the threshold add to it, as those above tell; false "
        "leaves it.",
    )
    ipc_correction: bool = parameter(
        True,
        "Correct for inter-pixel capacitance, as the autocorrelation of shot noise tells it; false gives the "
        "apparent gain, which is higher.",
    )
    brighter_fatter_correction: bool = parameter(
        True, "Correct for the brighter-fatter effect, as the growth of variance with signal tells it."
    )
    nonlinearity_correction: bool = parameter(
        True,
        "Of ramps that were made linear, scale the read noise by what that did to it; of others, correct "
        "signal and noise by the curvature of the flats under a lamp taken to be constant.",
    )
    min_fraction: float = parameter(
        0.25,
        "Share of the pixels of a box that must be good; otherwise it is filled from boxes around.",
        gt=0,
        le=1,
    )
    max_error: float = parameter(
        0.1, "Relative error of a box above which it is filled from boxes around.", gt=0
    )
    smooth: bool = parameter(
        True,
        "Smooth the boxes of an amplifier as far as their errors demand; false interpolates as they are.",
    )
    force: bool = parameter(
        False,
        "Make a file for MIRI too, for whose brighter-fatter effect the correction is not a model that has "
        "been proven.",
    )
    gain_factor: float | None = parameter(
        None,
        "GAINFACT of the file, by which the pipeline scales slopes of this gain setting; NIRSpec's files "
        "must have it.",
        gt=0,
    )
    plot: bool = parameter(False, "Draw figures: the photon transfer curve, and maps of gain and error.")
    author: str = parameter("jwst_reffiles", "Author of the reference file (AUTHOR).")
    description: str = parameter("Gain map", "Description of the file (DESCRIP).")
