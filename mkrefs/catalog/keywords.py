"""Which header keywords the catalog holds, and their values in the headers of one file."""

from collections.abc import Iterable, Mapping
from typing import Any

from mkrefs.catalog.fits_headers import FitsHeaders, index_cards
from mkrefs.catalog.observation_time import FURTHER_KEYWORDS, START_KEYWORD
from mkrefs.instruments.pipeline_steps import DONE_KEYWORDS

#: Keywords the engine needs of every exposure; a column each, whatever the configuration asks for.
ENGINE_KEYWORDS = (
    *(
        "INSTRUME",
        "DETECTOR",
        "EXP_TYPE",
        "READPATT",
        "SUBARRAY",
        "SUBSTRT1",
        "SUBSTRT2",
        "SUBSIZE1",
        "SUBSIZE2",
    ),
    *("FASTAXIS", "SLOWAXIS", "NINTS", "NGROUPS", "NFRAMES", "GROUPGAP", "TFRAME", "TGROUP", "NOUTPUTS"),
    *("FILTER", "PUPIL", "BAND", "CHANNEL", "MODULE", "GRATING", "CORONMSK"),
    *(START_KEYWORD, *FURTHER_KEYWORDS, "DATAMODL", "BUNIT"),
    *DONE_KEYWORDS.values(),
)


def keyword_columns(*further: Iterable[str]) -> tuple[str, ...]:
    """Name the keyword columns of a catalog: the engine's own, then further ones, each once, in capitals."""
    names = [name.strip().upper() for names in further for name in names]
    return tuple(dict.fromkeys((*ENGINE_KEYWORDS, *names)))


def read_keywords(headers: FitsHeaders, keywords: Iterable[str]) -> Mapping[str, Any]:
    """Give the values of keywords; the primary header comes before the SCI header.

    Parameters
    ----------
    headers : FitsHeaders
        The headers of one file.
    keywords : iterable of str
        In capitals.

    Returns
    -------
    mapping of str to object
        Text, whole number, number or truth value; None where the keyword is missing, empty or malformed.
    """
    primary, science = index_cards(headers.primary), index_cards(headers.science)
    values = {}
    for keyword in keywords:
        value = _value(primary.get(keyword))
        values[keyword] = _value(science.get(keyword)) if value is None else value
    return values


def science_axes(headers: FitsHeaders) -> int:
    """Give the number of axes of the science array: of SCI, else of the primary HDU."""
    cards = index_cards(headers.science or headers.primary)
    return int(_value(cards.get("NAXIS")) or 0)


def _value(image: bytes | None) -> Any:
    """Read the value of a card."""
    if image is None:
        return None
    from astropy.io.fits import Card, VerifyError
    from astropy.io.fits.card import Undefined

    try:
        value = Card.fromstring(image).value
    except (VerifyError, ValueError):
        return None
    if isinstance(value, str):
        return value.strip() or None
    return None if isinstance(value, Undefined) else value
