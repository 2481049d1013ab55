"""The correction `subtract_median`: the median level of each frame is taken off it."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from mkrefs.api import CalibratedImage, CorrectedImage, CorrectedImages, ImageCorrection
from mkrefs_imaging.subtract_median.parameters import SubtractMedianParameters


class SubtractMedianCorrection(ImageCorrection):
    """Frames without their median level."""

    label: ClassVar[str] = "subtract_median"
    imtypes: ClassVar[str] = "I"
    planes = "integrations"
    acquisitions: ClassVar[bool] = True
    measures: ClassVar[str] = (
        "The science array without the median level of each frame, measured where there is no star and no "
        "bad pixel; errors and flags stay."
    )
    Parameters = SubtractMedianParameters

    def correct(
        self, images: Mapping[str, CalibratedImage], parameters: SubtractMedianParameters, folder: Path
    ) -> CorrectedImages:
        """Subtract the level of each frame of each image.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            Images or cubes by role.
        parameters : SubtractMedianParameters
            What the section of the label sets.
        folder : Path
            Nothing is left there.

        Returns
        -------
        CorrectedImages
            The images with ``data`` alone; a frame without a pixel to measure stays, with a warning.
        """
        from mkrefs_imaging.kinds.parameters import chosen

        found, left = chosen(images, parameters)
        made: dict[str, CorrectedImage] = {}
        warnings: list[str] = []
        for role, image in found.items():
            made[role], said = _subtracted(image, parameters)
            warnings += said
        others = sorted({image.metadata.instrument for image in found.values()} - {"NIRCAM"})
        if others:
            warnings.append(
                f"subtract_median is recommended for NIRCam only; here it was used for {', '.join(others)}."
            )
        return CorrectedImages(made, history=left, warnings=tuple(warnings))


def _subtracted(
    image: CalibratedImage, parameters: SubtractMedianParameters
) -> tuple[CorrectedImage, tuple[str, ...]]:
    import numpy as np

    from mkrefs_imaging.planes.planes import read_planes
    from mkrefs_imaging.subtract_median.levels import frame_levels

    planes = read_planes(image)
    levels = frame_levels(
        planes.data,
        planes.usable,
        method=parameters.method,
        sigma=parameters.sigma,
        borderwidth=parameters.borderwidth,
        max_iters=parameters.max_iters,
        robust_sigma=parameters.robust_sigma,
    )
    known = np.isfinite(levels)
    warnings: tuple[str, ...] = ()
    if not known.all():
        warnings = (
            f"{image.name}: {int((~known).sum())} of {known.size} frames have no good pixel to measure the "
            "level with; they stay as they were.",
        )
    if not known.any():
        return CorrectedImage(results={"level": None}), warnings
    corrected = planes.data - np.where(known, levels, 0.0)[:, None, None]
    mean = float(levels[known].mean())
    return CorrectedImage(
        {"data": corrected.astype(np.float32).reshape(image.shape)},
        results={
            "level": mean,
            "lowest level": float(levels[known].min()),
            "highest level": float(levels[known].max()),
        },
        history=(
            f"The median level of {int(known.sum())} frames was subtracted ({parameters.method}): {mean:.6g} "
            f"{image.unit} on average, {levels[known].min():.6g} to {levels[known].max():.6g}.",
        ),
    ), warnings
