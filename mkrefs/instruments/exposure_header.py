"""Which header keywords tell what a reference file needs to know of an exposure, and how to read them."""

import math
from collections.abc import Hashable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.instruments.detectors import DETECTORS

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

Header = Mapping[Any, Any]


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


def image_metadata(header: Header, shape: tuple[int, ...]) -> ExposureMetadata:
    """Read the header facts of a calibrated image, whose header may say little.

    Parameters
    ----------
    header : mapping
        Values by FITS keyword; None, NaN and the empty string count as absent.
    shape : tuple of int
        Shape of the image, or of the cube with an image for each integration.

    Returns
    -------
    ExposureMetadata
        Texts that are absent are empty and numbers 0, but: the corner is (1, 1), the size that of the array,
        the number of integrations that of the planes, the directions of the read-out those of the detector
        if it is known, and times NaN.
    """
    detector = DETECTORS.get(str(header.get("DETECTOR", "")).strip())
    assumed: dict[Hashable, Any] = {
        **dict.fromkeys(_TEXTS.values(), ""),
        **dict.fromkeys(_INTEGERS.values(), 0),
        "SUBSTRT1": 1,
        "SUBSTRT2": 1,
        "SUBSIZE1": shape[-1],
        "SUBSIZE2": shape[-2],
        "NINTS": shape[0] if len(shape) == 3 else 1,
        "INSTRUME": detector.instrument if detector else "",
        "FASTAXIS": detector.fastaxis if detector else 0,
        "SLOWAXIS": detector.slowaxis if detector else 0,
    }
    said: dict[Hashable, Any] = {key: header[key] for key in FIELDS if _is_readable(header, key)}
    return exposure_metadata(assumed | said)


def references_named(header: Header) -> Mapping[str, str]:
    """Give what an exposure was calibrated with: CRDS_CTX, and base names of files by their R_ keyword."""
    named = {key: str(header[key]) for key in header if key.startswith("R_")}
    used = {key: Path(name).name for key, name in named.items() if name not in ("", "N/A")}
    return {"CRDS_CTX": str(header["CRDS_CTX"]), **used} if used and "CRDS_CTX" in header else used


def _is_readable(header: Header, key: str) -> bool:
    """Tell whether a header gives a keyword, and a number where one belongs."""
    value = present(header, key)
    numbers = (*_INTEGERS.values(), *_NUMBERS.values())
    return value is not None and (key not in numbers or isinstance(value, int | float))
