"""Jobs that correct calibrated images; free of behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mkrefs.jobs.crds_state import CrdsState


@dataclass(frozen=True, slots=True)
class ImageInput:
    """One calibrated image in its role (``I1``, ``I2`` ...) within a group, and where its correction goes.

    Attributes
    ----------
    path, output : str
        The image, and the corrected one.
    """

    role: str
    exposure: str
    path: str
    output: str


@dataclass(frozen=True, slots=True)
class CorrectJob:
    """Correct one group of calibrated images.

    Attributes
    ----------
    images : tuple of ImageInput
        The images.
    parameters : mapping
        The correction's parameters, complete, as JSON values.
    report : str
        The file that tells what was done, as JSON; figures and further files are named after it.
    steps : tuple of str
        The calibration state of the images, and the corrections they have been through before.
    plugin, incidental, files
        As for `CreateJob`.
    crds : CrdsState
        Where reference files named in headers are found.
    """

    id: str
    label: str
    images: tuple[ImageInput, ...]
    parameters: Mapping[str, Any]
    report: str
    steps: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    plugin: str = ""
    incidental: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    crds: CrdsState = field(default_factory=CrdsState)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Files the job makes."""
        return (*(image.output for image in self.images), self.report)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Files the job reads."""
        return (*(image.path for image in self.images), *self.files)
