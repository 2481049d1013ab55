"""The correction `update_nircam_centers`: moves reference pixels, and leaves all pixels alone."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

from mkrefs.api import CalibratedImage, CorrectedImage, CorrectedImages, ImageCorrection
from mkrefs_imaging.update_nircam_centers.parameters import CentersParameters

if TYPE_CHECKING:
    from mkrefs_imaging.update_nircam_centers.centers import Verdict


class UpdateNircamCentersCorrection(ImageCorrection):
    """Reference pixels at the measured centres of NIRCam's coronagraph masks."""

    label: ClassVar[str] = "update_nircam_centers"
    imtypes: ClassVar[str] = "I"
    ssbsteps: ClassVar[Mapping[str, str]] = MappingProxyType({"*": "photom-"})
    same: ClassVar[tuple[str, ...]] = ()
    planes: ClassVar[Literal["exposure", "integrations"]] = "integrations"
    measures: ClassVar[str] = (
        "Nothing: the reference pixel goes to the centre of the coronagraph mask, of a table by aperture and "
        "filter; only the WCS changes."
    )
    Parameters = CentersParameters

    def correct(
        self, images: Mapping[str, CalibratedImage], parameters: CentersParameters, folder: Path
    ) -> CorrectedImages:
        """Move the reference pixels of a group.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            By role.
        parameters : CentersParameters
            What the section of the label sets.
        folder : Path
            Not used.

        Returns
        -------
        CorrectedImages
            Shifts of the WCS; what is not of NIRCam, or not in the table, is passed on.
        """
        from mkrefs_imaging.update_nircam_centers.centers import judge_center

        corrected, warnings = {}, []
        for role, image in images.items():
            verdict = judge_center(
                image.header,
                instrument=image.metadata.instrument,
                filter_name=image.metadata.filter,
                max_offset=parameters.max_offset,
            )
            corrected[role] = _corrected(verdict)
            if verdict.doubtful:
                warnings.append(f"{image.name}: the reference pixel was left as it is: {verdict.reason}.")
        return CorrectedImages(corrected, warnings=tuple(warnings))


def _corrected(verdict: "Verdict") -> CorrectedImage:
    from mkrefs_imaging.update_nircam_centers.centers import MARK

    x, y = verdict.center or (None, None)
    dx, dy = verdict.shift or (0.0, 0.0)
    if verdict.shift is None:
        history = f"Reference pixel left as it is: {verdict.reason}."
    else:
        history = (
            f"{MARK} {verdict.reason} to {x:.3f}, {y:.3f}, the centre of the mask measured by Leisenring and "
            "Girard as published with spaceKLIP, with the shift by the filter."
        )
    return CorrectedImage(
        shift=(dx, dy),
        results={
            "shift x (pixel)": dx,
            "shift y (pixel)": dy,
            "CRPIX1 of the table (pixel)": x,
            "CRPIX2 of the table (pixel)": y,
        },
        history=(history,),
    )
