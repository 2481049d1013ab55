"""Tells by its header, or by its name where the user says so, what an image is for."""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from mkrefs.api import CalibratedImage

#: Science target and PSF reference; their target acquisition and their backgrounds.
Kind = Literal["SCI", "SCI_TA", "SCI_BG", "REF", "REF_TA", "REF_BG"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_ACQUISITION = re.compile(r"TACQ|TACONFIRM|TASLIT|WATA|MSATA")
_BACKGROUND = re.compile(r"BACKGROUND|BKG|(^|[^A-Z])(BG|BACK)([^A-Z]|$)")
_TRUE = ("T", "TRUE", "YES", "1")


def kind_of(image: CalibratedImage, *, bgpaths: Sequence[str] = (), psflibpaths: Sequence[str] = ()) -> Kind:
    """Tell what an image is for.

    A background is what BKGDTARG, the proposer's name of the target (TARGPROP) or ``bgpaths`` call so; a
    reference what IS_PSF or ``psflibpaths`` call so; an acquisition image what EXP_TYPE calls so.

    Parameters
    ----------
    image : CalibratedImage
        The image.
    bgpaths, psflibpaths : sequence of str
        Shell patterns for names of files or exposures that are backgrounds, and references.

    Returns
    -------
    Kind
        ``SCI``, ``REF``, or one of them with ``_TA`` or ``_BG``.
    """
    header = image.header
    target = "REF" if named(image, psflibpaths) or is_true(header, "IS_PSF") else "SCI"
    if named(image, bgpaths):
        use = "_BG"
    elif _ACQUISITION.search(str(image.metadata.exp_type).upper()):
        use = "_TA"
    elif is_true(header, "BKGDTARG") or _BACKGROUND.search(str(header.get("TARGPROP", "")).upper()):
        use = "_BG"
    else:
        use = ""
    return next(kind for kind in KINDS if kind == target + use)


def named(image: CalibratedImage, patterns: Sequence[str]) -> bool:
    """Whether the name of the file or of the exposure matches one of the patterns."""
    names = [
        (name, pattern.rsplit("/", 1)[-1]) for name in (image.name, image.exposure) for pattern in patterns
    ]
    return any(name and fnmatchcase(name, pattern) for name, pattern in names)


def is_true(header: Mapping[str, Any], keyword: str) -> bool:
    """Whether a keyword is true, be it a logical value or text."""
    value = header.get(keyword, False)
    return value.strip().upper() in _TRUE if isinstance(value, str) else bool(value)


def observation_key(image: CalibratedImage) -> str:
    """Name the mode: telescope, instrument, detector, filter, pupil, coronagraph, subarray, joined by ``_``.

    What the header does not say is ``NONE``.
    """
    metadata, header = image.metadata, image.header
    mode = (
        *(metadata.instrument, metadata.detector, metadata.filter, metadata.pupil),
        *(header.get("CORONMSK"), metadata.subarray),
    )
    return "_".join(str(part or "NONE") for part in (header.get("TELESCOP", "JWST"), *mode))
