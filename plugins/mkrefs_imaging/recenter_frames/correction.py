"""The correction `recenter_frames`: chooses what can be recentred, and moves the frames."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from mkrefs.api import CalibratedImage, CorrectedImage, CorrectedImages, ImageCorrection, StatusChange
from mkrefs_imaging.recenter_frames.parameters import RecenterParameters

if TYPE_CHECKING:
    from mkrefs_imaging.recenter_frames.measuring import FoundStar
    from mkrefs_imaging.recenter_frames.model_image import ModelImage
    from mkrefs_imaging.registration.report import FrameShifts


class RecenterFramesCorrection(ImageCorrection):
    """The star behind a coronagraph, brought to the centre of the array."""

    label: ClassVar[str] = "recenter_frames"
    imtypes: ClassVar[str] = "I+"
    ssbsteps: ClassVar[Mapping[str, str]] = MappingProxyType({"*": "photom-"})
    same: ClassVar[tuple[str, ...]] = ("INSTRUME", "DETECTOR", "FILTER", "PUPIL", "SUBARRAY", "CORONMSK")
    planes: ClassVar[Literal["exposure", "integrations"]] = "integrations"
    acquisitions: ClassVar[bool] = True
    # Pixels move, and what is no data among them with them.
    changes: ClassVar[frozenset[StatusChange]] = frozenset(StatusChange)
    measures: ClassVar[str] = (
        "Shifts that take the star of each frame to the centre of the array: in the first frame by a model "
        "of the star behind the mask, in the others by comparison with the first."
    )
    Parameters = RecenterParameters

    @classmethod
    def files(cls, parameters: RecenterParameters) -> tuple[str, ...]:
        """Name the model, where it is a file."""
        function = (parameters.psf_function or "").rpartition(":")[0]
        return tuple(
            name for name in (parameters.psf_file, function if function.endswith(".py") else None) if name
        )

    def correct(
        self, images: Mapping[str, CalibratedImage], parameters: RecenterParameters, folder: Path
    ) -> CorrectedImages:
        """Recentre the frames of a group.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            By role.
        parameters : RecenterParameters
            What the section of the label sets.
        folder : Path
            Not used.

        Returns
        -------
        CorrectedImages
            Moved frames of NIRCam, zero shifts of MIRI; all others are passed on.

        Raises
        ------
        mkrefs.api.UserError
            If there is no model of the star, or the star is not found.
        """
        from mkrefs_imaging.kinds.parameters import chosen, kinds
        from mkrefs_imaging.recenter_frames.model_image import model_image

        targets, left_out = chosen(images, parameters)
        still = {role: image for role, image in targets.items() if image.metadata.instrument != "NIRCAM"}
        moving = {role: image for role, image in targets.items() if role not in still}
        unmoved = {role: _unmoved(image) for role, image in still.items()}
        warnings = [_other_instrument(image) for image in still.values() if not _is_miri(image)]
        if not moving:
            return CorrectedImages(unmoved, history=left_out, warnings=tuple(warnings))
        of_kind = kinds(moving, parameters)
        science = [image for role, image in moving.items() if of_kind[role] == "SCI"]
        if not science:
            warnings.append("No science exposure in the group: the star was sought in that of a reference.")
        first = science[0] if science else next(iter(moving.values()))
        done = _recenter(moving, first, model_image(first, parameters), parameters)
        return CorrectedImages(
            {**unmoved, **done.images},
            results=done.results,
            history=(*done.history, *left_out),
            warnings=(*warnings, *done.warnings),
            figures=done.figures,
        )


@dataclass(frozen=True, slots=True)
class _Stars:
    """The stars found so far, by exposure; the first is for all where only one is looked for."""

    first: "FoundStar"
    model: "ModelImage"
    parameters: RecenterParameters

    def of(self, image: CalibratedImage) -> "FoundStar":
        from mkrefs_imaging.recenter_frames.measuring import find_star

        alone = self.parameters.first_sci_only or image.exposure == self.first.image.exposure
        return self.first if alone else find_star(image, self.model, self.parameters)


def _recenter(
    moving: Mapping[str, CalibratedImage],
    first: CalibratedImage,
    model: "ModelImage",
    parameters: RecenterParameters,
) -> CorrectedImages:
    from mkrefs_imaging.recenter_frames.measuring import find_star, measure_shifts, star_results
    from mkrefs_imaging.registration.geometry import reference_pixel
    from mkrefs_imaging.registration.report import FrameShifts, shift_figures, shift_table

    stars = _Stars(find_star(first, model, parameters), model, parameters)
    warnings = [] if reference_pixel(first) else [_no_reference_pixel(first)]
    found: list[Mapping[str, Any]] = []
    moved: dict[str, CorrectedImage] = {}
    measured: list[FrameShifts] = []
    for role, image in moving.items():
        if image.shape[-2:] != first.shape[-2:]:
            warnings.append(f"{image.name} was not recentred: it has another size than {first.name}.")
            continue
        star = stars.of(image)
        if star.image.exposure not in [one["exposure"] for one in found]:
            found.append(star_results(star))
        shifts = measure_shifts(image, star, parameters)
        measured.append(shifts)
        warnings.extend(shifts.warnings(parameters.warn_shift, measured=parameters.subsequent == "align"))
        moved[role] = _moved(image, shifts, star, parameters)
    return CorrectedImages(
        moved,
        results={"model": model.source, "stars": found, "frames": shift_table(measured)},
        history=(f"The star was found with the model {model.source}.",),
        warnings=tuple(warnings),
        figures=shift_figures(measured) if parameters.plot else {},
    )


def _moved(
    image: CalibratedImage, shifts: "FrameShifts", star: "FoundStar", parameters: RecenterParameters
) -> CorrectedImage:
    from mkrefs_imaging.registration.frames import move_frames

    place = star.place
    return CorrectedImage(
        arrays=move_frames(image, shifts.shifts, parameters.moving),
        shift=shifts.middle,
        results={
            **shifts.results,
            "star x in the first frame (pixel)": place.x,
            "star y in the first frame (pixel)": place.y,
        },
        history=(
            f"recenter_frames: {parameters.method}: {shifts.told}; star at {place.x:.3f}, {place.y:.3f} "
            f"(from 0) of {star.image.name}.",
        ),
    )


def _unmoved(image: CalibratedImage) -> CorrectedImage:
    which = "MIRI" if _is_miri(image) else image.metadata.instrument
    return CorrectedImage(
        results={"shift x (pixel)": 0.0, "shift y (pixel)": 0.0},
        history=(f"Zero shifts: stars of {which} are not recentred, only those of NIRCam.",),
    )


def _is_miri(image: CalibratedImage) -> bool:
    return image.metadata.instrument == "MIRI"


def _other_instrument(image: CalibratedImage) -> str:
    return f"{image.name} was not recentred: this works for NIRCam, not for {image.metadata.instrument}."


def _no_reference_pixel(image: CalibratedImage) -> str:
    return f"{image.name} has no CRPIX1 and CRPIX2: the star was sought about the middle of the array."
