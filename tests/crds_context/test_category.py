"""A new file takes the category of a context's files of equal weight, and no other."""

import pytest

from mkrefs.crds_context.category import coinciding_values
from mkrefs.jobs.crds_state import CrdsState

MODE = {"DETECTOR": "NRCA1", "READPATT": "RAPID", "SUBARRAY": "SUB160"}
HEADER = """header = {
    'mapping' : 'REFERENCE',
    'parkey' : (('META.INSTRUMENT.DETECTOR', 'META.EXPOSURE.READPATT', 'META.SUBARRAY.NAME'), ('A', 'B')),
}
"""


def state(folder, *cases):
    mappings = folder / "mappings" / "jwst"
    mappings.mkdir(parents=True)
    (mappings / "jwst_0001.pmap").write_text("header = {}\nselector = {'NIRCAM' : 'jwst_nircam_0001.imap'}\n")
    (mappings / "jwst_nircam_0001.imap").write_text(
        "header = {}\nselector = {'READNOISE' : 'jwst_nircam_readnoise_0001.rmap', 'GAIN' : 'N/A'}\n"
    )
    lines = [f"    {case!r} : UseAfter({{'2020-01-01 00:00:00' : 'a.fits'}}),\n" for case in cases]
    text = HEADER + "selector = Match({\n" + "".join(lines) + "})\n"
    (mappings / "jwst_nircam_readnoise_0001.rmap").write_text(text)
    return CrdsState(str(folder), "jwst_0001.pmap")


@pytest.mark.parametrize("wildcard", ["ANY", "*"])
def test_any_beside_equal_values_is_taken_over(tmp_path, wildcard):
    rules = state(tmp_path, ("NRCA1", wildcard, "SUB160"), ("NRCA2", "RAPID", "SUB160"))
    assert coinciding_values(rules, "NIRCAM", "readnoise", MODE) == {"READPATT": "ANY"}


def test_several_read_patterns_in_one_category_are_taken_over(tmp_path):
    several = "BRIGHT1|RAPID|SHALLOW4"
    rules = state(tmp_path, ("NRCA1", "DEEP8|RAPID2", "SUB160"), ("NRCA1", several, "SUB160"))
    assert coinciding_values(rules, "NIRCAM", "readnoise", MODE) == {"READPATT": several}
    assert coinciding_values(rules, "NIRCAM", "readnoise", MODE | {"READPATT": several}) == {}
    assert coinciding_values(rules, "NIRCAM", "readnoise", MODE | {"READPATT": "MEDIUM2"}) == {}


@pytest.mark.parametrize(
    "cases",
    [
        (),
        (("NRCA1", "RAPID", "SUB160"), ("NRCA1", "ANY", "SUB160")),
        (("NRCA1", "ANY", "FULL"),),
        (("NRCA2", "ANY", "SUB160"),),
        (("NRCA1", "ANY", "GENERIC"),),
        (("NRCA1", "N/A", "SUB160"),),
    ],
)
def test_other_categories_change_nothing(tmp_path, cases):
    assert coinciding_values(state(tmp_path, *cases), "NIRCAM", "readnoise", MODE) == {}


def test_whole_numbers_are_the_same_with_and_without_a_decimal_point(tmp_path):
    rules = state(tmp_path, ("NRCA1", "ANY", "1.0"))
    mode = MODE | {"SUBARRAY": "1"}
    assert coinciding_values(rules, "NIRCAM", "readnoise", mode) == {"READPATT": "ANY"}
    assert coinciding_values(rules, "NIRCAM", "readnoise", mode | {"READPATT": "ANY"}) == {}


def test_types_instruments_and_contexts_that_are_not_there(tmp_path):
    rules = state(tmp_path, ("NRCA1", "ANY", "SUB160"))
    assert coinciding_values(rules, "NIRCAM", "gain", MODE) == {}
    assert coinciding_values(rules, "MIRI", "readnoise", MODE) == {}
    assert coinciding_values(CrdsState(str(tmp_path), "jwst_0009.pmap"), "NIRCAM", "readnoise", MODE) == {}
    assert coinciding_values(CrdsState(str(tmp_path / "no"), ""), "NIRCAM", "readnoise", MODE) == {}
