import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mkrefs.contract.imtypes import ImTypes, parse_imtypes
from mkrefs.errors import UserError

untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("text", "canonical", "counts"),
    [
        ("D", "D", {"D": 1}),
        ("DD", "DD", {"D": 2}),
        ("DDD", "DDD", {"D": 3}),
        ("D+", "D+", {"D": None}),
        ("F", "F", {"F": 1}),
        ("FF", "FF", {"F": 2}),
        ("F+", "F+", {"F": None}),
        ("I+", "I+", {"I": None}),
        ("DDFF", "DDFF", {"D": 2, "F": 2}),
        ("FFDD", "DDFF", {"D": 2, "F": 2}),
        ("FFDDD", "DDDFF", {"D": 3, "F": 2}),
        ("DF+", "D+F+", {"D": None, "F": None}),
        ("FD+", "D+F+", {"D": None, "F": None}),
        ("F+D+", "D+F+", {"D": None, "F": None}),
        ("DFI+", "D+F+I+", {"D": None, "F": None, "I": None}),
        ("D+F", "D+F", {"D": None, "F": 1}),
        ("F+D", "F+D", {"D": 1, "F": None}),
        ("F+DD", "F+DD", {"D": 2, "F": None}),
        (" DD ", "DD", {"D": 2}),
    ],
)
def test_documented_words(text, canonical, counts):
    imtypes = parse_imtypes(text)
    assert imtypes.canonical == str(imtypes) == canonical
    assert dict(imtypes.counts) == counts


@pytest.mark.parametrize(
    "text",
    ["", "+", "+D", "D++", "DD+", "DDF+", "DFD", "D+D", "dd", "D D", "X", "D,F", "DD+FF", "2D", "D\nF"],
)
def test_illegal_words_name_what_is_allowed(text):
    with pytest.raises(UserError, match=r"imtypes .* is not understood: allowed are the letters D, F, I"):
        parse_imtypes(text)


def test_letters_are_an_open_set():
    assert dict(parse_imtypes("SSD", letters="DFIS").counts) == {"D": 1, "S": 2}
    with pytest.raises(UserError, match="letters D, F, I, S"):
        parse_imtypes("DX", letters="DFIS")


@untimed
@given(st.dictionaries(st.sampled_from("DFIS"), st.none() | st.integers(1, 5), min_size=1))
def test_canonical_text_reads_back(counts):
    value = ImTypes(tuple((letter, counts[letter]) for letter in "DFIS" if letter in counts))
    assert parse_imtypes(value.canonical, letters="DFIS") == value


def test_value_is_hashable_and_equal_by_meaning():
    assert {parse_imtypes("FFDD"), parse_imtypes("DDFF")} == {parse_imtypes("DDFF")}


def test_import_is_light():
    code = "import sys, mkrefs.contract.imtypes; sys.exit('pandas' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
