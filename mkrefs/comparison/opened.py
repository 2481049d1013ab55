"""Opens a reference file, whoever made it, to be compared: headers at once, images by planes, tables, DQ."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import error as ZlibError  # noqa: N812 - a class, though its name has no capital

import numpy as np
from numpy.typing import NDArray

from mkrefs.comparison.flags import DqMap
from mkrefs.errors import UserError
from mkrefs.instruments.dq import PIXEL_DQ

#: Keywords that tell of the container, or are those of one file alone.
_NOT_COMPARED = frozenset(
    (
        *("SIMPLE", "XTENSION", "BITPIX", "EXTEND", "EXTNAME", "EXTVER", "PCOUNT", "GCOUNT", "GROUPS"),
        *("TFIELDS", "THEAP", "BSCALE", "BZERO", "CHECKSUM", "DATASUM", "DATE", "FILENAME", "HISTORY"),
        *("COMMENT", ""),
    )
)
_NUMBERED = ("NAXIS", "TTYPE", "TFORM", "TUNIT", "TDIM", "TSCAL", "TZERO", "TNULL", "TDISP")
#: Extensions that are read in another way, or repeat what the others hold.
_OTHER_FORM = ("ASDF", "DQ_DEF", "DQ")
#: How the warnings begin by which astropy tells that a file is not whole.
_DAMAGE = ("File may have been truncated", "Error validating header")
_UNREADABLE = (OSError, ValueError, TypeError, KeyError, IndexError, EOFError, ZlibError)
_PLANE = 2
_ALL_BITS = 2**32 - 1

#: Units by reference type and array where headers have no room for them.
_UNITS = {
    ("DARK", "SCI"): "DN",
    ("DARK", "ERR"): "DN",
    ("DARK", "AVDRKCUR"): "DN/s",
    ("DARK", "AVDRKERR"): "DN/s",
}

Slices = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class StoredArray:
    """An image, or a column of numbers of a table, that is read when it is asked for.

    Attributes
    ----------
    shape : tuple of int
        Its axes, rows and columns last.
    unit : str
        Its unit; empty where the file does not tell.
    read : callable
        Takes an index of the array, gives what lies there.
    """

    shape: tuple[int, ...]
    unit: str
    read: Callable[[Any], NDArray[Any]]

    def plane(self, index: tuple[int, ...], where: Slices) -> NDArray[Any]:
        """Read one plane: rows and columns ``where``, at ``index`` of all axes before them."""
        return self.read((*index, *where))


@dataclass(frozen=True, slots=True)
class OpenedReference:
    """A reference file that is open.

    Attributes
    ----------
    name : str
        Its name without folder.
    headers : mapping of str to mapping of str to object
        Values by EXTNAME (``PRIMARY`` for the first) and keyword, without those that tell of the container.
    arrays : mapping of str to StoredArray
        Images by EXTNAME, columns of numbers of tables by EXTNAME and column with a dot between.
    dq : StoredArray or None
        The DQ array.
    definitions : mapping of str to int
        Bits of DQ by the mnemonics of the file's own DQ_DEF; without one, those of the pipeline.
    """

    name: str
    headers: Mapping[str, Mapping[str, Any]]
    arrays: Mapping[str, StoredArray]
    dq: StoredArray | None
    definitions: Mapping[str, int]

    def keyword(self, name: str) -> str:
        """Give a keyword of the first header as text in capitals, empty if it is not there."""
        return str(self.headers["PRIMARY"].get(name, "")).strip().upper()

    def number(self, name: str) -> float | None:
        """Give a keyword of the first header as a number; None if it is none."""
        value = self.headers["PRIMARY"].get(name)
        return float(value) if isinstance(value, int | float) else None

    def flags(self, where: Slices) -> DqMap:
        """Read the flags of rows and columns; a pixel has those that it has in any plane."""
        if self.dq is None:
            raise ValueError(f"{self.name} has no DQ")
        bits: NDArray[np.uint32] | None = None
        for index in np.ndindex(self.dq.shape[:-_PLANE]):
            plane = self.dq.plane(index, where).astype(np.uint32)
            bits = plane if bits is None else bits | plane
        empty = np.zeros((0, 0), np.uint32)
        return DqMap(empty if bits is None else bits, self.definitions)


@contextmanager
def open_reference(path: Path) -> Iterator[OpenedReference]:
    """Open a reference file; its arrays can be read inside the block.

    Parameters
    ----------
    path : Path
        The file; it may be compressed.

    Yields
    ------
    OpenedReference

    Raises
    ------
    UserError
        If it cannot be read as FITS, or is no reference file.
    """
    from astropy.io import fits

    with ExitStack() as stack:
        with _readable(path):
            stream = stack.enter_context(path.open("rb"))
            hdus = stack.enter_context(fits.open(stream, memmap=False, lazy_load_hdus=False))
            opened = _opened(path, hdus)
        yield opened


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Say in a sentence that a file cannot be read."""
    from astropy.io.fits import VerifyError
    from astropy.utils.exceptions import AstropyUserWarning

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for message in _DAMAGE:
                warnings.filterwarnings("error", message, AstropyUserWarning)
            yield
    except (*_UNREADABLE, VerifyError, AstropyUserWarning) as error:
        reason = (error.strerror or "") if isinstance(error, OSError) else ""
        reason = reason or " ".join(str(error).split()).rstrip(".")
        raise UserError(f"{path}: this cannot be read as a reference file in FITS form: {reason}.") from error


def _opened(path: Path, hdus: Any) -> OpenedReference:
    headers: dict[str, Mapping[str, Any]] = {}
    arrays: dict[str, StoredArray] = {}
    for number, hdu in enumerate(hdus):
        name = "PRIMARY" if number == 0 else hdu.name or f"EXTENSION {number}"
        name = f"{name}_{hdu.ver}" if name in headers else name
        if name not in ("ASDF", "DQ_DEF"):
            headers[name] = _compared(hdu.header)
        if name not in _OTHER_FORM and hdu.header.get("NAXIS"):
            arrays |= _image(path, name, hdu, hdus[0]) if hdu.is_image else _columns(name, hdu)
    if not headers.get("PRIMARY", {}).get("REFTYPE"):
        raise UserError(f"{path}: this is no reference file: its header has no REFTYPE.")
    flags = next((hdu for hdu in hdus if hdu.name == "DQ"), None)
    has_flags = flags is not None and flags.is_image and len(flags.shape) >= _PLANE
    return OpenedReference(
        name=path.name,
        headers=headers,
        arrays=arrays,
        dq=_image(path, "DQ", flags, hdus[0])["DQ"] if has_flags else None,
        definitions=_definitions(hdus["DQ_DEF"].data) if "DQ_DEF" in hdus else PIXEL_DQ,
    )


def _compared(header: Any) -> dict[str, Any]:
    return {
        keyword: value if isinstance(value := header[keyword], bool | int | float | str) else str(value)
        for keyword in dict.fromkeys(header)
        if keyword not in _NOT_COMPARED and keyword.rstrip("0123456789") not in _NUMBERED
    }


def _image(path: Path, name: str, hdu: Any, primary: Any) -> dict[str, StoredArray]:
    def read(index: Any) -> NDArray[Any]:
        with _readable(path):
            return np.asarray(hdu.section[index])

    usual = _UNITS.get((str(primary.header.get("REFTYPE")).strip().upper(), name), "")
    unit = hdu.header.get("BUNIT") or primary.header.get("BUNIT") or usual
    return {name: StoredArray(tuple(hdu.shape), str(unit).strip(), read)}


def _columns(name: str, hdu: Any) -> dict[str, StoredArray]:
    columns = {}
    for column in hdu.columns:
        values = np.asarray(hdu.data[column.name])
        if values.dtype.kind in "iuf":
            columns[f"{name}.{column.name}"] = StoredArray(
                values.shape, str(column.unit or ""), values.__getitem__
            )
    return columns


def _definitions(table: Any) -> dict[str, int]:
    """Read DQ_DEF; a mnemonic that stands there twice has the bits of both rows.

    Columns of signed numbers hold bit 31 as a negative one.
    """
    found: dict[str, int] = {}
    for row in table:
        name = str(row["NAME"]).strip()
        found[name] = found.get(name, 0) | (int(row["VALUE"]) & _ALL_BITS)
    return found
