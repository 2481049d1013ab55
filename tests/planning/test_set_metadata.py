"""Which exposure of a group speaks for it in the header of the file."""

import pytest

from mkrefs.grouping import InputSet
from mkrefs.planning.candidates import Candidate
from mkrefs.planning.finals import set_metadata
from mkrefs.planning.missing_steps import Source
from mkrefs.planning.required_steps import RequiredSteps

ROW = {
    "INSTRUME": "NIRCAM",
    "DETECTOR": "NRCA1",
    "EXP_TYPE": "NRC_DARK",
    "READPATT": "RAPID",
    "SUBARRAY": "SUB160",
    "SUBSTRT1": 1,
    "SUBSTRT2": 1,
    "SUBSIZE1": 160,
    "SUBSIZE2": 160,
    "FASTAXIS": -1,
    "SLOWAXIS": 2,
    "NINTS": 1,
    "NGROUPS": 6,
    "NFRAMES": 1,
    "GROUPGAP": 0,
    "FILTER": "F150W2",
    "PUPIL": "FLAT",
}


@pytest.mark.parametrize(
    ("mode", "optics"),
    [
        ((("DETECTOR", "NRCA1"), ("FILTER", "F150W"), ("PUPIL", "CLEAR")), ("F150W", "CLEAR")),
        ((("DETECTOR", "NRCA1"), ("FILTER", "F150W"), ("PUPIL", None)), ("F150W", "FLAT")),
        ((("DETECTOR", "NRCA1"),), ("F150W2", "FLAT")),
    ],
)
def test_the_filter_is_that_of_the_flats_where_the_set_has_some(mode, optics):
    each = InputSet((("D1", "dark"), ("F1", "flat")), mode, 0.0)
    dark = Candidate(ROW, Source("/in/dark.fits", (), ()), RequiredSteps((), (), explicit=True))
    metadata = set_metadata(each, {"dark": dark})
    assert (metadata.filter, metadata.pupil) == optics
    assert metadata.exp_type == "NRC_DARK"
