"""File names that CRDS accepts for what is delivered to it.

CRDS takes names of its own form, ``jwst_nircam_readnoise_0042.fits``, which it assigns itself, and names of
up to 52 lower-case letters, digits and underscores (``crds.core.config.is_valid_reference_name``). Files are
given names of the second kind; CRDS renames them when it takes them in.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from mkrefs.instruments.reference_types import REFERENCE_TYPES

SUFFIX = ".fits"
#: Longest name without suffix, and what is left of one that is cut.
_LONGEST = 52
_CUT = 43
_ACCEPTED = re.compile(r"[a-z0-9_]{1,52}\.fits")
#: Names that CRDS assigns: a file that is not in CRDS must not seem to have one.
_ASSIGNED = re.compile(r"[a-z]+(_[a-z][a-z0-9]+(_[a-z][a-z0-9]+)?)?(_\d{4})?\.fits")
_FOR_ALL = ("", "ANY", "N/A", "GENERIC", "UNDEFINED")
#: Selectors whose values say nothing beyond the subarray.
_GEOMETRY = ("SUBSTRT1", "SUBSTRT2", "SUBSIZE1", "SUBSIZE2")


@dataclass(frozen=True, slots=True)
class Named:
    """What the name of a file is made from.

    Attributes
    ----------
    original : str
        The path, or the name, it has.
    reftype, instrument : str
        In lower case and as INSTRUME has it.
    keywords : mapping of str to str
        Values of its header.
    """

    original: str
    reftype: str
    instrument: str
    keywords: Mapping[str, str]


def accepted(name: str) -> bool:
    """Tell whether CRDS accepts a name, and has not kept it for itself."""
    return _ACCEPTED.fullmatch(name) is not None and _ASSIGNED.fullmatch(name) is None


def delivery_names(files: Sequence[Named]) -> tuple[str, ...]:
    """Name files for a delivery, each differently.

    Parameters
    ----------
    files : sequence of Named
        The files; one whose name is accepted keeps it.

    Returns
    -------
    tuple of str
        In the order given: instrument, type, and the values by which CRDS selects, such as
        ``jwst_nircam_readnoise_nrca1_rapid_sub160.fits``; where files have these in common, USEAFTER and,
        if need be, a digest of the original path are added.
    """
    stems = [_stem(file) for file in files]
    for tell in (_date, lambda file: _digest(file.original)):
        told = zip(stems, files, strict=True)
        stems = [f"{stem}_{tell(file)}" if stems.count(stem) > 1 else stem for stem, file in told]
    return tuple(f"{_shortened(stem)}{SUFFIX}" for stem in stems)


def _stem(file: Named) -> str:
    name = PurePath(file.original).name
    if accepted(name):
        return name.removesuffix(SUFFIX)
    known = REFERENCE_TYPES.get(file.reftype)
    selectors = known.selectors.get(file.instrument, ()) if known else ()
    keywords = dict.fromkeys(("DETECTOR", *selectors))
    values = {keyword: file.keywords.get(keyword, "") for keyword in keywords if keyword not in _GEOMETRY}
    told = [
        f"{keyword}{value}" if value.isdecimal() else value
        for keyword, value in values.items()
        if value not in _FOR_ALL
    ]
    stem = "_".join(_word(word) for word in ("jwst", file.instrument, file.reftype, *told))
    return stem if accepted(f"{_shortened(stem)}{SUFFIX}") else f"{stem}_{_digest(name)}"


def _shortened(stem: str) -> str:
    return stem if len(stem) <= _LONGEST else f"{stem[:_CUT]}_{_digest(stem)}"


def _date(file: Named) -> str:
    return re.sub(r"\D", "", file.keywords.get("USEAFTER", ""))[:8] or "0"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
