"""What creators and corrections must declare."""

import re
from collections.abc import Set

from mkrefs.contract.creator import AnyCreator, Creator, ImageCreator
from mkrefs.contract.image_correction import ImageCorrection, StatusChange
from mkrefs.contract.imtypes import IMTYPE_LETTERS, parse_imtypes
from mkrefs.contract.parameters import Parameters, ReferenceParameters
from mkrefs.contract.ramp import FIT_PRODUCTS, RAW
from mkrefs.errors import UserError
from mkrefs.registry.declarations import check_declared, check_parameters

#: Folders of a run that are not those of labels.
RUN_FOLDERS = ("ssb", "selections")
_PLANES = ("exposure", "integrations")
_LABEL, _SUFFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]*"), re.compile(r"[A-Za-z0-9]*")


def refuse_unfit_creator(creator: type[AnyCreator], where: str) -> None:
    """Refuse a creator that does not declare all it must.

    Parameters
    ----------
    creator : type
        What a plugin gives as a creator.
    where : str
        Plugin and class, for the message.

    Raises
    ------
    UserError
        With what is wrong.
    """
    base = ImageCreator if isinstance(creator, type) and issubclass(creator, ImageCreator) else Creator
    check_declared(creator, base, ("label", "reftype", "imtypes", "ssbsteps", "unit", "measures"), where)
    check_parameters(creator.Parameters, ReferenceParameters, where)
    _check_inputs(creator, where)
    allowed = (*FIT_PRODUCTS, RAW)
    for letter, names in creator.products.items():
        if letter not in IMTYPE_LETTERS or not set(names) <= set(allowed):
            raise UserError(
                f"{where}: products has the entry {letter!r}: {names!r}; give names among "
                f"{', '.join(allowed)} for the image types {', '.join(IMTYPE_LETTERS)}."
            )
    if creator.products and base is ImageCreator:
        raise UserError(f"{where}: products are made of ramps, and it takes images; leave them out.")


def refuse_unfit_correction(correction: type[ImageCorrection], where: str) -> None:
    """Refuse a correction that does not declare all it must.

    Parameters
    ----------
    correction : type
        What a plugin gives as a correction.
    where : str
        Plugin and class, for the message.

    Raises
    ------
    UserError
        With what is wrong.
    """
    check_declared(correction, ImageCorrection, ("label", "imtypes", "ssbsteps", "measures"), where)
    check_parameters(correction.Parameters, Parameters, where)
    _check_inputs(correction, where)
    if correction.planes not in _PLANES:
        raise UserError(f"{where}: planes is {correction.planes!r}; give {' or '.join(_PLANES)}.")
    if not isinstance(correction.suffix, str) or not _SUFFIX.fullmatch(correction.suffix):
        raise UserError(f"{where}: suffix is {correction.suffix!r}; give letters and digits, such as crf.")
    if not isinstance(correction.changes, Set):
        raise UserError(f"{where}: changes is {correction.changes!r}; give a set of mkrefs.api.StatusChange.")
    unknown = [change for change in correction.changes if change not in set(StatusChange)]
    if unknown:
        raise UserError(
            f"{where}: changes has {unknown[0]!r}; give values of mkrefs.api.StatusChange: "
            f"{', '.join(StatusChange)}."
        )


def _check_inputs(cls: type[AnyCreator] | type[ImageCorrection], where: str) -> None:
    if not isinstance(cls.label, str) or not _LABEL.fullmatch(cls.label):
        raise UserError(
            f"{where}: label is {cls.label!r}; give a word of letters, digits, _ and -, as it names "
            "sections, options and folders."
        )
    if cls.label in RUN_FOLDERS:
        raise UserError(
            f"{where}: label is {cls.label!r}, which names a folder that runs have besides those of labels; "
            "give another."
        )
    if not isinstance(cls.same, tuple | list) or not all(isinstance(key, str) for key in cls.same):
        raise UserError(f"{where}: same is {cls.same!r}; give a tuple of FITS keywords.")
    if "*" not in cls.ssbsteps:
        raise UserError(f"{where}: ssbsteps has no entry '*' for the instruments it does not name; add one.")
    try:
        parse_imtypes(cls.imtypes)
    except UserError as error:
        raise UserError(f"{where}: {error}") from error
