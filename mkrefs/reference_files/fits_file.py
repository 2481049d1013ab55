"""Writes the content of a reference file through its data model, whole or not at all, and reads it back."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mkrefs.contract.reference_data import ReferenceData
from mkrefs.errors import UserError
from mkrefs.instruments.reference_types import REFERENCE_TYPES
from mkrefs.reference_files.dq_table import decode_flags, encode_flags
from mkrefs.reference_files.header import HEADER_KEYWORDS, ReferenceHeader, header_values
from mkrefs.reference_files.mapped_images import mapped_images
from mkrefs.storage.atomic import atomic_write

#: Where in a data model the maker of a file may say something, and values that only a maker gives.
_SAID_BY_MAKER = ("meta.bunit_data", "meta.exposure.", "meta.instrument.", "meta.subarray.")
_FOR_ALL = ("ANY", "N/A", "GENERIC")


def write_reference_file(path: Path, data: ReferenceData, header: ReferenceHeader) -> None:
    """Write one reference file, validated strictly against its schema.

    Parameters
    ----------
    path : Path
        The file to make.
    data : ReferenceData
        Its content.
    header : ReferenceHeader
        Its header.

    Raises
    ------
    UserError
        If the content does not fit the reference type's schema.
    """
    from asdf.exceptions import ValidationError

    model = _new_model(header)
    try:
        _fill_header(model, header, data)
        _fill_arrays(model, data, header.reftype)
        for line in header.history:
            model.add_history_entry(line)
        with atomic_write(path) as temporary:
            model.save(str(temporary))
    except (ValidationError, ValueError, AttributeError) as error:
        raise UserError(
            f"{path.name}: the content does not fit the schema of reference type '{header.reftype}': "
            f"{_first_lines(error)}"
        ) from error
    finally:
        model.close()


def read_reference_file(path: Path, reftype: str, *, mapped: bool = False) -> ReferenceData:
    """Read back a reference file that mkrefs wrote.

    Parameters
    ----------
    path : Path
        The file.
    reftype : str
        Its reference type, which tells the names of its arrays.
    mapped : bool
        Whether large images are only mapped into memory: see `mkrefs.reference_files.mapped_images`.

    Returns
    -------
    ReferenceData
        Arrays, flags, extensions, and the metadata that its maker set; the history stays in the file.

    Raises
    ------
    UserError
        If it cannot be read.
    """
    from stdatamodels.jwst import datamodels

    try:
        images = mapped_images(path) if mapped else {}
        with datamodels.open(path) as model:
            arrays = {
                name: images[place] if place in images else np.array(getattr(model, name))
                for name, place in _array_names(model).items()
            }
            flags = {}
            if REFERENCE_TYPES[reftype].has_dq and model.hasattr("dq_def"):
                flags = decode_flags(np.array(model.dq), np.array(model.dq_def))
            return ReferenceData(
                arrays=arrays,
                flags=flags,
                metadata=_metadata(model),
                extensions=_read_extensions(model, images),
            )
    except OSError as error:
        raise UserError(f"{path} cannot be read as a reference file: {error}.") from error


def _first_lines(error: Exception) -> str:
    """Give what a validation error says before it quotes the schema."""
    return " ".join(str(error).split("\n\n")[0].split())


def _new_model(header: ReferenceHeader) -> Any:
    from stdatamodels.jwst import datamodels

    reftype = REFERENCE_TYPES[header.reftype]
    model_class = getattr(datamodels, reftype.model_for(header.metadata.instrument))
    return model_class(strict_validation=True)


def _fill_header(model: Any, header: ReferenceHeader, data: ReferenceData) -> None:
    for keyword, value in header_values(header).items():
        if value is None or (isinstance(value, float) and math.isnan(value)):
            continue
        for path in model.find_fits_keyword(keyword):
            model[path] = value
    for path, value in data.metadata.items():
        try:
            model[f"meta.{path}"] = value
        except KeyError as error:
            raise ValueError(f"it has no metadata 'meta.{path}'") from error
    if "err" in data.arrays and "bunit_data" in data.metadata:
        model["meta.bunit_err"] = data.metadata["bunit_data"]


def _fill_arrays(model: Any, data: ReferenceData, reftype: str) -> None:
    known = [name for name, schema in model.schema.get("properties", {}).items() if "fits_hdu" in schema]
    for name, array in data.arrays.items():
        if known and name not in known:
            raise ValueError(f"it has no array '{name}'; allowed are {', '.join(known)}")
        setattr(model, name, array)
    if data.flags and not REFERENCE_TYPES[reftype].has_dq:
        raise ValueError("the type has no DQ array, but bad pixels were flagged")
    if data.flags:
        model.dq, model.dq_def = encode_flags(data.flags)
    if data.extensions:
        model.extra_fits = {name: _extension(name, array, data) for name, array in data.extensions.items()}


def _extension(name: str, array: Any, data: ReferenceData) -> dict[str, Any]:
    unit = data.metadata.get("bunit_data") if name == "ERR" else None
    return {"data": array, "header": [["BUNIT", unit, "unit of the data"]] if unit else []}


def _array_names(model: Any) -> dict[str, str]:
    """Name the arrays of a model that are images, not the DQ array and tables, and their extensions."""
    names = {}
    for name, schema in model.schema.get("properties", {}).items():
        is_image = "fits_hdu" in schema and isinstance(schema.get("datatype"), str)
        if is_image and name != "dq" and model.hasattr(name):
            names[name] = str(schema["fits_hdu"])
    return names


def _metadata(model: Any) -> dict[str, Any]:
    """Give what the maker of a file said of it, apart from what comes from exposures and parameters."""
    # A dark may have other groups than the exposures it is made from.
    keywords = [keyword for keyword in HEADER_KEYWORDS if keyword != "NGROUPS"]
    from_exposure = {path for keyword in keywords for path in model.find_fits_keyword(keyword)}
    return {
        path.removeprefix("meta."): value
        for path, value in model.to_flat_dict(include_arrays=False).items()
        if path.startswith(_SAID_BY_MAKER) and (path not in from_exposure or value in _FOR_ALL)
    }


def _read_extensions(model: Any, images: Mapping[str, Any]) -> dict[str, Any]:
    if not model.hasattr("extra_fits"):
        return {}
    entries = {name: entry for name, entry in model.extra_fits.instance.items() if "data" in entry}
    return {
        name: images[name] if name in images else np.array(entry["data"]) for name, entry in entries.items()
    }
