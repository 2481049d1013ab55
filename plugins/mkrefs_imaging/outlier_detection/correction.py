"""The correction `outlier_detection`: runs the step on a group of images, and guards the cores of sources."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from mkrefs.api import (
    CalibratedImage,
    CorrectedImage,
    CorrectedImages,
    Figure,
    ImageCorrection,
    StatusChange,
    UserError,
)
from mkrefs_imaging.outlier_detection.parameters import OutlierDetectionParameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mkrefs_imaging.outlier_detection.guard import Cores
    from mkrefs_imaging.outlier_detection.jwst_step import StepResult

# Parameters of the guard and of the engine, which the step does not know.
_OURS = ("guard_snr", "guard_core_radius", "guard_fraction", "guard_max_sources", "plot", "in_memory")
_COMPLETE = "COMPLETE"


class OutlierDetectionCorrection(ImageCorrection):
    """Outliers among dithered images, as the jwst step finds them."""

    label: ClassVar[str] = "outlier_detection"
    suffix: ClassVar[str] = "crf"
    changes: ClassVar[frozenset[StatusChange]] = frozenset({StatusChange.FLAG, StatusChange.BLANK})
    measures: ClassVar[str] = (
        "Pixels that differ from the median of all images of the same sky by more than noise and resampling "
        "explain: flagged OUTLIER and DO_NOT_USE, and made NaN."
    )
    Parameters = OutlierDetectionParameters

    def correct(
        self, images: Mapping[str, CalibratedImage], parameters: OutlierDetectionParameters, folder: Path
    ) -> CorrectedImages:
        """Flag the outliers of one group of images.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            Images of one field by role.
        parameters : OutlierDetectionParameters
            What the section of the label sets.
        folder : Path
            Where intermediate results are kept, if they are wanted.

        Returns
        -------
        CorrectedImages
            The arrays that changed, and ``cal_step.outlier_detection``.

        Raises
        ------
        mkrefs.api.UserError
            If an image has no errors or no WCS, or is of another mode; if the images lie far apart.
        """
        from mkrefs_imaging.outlier_detection.extent import check_extent
        from mkrefs_imaging.outlier_detection.guard import guard_results, measure_cores
        from mkrefs_imaging.outlier_detection.jwst_step import run_step

        for image in images.values():
            _check_image(image, parameters)
        if parameters.resample_data:
            check_extent(tuple(images.values()))
        options = parameters.model_dump(exclude=set(_OURS)) | _pixel_map(images, parameters)
        results = run_step(tuple(images.values()), options, folder, in_memory=parameters.in_memory)
        found = dict(zip(images, results, strict=True))
        if results[0].status != _COMPLETE:
            return _skipped(images, found)
        flagged = [_newly_flagged(image, found[role]) for role, image in images.items()]
        cores = measure_cores(tuple(images.values()), flagged, parameters)
        guard, history, warnings = guard_results(images, cores, parameters.guard_fraction)
        counts = {role: int(mask.sum()) for role, mask in zip(images, flagged, strict=True)}
        return CorrectedImages(
            images={role: _corrected(images[role], found[role], counts[role]) for role in images},
            results={
                "jwst": results[0].version,
                "groups": len({result.group for result in results}),
                "outliers": sum(counts.values()),
                "guard": guard,
            },
            history=(_what_was_done(found, parameters), *history),
            warnings=(*_doubtful_groups(images, found, parameters), *warnings),
            figures=_figures(cores, parameters),
        )


def _pixel_map(
    images: Mapping[str, CalibratedImage], parameters: OutlierDetectionParameters
) -> dict[str, float]:
    """Tell the step between which pixels it may interpolate the WCS."""
    from mkrefs_imaging.outlier_detection.pixel_step import ORDER, STEP, is_smooth

    if parameters.pixmap_stepsize is not None:
        return {}
    if parameters.resample_data and is_smooth(images.values()):
        return {"pixmap_stepsize": STEP, "pixmap_order": ORDER}
    return {"pixmap_stepsize": 1.0, "pixmap_order": 1}


def _check_image(image: CalibratedImage, parameters: OutlierDetectionParameters) -> None:
    """Refuse what the step would take and make nonsense of."""
    if len(image.shape) != 2:
        raise UserError(
            f"outlier_detection: {image.name} is a cube of integrations; images of whole exposures are "
            "needed: give the files without 'ints'."
        )
    if "err" not in image.arrays or not (image.array("err") > 0).any():
        raise UserError(
            f"outlier_detection: {image.name} has no errors (ERR), without which every pixel would be an "
            "outlier; leave the exposure out, or calibrate it again."
        )
    times = [image.header.get(name) for name in ("TMEASURE", "XPOSURE")]
    if parameters.weight_type == "exptime" and not any(times):
        raise UserError(
            f"outlier_detection: {image.name} has no exposure time (TMEASURE, XPOSURE) to weight by; set "
            "weight_type to ivm."
        )


def _newly_flagged(image: CalibratedImage, result: "StepResult") -> "NDArray[np.bool_]":
    """Mark the pixels that the step called outliers, and that nobody had before."""
    from mkrefs.api import PIXEL_DQ

    flagged = (result.arrays["dq"] & PIXEL_DQ["OUTLIER"]) != 0
    if "dq" in image.arrays:
        flagged &= (image.array("dq") & PIXEL_DQ["OUTLIER"]) == 0
    return flagged  # type: ignore[no-any-return]  # the arrays of a result are of any type


def _corrected(image: CalibratedImage, result: "StepResult", outliers: int) -> CorrectedImage:
    changed = {
        name: array
        for name, array in result.arrays.items()
        if (name in image.arrays and not _same(array, image.array(name)))
        or (name == "dq" and name not in image.arrays)
    }
    history = [f"{outliers} pixels flagged as outliers."]
    if result.completed:
        history.append(f"Not in the header, derived for the step: {', '.join(result.completed)}.")
    return CorrectedImage(
        arrays=changed,
        metadata=_metadata(result),
        results={"outliers": outliers, "outliers (%)": 100.0 * outliers / result.arrays["data"].size},
        history=tuple(history),
    )


def _same(one: "NDArray[Any]", other: "NDArray[Any]") -> bool:
    import numpy as np

    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def _metadata(result: "StepResult") -> dict[str, Any]:
    return {
        "cal_step.outlier_detection": result.status,
        "calibration_software_version": result.version,
        "calibration_software_revision": result.revision,
    }


def _skipped(images: Mapping[str, CalibratedImage], found: Mapping[str, "StepResult"]) -> CorrectedImages:
    line = (
        f"outlier_detection was skipped by the step: {len(images)} image is too few; two at least are needed."
    )
    return CorrectedImages(
        images={role: CorrectedImage(metadata=_metadata(found[role])) for role in images},
        results={"outliers": 0},
        warnings=(line,),
    )


def _what_was_done(found: Mapping[str, "StepResult"], parameters: OutlierDetectionParameters) -> str:
    version = next(iter(found.values())).version
    groups = len({result.group for result in found.values()})
    against = (
        f"the median of {groups} mosaics, one for each exposure"
        if parameters.resample_data
        else f"the median of the {len(found)} images pixel by pixel"
    )
    return (
        f"Outliers found by OutlierDetectionStep of jwst {version} against {against}; snr "
        f"{parameters.snr}, scale {parameters.scale}."
    )


def _doubtful_groups(
    images: Mapping[str, CalibratedImage],
    found: Mapping[str, "StepResult"],
    parameters: OutlierDetectionParameters,
) -> tuple[str, ...]:
    """Tell where the numbers of the exposures let the step see fewer mosaics than there are."""
    if not parameters.resample_data:
        return ()
    twice = Counter((found[role].group, image.metadata.detector) for role, image in images.items())
    (group, detector), count = twice.most_common(1)[0]
    if count > 1:
        return (
            f"outlier_detection: {count} images of {detector} have the same observation metadata ({group}), "
            "so that the step took them for one exposure and compared their mean: correct OBSERVTN, VISIT, "
            "VISITGRP, SEQ_ID, ACT_ID or EXPOSURE in their headers.",
        )
    if len({group for group, _ in twice}) < 3:
        return (
            "outlier_detection compared fewer than three exposures: of two the median is their mean, which a "
            "hit spoils by half its height.",
        )
    return ()


def _figures(cores: "Cores", parameters: OutlierDetectionParameters) -> dict[str, Figure]:
    if not parameters.plot:
        return {}
    from mkrefs_imaging.outlier_detection.figures import core_figure

    return {"cores": core_figure(cores, parameters.guard_fraction)}
