"""How CRDS rules spell the keywords they select by, which `mkrefs.instruments` gives for each type."""

from collections.abc import Mapping
from types import MappingProxyType

from mkrefs.instruments.reference_types import REFERENCE_TYPES

#: Path in the data models, as rules write it, of each FITS keyword used for selection.
DATA_MODEL_PATHS: Mapping[str, str] = MappingProxyType(
    {
        "BAND": "META.INSTRUMENT.BAND",
        "CHANNEL": "META.INSTRUMENT.CHANNEL",
        "CORONMSK": "META.INSTRUMENT.CORONAGRAPH",
        "DETECTOR": "META.INSTRUMENT.DETECTOR",
        "EXP_TYPE": "META.EXPOSURE.TYPE",
        "FILTER": "META.INSTRUMENT.FILTER",
        "GRATING": "META.INSTRUMENT.GRATING",
        "MODULE": "META.INSTRUMENT.MODULE",
        "NOUTPUTS": "META.EXPOSURE.NOUTPUTS",
        "PUPIL": "META.INSTRUMENT.PUPIL",
        "READPATT": "META.EXPOSURE.READPATT",
        "SUBARRAY": "META.SUBARRAY.NAME",
        "SUBSIZE1": "META.SUBARRAY.XSIZE",
        "SUBSIZE2": "META.SUBARRAY.YSIZE",
        "SUBSTRT1": "META.SUBARRAY.XSTART",
        "SUBSTRT2": "META.SUBARRAY.YSTART",
    }
)

#: FITS keyword of each data model path.
FITS_KEYWORDS: Mapping[str, str] = MappingProxyType(
    {path: keyword for keyword, path in DATA_MODEL_PATHS.items()}
)

#: By what USEAFTER is compared, in every rule.
DATE_AND_TIME = ("META.OBSERVATION.DATE", "META.OBSERVATION.TIME")


def parkeys(instrument: str, reftype: str) -> tuple[str, ...] | None:
    """Give the data model paths that select the files of a type.

    Parameters
    ----------
    instrument : str
        As INSTRUME spells it.
    reftype : str
        As CRDS names it, in lower case.

    Returns
    -------
    tuple of str or None
        Paths in upper case, as rules write them; None if mkrefs knows no rules for the type.
    """
    known = REFERENCE_TYPES.get(reftype)
    if known is None or instrument not in known.selectors:
        return None
    return tuple(DATA_MODEL_PATHS[keyword] for keyword in known.selectors[instrument])
