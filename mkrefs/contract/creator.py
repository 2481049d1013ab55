"""A creator turns a group of calibrated exposures, ramps or images, into the content of a reference file."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from mkrefs.contract.calibrated_image import CalibratedImage
from mkrefs.contract.parameters import ReferenceParameters
from mkrefs.contract.ramp import Ramp
from mkrefs.contract.reference_data import ReferenceData


class AnyCreator(ABC):
    """What creators of either kind declare: `Creator` measures ramps, `ImageCreator` calibrated images.

    Attributes
    ----------
    label : str
        The reference label: what is typed on the command line and names the configuration section.
    reftype : str
        The CRDS reference type of the product.
    imtypes : str
        Default input grammar: ``D``, ``DD``, ``D+``, ``F``, ``DDFF``, ``I+`` ...
    ssbsteps : mapping of str to str
        Default calibration state of the inputs by instrument (``"*"`` for all others), as a list of
        steps (``"dq_init, saturation"``) or a range (``"refpix-"``).
    combiner : str
        Name of the combiner that makes the final file by default.
    unit : str
        Unit of the main array.
    measures : str
        Definition of what is measured, in a sentence.
    same : tuple of str
        FITS keywords that must agree inside a group beyond those the reference type's CRDS selectors name.
    products : mapping of str to tuple of str
        By image type (``"D"``, ``"F"`` ...), what the creator wants of each exposure besides the ramp: of
        `FIT_PRODUCTS` what the pipeline's ramp_fit makes of it, and `RAW` the exposure as it was taken.
    checks : mapping of str to mapping of str to object
        The checks that the product must pass besides those for its type, by name, and the limits that hold
        for it; an empty mapping leaves the limits as they are. A check for its type may be named too.
    Parameters : type
        The declared parameters.
    """

    label: ClassVar[str]
    reftype: ClassVar[str]
    imtypes: ClassVar[str]
    ssbsteps: ClassVar[Mapping[str, str]]
    combiner: ClassVar[str] = "mean"
    unit: ClassVar[str]
    measures: ClassVar[str]
    same: ClassVar[tuple[str, ...]] = ()
    products: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
    checks: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType({})
    Parameters: ClassVar[type[ReferenceParameters]] = ReferenceParameters

    @classmethod
    def files(cls, parameters: Any) -> tuple[str, ...]:
        """Name the files besides exposures that `create` reads, as the parameters say; none by default.

        They must exist when the plan is made, and the product is made again when their content changes.

        Parameters
        ----------
        parameters : ReferenceParameters
            An instance of the creator's own ``Parameters``.

        Returns
        -------
        tuple of str
            Paths.
        """
        return ()


class Creator(AnyCreator):
    """Base class of creators that measure ramps; a plugin subclasses it and registers the class."""

    @abstractmethod
    def create(self, ramps: Mapping[str, Ramp], parameters: Any) -> ReferenceData:
        """Make the content of one reference file.

        Parameters
        ----------
        ramps : mapping of str to Ramp
            The calibrated exposures by role: ``D1``, ``D2``, ... for darks, ``F1`` ... for flats.
        parameters : ReferenceParameters
            An instance of the creator's own ``Parameters``.

        Returns
        -------
        ReferenceData
            The content of the file.

        Raises
        ------
        mkrefs.api.UserError
            If the inputs or parameters do not allow a file to be made; the message says why.
        """


class ImageCreator(AnyCreator):
    """Base class of creators that measure calibrated images, those that corrections made among them.

    ``ssbsteps`` may then name steps of calwebb_image2, and ``products`` has no meaning.

    Attributes
    ----------
    planes : str
        ``exposure``: images of whole exposures. ``integrations``: cubes with a plane for each integration.
    """

    planes: ClassVar[Literal["exposure", "integrations"]] = "exposure"

    @abstractmethod
    def create(self, images: Mapping[str, CalibratedImage], parameters: Any) -> ReferenceData:
        """Make the content of one reference file.

        Parameters
        ----------
        images : mapping of str to CalibratedImage
            The images by role: ``I1``, ``I2``, ...
        parameters : ReferenceParameters
            An instance of the creator's own ``Parameters``.

        Returns
        -------
        ReferenceData
            The content of the file.

        Raises
        ------
        mkrefs.api.UserError
            If the inputs or parameters do not allow a file to be made; the message says why.
        """
