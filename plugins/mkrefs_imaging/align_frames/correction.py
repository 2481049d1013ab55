"""The correction `align_frames`: chooses the reference frame, has offsets measured, and moves the frames."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

from mkrefs.api import (
    CalibratedImage,
    CorrectedImage,
    CorrectedImages,
    ImageCorrection,
    StatusChange,
    UserError,
)
from mkrefs_imaging.align_frames.parameters import AlignParameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mkrefs_imaging.align_frames.measuring import Reference
    from mkrefs_imaging.registration.report import FrameShifts


class AlignFramesCorrection(ImageCorrection):
    """Alignment of all frames to the first of the science target."""

    label: ClassVar[str] = "align_frames"
    imtypes: ClassVar[str] = "I+"
    ssbsteps: ClassVar[Mapping[str, str]] = MappingProxyType({"*": "photom-"})
    same: ClassVar[tuple[str, ...]] = ("INSTRUME", "DETECTOR", "FILTER", "PUPIL", "SUBARRAY", "CORONMSK")
    planes: ClassVar[Literal["exposure", "integrations"]] = "integrations"
    acquisitions: ClassVar[bool] = True
    # Pixels move, and what is no data among them with them.
    changes: ClassVar[frozenset[StatusChange]] = frozenset(StatusChange)
    measures: ClassVar[str] = (
        "Shifts of the frames against the first frame of the first science exposure, which take the star to "
        "where it is there."
    )
    Parameters = AlignParameters

    @classmethod
    def files(cls, parameters: AlignParameters) -> tuple[str, ...]:
        """Name the mask and the image to align to, where given."""
        return tuple(name for name in (parameters.mask_file, parameters.align_to_file) if name)

    def correct(
        self, images: Mapping[str, CalibratedImage], parameters: AlignParameters, folder: Path
    ) -> CorrectedImages:
        """Align the frames of a group.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            By role.
        parameters : AlignParameters
            What the section of the label sets.
        folder : Path
            Not used.

        Returns
        -------
        CorrectedImages
            Moved frames; backgrounds and target acquisitions are passed on.

        Raises
        ------
        mkrefs.api.UserError
            If a file of the parameters cannot be used.
        """
        from mkrefs_imaging.kinds.parameters import chosen, kinds

        targets, left_out = chosen(images, parameters)
        if not targets:
            warning = "No exposure of a target in the group: no frame was aligned."
            return CorrectedImages({}, history=left_out, warnings=(warning,))
        of_kind = kinds(targets, parameters)
        science = [image for role, image in targets.items() if of_kind[role] == "SCI"]
        first = science[0] if science else next(iter(targets.values()))
        aligned = _align(targets, _reference(first, parameters), parameters)
        warnings = aligned.warnings if science else (_no_science(first), *aligned.warnings)
        return replace(aligned, history=left_out, warnings=warnings)


def _align(
    targets: Mapping[str, CalibratedImage], reference: "Reference", parameters: AlignParameters
) -> CorrectedImages:
    from mkrefs_imaging.align_frames.measuring import measure_image
    from mkrefs_imaging.registration.report import FrameShifts, shift_figures, shift_table

    weights = _weights(reference.plane.data.shape, parameters)
    warnings: list[str] = []
    moved: dict[str, CorrectedImage] = {}
    measured: list[FrameShifts] = []
    for role, image in targets.items():
        if image.shape[-2:] != reference.plane.data.shape:
            warnings.append(_other_size(image, reference))
            continue
        offsets = measure_image(image, reference, weights, parameters)
        shifts = FrameShifts.undoing(image, offsets, itself=reference.itself)
        measured.append(shifts)
        warnings.extend(shifts.warnings(parameters.warn_shift, measured=parameters.align_algo == "leastsq"))
        moved[role] = _moved(image, shifts, reference, parameters)
    return CorrectedImages(
        moved,
        results={"reference": reference.name, "frames": shift_table(measured)},
        warnings=tuple(warnings),
        figures=shift_figures(measured) if parameters.plot else {},
    )


def _moved(
    image: CalibratedImage, shifts: "FrameShifts", reference: "Reference", parameters: AlignParameters
) -> CorrectedImage:
    from mkrefs_imaging.registration.frames import move_frames

    return CorrectedImage(
        arrays=move_frames(image, shifts.shifts, parameters.moving),
        shift=shifts.middle,
        results=shifts.results,
        history=(f"align_frames: to {reference.name}, {parameters.method}: {shifts.told}.",),
    )


def _reference(first: CalibratedImage, parameters: AlignParameters) -> "Reference":
    from mkrefs_imaging.align_frames.measuring import Reference
    from mkrefs_imaging.registration.fits_image import read_image
    from mkrefs_imaging.registration.fitting import Plane
    from mkrefs_imaging.registration.frames import read_frame
    from mkrefs_imaging.registration.moving import bad_pixels

    if parameters.align_to_file is None:
        name = f"integration 1 of {first.name}" if len(first.shape) == 3 else first.name
        return Reference(read_frame(first, 0), first, (first.exposure, 0), name)
    data = read_image(parameters.align_to_file, "align_frames.align_to_file").data
    if data.shape != first.shape[-2:]:
        raise UserError(
            f"align_frames.align_to_file: {parameters.align_to_file} has {_size(data.shape)} pixels and "
            f"{first.name} {_size(first.shape)}; name an image of the same size."
        )
    return Reference(Plane(data, bad_pixels(data, None)), first, None, Path(parameters.align_to_file).name)


def _weights(shape: tuple[int, ...], parameters: AlignParameters) -> "NDArray[np.float64]":
    import numpy as np

    from mkrefs_imaging.registration.fits_image import read_image
    from mkrefs_imaging.registration.masks import centre_weights

    rows, columns = shape
    if parameters.mask_override is not None or parameters.mask_file is None:
        return centre_weights((rows, columns), parameters.mask_override, parameters.msk_shp)
    mask = read_image(parameters.mask_file, "align_frames.mask_file").data
    if mask.shape != shape:
        raise UserError(
            f"align_frames.mask_file: {parameters.mask_file} has {_size(mask.shape)} pixels and the frames "
            f"{_size(shape)}; name a mask of the same size."
        )
    return np.clip(np.nan_to_num(mask), 0.0, None)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[-1]} x {shape[-2]}"


def _no_science(first: CalibratedImage) -> str:
    return f"No science exposure in the group: frames were aligned to {first.name}, a reference star."


def _other_size(image: CalibratedImage, reference: "Reference") -> str:
    return (
        f"{image.name} was not aligned: it has {_size(image.shape)} pixels, and {reference.name} "
        f"{_size(reference.plane.data.shape)}."
    )
