"""The correction `fix_bad_pixels`: bad pixels are found and repaired, counted and told."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mkrefs.api import CalibratedImage, CorrectedImage, CorrectedImages, Figure, ImageCorrection, StatusChange
from mkrefs_imaging.fix_bad_pixels.method import FINDERS
from mkrefs_imaging.fix_bad_pixels.parameters import FixBadPixelsParameters

if TYPE_CHECKING:
    from mkrefs_imaging.fix_bad_pixels.repairing import Repaired


class FixBadPixelsCorrection(ImageCorrection):
    """Bad pixels found and repaired, by methods in the order that the user gives."""

    label: ClassVar[str] = "fix_bad_pixels"
    imtypes: ClassVar[str] = "I"
    planes = "integrations"
    acquisitions: ClassVar[bool] = True
    changes: ClassVar[frozenset[StatusChange]] = frozenset(
        {StatusChange.FILL, StatusChange.FLAG, StatusChange.UNFLAG}
    )
    measures: ClassVar[str] = (
        "The science array with bad pixels replaced by estimates from good ones, with the errors of those; "
        "repaired pixels lose DO_NOT_USE and get FLUX_ESTIMATED, and bad ones that could not be repaired "
        "get DO_NOT_USE."
    )
    Parameters = FixBadPixelsParameters

    @classmethod
    def files(cls, parameters: FixBadPixelsParameters) -> tuple[str, ...]:
        """Name the maps of custom bad pixels."""
        return tuple(pixels for pixels in parameters.custom_kwargs.values() if isinstance(pixels, str))

    def correct(
        self, images: Mapping[str, CalibratedImage], parameters: FixBadPixelsParameters, folder: Path
    ) -> CorrectedImages:
        """Find and repair the bad pixels of each image.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            Images or cubes by role.
        parameters : FixBadPixelsParameters
            What the section of the label sets.
        folder : Path
            Gets a map of the clusters of NaNs of each image that has some.

        Returns
        -------
        CorrectedImages
            The images with ``data``, ``dq`` and, where they have errors, ``err``.

        Raises
        ------
        mkrefs.api.UserError
            If custom bad pixels do not fit the image.
        """
        from mkrefs.stacks import side_by_side
        from mkrefs_imaging.kinds.parameters import chosen

        found, left = chosen(images, parameters)
        repaired = side_by_side(lambda image: _repaired(image, parameters, folder), found.values())
        made: dict[str, CorrectedImage] = {}
        figures: dict[str, Figure] = {}
        for role, (image, drawn) in zip(found, repaired, strict=True):
            made[role] = image
            figures |= {name if len(found) == 1 else f"{name}_{role}": each for name, each in drawn.items()}
        return CorrectedImages(made, history=left, figures=figures)


def _repaired(
    image: CalibratedImage, parameters: FixBadPixelsParameters, folder: Path
) -> tuple[CorrectedImage, Mapping[str, Figure]]:
    from mkrefs_imaging.fix_bad_pixels.clusters import clusters_of_nan
    from mkrefs_imaging.fix_bad_pixels.figures import value_figures
    from mkrefs_imaging.fix_bad_pixels.map_files import write_map
    from mkrefs_imaging.fix_bad_pixels.repairing import run_methods
    from mkrefs_imaging.planes.planes import read_planes

    planes = read_planes(image)
    made = run_methods(image, planes, parameters)
    clusters = clusters_of_nan(planes.data, parameters.min_nancluster)
    if clusters.any():
        write_map(clusters, folder / f"{image.exposure}_nanmask.fits")
    arrays = {"data": made.state.data, "dq": made.state.flags(planes.dq, unflag=parameters.unflag)}
    if planes.err is not None:
        arrays["err"] = made.state.err
    results, history = _account(made, int(clusters.sum()))
    corrected = CorrectedImage(
        {name: array.reshape(image.shape) for name, array in arrays.items()}, results=results, history=history
    )
    return corrected, value_figures(planes, made.state, image) if parameters.plot else {}


def _account(made: "Repaired", in_clusters: int) -> tuple[dict[str, int], tuple[str, ...]]:
    left = int(made.state.bad.sum())
    results = {"bad at first": made.flagged}
    told = []
    for step in made.steps:
        what = f"{'found' if step.method in FINDERS else 'repaired'} by {step.method}"
        results[what] = results.get(what, 0) + step.pixels
        told.append(f"{step.pixels} {what}")
    results |= {"left bad": left, "in clusters of NaN": in_clusters}
    history = [
        f"Bad pixels: {made.flagged} by NaN or DO_NOT_USE, {', '.join(told)}; {left} could not be repaired "
        "and are DO_NOT_USE. Repaired ones are FLUX_ESTIMATED."
    ]
    if in_clusters:
        history.append(f"{in_clusters} pixels lie in clusters of NaN; what was put there is a guess.")
    return results, tuple(history)
