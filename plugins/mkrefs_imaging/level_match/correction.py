"""The correction `level_match`: checks its images, matches their levels, and gives them back."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from mkrefs.api import CalibratedImage, CorrectedImages, ImageCorrection, UserError
from mkrefs_imaging.level_match.parameters import LevelMatchParameters


class LevelMatchCorrection(ImageCorrection):
    """Levels, or planes, of overlapping images brought together."""

    label: ClassVar[str] = "level_match"
    measures: ClassVar[str] = (
        "Constant, or plane, that is to be taken off each image so that overlapping images agree, by the "
        "clipped medians of their differences; the zero is that of a reference image or of its sky."
    )
    Parameters = LevelMatchParameters

    def correct(
        self, images: Mapping[str, CalibratedImage], parameters: LevelMatchParameters, folder: Path
    ) -> CorrectedImages:
        """Match the levels of a group of images.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            By role.
        parameters : LevelMatchParameters
            What the section of the label sets.
        folder : Path
            Nothing is left there.

        Returns
        -------
        CorrectedImages
            ``data`` of each image that overlaps another, what was taken off it, and the pairs.

        Raises
        ------
        mkrefs.api.UserError
            If an image is a cube, has no way to the sky, or another unit than the first.
        """
        from mkrefs_imaging.level_match.matching import match_images

        inputs = tuple(images.values())
        _check(inputs)
        if parameters.ref_idx is not None and parameters.ref_idx >= len(inputs):
            raise UserError(
                f"level_match: ref_idx is {parameters.ref_idx}, and there are {len(inputs)} images; give "
                f"a number from 0 to {len(inputs) - 1}."
            )
        return match_images(images, parameters)


def _check(images: Sequence[CalibratedImage]) -> None:
    from mkrefs_imaging.level_match.pieces import sky_of

    for image in images:
        if len(image.shape) != 2:
            raise UserError(
                f"level_match: {image.name} has {len(image.shape)} axes; give images of whole exposures, "
                "with rows and columns only."
            )
        sky_of(image)
        if image.unit != images[0].unit:
            raise UserError(
                f"level_match: {image.name} is in {image.unit or 'no unit'}, {images[0].name} in "
                f"{images[0].unit or 'none'}; give images of one unit."
            )
