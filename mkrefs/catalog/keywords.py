"""Which header keywords the catalog holds, and their values in the headers of one file."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mkrefs.catalog.fits_headers import CARD, FitsHeaders
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

#: A card with one value that can be read in one way alone.
_PLAIN = re.compile(
    rb"(?=.{8}= )(?!COMMENT |HISTORY )[A-Z0-9_-]+ *= +"
    rb"(?:'(?P<text>[ -&(-~]*)'|(?P<truth>[TF])|(?P<whole>-?(?:0|[1-9][0-9]{0,17}))"
    rb"|(?P<number>-?(?:0|[1-9][0-9]*)\.[0-9]+(?:E[+-]?[0-9]+)?)) *(?: /[ -&(-~]*)?"
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
        Of one file, with the cards of these keywords.
    keywords : iterable of str
        In capitals.

    Returns
    -------
    mapping of str to object
        Text, whole number, number or truth value; None where the keyword is missing, empty or malformed.
    """
    values = {}
    for keyword in keywords:
        value = card_value(headers.primary.get(keyword))
        values[keyword] = card_value(headers.science.get(keyword)) if value is None else value
    return values


def card_value(image: bytes | None) -> Any:
    """Read the value of a card as astropy does, which is asked wherever a card is not of the plainest form.

    Parameters
    ----------
    image : bytes or None
        The card, with the CONTINUE cards after it; None if there is none.

    Returns
    -------
    str, bool, int, float or None
        None where it has no value, an empty text, or cannot be read.
    """
    if image is None:
        return None
    plain = _PLAIN.fullmatch(image) if len(image) == CARD else None
    if plain is None or b": " in image:  # a text of that form may be a card of several values
        return _value_by_astropy(image)
    if plain["text"] is not None:
        return plain["text"].decode("ascii").strip() or None
    if plain["truth"]:
        return plain["truth"] == b"T"
    return int(plain["whole"]) if plain["whole"] else float(plain["number"])


def _value_by_astropy(image: bytes) -> Any:
    from astropy.io.fits import Card, VerifyError
    from astropy.io.fits.card import Undefined

    try:
        value = Card.fromstring(image).value
    except (VerifyError, ValueError):
        return None
    if isinstance(value, str):
        return value.strip() or None
    return None if isinstance(value, Undefined) else value
