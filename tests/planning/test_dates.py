"""USEAFTER and PEDIGREE from the days of the exposures, and what is told where they do not suit."""

from dataclasses import replace
from pathlib import Path

import pytest

from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.crds_context import rival_files
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.making import CombineJob
from mkrefs.planning.dates import dated_parameters, dating_notes, days_of
from mkrefs.planning.request import LabelRequest
from mkrefs.testing import DetectorTruth, ExposureSpec, exposure_metadata

OPERATIONAL = CrdsState(str(Path(__file__).parent.parent / "data" / "crds_jwst_0541"), "jwst_0541.pmap")
NOWHERE = CrdsState("/nowhere", "jwst_0001.pmap")
DAYS = ("2024-03-01", "2024-03-10")
METADATA = exposure_metadata(DetectorTruth("NRCA1", "SUB160"), ExposureSpec(readpatt="RAPID"))
REQUEST = LabelRequest(
    label="readnoise",
    reftype="readnoise",
    imtypes=parse_imtypes("D+"),
    ssbsteps={"*": ""},
    window=None,
    same={"*": ()},
    parameters={},
    combiner="mean",
)


def notes(state=NOWHERE, days=DAYS, **parameters):
    parameters = {"useafter": "2024-01-01T00:00:00", "pedigree": "GROUND", **parameters}
    final = CombineJob(
        "f", "readnoise", "readnoise", "mean", {}, ("a.fits",), parameters, METADATA, "final.fits", days=days
    )
    return dating_notes(replace(REQUEST, parameters=parameters), [final], state)


@pytest.mark.parametrize(
    ("times", "days"),
    [
        ((60370.5,), ("2024-03-01", "2024-03-01")),
        ((60379.999, 60370.0, 60371.2), ("2024-03-01", "2024-03-10")),
        ((0.0,), ("1858-11-17", "1858-11-17")),
    ],
)
def test_days_are_those_on_which_exposures_began(times, days):
    assert days_of({"mjd": mjd} for mjd in times) == days


@pytest.mark.parametrize(
    ("useafter", "pedigree", "expected"),
    [
        ("AUTO", "INFLIGHT", ("2024-03-01T00:00:00", "INFLIGHT 2024-03-01 2024-03-10")),
        ("AUTO", "GROUND", ("2024-03-01T00:00:00", "GROUND")),
        ("2022-01-01T00:00:00", "INFLIGHT 2022-01-01 2022-01-02", None),
    ],
)
def test_only_the_two_words_are_replaced(useafter, pedigree, expected):
    given = {"useafter": useafter, "pedigree": pedigree, "author": "AUTO"}
    found = dated_parameters(given, DAYS)
    assert (found["useafter"], found["pedigree"]) == (expected or (useafter, pedigree))
    assert (found["author"], given["useafter"]) == ("AUTO", useafter)


def test_a_date_that_suits_needs_no_word():
    assert notes() == notes(useafter="AUTO") == ()
    assert notes(pedigree="INFLIGHT 2024-03-01 2024-03-10") == ()


def test_years_before_the_data_are_told_with_the_proposal():
    (note,) = notes(useafter="2015-10-01 00:00:00")
    assert note.startswith("useafter 2015-10-01 is 8 years before the first exposure")
    assert note.endswith("AUTO would give 2024-03-01T00:00:00")


@pytest.mark.parametrize("days", ["2024-03-02 2024-03-10", "2024-03-01 2024-03-09"])
def test_a_range_that_leaves_exposures_out_is_told(days):
    (note,) = notes(pedigree=f"INFLIGHT {days}")
    assert f"pedigree INFLIGHT {days} does not cover" in note
    assert "from 2024-03-01 to 2024-03-10" in note


def context(folder, *useafters, case=("NRCA1", "RAPID", "SUB160")):
    mappings = folder / "mappings" / "jwst"
    mappings.mkdir(parents=True)
    (mappings / "jwst_0001.pmap").write_text("header = {}\nselector = {'NIRCAM' : 'jwst_nircam_0001.imap'}\n")
    (mappings / "jwst_nircam_0001.imap").write_text("header = {}\nselector = {'READNOISE' : 'rn.rmap'}\n")
    keys = "('META.INSTRUMENT.DETECTOR', 'META.EXPOSURE.READPATT', 'META.SUBARRAY.NAME')"
    files = ", ".join(f"'{since}' : 'old{number}.fits'" for number, since in enumerate(useafters))
    header = f"header = {{'parkey' : ({keys}, ('A', 'B'))}}"
    (mappings / "rn.rmap").write_text(f"{header}\nselector = Match({{{case!r} : UseAfter({{{files}}})}})\n")
    return CrdsState(str(folder), "jwst_0001.pmap")


def test_a_later_file_of_the_context_is_told_and_whether_the_proposal_would_do(tmp_path):
    state = context(tmp_path, "2014-01-01 00:00:00", "2022-01-01 00:00:00", "2025-01-01 00:00:00")
    (note,) = notes(state, useafter="2015-10-01T00:00:00")
    assert "useafter 2015-10-01T00:00:00 is before that of old1.fits in the context" in note
    assert "NRCA1 SUB160 exposures from 2022-01-01 00:00:00 on; AUTO would give 2024-03-01T00:00:00" in note
    (note,) = notes(state, useafter="2022-01-01T00:00:00")  # it takes the place of that file
    assert "old" not in note


def test_a_file_in_the_midst_of_the_exposures_needs_another_date_than_the_proposal(tmp_path):
    (note,) = notes(context(tmp_path, "2024-03-05 12:00:00"), useafter="2024-03-01T00:00:00")
    assert note.endswith("set a useafter that is not before that to replace it")


@pytest.mark.parametrize("case", [("NRCA2", "RAPID", "SUB160"), ("NRCA1", "BRIGHT1", "SUB160")])
def test_files_of_other_categories_are_no_rivals(tmp_path, case):
    assert notes(context(tmp_path, "2024-02-01 00:00:00", case=case)) == ()


@pytest.mark.parametrize("wildcard", ["ANY", "*"])
def test_a_category_for_any_read_pattern_counts_where_the_file_is_filed_there(tmp_path, wildcard):
    state = context(tmp_path, "2024-02-01 00:00:00", case=("NRCA1", wildcard, "SUB160"))
    assert notes(state) == ()
    assert len(notes(state, readpatt="ANY")) == 1


def test_rivals_are_found_in_operational_rules():
    values = {"DETECTOR": "NRCA1", "READPATT": "ANY", "SUBARRAY": "GENERIC"}
    (rival,) = rival_files(OPERATIONAL, "NIRCAM", "readnoise", values)
    assert rival[0] == "2015-10-01 00:00:00"
    assert rival_files(OPERATIONAL, "NIRCAM", "readnoise", {**values, "DETECTOR": "NRCX"}) == ()
    assert rival_files(NOWHERE, "NIRCAM", "readnoise", values) == ()
