"""What a new file is held against."""

from dataclasses import replace

import pytest
from astropy.io import fits

from mkrefs.crds_context.lookup import Choice
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.trying import VerifyJob
from mkrefs.verification.previous import Previous, previous_file

JOB = VerifyJob(
    *("v", "dark", "dark", "/out/new.fits", "", 0.2, (), (), (), "/out/v.json", "/out/v.txt"),
    crds=CrdsState(context="jwst_0007.pmap"),
    detector="NRCA1",
)


@pytest.mark.parametrize(
    ("choice", "name", "source"),
    [
        (Choice("jwst_dark_0001.fits"), "jwst_dark_0001.fits", "given by the rules of jwst_0007.pmap"),
        (Choice("", reason="n/a"), "", "jwst_0007.pmap has no dark file for the exposures"),
        (
            Choice("", reason="No selection <= 2016"),
            "",
            "jwst_0007.pmap has no dark file for the exposures (No selection <= 2016)",
        ),
    ],
)
def test_the_rules_give_it(choice, name, source):
    assert previous_file(JOB, choice) == Previous(name, source)


@pytest.mark.parametrize(
    ("detector", "name", "source"),
    [
        ("NRCA1", "old.fits", "given by validation.dark"),
        (None, "old.fits", "given by validation.dark"),
        ("NRCB2", "", "old.fits, which validation.dark names, is of NRCB2"),
    ],
)
def test_a_file_that_is_named_goes_first_unless_it_is_of_another_detector(detector, name, source, tmp_path):
    header = fits.Header({} if detector is None else {"DETECTOR": detector})
    fits.PrimaryHDU(header=header).writeto(tmp_path / "old.fits")
    job = replace(JOB, previous=str(tmp_path / "old.fits"))
    assert previous_file(job, None) == Previous(name, source)
