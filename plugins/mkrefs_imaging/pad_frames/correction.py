"""The correction `pad_frames`: gives frames room to be shifted and rotated."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from mkrefs.api import CalibratedImage, CorrectedImage, CorrectedImages, ImageCorrection
from mkrefs_imaging.pad_frames.parameters import PadParameters

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PadFramesCorrection(ImageCorrection):
    """A margin of pixels without data around frames."""

    label: ClassVar[str] = "pad_frames"
    imtypes: ClassVar[str] = "I"
    ssbsteps: ClassVar[Mapping[str, str]] = MappingProxyType({"*": "photom-"})
    same: ClassVar[tuple[str, ...]] = ()
    planes: ClassVar[Literal["exposure", "integrations"]] = "integrations"
    acquisitions: ClassVar[bool] = True
    measures: ClassVar[str] = (
        "Nothing: pixels without data are added around the frames, and the reference pixel goes along."
    )
    Parameters = PadParameters

    def correct(
        self, images: Mapping[str, CalibratedImage], parameters: PadParameters, folder: Path
    ) -> CorrectedImages:
        """Pad the frames of a group.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            By role.
        parameters : PadParameters
            What the section of the label sets.
        folder : Path
            Not used.

        Returns
        -------
        CorrectedImages
            The margins; exposures of types that are not named are passed on.
        """
        from mkrefs_imaging.kinds.parameters import chosen

        padded, left_out = chosen(images, parameters)
        return CorrectedImages(
            {role: _padded(image, parameters) for role, image in padded.items()}, history=left_out
        )


def _padded(image: CalibratedImage, parameters: PadParameters) -> CorrectedImage:
    left, right, bottom, top = parameters.sides
    return CorrectedImage(
        arrays=_filled(image, parameters),
        pad=parameters.sides,
        results={"added left": left, "added right": right, "added bottom": bottom, "added top": top},
        history=(
            f"pad_frames: by {left}, {right}, {bottom}, {top} pixels on the left, right, bottom and top, "
            f"filled with {parameters.cval:g} and flagged DO_NOT_USE.",
        ),
    )


def _filled(image: CalibratedImage, parameters: PadParameters) -> "Mapping[str, NDArray[Any]]":
    """Give the science array with its margin where that is not NaN, with which the engine fills it."""
    import numpy as np

    if np.isnan(parameters.cval):
        return {}
    left, right, bottom, top = parameters.sides
    margin = [(0, 0)] * (len(image.shape) - 2) + [(bottom, top), (left, right)]
    return {"data": np.pad(image.array("data"), margin, constant_values=np.float32(parameters.cval))}
