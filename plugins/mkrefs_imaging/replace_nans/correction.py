"""The correction `replace_nans`: a constant in the place of NaN; flags and errors stay."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from mkrefs.api import CalibratedImage, CorrectedImage, CorrectedImages, ImageCorrection, StatusChange
from mkrefs_imaging.replace_nans.parameters import ReplaceNansParameters


class ReplaceNansCorrection(ImageCorrection):
    """NaN replaced by a constant."""

    label: ClassVar[str] = "replace_nans"
    imtypes: ClassVar[str] = "I"
    planes = "integrations"
    acquisitions: ClassVar[bool] = True
    changes: ClassVar[frozenset[StatusChange]] = frozenset({StatusChange.FILL})
    measures: ClassVar[str] = (
        "The science array with a constant where it was NaN; errors and flags stay, so that DO_NOT_USE "
        "goes on telling which of the filled pixels hold no measurement."
    )
    Parameters = ReplaceNansParameters

    def correct(
        self, images: Mapping[str, CalibratedImage], parameters: ReplaceNansParameters, folder: Path
    ) -> CorrectedImages:
        """Replace the NaNs of each image.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            Images or cubes by role.
        parameters : ReplaceNansParameters
            What the section of the label sets.
        folder : Path
            Nothing is left there.

        Returns
        -------
        CorrectedImages
            The images that had NaNs, with ``data`` alone.
        """
        from mkrefs_imaging.kinds.parameters import chosen

        found, left = chosen(images, parameters)
        return CorrectedImages(
            {role: _replaced(image, parameters.cval) for role, image in found.items()}, history=left
        )


def _replaced(image: CalibratedImage, value: float) -> CorrectedImage:
    import numpy as np

    data = image.array("data")
    missing = np.isnan(data)
    count = int(missing.sum())
    if not count:
        return CorrectedImage(results={"NaNs replaced": 0}, history=("There is no NaN to replace.",))
    filled = np.where(missing, np.float32(value), data)
    return CorrectedImage(
        {"data": filled},
        results={"NaNs replaced": count},
        history=(f"NaN was replaced by {value:g} in {count} pixels, {count / data.size:.3%}; flags stay.",),
    )
