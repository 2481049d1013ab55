"""The correction `multi_tile_destripe`: checks its images, finds their stripes, and takes them off."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from mkrefs.api import CalibratedImage, CorrectedImages, ImageCorrection, UserError
from mkrefs_imaging.multi_tile_destripe.parameters import MultiTileDestripeParameters

_LABEL = "multi_tile_destripe"


class MultiTileDestripeCorrection(ImageCorrection):
    """1/f stripes of overlapping images, found by comparing all of them."""

    label: ClassVar[str] = _LABEL
    measures: ClassVar[str] = (
        "Offset of each row of each amplifier of overlapping images, found from the differences of all that "
        "overlap at once and weighed with how strong stripes are; its mean over an image is 0."
    )
    Parameters = MultiTileDestripeParameters

    def correct(
        self, images: Mapping[str, CalibratedImage], parameters: MultiTileDestripeParameters, folder: Path
    ) -> CorrectedImages:
        """Take the stripes off a group of images.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            By role.
        parameters : MultiTileDestripeParameters
            What the section of the label sets.
        folder : Path
            Nothing is left there.

        Returns
        -------
        CorrectedImages
            ``data`` of each image that overlaps another, and what was taken off it.

        Raises
        ------
        mkrefs.api.UserError
            If an image is not of NIRCam and ``force`` is false, is a cube, has another unit than the first,
            no way to the sky, or no known slow axis.
        """
        from mkrefs_imaging.multi_tile_destripe.destripe import destripe_tiles
        from mkrefs_imaging.multi_tile_destripe.inputs import read_tiles
        from mkrefs_imaging.multi_tile_destripe.outcome import corrected_images

        _check(tuple(images.values()), parameters.force)
        inputs = read_tiles(images, parameters)
        found = destripe_tiles(inputs.tiles, parameters.settings())
        return corrected_images(images, inputs, found, parameters)


def _check(images: Sequence[CalibratedImage], force: bool) -> None:
    for image in images:
        instrument = image.metadata.instrument.upper()
        if instrument != "NIRCAM" and not force:
            raise UserError(
                f"{_LABEL}: {image.name} is of {instrument or 'no instrument'}, and this is for NIRCam; "
                "set force: true to correct it all the same."
            )
        if len(image.shape) != 2:
            raise UserError(
                f"{_LABEL}: {image.name} has {len(image.shape)} axes; give images of whole exposures, with "
                "rows and columns only."
            )
        if image.unit != images[0].unit:
            raise UserError(
                f"{_LABEL}: {image.name} is in {image.unit or 'no unit'}, {images[0].name} in "
                f"{images[0].unit or 'none'}; give images of one unit."
            )
