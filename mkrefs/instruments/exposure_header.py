"""Which header keywords tell what a reference file needs to know of an exposure, and how to read them."""

import math
from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import Any

from mkrefs.contract.exposure_metadata import ExposureMetadata

_INTEGERS = {
    "xstart": "SUBSTRT1",
    "ystart": "SUBSTRT2",
    "xsize": "SUBSIZE1",
    "ysize": "SUBSIZE2",
    "fastaxis": "FASTAXIS",
    "slowaxis": "SLOWAXIS",
    "nints": "NINTS",
    "ngroups": "NGROUPS",
    "nframes": "NFRAMES",
    "groupgap": "GROUPGAP",
}
_TEXTS = {
    "instrument": "INSTRUME",
    "detector": "DETECTOR",
    "exp_type": "EXP_TYPE",
    "readpatt": "READPATT",
    "subarray": "SUBARRAY",
}
_OPTIONAL_TEXTS = {
    "filter": "FILTER",
    "pupil": "PUPIL",
    "band": "BAND",
    "channel": "CHANNEL",
    "module": "MODULE",
    "date_obs": "DATE-OBS",
    "time_obs": "TIME-OBS",
}
_NUMBERS = {"frame_time": "TFRAME", "group_time": "TGROUP", "noutputs": "NOUTPUTS"}

#: The field of `ExposureMetadata` by keyword.
FIELDS: Mapping[str, str] = MappingProxyType(
    {key: name for names in (_TEXTS, _INTEGERS, _OPTIONAL_TEXTS, _NUMBERS) for name, key in names.items()}
)
#: Keywords without which no reference file can be made from an exposure.
NEEDED_KEYWORDS = (*_TEXTS.values(), *_INTEGERS.values())

Header = Mapping[Hashable, Any]


def exposure_metadata(header: Header) -> ExposureMetadata:
    """Read the header facts of an exposure.

    Parameters
    ----------
    header : mapping
        Values by FITS keyword; None, NaN and the empty string count as absent.

    Returns
    -------
    ExposureMetadata
        Times that are absent are NaN.

    Raises
    ------
    KeyError
        If one of `NEEDED_KEYWORDS` is absent; see `lacking_keywords`.
    """
    noutputs = present(header, "NOUTPUTS")
    values: dict[str, Any] = {name: str(header[key]) for name, key in _TEXTS.items()}
    values |= {name: int(header[key]) for name, key in _INTEGERS.items()}
    optional = {name: present(header, key) for name, key in _OPTIONAL_TEXTS.items()}
    values |= {name: None if value is None else str(value) for name, value in optional.items()}
    return ExposureMetadata(
        **values,
        frame_time=float(present(header, "TFRAME") or math.nan),
        group_time=float(present(header, "TGROUP") or math.nan),
        noutputs=None if noutputs is None else int(noutputs),
    )


def lacking_keywords(header: Header) -> tuple[str, ...]:
    """Name the keywords that a reference file needs and the header does not have."""
    return tuple(key for key in NEEDED_KEYWORDS if present(header, key) is None)


def present(header: Header, key: str) -> Any:
    """Give the value of a keyword, None when it is absent, empty or NaN."""
    value = header.get(key)
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    return value
