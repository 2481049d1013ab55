"""A correction takes a group of calibrated images and gives them back corrected."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from numpy.typing import NDArray

from mkrefs.contract.calibrated_image import CalibratedImage
from mkrefs.contract.figures import Figure
from mkrefs.contract.parameters import Parameters


class StatusChange(StrEnum):
    """How a correction may change the standing of a pixel; each must be declared to be allowed."""

    FILL = "fill"  #: a NaN of the science array becomes a number
    BLANK = "blank"  #: a number becomes NaN
    FLAG = "flag"  #: a pixel gets DO_NOT_USE
    UNFLAG = "unflag"  #: a pixel loses DO_NOT_USE


@dataclass(frozen=True, slots=True)
class CorrectedImage:
    """What a correction changes in one image; all else stays as it is.

    Attributes
    ----------
    arrays : mapping of str to ndarray
        The arrays that change, by the attribute of the data model. They may have another number of rows and
        columns if ``pad`` says so.
    shift : (float, float)
        By how much, in pixels along x and y, what is seen moved within the array, or the reference pixel
        was found to lie elsewhere: what was at (x, y) is at (x + shift[0], y + shift[1]). The engine moves
        the WCS with it.
    pad : (int, int, int, int)
        Pixels added on the left, right, bottom and top. The engine pads the arrays that are not given, with
        NaN, or DO_NOT_USE in the DQ array. The WCS goes along.
    metadata : mapping of str to object
        Values by their path below ``meta`` of the data model.
    results : mapping of str to number, text or None
        What came out for this image, for tables: ``{"level (MJy/sr)": 0.012}``.
    history : tuple of str
        Lines for its HISTORY.
    """

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    shift: tuple[float, float] = (0.0, 0.0)
    pad: tuple[int, int, int, int] = (0, 0, 0, 0)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, float | int | str | None] = field(default_factory=dict)
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CorrectedImages:
    """What a correction makes of a group.

    Attributes
    ----------
    images : mapping of str to CorrectedImage
        By role; an image that is not named is passed on as it was.
    results : mapping of str to object
        What came out for the group, as values that JSON can hold.
    history : tuple of str
        Lines for the HISTORY of all images.
    warnings : tuple of str
        What somebody should know at once: told at the end of a run, and in HISTORY.
    figures : mapping of str to Figure
        Figures by name.
    """

    images: Mapping[str, CorrectedImage]
    results: Mapping[str, Any] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)


class ImageCorrection(ABC):
    """Base class of all corrections; a plugin subclasses it and registers the class.

    Attributes
    ----------
    label : str
        What is typed on the command line and names the configuration section.
    imtypes : str
        Default input grammar; ``I+`` takes all images of a mode together.
    ssbsteps : mapping of str to str
        Default calibration state of the inputs by instrument (``"*"`` for all others): a range such as
        ``photom-``, or a list of steps.
    same : tuple of str
        FITS keywords that must agree inside a group, all of them: a mosaic may span detectors.
    planes : str
        ``exposure``: images of whole exposures only. ``integrations``: also cubes with a plane for each
        integration, which are what is made where the pipeline has to be run.
    acquisitions : bool
        Whether images of target acquisitions are taken too.
    suffix : str
        Product suffix of the corrected images; empty for that of the image that was corrected.
    changes : frozenset of StatusChange
        What it may do to the standing of pixels; the engine counts, tells, and refuses anything else.
    measures : str
        What is corrected, in a sentence.
    Parameters : type
        The declared parameters.
    """

    label: ClassVar[str]
    imtypes: ClassVar[str] = "I+"
    ssbsteps: ClassVar[Mapping[str, str]] = MappingProxyType({"*": "photom-"})
    same: ClassVar[tuple[str, ...]] = ("INSTRUME", "FILTER", "PUPIL")
    planes: ClassVar[Literal["exposure", "integrations"]] = "exposure"
    acquisitions: ClassVar[bool] = False
    suffix: ClassVar[str] = ""
    changes: ClassVar[frozenset[StatusChange]] = frozenset()
    measures: ClassVar[str]
    Parameters: ClassVar[type[Parameters]] = Parameters

    @classmethod
    def files(cls, parameters: Any) -> tuple[str, ...]:
        """Name the files besides images that `correct` reads, as the parameters say; none by default.

        They must exist when the plan is made, and the images are made again when their content changes.
        """
        return ()

    @abstractmethod
    def correct(
        self, images: Mapping[str, CalibratedImage], parameters: Any, folder: Path
    ) -> CorrectedImages:
        """Correct one group of images.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            By role: ``I1``, ``I2`` ... in the order of time.
        parameters : Parameters
            An instance of the correction's own ``Parameters``.
        folder : Path
            An empty folder to work in. What is left there is kept beside the corrected images.

        Returns
        -------
        CorrectedImages
            What changes.

        Raises
        ------
        mkrefs.api.UserError
            If the images or parameters do not allow a correction; the message says why.
        """
