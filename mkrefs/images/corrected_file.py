"""Writes a corrected image: a file like that of the image it came from but for what was corrected."""

import textwrap
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from mkrefs.contract.image_correction import CorrectedImage
from mkrefs.errors import UserError
from mkrefs.images.copied_file import Copy, plan_copy
from mkrefs.images.fits_image import ARRAYS
from mkrefs.images.models import open_model
from mkrefs.images.moved_wcs import move_wcs
from mkrefs.images.padding import Pad, padded, padded_shape
from mkrefs.stacks import side_by_side

_CARD = 72
#: Extensions and keywords that are made anew for each file, and those that a shift or a path changes.
_OF_THE_FILE = ("ASDF",)
_OF_THE_FORMAT = ("CHECKSUM", "DATASUM", "COMMENT", "HISTORY", "")
_EXTENSIONS = {name: extension for extension, name in ARRAYS.items()}
_ANEW = frozenset({"DATE", "FILENAME", "DATAMODL", "CRPIX1", "CRPIX2", "R_FLAT"})


@dataclass(frozen=True, slots=True)
class CorrectedFile:
    """A corrected image to be written.

    Attributes
    ----------
    source : Path
        The image that was corrected.
    output : Path
        The file to make.
    corrected : CorrectedImage
        What changes.
    history : sequence of str
        Lines added to HISTORY.
    """

    source: Path
    output: Path
    corrected: CorrectedImage
    history: Sequence[str]


def write_corrected(files: Iterable[CorrectedFile]) -> None:
    """Write corrected images, side by side those that differ from their sources by arrays and cards alone.

    Arrays that are not given, header and WCS are those of the source. A `shift` moves the WCS, gwcs and
    CRPIX1 and CRPIX2; a `pad` also the arrays. The region on the sky that S_REGION tells is that of the
    pixels with light and stays, as do SUBSTRT1, SUBSTRT2, SUBSIZE1 and SUBSIZE2: those of the read-out.
    A path in R_FLAT that starts from the folder of the source becomes absolute.

    Parameters
    ----------
    files : iterable of CorrectedFile
        The files.

    Raises
    ------
    UserError
        If a source cannot be opened, metadata do not fit its data model, or a file cannot be written.
    """
    copies = []
    for file in files:
        lines = header_lines(file.history)
        copy = _copy(file, lines)
        if copy is None:
            _write_model(file, lines)
        else:
            copies.append(copy)
    side_by_side(Copy.write, copies)


def _write_model(file: CorrectedFile, lines: Sequence[str]) -> None:
    """Write an image through its data model."""
    source, corrected = file.source, file.corrected
    with open_model(source) as model:
        _drop_empty_cards(model)
        shape = tuple(model.data.shape)
        if any(corrected.pad):
            _pad(model, corrected.pad, shape)
        for name, array in corrected.arrays.items():
            setattr(model, name, np.array(array, dtype=np.uint32 if name == "dq" else np.float32))
        left, _, bottom, _ = corrected.pad
        by = (corrected.shift[0] + left, corrected.shift[1] + bottom)
        if any((*by, *corrected.pad)):
            move_wcs(model, by, shape, padded_shape(shape, corrected.pad))
        _keep_flat(model, source)
        _set_metadata(model, corrected.metadata, file.output)
        for line in lines:
            model.add_history_entry(line)
        model.save(str(file.output))
        _restore(source, file.output, _ANEW | {_keyword(model, path) for path in corrected.metadata})


def _copy(file: CorrectedFile, history: Sequence[str]) -> Copy | None:
    """Plan the image as a copy of a file that a data model wrote; None if that cannot be done."""
    source, output, corrected = file.source, file.output, file.corrected
    if any((*corrected.shift, *corrected.pad)):
        return None
    header = fits.getheader(source)
    kind, flat = str(header.get("DATAMODL", "")), str(header.get("R_FLAT", ""))
    cards = _cards(kind, corrected.metadata, output) if kind else None
    if cards is None:
        return None
    cards |= {"FILENAME": (output.name, "Name of the file"), "DATE": (_now(), "UTC date file created")}
    if moved := _moved_flat(flat, source):
        cards["R_FLAT"] = (moved, "")
    arrays = {
        _EXTENSIONS[name]: np.asarray(array, dtype=np.uint32 if name == "dq" else np.float32)
        for name, array in corrected.arrays.items()
    }
    return plan_copy(source, output, arrays, cards, history)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")


def _cards(kind: str, metadata: Mapping[str, Any], output: Path) -> dict[str, tuple[Any, str]] | None:
    """Give metadata as cards of the primary header; None if the model does not keep all of them there."""
    if not metadata:
        return {}
    from stdatamodels.jwst import datamodels

    made = getattr(datamodels, kind, None)
    if made is None:
        return None
    cards = {}
    with made() as model:
        _set_metadata(model, metadata, output)
        for path in metadata:
            node = _schema_node(model, path)
            if "fits_keyword" not in node or node.get("fits_hdu", "PRIMARY") != "PRIMARY":
                return None
            cards[str(node["fits_keyword"])] = (model[f"meta.{path}"], str(node.get("title", "")))
    return cards


def header_lines(history: Sequence[str]) -> tuple[str, ...]:
    """Break lines so that each fits a HISTORY card; what is no printable ASCII becomes a question mark."""
    lines = [line for text in history for line in text.splitlines()]
    wrapped = (textwrap.wrap(line, _CARD, subsequent_indent="    ", break_on_hyphens=False) for line in lines)
    return tuple(_printable(line) for each in wrapped for line in each)


def _printable(line: str) -> str:
    return "".join(letter if " " <= letter <= "~" else "?" for letter in line)


def _pad(model: Any, pad: Pad, shape: tuple[int, ...]) -> None:
    """Pad all arrays of a model that lie over its image."""
    for name, schema in model.schema["properties"].items():
        if isinstance(schema.get("datatype"), str) and "fits_hdu" in schema and model.hasattr(name):
            array = np.array(getattr(model, name))
            if array.shape[-2:] == shape[-2:]:
                setattr(model, name, padded(array, pad, flags=name == "dq"))
    further = model.extra_fits.instance if model.hasattr("extra_fits") else {}
    for entry in further.values():
        array = np.asarray(entry.get("data", ()))
        if array.dtype.names is None and array.ndim > 1 and array.shape[-2:] == shape[-2:]:
            entry["data"] = padded(array, pad)


def _drop_empty_cards(model: Any) -> None:
    """Take cards without a value out of a model that cannot save them; they are put back into the file."""
    further = model.extra_fits.instance if model.hasattr("extra_fits") else {}
    for entry in further.values():
        if "header" in entry:
            cards = entry["header"]
            entry["header"] = [card for card in cards if not isinstance(card[1], fits.card.Undefined)]


def _keyword(model: Any, path: str) -> str:
    """Give the FITS keyword of metadata; empty for those that have none."""
    return str(_schema_node(model, path).get("fits_keyword", ""))


def _schema_node(model: Any, path: str) -> Mapping[str, Any]:
    """Give what the schema says of metadata; empty for those it does not know."""
    node: Mapping[str, Any] = model.schema
    for part in ("meta", *path.split(".")):
        node = node.get("properties", {}).get(part, {})
    return node


def _keep_flat(model: Any, source: Path) -> None:
    """Have the name of the flat field, where it is a path from the folder of the source, still lead there."""
    if moved := _moved_flat(model.meta.ref_file.flat.name, source):
        model.meta.ref_file.flat.name = moved


def _moved_flat(name: str | None, source: Path) -> str:
    """Give the absolute path of a flat field named by a path from the folder of the source; empty if not."""
    here = name and not Path(name).is_absolute() and (source.parent / name).is_file()
    return str((source.parent / name).absolute()) if name and here else ""


def _set_metadata(model: Any, metadata: Mapping[str, Any], output: Path) -> None:
    from stdatamodels.exceptions import ValidationWarning

    with warnings.catch_warnings():
        warnings.simplefilter("error", ValidationWarning)
        for path, value in metadata.items():
            try:
                model[f"meta.{path}"] = value.item() if isinstance(value, np.generic) else value
            except (KeyError, ValidationWarning) as error:
                reason = " ".join(str(error).split("\n\n")[0].split())
                raise UserError(
                    f"{output.name}: the correction sets the metadata '{path}' to {value!r}, which the data "
                    f"model does not allow ({reason}); this is an error of the plugin."
                ) from error


def _restore(source: Path, copy: Path, changed: Collection[str]) -> None:
    """Put back what the data model lost: values it does not allow, extensions that it does not know."""
    with fits.open(source, memmap=False) as before, fits.open(copy, mode="update", memmap=False) as after:
        there = {_key(hdu): place for place, hdu in enumerate(after) if place}
        names = Counter(_key(hdu)[0] for hdu in before)
        for hdu in before[1:]:
            if _key(hdu)[0] in _OF_THE_FILE:
                continue
            if _key(hdu) not in there:
                after.append(hdu.copy())
            elif names[_key(hdu)[0]] > 1 or _is_beside(hdu, after[there[_key(hdu)]]):
                after[there[_key(hdu)]] = hdu.copy()
            else:
                _restore_cards(hdu.header, after[there[_key(hdu)]].header, changed)
                _restore_history(hdu.header, after[there[_key(hdu)]].header)
        _restore_cards(before[0].header, after[0].header, changed)


def _is_beside(before: Any, after: Any) -> bool:
    """Tell whether an extension is an image of another kind that was not padded."""
    images = isinstance(before, fits.ImageHDU) and isinstance(after, fits.ImageHDU)
    return images and _key(before)[0] not in ARRAYS and before.shape == after.shape


def _restore_cards(before: fits.Header, after: fits.Header, changed: Collection[str]) -> None:
    from stdatamodels.fits_support import is_builtin_fits_keyword

    for card in before.cards:
        if card.keyword in _OF_THE_FORMAT or is_builtin_fits_keyword(card.keyword):
            continue
        if card.keyword not in after:
            after.append(card, end=True)
        elif card.keyword not in changed and card.value != after.cards[card.keyword].value:
            after[card.keyword] = card.value


def _restore_history(before: fits.Header, after: fits.Header) -> None:
    """Put back the HISTORY of an extension; that of the primary header the data model keeps."""
    for line in before.get("HISTORY", ()):
        after.add_history(line)


def _key(hdu: Any) -> tuple[str, int]:
    """Give name and version of an extension; names in small letters are the same names."""
    return hdu.name.upper(), hdu.ver
