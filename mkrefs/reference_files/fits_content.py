"""Reads all that a reference file holds as FITS keeps it, whatever made it: headers, arrays, named flags."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.errors import UserError

#: Keywords that tell of the container, or are those of one file alone.
_NOT_COMPARED = frozenset(
    (
        *("SIMPLE", "XTENSION", "BITPIX", "EXTEND", "EXTNAME", "EXTVER", "PCOUNT", "GCOUNT", "GROUPS"),
        *("TFIELDS", "THEAP", "BSCALE", "BZERO", "CHECKSUM", "DATASUM", "DATE", "FILENAME", "HISTORY"),
        *("COMMENT", ""),
    )
)
_NUMBERED = ("NAXIS", "TTYPE", "TFORM", "TUNIT", "TDIM", "TSCAL", "TZERO", "TNULL", "TDISP")
_OTHER_FORM = ("ASDF", "DQ_DEF")


@dataclass(frozen=True, slots=True)
class FitsContent:
    """What a reference file holds.

    Attributes
    ----------
    headers : mapping of str to mapping of str to object
        Values by EXTNAME (``PRIMARY`` for the first) and keyword, without those that tell of the container.
    arrays : mapping of str to ndarray
        Images by EXTNAME, columns of numbers of tables by EXTNAME and column with a dot between.
    flags : mapping of str to ndarray of bool
        Bad-pixel maps by the mnemonics of the file's own DQ_DEF.
    """

    headers: Mapping[str, Mapping[str, Any]]
    arrays: Mapping[str, NDArray[Any]]
    flags: Mapping[str, NDArray[np.bool_]]

    def keyword(self, name: str) -> str:
        """Give a keyword of the first header as text in capitals, empty if it is not there."""
        return str(self.headers["PRIMARY"].get(name, "")).strip().upper()


def read_fits_content(path: Path) -> FitsContent:
    """Read a reference file.

    Raises
    ------
    UserError
        If it cannot be read as FITS.
    """
    from astropy.io import fits

    headers: dict[str, Mapping[str, Any]] = {}
    arrays: dict[str, NDArray[Any]] = {}
    try:
        with fits.open(path, memmap=False) as hdus:
            for number, hdu in enumerate(hdus):
                name = hdu.name or f"EXTENSION {number}"
                if name not in _OTHER_FORM:
                    headers[name] = _compared(hdu.header)
                    arrays |= _arrays(name, hdu)
            flags = _flags(hdus["DQ_DEF"].data, arrays.pop("DQ")) if _has_flags(hdus) else {}
    except (OSError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: this cannot be read as a reference file in FITS form: {reason}.") from error
    return FitsContent(headers, arrays, flags)


def read_primary_keyword(path: Path, keyword: str) -> str:
    """Read a keyword in capitals; empty where the file does not tell or is not in FITS form."""
    from astropy.io import fits

    try:
        return str(fits.getheader(path).get(keyword, "")).strip().upper()
    except (OSError, ValueError):
        return ""


def _compared(header: Any) -> dict[str, Any]:
    return {
        keyword: value if isinstance(value := header[keyword], bool | int | float | str) else str(value)
        for keyword in dict.fromkeys(header)
        if keyword not in _NOT_COMPARED and keyword.rstrip("0123456789") not in _NUMBERED
    }


def _arrays(name: str, hdu: Any) -> dict[str, NDArray[Any]]:
    if hdu.data is None:
        return {}
    if hdu.data.dtype.names is None:
        return {name: np.asarray(hdu.data)}
    columns = {f"{name}.{column}": np.asarray(hdu.data[column]) for column in hdu.data.dtype.names}
    return {column: values for column, values in columns.items() if values.dtype.kind in "iuf"}


def _has_flags(hdus: Any) -> bool:
    return "DQ" in hdus and "DQ_DEF" in hdus and hdus["DQ"].is_image


def _flags(table: Any, dq: NDArray[np.integer]) -> dict[str, NDArray[np.bool_]]:
    """Give the maps by mnemonic, as the file's own table declares them."""
    bits = dq.astype(np.uint32)
    return {str(row["NAME"]).strip(): (bits & np.uint32(row["VALUE"])) != 0 for row in table}
