"""The creator `sky_flat`: checks its images, measures them, and hands over the content of the file."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from mkrefs.api import CalibratedImage, ImageCreator, ReferenceData, UserError
from mkrefs_imaging.sky_flat.parameters import SkyFlatParameters

if TYPE_CHECKING:
    from mkrefs_imaging.sky_flat.combination import Response
    from mkrefs_imaging.sky_flat.stack import Stack

_ONE_MODE = ("instrument", "detector", "xstart", "ystart", "xsize", "ysize", "filter", "pupil", "band")


# From so many times their errors on, the scatter of images is worth a warning.
_LARGE_SCATTER = 1.3
_SKIES = {"level": "one level", "plane": "a plane", "scene": "the scene that they share"}


class SkyFlatCreator(ImageCreator):
    """Flat field from images of the sky."""

    label: ClassVar[str] = "sky_flat"
    reftype: ClassVar[str] = "flat"
    imtypes: ClassVar[str] = "I+"
    ssbsteps: ClassVar[Mapping[str, str]] = MappingProxyType({"*": "photom-"})
    # Weighted by the errors, several files give what one of all their images would.
    combiner: ClassVar[str] = "weighted"
    unit: ClassVar[str] = "1"
    measures: ClassVar[str] = (
        "Response of the pixels to the light of the sky, without unit, of median 1 over the pixels that are "
        "not flagged: what images are divided by."
    )
    Parameters = SkyFlatParameters

    def create(self, images: Mapping[str, CalibratedImage], parameters: SkyFlatParameters) -> ReferenceData:
        """Make the content of a flat file from images of one detector and light path.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            Images by role; where a flat field was applied it is undone.
        parameters : SkyFlatParameters
            What the section of the label sets.

        Returns
        -------
        ReferenceData
            ``data`` and ``err``, flags NO_FLAT_FIELD, UNRELIABLE_FLAT and DO_NOT_USE, the extension NIMAGES,
            and figures where wanted.

        Raises
        ------
        mkrefs.api.UserError
            If the images do not go together, are too few, or show too little sky.
        """
        from mkrefs_imaging.sky_flat.figures import flat_figures
        from mkrefs_imaging.sky_flat.product import make_product
        from mkrefs_imaging.sky_flat.response import measure_response
        from mkrefs_imaging.sky_flat.stack import stack_images

        inputs = tuple(images.values())
        _check_inputs(inputs, parameters)
        stack = stack_images(inputs)
        response = measure_response(stack, [image.sky for image in inputs], parameters)
        used = set() if response is None else set(response.images)
        dark = [image.name for place, image in enumerate(inputs) if place not in used]
        if response is None or len(used) < parameters.minimum_images:
            raise _too_dark(inputs, dark, parameters)
        product = make_product(response, parameters)
        first = inputs[0].metadata
        where = " ".join(filter(None, (first.detector, first.filter, first.pupil)))
        return ReferenceData(
            arrays={"data": product.flat, "err": product.err},
            flags={
                "DO_NOT_USE": product.missing,
                "NO_FLAT_FIELD": product.missing,
                "UNRELIABLE_FLAT": product.unreliable,
            },
            metadata={"instrument.band": "N/A"} if first.instrument == "MIRI" and not first.band else {},
            extensions={"NIMAGES": response.count.astype("float32")},
            history=(*_what_was_done(stack, response, parameters), *product.history),
            warnings=(*_left_out(dark), *_doubtful(stack, response)),
            figures=flat_figures(product, response, where) if parameters.plot else {},
        )


def _check_inputs(images: Sequence[CalibratedImage], parameters: SkyFlatParameters) -> None:
    first = images[0]
    for image in images:
        if len(image.shape) != 2:
            raise UserError(
                f"sky_flat: {image.name} is a cube of integrations; images of whole exposures are needed: "
                "give the files without 'ints'."
            )
        if image.metadata.instrument == "NIRSPEC":
            raise UserError(
                f"sky_flat: {image.name} is of NIRSpec, whose flat fields are of several parts that depend "
                "on wavelength; leave it out."
            )
        differing = [
            name for name in _ONE_MODE if getattr(image.metadata, name) != getattr(first.metadata, name)
        ]
        if differing or image.shape != first.shape:
            raise UserError(
                f"sky_flat: {image.name} differs from {first.name} in {', '.join(differing) or 'shape'}; a "
                "flat is made from images of one place on one detector, and one light path."
            )
        if parameters.sky_model == "scene" and image.sky is None:
            raise UserError(
                f"sky_flat: {image.name} has no WCS, which a scene needs; run assign_wcs (calwebb_image2) "
                "on the exposure, or set sky_model to level."
            )
    if len(images) < parameters.minimum_images:
        raise UserError(
            f"sky_flat: {len(images)} images are too few to tell the response of pixels from sources and "
            f"hits; give {parameters.minimum_images} or more, or set minimum_images."
        )


def _too_dark(
    images: Sequence[CalibratedImage], dark: Sequence[str], parameters: SkyFlatParameters
) -> UserError:
    return UserError(
        f"sky_flat: the sky is not brighter than {parameters.minimum_signal:g} times the noise of a pixel in "
        f"{len(dark)} of {len(images)} images ({dark[0]} for one), and {parameters.minimum_images} are "
        "needed; give images from which the sky was not subtracted (do_local_subtraction: false in "
        "level_match), or set minimum_signal."
    )


def _left_out(dark: Sequence[str]) -> tuple[str, ...]:
    if not dark:
        return ()
    return (f"sky_flat left out images with too little sky: {', '.join(dark)}.",)


def _doubtful(stack: "Stack", response: "Response") -> tuple[str, ...]:
    if not stack.noise.known or response.scale < _LARGE_SCATTER:
        return ()
    return (
        f"sky_flat: the images scatter about the flat by {response.scale:.2f} times their errors: sources, "
        "stripes, or slopes of the sky are left in them (sky_model), or their errors are too small.",
    )


def _what_was_done(stack: "Stack", response: "Response", parameters: SkyFlatParameters) -> tuple[str, ...]:
    levels = [sky.level for sky in response.sky]
    masked = sum(float(sky.sources.mean()) for sky in response.sky) / len(response.sky)
    sky = _SKIES[response.model]
    errors = "scaled by it" if parameters.scale_errors else "not scaled by it"
    return (
        f"Weighted mean of {len(levels)} images of the sky, each divided by {sky}, {min(levels):.4g} to "
        f"{max(levels):.4g}; the flat field was undone of {stack.undone}.",
        f"Sources masked: {masked:.1%} of the pixels; outliers beyond {parameters.clipping_sigma:g} sigma "
        "rejected.",
        f"The images scatter by {response.scale:.3f} times their errors, which were {errors}.",
    )
