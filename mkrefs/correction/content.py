"""What a correction may give back: changes of images it was given, of the declared kind, shape and type."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.figures import Figure
from mkrefs.contract.image_correction import CorrectedImage, CorrectedImages
from mkrefs.correction.report import json_value
from mkrefs.errors import UserError
from mkrefs.images.fits_image import ARRAYS, FitsImage
from mkrefs.images.padding import padded_shape

BLAME = "this is an error of the plugin, which only its author can mend."
#: What the name of a figure is made of; it becomes part of a file's name.
_FIGURE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_NAMES = tuple(ARRAYS.values())
_ALL_FLAGS = np.iinfo(np.uint32).max


def corrections_from_plugin(
    make: Callable[[], object], *, maker: str, images: Mapping[str, FitsImage]
) -> CorrectedImages:
    """Have a plugin correct images, and hold what it gives to its contract.

    Parameters
    ----------
    make : callable
        Calls the correction.
    maker : str
        Its name and where it comes from, for messages.
    images : mapping of str to FitsImage
        What it was given, by role.

    Returns
    -------
    CorrectedImages
        What it gave.

    Raises
    ------
    UserError
        If it ends the process, gives something else, or what no image may have: other images, arrays of
        another shape or type, metadata that are no values.
    """
    try:
        made = make()
    except SystemExit as error:
        raise UserError(
            f"{maker}: it called sys.exit({error.code!r}) instead of raising mkrefs.api.UserError; {BLAME}"
        ) from error
    if not isinstance(made, CorrectedImages):
        raise UserError(f"{maker}: it gave {_kind(made)} instead of mkrefs.api.CorrectedImages; {BLAME}")
    for fault in _faults(made, images):
        raise UserError(f"{maker}: {fault}; {BLAME}")
    return made


def _faults(made: CorrectedImages, images: Mapping[str, FitsImage]) -> Iterator[str]:
    yield from (f"it gave {fault}" for fault in _no_mappings(made, "images", "results", "figures"))
    for role, corrected in made.images.items():
        if role not in images:
            yield f"it gave an image '{role}', and was given {', '.join(images)}"
        elif not isinstance(corrected, CorrectedImage):
            yield f"its image {role} is {_kind(corrected)}, not a mkrefs.api.CorrectedImage"
        elif found := list(_field_faults(corrected)):
            yield from (f"its image {role} has {fault}" for fault in found)
        else:
            faults = (*_geometry_faults(corrected), *_value_faults(corrected))
            yield from (f"its image {role} has {fault}" for fault in faults)
            yield from (f"its image {role} has {fault}" for fault in _array_faults(corrected, images[role]))
    for name, figure in made.figures.items():
        if not _FIGURE_NAME.fullmatch(name):
            yield f"its figure {name!r} has a name that is no word of letters, digits, _ and -"
        if not isinstance(figure, Figure):
            yield f"its figure {name!r} is {_kind(figure)}, not one of mkrefs.api.Figure"
    yield from (f"it has {fault}" for fault in _text_faults(made.history, made.warnings))
    if not _is_json(made.results):
        yield "its results are no values that JSON can hold"


def _field_faults(corrected: CorrectedImage) -> Iterator[str]:
    """Find fields that are not of the kind that they are declared as."""
    yield from _no_mappings(corrected, "arrays", "metadata", "results")
    for name in ("shift", "pad", "history"):
        value = getattr(corrected, name)
        if not isinstance(value, Sequence | np.ndarray):
            yield f"{_kind(value)} as its {name}, not a tuple"


def _no_mappings(given: CorrectedImages | CorrectedImage, *names: str) -> Iterator[str]:
    for name in names:
        value = getattr(given, name)
        if not isinstance(value, Mapping):
            yield f"{_kind(value)} as its {name}, not a mapping"


def _geometry_faults(corrected: CorrectedImage) -> Iterator[str]:
    numbers = all(isinstance(each, Real) and math.isfinite(each) for each in corrected.shift)
    if len(corrected.shift) != 2 or not numbers:
        yield f"the shift {corrected.shift!r}, not two finite numbers"
    whole = all(isinstance(each, int | np.integer) and each >= 0 for each in corrected.pad)
    if len(corrected.pad) != 4 or not whole:
        yield f"the pad {corrected.pad!r}, not four numbers of pixels"


def _array_faults(corrected: CorrectedImage, image: FitsImage) -> Iterator[str]:
    for name, array in corrected.arrays.items():
        if name not in _NAMES:
            yield f"an array '{name}', and only {', '.join(_NAMES)} are known"
        elif not isinstance(array, np.ndarray):
            yield f"{_kind(array)} as its {name}, not a numpy array"
        elif isinstance(array, np.ma.MaskedArray):
            yield f"a masked array as its {name}, whose mask no image can hold"
        else:
            before = image.shapes.get(name, image.shape)
            wanted = padded_shape(before, corrected.pad)
            if array.shape != wanted:
                yield f"{name} of shape {array.shape} where {wanted} is needed ({before} and the pad)"
            if array.dtype.kind not in ("ui" if name == "dq" else "f"):
                kind = "whole numbers" if name == "dq" else "floating point"
                yield f"{name} of type {array.dtype}, which is not {kind}"
            elif name == "dq" and not _fits_flags(array):
                yield "values in dq that 32 bits without a sign do not hold"


def _value_faults(corrected: CorrectedImage) -> Iterator[str]:
    for path, value in corrected.metadata.items():
        plain = isinstance(value, str | bool | int | float | np.bool_ | np.integer | np.floating)
        if not isinstance(path, str):
            yield f"metadata named {path!r}, which is no path below meta"
        elif not plain or (isinstance(value, float | np.floating) and not math.isfinite(value)):
            yield f"the metadata '{path}' = {value!r}, which is no text or finite number"
    if not _is_json(corrected.results):
        yield "results that are no values that JSON can hold"
    yield from _text_faults(corrected.history)


def _text_faults(*texts: tuple[str, ...]) -> Iterator[str]:
    for lines in texts:
        if not isinstance(lines, tuple | list) or not all(isinstance(line, str) for line in lines):
            yield f"{lines!r} where a tuple of texts is needed"


def _fits_flags(array: NDArray[Any]) -> bool:
    return array.dtype == np.uint32 or bool(((array >= 0) & (array <= _ALL_FLAGS)).all())


def _is_json(value: object) -> bool:
    try:
        json.dumps(json_value(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _kind(value: Any) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"
