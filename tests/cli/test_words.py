"""Words of the command line: labels, types with a default label, files, and what is neither."""

import pytest

from mkrefs.cli.words import sort_words
from mkrefs.errors import UserError

KNOWN = {"readnoise": "readnoise", "gain_armin": "gain_armin", "gain": "gain_armin"}


def test_labels_and_files_come_in_any_order():
    words = sort_words(["a.fits", "readnoise,gain_armin", "b*", "readnoise"], KNOWN)
    assert words.labels == ("readnoise", "gain_armin")
    assert words.files == ("a.fits", "b*")


def test_a_reference_type_stands_for_its_default_label():
    assert sort_words(["gain", "a.fits"], KNOWN).labels == ("gain_armin",)
    assert sort_words(["gain,gain_armin", "a.fits"], KNOWN).labels == ("gain_armin",)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["readnois", "a.fits"], "did you mean 'readnoise'"),
        (["readnoise,dark", "a.fits"], "'dark' is neither a label nor a file"),
        (["a.fits"], "No label was given"),
        (["readnoise"], "No files were given to make readnoise from"),
    ],
)
def test_what_is_missing_or_neither_is_told(words, message):
    with pytest.raises(UserError, match=message):
        sort_words(words, KNOWN)
