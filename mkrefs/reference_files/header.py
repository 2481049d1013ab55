"""The header of a reference file: what its data model has room for, from exposure and parameters."""

from dataclasses import dataclass
from typing import Any

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.contract.parameters import ReferenceParameters


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


#: Keywords that tell of the exposures a file is made from.
HEADER_KEYWORDS = (
    "INSTRUME", "DETECTOR", "CHANNEL", "MODULE", "BAND", "FILTER", "PUPIL", "EXP_TYPE", "READPATT", "SUBARRAY",
    "SUBSTRT1", "SUBSTRT2", "SUBSIZE1", "SUBSIZE2", "FASTAXIS", "SLOWAXIS", "NINTS", "NGROUPS", "NFRAMES",
    "GROUPGAP", "TFRAME", "TGROUP", "NOUTPUTS",
)  # fmt: skip


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
        "INSTRUME": exposure.instrument,
        "DETECTOR": exposure.detector,
        "CHANNEL": exposure.channel,
        "MODULE": exposure.module,
        "BAND": exposure.band,
        "FILTER": exposure.filter,
        "PUPIL": exposure.pupil,
        "EXP_TYPE": exposure.exp_type,
        "READPATT": parameters.readpatt or exposure.readpatt,
        "SUBARRAY": parameters.subarray or exposure.subarray,
        "SUBSTRT1": exposure.xstart,
        "SUBSTRT2": exposure.ystart,
        "SUBSIZE1": exposure.xsize,
        "SUBSIZE2": exposure.ysize,
        "FASTAXIS": exposure.fastaxis,
        "SLOWAXIS": exposure.slowaxis,
        "NINTS": exposure.nints,
        "NGROUPS": exposure.ngroups,
        "NFRAMES": exposure.nframes,
        "GROUPGAP": exposure.groupgap,
        "TFRAME": exposure.frame_time,
        "TGROUP": exposure.group_time,
        "NOUTPUTS": exposure.noutputs,
    }
