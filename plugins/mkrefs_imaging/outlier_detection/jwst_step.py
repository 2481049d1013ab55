"""Runs the OutlierDetectionStep of the jwst package; the one module of this plugin that imports it.

The step is called as a pipeline calls it: in the mode for imaging, its parameters given, so that it asks CRDS
for nothing.
"""

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import CalibratedImage, UserError
from mkrefs_imaging.outlier_detection.header_facts import complete_header, complete_wcs

#: Arrays that the step may change, by the attribute of the data model.
ARRAYS = ("data", "err", "dq", "var_poisson", "var_rnoise", "var_flat")

# What stdatamodels asks for when a model is made.
_CHECKS = "VALIDATE_ON_ASSIGNMENT"
_MODE = "imaging"
_OTHER_MODES = ("SLIT_SPEC_MODES", "TSO_SPEC_MODES", "IFU_SPEC_MODES", "TSO_IMAGE_MODES", "CORON_IMAGE_MODES")


@dataclass(frozen=True, slots=True)
class StepResult:
    """What the step made of one image.

    Attributes
    ----------
    arrays : mapping of str to ndarray
        All arrays of `ARRAYS` that the data model has.
    group : str
        The exposure it was taken with: images of one group make one mosaic.
    status : str
        What the step says of itself: ``COMPLETE`` or ``SKIPPED``.
    version, revision : str
        Version of the jwst package.
    completed : tuple of str
        Header facts that were missing and derived for the step.
    """

    arrays: Mapping[str, NDArray[Any]]
    group: str
    status: str
    version: str
    revision: str
    completed: tuple[str, ...]


def run_step(
    images: Sequence[CalibratedImage], options: Mapping[str, Any], folder: Path, *, in_memory: bool
) -> tuple[StepResult, ...]:
    """Run outlier detection on a group of images.

    Parameters
    ----------
    images : sequence of CalibratedImage
        The images; they stay as they are.
    options : mapping of str to object
        Parameters of the step.
    folder : Path
        Where intermediate results are kept, if they are wanted.
    in_memory : bool
        Hold the images in memory, or in temporary files below ``folder``.

    Returns
    -------
    tuple of StepResult
        In the order of the images.

    Raises
    ------
    mkrefs.api.UserError
        If an image is of another mode, or has no WCS.
    """
    from jwst.outlier_detection import OutlierDetectionStep

    _check_modes(images)
    place = folder.absolute()
    with TemporaryDirectory(dir=place, prefix=".work-") as work, _quiet():
        library, completed = _library(images, Path(work), in_memory=in_memory)
        step = OutlierDetectionStep(**options, output_dir=str(place))
        step.mode = _MODE
        # What the median keeps on disk it puts into the working directory.
        with chdir(work), _unchecked_values():
            return _collect(step.run(library), completed)


def _check_modes(images: Sequence[CalibratedImage]) -> None:
    from jwst.outlier_detection import outlier_detection_step

    others = {kind for name in _OTHER_MODES for kind in getattr(outlier_detection_step, name)}
    for image in images:
        if image.metadata.exp_type in others:
            raise UserError(
                f"outlier_detection: {image.name} is of EXP_TYPE {image.metadata.exp_type}, for which the "
                "step works by another method than that for imaging; leave the exposure out."
            )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the warnings of the step to itself: NaN are its daily work, and it logs what matters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _unchecked_values() -> Iterator[None]:
    """Let models be filled without a check of each value: mosaics that the step makes for itself."""
    before = os.environ.get(_CHECKS)
    os.environ[_CHECKS] = "false"
    try:
        yield
    finally:
        del os.environ[_CHECKS]
        if before is not None:
            os.environ[_CHECKS] = before


def _library(
    images: Sequence[CalibratedImage], work: Path, *, in_memory: bool
) -> tuple[Any, tuple[tuple[str, ...], ...]]:
    """Put the images into a library, as models or as files that are opened one at a time."""
    from jwst.datamodels import ModelLibrary

    models, members, completed = [], [], []
    for number, image in enumerate(images, start=1):
        model = image.model()
        completed.append((*complete_wcs(model, image), *complete_header(model, image)))
        if in_memory:
            models.append(model)
            continue
        # Each has a folder of its own: a model takes its name from its file.
        path = work / str(number) / image.name
        path.parent.mkdir()
        model.save(path)
        model.close()
        members.append({"expname": str(path), "exptype": "science"})
    if in_memory:
        return ModelLibrary(models), tuple(completed)
    association = {"products": [{"name": "group", "members": members}]}
    return ModelLibrary(association, on_disk=True, temp_directory=work), tuple(completed)


def _collect(library: Any, completed: Sequence[tuple[str, ...]]) -> tuple[StepResult, ...]:
    results = []
    with library:
        for number, model in enumerate(library):
            arrays = {name: getattr(model, name, None) for name in ARRAYS}
            results.append(
                StepResult(
                    arrays={name: _own(array) for name, array in arrays.items() if array is not None},
                    group=str(model.meta.group_id),
                    status=str(model.meta.cal_step.outlier_detection),
                    version=str(model.meta.calibration_software_version),
                    revision=str(model.meta.calibration_software_revision),
                    completed=completed[number],
                )
            )
            library.shelve(model, number, modify=False)
            model.close()
    return tuple(results)


def _own(array: Any) -> NDArray[Any]:
    """Take an array out of the model, in the machine's byte order; a mapped one is copied."""
    values = np.asarray(array)
    mapped = isinstance(array, np.memmap) or not values.flags.writeable
    return np.array(values, dtype=values.dtype.newbyteorder("="), copy=True if mapped else None)
