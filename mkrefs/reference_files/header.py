"""The header of a reference file: what its data model has room for, from exposure and parameters."""

from dataclasses import dataclass
from typing import Any

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.contract.parameters import ReferenceParameters
from mkrefs.instruments.exposure_header import FIELDS


@dataclass(frozen=True, slots=True)
class ReferenceHeader:
    """What goes into the header of a reference file.

    Attributes
    ----------
    reftype : str
        CRDS reference type.
    metadata : ExposureMetadata
        Of an exposure the file was made from.
    parameters : ReferenceParameters
        Author, description, pedigree, useafter, and what overrides the exposure's subarray and readpatt.
    history : tuple of str
        Lines of HISTORY.
    """

    reftype: str
    metadata: ExposureMetadata
    parameters: ReferenceParameters
    history: tuple[str, ...]


#: Keywords that tell of the exposures a file is made from; when these were taken is not said.
HEADER_KEYWORDS = tuple(keyword for keyword in FIELDS if keyword not in ("DATE-OBS", "TIME-OBS"))


def header_values(header: ReferenceHeader) -> dict[str, Any]:
    """Give the header's values by FITS keyword; those the data model has no room for are left out there."""
    exposure, parameters = header.metadata, header.parameters
    return {
        "TELESCOP": "JWST",
        "REFTYPE": header.reftype.upper(),
        "AUTHOR": parameters.author,
        "DESCRIP": parameters.description,
        "PEDIGREE": parameters.pedigree,
        "USEAFTER": parameters.useafter.replace(" ", "T"),
        **{keyword: getattr(exposure, FIELDS[keyword]) for keyword in HEADER_KEYWORDS},
        **_read_patterns(parameters.readpatt or exposure.readpatt, exposure.readpatt),
        "SUBARRAY": parameters.subarray or exposure.subarray,
    }


def _read_patterns(filed: str, read: str) -> dict[str, str]:
    """Give READPATT, and P_READPA for a file that is for several read patterns."""
    patterns = [pattern for each in filed.split("|") if (pattern := each.strip())]
    if len(patterns) < 2:
        return {"READPATT": filed.strip("| ")}
    return {"READPATT": read, "P_READPA": "".join(f"{pattern}|" for pattern in patterns)}
