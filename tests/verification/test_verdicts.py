"""When a new file is better, equal or worse, and how that is told."""

import json
import math

import pytest

from mkrefs.jobs.trying import VerifyJob
from mkrefs.verification.measures import Measured
from mkrefs.verification.report import verification_json, verification_notes, verification_text
from mkrefs.verification.verdict import ExposureVerification, assess

JOB = VerifyJob("v", "dark", "dark", "/out/new.fits", "", 0.2, (), (), (), "/out/v.json", "/out/v.txt")


def exposure(*measured, previous="old.fits", **settings):
    return ExposureVerification(
        "e1", "D", measured, {"HOT": (3, 5 if previous else -1)}, previous, "given by somebody", **settings
    )


def residual(new, previous, error=0.001, tolerance=0.0):
    return Measured("dark_residual", new, previous, error, tolerance)


def spread(new, previous):
    return Measured("dark_scatter", new, previous, 0.001, 0.0)


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        ([residual(0.0, -0.05)], "better"),
        ([residual(-0.05, 0.0)], "worse"),
        ([residual(0.05, -0.05)], "equal"),
        ([residual(0.0, 0.0029)], "equal"),
        ([residual(0.0, 0.0031)], "better"),
        ([residual(0.0, 0.05, tolerance=0.06)], "equal"),
        ([residual(0.0, 0.05, error=math.nan)], "better"),
        ([residual(0.0, 0.05), spread(0.2, 0.1)], "mixed"),
        ([residual(0.0, 0.0), spread(0.1, 0.2)], "better"),
        ([residual(math.nan, 0.0)], "not judged"),
        ([Measured("jumps", 0.5, 0.1, 0.0, 0.0)], "not judged"),
        ([Measured("cds_noise", 1.5, 1.0, 0.0, 0.0)], "not judged"),
    ],
)
def test_a_change_must_be_larger_than_chance_and_than_what_matters(measured, verdict):
    assert assess("dark", [exposure(*measured)]).verdict == verdict


def test_exposures_are_summed_up_by_their_medians_and_their_scatter_counts():
    exposures = [exposure(residual(new, new + 0.02)) for new in (0.0, 0.01, 0.05)]
    found = assess("dark", exposures)
    assert (found.summary[0].new, found.summary[0].previous) == (0.01, 0.03)
    assert [each[0].verdict for each in found.exposures] == ["better"] * 3
    assert found.verdict == "equal"  # exposures differ by more than the files do
    alike = [exposure(residual(new, new + 0.02)) for new in (0.0, 0.0001, 0.0002)]
    assert assess("dark", alike).verdict == "better"


def test_without_a_previous_file_the_new_one_is_measured():
    found = assess("dark", [exposure(residual(0.01, math.nan), previous="")])
    assert found.verdict == "no previous"
    assert found.reasons == ("given by somebody", "with the new file: dark residual 0.01 DN/s (ideal 0)")
    assert found.summary[0].new == 0.01


def test_a_level_has_no_ideal_where_the_dark_was_not_subtracted():
    found = assess("linearity", [exposure(residual(0.0, 0.05), levelled=False)])
    assert found.verdict == "not judged"
    assert found.summary[0].kind.ideal is None


def test_an_exposure_on_which_the_steps_did_not_run_does_not_count():
    bad = exposure(problem="dark_current ended SKIPPED")
    found = assess("dark", [bad, exposure(residual(0.0, 0.05))])
    assert found.verdict == "better"
    assert found.reasons[-1] == "e1 does not count: dark_current ended SKIPPED"
    assert assess("dark", [bad]).verdict == "not judged"
    text = verification_text(JOB, [bad], assess("dark", [bad]))
    assert "does not count: dark_current ended SKIPPED" in text


def test_all_is_told_as_json_as_text_and_in_brief():
    measured = (residual(0.05, 0.0), spread(0.1, math.nan))
    exposures = [exposure(*measured), exposure(*measured)]
    found = assess("dark", exposures)
    content = verification_json(JOB, exposures, found)
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    assert content["mkrefs_verification"] == 1
    assert (content["file"], content["previous"], content["verdict"]) == ("new.fits", "old.fits", "worse")
    first, second = content["summary"]
    assert set(first) >= {"name", "title", "unit", "new", "previous", "ideal", "explanation", "verdict"}
    assert (first["verdict"], second["verdict"], second["previous"]) == ("worse", "-", None)
    assert content["exposures"][0]["flags"] == {"HOT": {"new": 3, "previous": 5}}
    text = verification_text(JOB, exposures, found)
    assert "Verification of new.fits: worse\n" in text
    assert "dark residual is worse: 0 -> 0.05 DN/s (ideal 0, tolerance 0.0021)" in text
    note = verification_notes(JOB, exposures, found)[0]
    assert note.startswith("warning: worse: dark residual is worse: ")
    assert note.endswith("held against old.fits")


def test_without_a_previous_file_reports_have_gaps():
    exposures = [exposure(residual(0.05, math.nan), previous="")]
    found = assess("dark", exposures)
    content = verification_json(JOB, exposures, found)
    assert content["previous"] is None
    assert content["exposures"][0]["flags"]["HOT"] == {"new": 3, "previous": None}
    assert verification_notes(JOB, exposures, found)[0] == "no previous: given by somebody"
    assert "previous file: none (given by somebody)" in verification_text(JOB, exposures, found)
