"""The correction `subtract_background`: the median of the background exposures is taken off the targets."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mkrefs.api import (
    CalibratedImage,
    CorrectedImage,
    CorrectedImages,
    ImageCorrection,
    StatusChange,
    UserError,
)
from mkrefs_imaging.subtract_background.parameters import SubtractBackgroundParameters

if TYPE_CHECKING:
    from mkrefs_imaging.subtract_background.background import Background

_WHAT = {"SCI": "science", "REF": "reference"}


class SubtractBackgroundCorrection(ImageCorrection):
    """Targets without the median of the dedicated background exposures of their group."""

    label: ClassVar[str] = "subtract_background"
    same: ClassVar[tuple[str, ...]] = ("INSTRUME", "DETECTOR", "FILTER", "PUPIL", "CORONMSK", "SUBARRAY")
    planes = "integrations"
    acquisitions: ClassVar[bool] = True
    changes: ClassVar[frozenset[StatusChange]] = frozenset({StatusChange.BLANK, StatusChange.FLAG})
    measures: ClassVar[str] = (
        "The science array without the median of all integrations of the background exposures of the same "
        "mode, and the error with that of the median; where no background is known, NaN and DO_NOT_USE."
    )
    Parameters = SubtractBackgroundParameters

    def correct(
        self, images: Mapping[str, CalibratedImage], parameters: SubtractBackgroundParameters, folder: Path
    ) -> CorrectedImages:
        """Subtract the backgrounds of a group from its targets.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            Targets and backgrounds of one mode by role.
        parameters : SubtractBackgroundParameters
            What the section of the label sets.
        folder : Path
            Nothing is left there.

        Returns
        -------
        CorrectedImages
            The targets, with ``data``, ``dq`` and, where they have errors, ``err``. Backgrounds are not among
            them.

        Raises
        ------
        mkrefs.api.UserError
            If there is no background, or one does not go with the targets.
        """
        from mkrefs_imaging.kinds.parameters import chosen, kinds
        from mkrefs_imaging.subtract_background.association import backgrounds_of

        kind = kinds(images, parameters)
        found, left = chosen(images, parameters)
        targets = [role for role in found if not kind[role].endswith("_BG")]
        roles = backgrounds_of(kind, images, psflibpaths=parameters.psflibpaths)
        if not targets or not any(roles.values()):
            return _nothing_subtracted([images[role] for role in targets], parameters, left)
        made: dict[str, CorrectedImage] = {}
        warnings: list[str] = []
        medians: dict[str, tuple[Background, ...]] = {}
        for role in targets:
            target = kind[role][:3]
            taken = target if roles[target] else _other(target)
            if taken != target:
                warnings.append(
                    f"{images[role].name}: there is no {_WHAT[target]} background; that of the "
                    f"{_WHAT[taken]} was subtracted."
                )
            sources = [images[each] for each in roles[taken]]
            warnings += _checked(images[role], sources)
            if taken not in medians:
                medians[taken] = _medians(sources, parameters.nints_per_med)
            made[role] = _subtracted(images[role], medians[taken], sources, parameters.nints_per_med)
        used = {target: [images[role].exposure for role in roles[target]] for target in medians}
        return CorrectedImages(made, {"backgrounds": used}, history=left, warnings=tuple(warnings))


def _other(target: str) -> str:
    return "REF" if target == "SCI" else "SCI"


def _nothing_subtracted(
    targets: Sequence[CalibratedImage], parameters: SubtractBackgroundParameters, left: tuple[str, ...]
) -> CorrectedImages:
    if not targets:
        said = "There is no image to subtract a background from; all are passed on as they are."
        return CorrectedImages({}, history=(*left, said))
    names = ", ".join(image.name for image in targets)
    if parameters.no_background == "refuse":
        raise UserError(
            f"subtract_background: no background exposure goes with {names}; give one of the same mode "
            "(BKGDTARG, or named by bgpaths), or set no_background to unchanged."
        )
    return CorrectedImages(
        {}, history=left, warnings=(f"No background exposure goes with {names}; passed on unchanged.",)
    )


def _checked(target: CalibratedImage, sources: Sequence[CalibratedImage]) -> tuple[str, ...]:
    from mkrefs_imaging.subtract_background.association import check_agreement, readout_differences

    check_agreement(target, sources)
    return readout_differences(target, sources)


def _medians(sources: Sequence[CalibratedImage], nints_per_med: int | None) -> tuple["Background", ...]:
    from mkrefs_imaging.planes.planes import read_planes
    from mkrefs_imaging.subtract_background.background import median_backgrounds

    return median_backgrounds([read_planes(source) for source in sources], nints_per_med)


def _subtracted(
    image: CalibratedImage,
    medians: Sequence["Background"],
    sources: Sequence[CalibratedImage],
    nints_per_med: int | None,
) -> CorrectedImage:
    import numpy as np

    from mkrefs_imaging.planes.planes import read_planes
    from mkrefs_imaging.subtract_background.background import chunks, subtract

    planes = read_planes(image)
    wanted = len(chunks(len(planes.data), nints_per_med))
    if wanted > len(medians):
        raise UserError(
            f"subtract_background: {image.name} has {wanted} times {nints_per_med} integrations, its "
            f"backgrounds {len(medians)} times; set nints_per_med larger, or leave it out."
        )
    made = subtract(planes, medians, nints_per_med)
    arrays = {"data": made.data, "dq": made.dq, **({} if made.err is None else {"err": made.err})}
    levels = np.concatenate([each.level[np.isfinite(each.level)] for each in medians[:wanted]])
    level = float(np.median(levels)) if levels.size else float("nan")
    unknown = int(sum(np.isnan(each.level).sum() for each in medians[:wanted]))
    history = [
        f"The median of {sum(each.frames for each in medians[:wanted])} background frames of "
        f"{', '.join(source.name for source in sources)} was subtracted, {level:.6g} {image.unit} in the "
        "middle."
    ]
    if wanted > 1:
        history.append(f"In {wanted} chunks of {nints_per_med} integrations, each with a median of its own.")
    if unknown:
        history.append(f"{unknown} pixels have no background; they are NaN and DO_NOT_USE.")
    if made.err is not None and not all("err" in source.arrays for source in sources):
        history.append("Errors do not hold those of the backgrounds without an array of errors.")
    return CorrectedImage(
        {name: array.reshape(image.shape) for name, array in arrays.items()},
        results={"background": level, "pixels without background": unknown},
        history=tuple(history),
    )
