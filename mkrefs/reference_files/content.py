"""What a plugin's creator or combiner may give back: content of the declared kind, shape and type."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.contract.figures import Figure
from mkrefs.contract.reference_data import ReferenceData
from mkrefs.errors import UserError
from mkrefs.instruments.irs2 import IRS2_SHAPE, is_irs2

#: Types whose arrays are no maps of a detector's pixels.
NO_MAPS = frozenset(("emicorr", "ipc", "refpix", "rscd", "sirskernel", "trappars"))
#: What the name of a figure is made of; it becomes part of a file's name.
_FIGURE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_BLAME = "this is an error of the plugin, which only its author can mend."


def content_from_plugin(
    make: Callable[[], object], *, maker: str, reftype: str, metadata: ExposureMetadata
) -> ReferenceData:
    """Have a plugin make the content of a reference file, and hold it to its contract.

    Parameters
    ----------
    make : callable
        Calls the creator or combiner.
    maker : str
        Its name and where it comes from, for messages.
    reftype : str
        The reference type.
    metadata : ExposureMetadata
        Of the exposures: the size of the detector or subarray.

    Returns
    -------
    ReferenceData
        What it gave.

    Raises
    ------
    UserError
        If it ends the process, gives something else, or content that no file may have: none, arrays without
        a finite value, or maps of another shape than the exposures.
    """
    try:
        made = make()
    except SystemExit as error:
        raise UserError(
            f"{maker}: it called sys.exit({error.code!r}) instead of raising mkrefs.api.UserError; {_BLAME}"
        ) from error
    if not isinstance(made, ReferenceData):
        raise UserError(f"{maker}: it gave {_kind(made)} instead of mkrefs.api.ReferenceData; {_BLAME}")
    for fault in _faults(made, reftype, metadata):
        raise UserError(f"{maker}: {fault}")
    return made


def _faults(made: ReferenceData, reftype: str, metadata: ExposureMetadata) -> Iterator[str]:
    if not made.arrays and not made.flags:
        yield f"it gave neither arrays nor flags; {_BLAME}"
    maps: list[tuple[str, Any]] = [(f"array '{name}'", array) for name, array in made.arrays.items()]
    maps += [(f"map of {name}", flags) for name, flags in made.flags.items()]
    for name, values in maps:
        if not isinstance(values, np.ndarray):
            yield f"its {name} is {_kind(values)}, not a numpy array; {_BLAME}"
        elif values.dtype.names is None and values.dtype.kind not in "biuf":
            yield f"its {name} holds values of type {values.dtype}, not real numbers; {_BLAME}"
        elif values.size == 0 or (values.dtype.kind == "f" and not _any_finite(values)):
            yield f"the {name} holds no finite value; the inputs give no result."
        elif reftype not in NO_MAPS:
            yield from _shape_faults(name, values.shape, metadata)
    for name, figure in made.figures.items():
        if not _FIGURE_NAME.fullmatch(name):
            yield f"its figure {name!r} has a name that is no word of letters, digits, _ and -; {_BLAME}"
        if not isinstance(figure, Figure):
            yield f"its figure {name!r} is {_kind(figure)}, not one of mkrefs.api.Figure; {_BLAME}"


def _any_finite(values: NDArray[np.floating[Any]]) -> bool:
    """Look at plane after plane: most often the first tells."""
    planes = values if values.ndim > 2 else (values,)
    return any(bool(np.isfinite(plane).any()) for plane in planes)


def _shape_faults(name: str, shape: tuple[int, ...], metadata: ExposureMetadata) -> Iterator[str]:
    size = (metadata.ysize, metadata.xsize)
    allowed = [size, IRS2_SHAPE] if is_irs2(metadata.readpatt) else [size]
    if shape[-2:] not in allowed:
        yield f"its {name} has the shape {shape}, but the exposures have {size} pixels; {_BLAME}"


def _kind(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"
