"""What may be set in the header of a reference file is checked before anything runs."""

import pytest
from pydantic import ValidationError

from mkrefs.api import ReferenceParameters
from mkrefs.contract.header_text import inflight_days


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("author", "Zoë", "'ë' cannot be written in a FITS header"),
        ("description", "one\ntwo", "must be a single line"),
        ("history", "fine\nthree \N{MICRO SIGN}m", "cannot be written in a FITS header"),
        ("pedigree", "inflight", "INFLIGHT, or INFLIGHT YYYY-MM-DD YYYY-MM-DD, not 'inflight'"),
        ("pedigree", "INFLIGHT 2024-03-05 2024-03-01", "the earlier day first"),
        ("pedigree", "INFLIGHT 2024-02-30 2024-03-01", "a day that does not exist"),
        ("useafter", "yesterday", "must be a date and time as YYYY-MM-DDTHH:MM:SS, or AUTO, not 'yesterday'"),
        ("useafter", "2022-13-01T00:00:00", "must be a date and time"),
        ("useafter", "2022-01-01T00:00:00.5", "must be a date and time"),
        ("outfile", "sub/rn.fits", "without a directory"),
        ("outfile", "rn.dat", "ending in .fits"),
    ],
)
def test_what_cannot_be_written_is_refused_in_plain_words(key, value, message):
    with pytest.raises(ValidationError) as caught:
        ReferenceParameters(**{key: value})
    assert message in str(caught.value)


def test_block_text_of_a_configuration_is_taken():
    parameters = ReferenceParameters(description="folded\n", history="first\nsecond\n")
    assert parameters.description == "folded"
    assert parameters.history == "first\nsecond"


@pytest.mark.parametrize("value", ["GROUND", "INFLIGHT", "INFLIGHT 2024-03-01 2024-03-01"])
def test_pedigree_as_crds_allows_it(value):
    assert ReferenceParameters(pedigree=value).pedigree == value


def test_days_of_a_pedigree():
    assert inflight_days("INFLIGHT 2024-03-01 2024-03-05") == ("2024-03-01", "2024-03-05")
    assert inflight_days("INFLIGHT") == inflight_days("GROUND") == ()
