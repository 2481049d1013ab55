"""What is said when CRDS cannot give a reference file."""

import shutil

import pytest
from astropy.io import fits

from mkrefs.calibration.missing_references import crds_failures
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.testing import DetectorTruth, Effects, ExposureSpec, simulate_exposure

MODE = "NIRCAM DETECTOR NRCB1, READPATT RAPID, SUBARRAY SUB64P"


@pytest.fixture(scope="module")
def exposure(tmp_path_factory):
    truth = DetectorTruth("NRCB1", "SUB64P", effects=Effects())
    return simulate_exposure(truth, ExposureSpec(ngroups=2), tmp_path_factory.mktemp("in"))


def said(exposure, error, crds=None):
    """Give the sentence that an error becomes."""
    state = crds or CrdsState(context="jwst_0001.pmap")
    with pytest.raises(UserError) as caught, crds_failures("e1", str(exposure), state):
        raise error
    return str(caught.value)


def lookup_error(reftype, reason):
    from crds.core.exceptions import CrdsLookupError

    return CrdsLookupError("Error determining best reference for", repr(reftype), " = ", reason)


def test_a_type_without_a_file_for_the_mode_is_named(exposure):
    reason = "parameter='META.INSTRUMENT.DETECTOR' value='NRCB1' is not in " + str(["NRCA1"] * 500)
    assert said(exposure, lookup_error("superbias", reason)) == (
        f"e1: jwst_0001.pmap has no superbias for {MODE}; "
        "add one with 'mkrefs context add', or name a file in reffile4ssb."
    )


def test_files_that_are_all_of_later_dates_are_told_apart(exposure):
    sentence = said(exposure, lookup_error("superbias", "No selection <= '2024-03-01 12:00:00'"))
    assert f"all superbias files of jwst_0001.pmap for {MODE} have a USEAFTER later than" in sentence
    assert "its date, 2024-03-01;" in sentence


def test_what_else_crds_says_is_cut_short(exposure):
    sentence = said(exposure, lookup_error("pars-jumpstep", "all sorts\nof things " * 100))
    assert sentence.startswith(
        "e1: CRDS cannot give the reference files the pipeline needs: Error determining"
    )
    assert "\n" not in sentence
    assert len(sentence) < 400


@pytest.mark.pipeline
def test_files_that_the_cache_has_lost_are_named(darks, crds_cache, mkrefs, tmp_path):
    cache = shutil.copytree(crds_cache, tmp_path / "crds")
    files = sorted(cache.rglob("jwst_nircam_superbias_*.fits"))
    lost = next(path for path in files if fits.getval(path, "DETECTOR") == "NRCB1")
    lost.unlink()
    words = ("readnoise", "--outrootdir", tmp_path / "out", "--nproc", 1, darks("small")[0])
    done = mkrefs(*words, crds=cache, status=1)
    assert f"jwst_0001.pmap names files that the CRDS cache {cache} lacks ({lost.name})" in done.stdout
    assert "Traceback" not in done.stderr
