"""What is told of READPATT taken over from the context."""

from dataclasses import replace

import pytest

from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.jobs.job import CombineJob
from mkrefs.planning.category import filing_notes
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


def test_files_that_would_compete_are_told_by_read_pattern():
    (note,) = filing_notes(REQUEST, [final("RAPID", "ANY"), final("BRIGHT1", "ANY")])
    assert "the 2 final files of RAPID, BRIGHT1 compete for one place" in note


@pytest.mark.parametrize(
    ("request_", "filed"),
    [(REQUEST, None), (replace(REQUEST, parameters={"readpatt": "ANY"}), "ANY")],
)
def test_there_is_nothing_to_tell_where_the_data_or_the_user_decide(request_, filed):
    assert filing_notes(request_, [final("RAPID", filed)]) == ()
