"""The parameters of the sky flat."""

from typing import Literal

from mkrefs.api import ReferenceParameters, parameter


class SkyFlatParameters(ReferenceParameters):
    """What the section `sky_flat` may set."""

    minimum_images: int = parameter(
        5, "Fewest images a flat is made from; with fewer, sources and hits are no longer outvoted.", ge=3
    )
    minimum_signal: float = parameter(
        1.0,
        "Least level of the sky, in units of the noise of a pixel; an image with less is left out.",
        unit="sigma",
        ge=0,
    )
    minimum_samples: int = parameter(
        3, "Fewest images that must agree on a pixel; with fewer it is UNRELIABLE_FLAT.", ge=1
    )
    sky_model: Literal["auto", "level", "plane", "scene"] = parameter(
        "auto",
        "What the sky of an image is taken for: 'level', the same everywhere; 'plane', with a slope of its "
        "own; 'scene', what all images show of the field together, by their WCS, for extended sources; "
        "'auto', a scene where the images then agree better than with levels.",
    )
    scene_size: int = parameter(
        8, "Distance of the nodes between which a scene is interpolated.", unit="pixel", ge=2
    )
    sigma: float = parameter(
        3.0, "Threshold of the search for sources, in clipped standard deviations.", unit="sigma", gt=0
    )
    npixels: int = parameter(5, "Fewest connected pixels above the threshold that make a source.", ge=1)
    dilate_size: int = parameter(
        7, "Width of the square by which sources are grown; 1 or less grows nothing.", unit="pixel", ge=0
    )
    smooth_size: int = parameter(
        9,
        "Width of the box by which images are also smoothed, to find sources that are faint but extended; 1 "
        "or less for none.",
        unit="pixel",
        ge=0,
    )
    iterations: int = parameter(
        3, "Number of times that sources, levels and flat are found, each time with the last flat.", ge=1
    )
    clipping_sigma: float = parameter(
        4.0,
        "Threshold of the rejection of outliers among the images of a pixel, in units of their errors.",
        unit="sigma",
        gt=0,
    )
    max_clipping_iters: int = parameter(
        3, "Largest number of passes of that rejection; 0 rejects nothing.", ge=0
    )
    scale_errors: bool = parameter(
        True,
        "Scale the errors of the images by one factor, so that they explain the scatter about the flat; "
        "false takes them as they are.",
    )
    low_response: float = parameter(
        0.05, "Response below which a pixel has no flat field: NO_FLAT_FIELD and DO_NOT_USE.", ge=0, lt=1
    )
    unreliable_factor: float = parameter(
        3.0, "A pixel whose error is more than so many times the median error is UNRELIABLE_FLAT.", gt=1
    )
    plot: bool = parameter(False, "Draw figures: maps of the flat and its error, and the scatter of images.")
    description: str = parameter("Sky flat", "Description of the file (DESCRIP).")
    pedigree: str = parameter(
        "INFLIGHT",
        "Origin of the data (PEDIGREE); INFLIGHT without dates takes those of the first and last exposure.",
    )
    useafter: str = parameter(
        "AUTO",
        "Earliest observation date the file is valid for (USEAFTER), as YYYY-MM-DDTHH:MM:SS; AUTO for the "
        "day of the first exposure.",
    )
