"""What is told of READPATT taken over from the context."""

from dataclasses import replace

import pytest

from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.making import CombineJob
from mkrefs.planning.category import filed_parameters, filing_notes
from mkrefs.planning.request import LabelRequest
from mkrefs.testing import DetectorTruth, ExposureSpec, exposure_metadata

METADATA = exposure_metadata(DetectorTruth("NRCA1", "SUB160"), ExposureSpec(readpatt="RAPID"))
REQUEST = LabelRequest(
    label="readnoise",
    reftype="readnoise",
    imtypes=parse_imtypes("D+"),
    ssbsteps={"*": ""},
    window=None,
    same={"*": ()},
    parameters={"readpatt": None},
    combiner="mean",
)


def final(readpatt, filed):
    metadata = replace(METADATA, readpatt=readpatt)
    return CombineJob(
        "f", "readnoise", "readnoise", "mean", {}, ("a.fits",), {"readpatt": filed}, metadata, "final.fits"
    )


def test_a_file_that_takes_any_from_the_context_is_told():
    (note,) = filing_notes(REQUEST, [final("RAPID", "ANY")])
    assert "NRCA1 SUB160 under READPATT ANY" in note
    assert "compete" not in note


def test_several_read_patterns_taken_from_the_context_are_told():
    (note,) = filing_notes(REQUEST, [final("RAPID", "RAPID|BRIGHT1")])
    assert "under READPATT RAPID|BRIGHT1, and so does this run" in note


def test_files_that_would_compete_are_told_by_read_pattern():
    (note,) = filing_notes(REQUEST, [final("RAPID", "ANY"), final("BRIGHT1", "ANY")])
    assert "the 2 final files of RAPID, BRIGHT1 compete for one place" in note


@pytest.mark.parametrize(
    ("request_", "filed"),
    [(REQUEST, None), (replace(REQUEST, parameters={"readpatt": "ANY"}), "ANY")],
)
def test_there_is_nothing_to_tell_where_the_data_or_the_user_decide(request_, filed):
    assert filing_notes(request_, [final("RAPID", filed)]) == ()


RULES = """header = {
    'mapping' : 'REFERENCE',
    'parkey' : (('META.EXPOSURE.TYPE', 'META.INSTRUMENT.DETECTOR', 'META.EXPOSURE.NOUTPUTS'), ('A', 'B')),
}
selector = Match({
    (%r, 'NRCA1', '1.0') : UseAfter({'2020-01-01 00:00:00' : 'a.fits'}),
})
"""
MODE = (("INSTRUME", "NIRCAM"), ("DETECTOR", "NRCA1"), ("NOUTPUTS", 1), ("EXP_TYPE", "NRC_DARK"))


def filed(folder, category, **parameters):
    mappings = folder / "mappings" / "jwst"
    mappings.mkdir(parents=True)
    (mappings / "jwst_0001.pmap").write_text("header = {}\nselector = {'NIRCAM' : 'jwst_nircam_0001.imap'}\n")
    imap = "header = {}\nselector = {'DARK' : 'jwst_nircam_dark_0001.rmap'}\n"
    (mappings / "jwst_nircam_0001.imap").write_text(imap)
    (mappings / "jwst_nircam_dark_0001.rmap").write_text(RULES % category)
    request = replace(REQUEST, label="dark", reftype="dark", parameters=parameters)
    return filed_parameters(request, MODE, CrdsState(str(folder), "jwst_0001.pmap"))


@pytest.mark.parametrize(
    ("category", "expected"), [("ANY", "ANY"), ("*", "ANY"), ("N/A", None), ("NRC_DARK", None)]
)
def test_the_type_of_exposures_is_taken_over_where_a_creator_leaves_it_open(tmp_path, category, expected):
    found = filed(tmp_path, category, readpatt=None, exp_type=None)
    assert found == {"readpatt": None, "exp_type": expected}


@pytest.mark.parametrize("parameters", [{"readpatt": None}, {"readpatt": None, "exp_type": "NRC_DARK"}])
def test_it_is_not_where_a_creator_or_the_user_decides(tmp_path, parameters):
    assert filed(tmp_path, "ANY", **parameters) == parameters
