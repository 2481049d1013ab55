"""Loads a reference file as the pipeline and its users do, and tells what came of it."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mkrefs.instruments.irs2 import IRS2_SHAPE, is_irs2
from mkrefs.instruments.reference_types import REFERENCE_TYPES
from mkrefs.instruments.subarrays import SUBARRAYS
from mkrefs.reference_files.content import NO_MAPS


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a reference file gives when it is loaded.

    Attributes
    ----------
    model : str
        Data model of its type for its instrument.
    opened_as : str
        What ``datamodels.open`` makes of it.
    arrays : tuple of (str, tuple of int, str)
        Name, shape and type of each array and table of the schema that the file holds.
    absent : tuple of str
        Arrays and tables of the schema that it does not hold.
    problems : tuple of str
        What is wrong; empty if it can be used.
    """

    model: str
    opened_as: str = ""
    arrays: tuple[tuple[str, tuple[int, ...], str], ...] = ()
    absent: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def load_as_users_do(path: Path, reftype: str, instrument: str) -> Loaded:
    """Load a reference file with strict validation in the model of its type, and without in any that fits.

    Parameters
    ----------
    path : Path
        The file.
    reftype : str
        Its reference type.
    instrument : str
        As INSTRUME spells it; decides the model.

    Returns
    -------
    Loaded
        A file that cannot be read, or does not fit its schema, has that among its problems.
    """
    from asdf.exceptions import ValidationError
    from stdatamodels.jwst import datamodels

    model_class = getattr(datamodels, REFERENCE_TYPES[reftype].model_for(instrument))
    name = model_class.__name__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is invalid is an error when validation is strict
        try:
            with model_class(path, strict_validation=True) as model:
                model.validate()
                arrays, absent = _arrays(model)
                problems = [*_missing(model, absent), *_wrong_shapes(model, reftype, arrays)]
            with datamodels.open(path) as opened:
                opened_as = type(opened).__name__
                if not isinstance(opened, model_class):
                    problems.append(f"datamodels.open takes it for {opened_as}, not for {name}")
        except (ValidationError, ValueError, TypeError, OSError) as error:
            reason = " ".join(str(error).split("\n\n")[0].split())
            return Loaded(name, problems=(f"it does not load as {name}: {reason}",))
    return Loaded(name, opened_as, arrays, absent, tuple(problems))


def _arrays(model: Any) -> tuple[tuple[tuple[str, tuple[int, ...], str], ...], tuple[str, ...]]:
    """Load every array and table of the schema that the file holds; name the others."""
    names = [name for name, schema in model.schema.get("properties", {}).items() if "fits_hdu" in schema]
    held = [name for name in names if model.hasattr(name)]
    arrays = []
    for name in held:
        array = getattr(model, name)
        arrays.append((name, tuple(array.shape), "table" if array.dtype.names else array.dtype.name))
    return tuple(arrays), tuple(name for name in names if name not in held)


def _missing(model: Any, absent: tuple[str, ...]) -> Iterator[str]:
    yield from (f"it holds no {name}" for name in absent if name == model.get_primary_array_name())


def _wrong_shapes(
    model: Any, reftype: str, arrays: tuple[tuple[str, tuple[int, ...], str], ...]
) -> Iterator[str]:
    keywords = ("DETECTOR", "SUBARRAY", "SUBSIZE1", "SUBSIZE2", "READPATT")
    detector, subarray, columns, rows, readpatt = (_value(model, keyword) for keyword in keywords)
    if reftype in NO_MAPS or None in (columns, rows):
        return
    sizes = [(rows, columns), *([IRS2_SHAPE] if is_irs2(str(readpatt)) else [])]
    named = SUBARRAYS.get(str(detector), {}).get(str(subarray))
    if named is not None and (named.xsize, named.ysize) != (columns, rows):
        yield (
            f"SUBARRAY {subarray} has {named.xsize} x {named.ysize} pixels, "
            f"SUBSIZE1 and SUBSIZE2 say {columns} x {rows}"
        )
    for name, shape, kind in arrays:
        if kind != "table" and shape[-2:] not in sizes:
            yield f"{name} has {shape[-1]} x {shape[-2]} pixels, its subarray {columns} x {rows}"


def _value(model: Any, keyword: str) -> Any:
    """Read a keyword that the model of a type may or may not have room for."""
    paths = model.find_fits_keyword(keyword)
    return model[paths[0]] if paths else None
