"""Cards are read as astropy reads them, whatever stands in them."""

import random
import warnings

import pytest
from astropy.io.fits import Card, VerifyError
from astropy.io.fits.card import Undefined

from mkrefs.catalog.keywords import card_value

_KEYWORDS = ("EXPOSURE", "NAXIS", "DATE-OBS", "X_1", "lower", "A B", "HIERARCH", "COMMENT", "HISTORY", "")
_EQUALS = ("= ", "=  ", "=", "  ", f"={' ' * 20}", "  = ")
_VALUES = (
    *("'abc'", "'a b  '", "''", "'it''s'", "'a/b'", "'abc", "' abc'", "'a&' / c", "'x'/c", "'key: 1.0'"),
    *("T", "F", "T / truth", "(1, 2)", "NaN", "inf", "é", "0x10", "1_0", "1 / x: 2", "1/c", "", "  ", " / c"),
    *("1", "-1", "+1", "007", "-0", "123456789012345678901", "1.", "1.5", ".5", "0.1", "1.000", "00.5"),
    *("-1.5E3", "1.5D-3", "1e5", "1.E5", "1.0E+05", "-0.0"),
)
_ENDS = ("", "", " ", " / comment", "/c", " / é", " x", "'", " / it's", " / a: b", " / 'x'")


def _card(rng: random.Random) -> bytes:
    text = f"{rng.choice(_KEYWORDS):8}{rng.choice(_EQUALS)}{rng.choice(_VALUES)}{rng.choice(_ENDS)}"
    return f"{text:80.80}".encode("latin-1")


def _by_astropy(card: bytes) -> object:
    try:
        value = Card.fromstring(card).value
    except (VerifyError, ValueError):
        return None
    if isinstance(value, str):
        return value.strip() or None
    return None if isinstance(value, Undefined) else value


@pytest.mark.parametrize("seed", range(4))
def test_every_card_has_the_value_that_astropy_gives_it(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(1500):
        card = _card(rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected, found = _by_astropy(card), card_value(card)
        assert (type(found), found) == (type(expected), expected) or repr(found) == repr(expected), card


def test_a_text_goes_on_in_the_cards_that_continue_it() -> None:
    card = Card("LONG", "word " * 40)
    image = str(card).encode()

    assert len(image) > 80
    assert card_value(image) == ("word " * 40).strip()


def test_a_card_that_is_not_there_has_no_value() -> None:
    assert card_value(None) is None
