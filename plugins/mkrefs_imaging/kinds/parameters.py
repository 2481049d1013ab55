"""The parameters that all corrections have that look at what an image is for."""

from collections.abc import Mapping

from mkrefs.api import CalibratedImage, Parameters, parameter
from mkrefs_imaging.kinds.kind import KINDS, Kind, kind_of, observation_key


class KindParameters(Parameters):
    """Which images are corrected; the others are passed on as they are."""

    types: tuple[Kind, ...] = parameter(
        KINDS,
        "What is corrected: science target (SCI) and PSF reference (REF), their target acquisition (_TA) and "
        "their backgrounds (_BG); images of other kinds are passed on as they are.",
    )
    restrict_to: str = parameter(
        "",
        "Only images are corrected whose mode contains this text; a mode is written as "
        "TELESCOP_INSTRUME_DETECTOR_FILTER_PUPIL_CORONMSK_SUBARRAY, such as "
        "JWST_NIRCAM_NRCALONG_F444W_MASKRND_MASKA335R_SUB320A335R. Empty for all.",
    )
    bgpaths: tuple[str, ...] = parameter(
        (),
        "Names of files or exposures that are backgrounds, shell patterns allowed, where the headers do not "
        "say so (BKGDTARG, TARGPROP).",
    )
    psflibpaths: tuple[str, ...] = parameter(
        (),
        "Names of files or exposures that are PSF references, shell patterns allowed, where the headers do "
        "not say so (IS_PSF).",
    )


def kinds(images: Mapping[str, CalibratedImage], parameters: KindParameters) -> dict[str, Kind]:
    """Tell by role what each image is for."""
    return {
        role: kind_of(image, bgpaths=parameters.bgpaths, psflibpaths=parameters.psflibpaths)
        for role, image in images.items()
    }


def chosen(
    images: Mapping[str, CalibratedImage], parameters: KindParameters
) -> tuple[dict[str, CalibratedImage], tuple[str, ...]]:
    """Choose the images to be corrected.

    Parameters
    ----------
    images : mapping of str to CalibratedImage
        All images of a group, by role.
    parameters : KindParameters
        The choice.

    Returns
    -------
    mapping of str to CalibratedImage
        The images to be corrected.
    tuple of str
        A line for each of the others.
    """
    found: dict[str, CalibratedImage] = {}
    left: list[str] = []
    for role, kind in kinds(images, parameters).items():
        image = images[role]
        key = observation_key(image)
        if kind not in parameters.types:
            left.append(f"{image.name} is passed on as it is: it is {kind}, not among types.")
        elif parameters.restrict_to not in key:
            left.append(
                f"{image.name} is passed on as it is: {key} does not contain {parameters.restrict_to}."
            )
        else:
            found[role] = image
    return found, tuple(left)
