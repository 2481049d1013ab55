"""What mkrefs finds of the keywords of a file, and what it reads in the reports of a run."""

import json
from datetime import datetime

import pytest

from mkrefs.certification.report import CertifyReport
from mkrefs.crds_context.coverage import CoverageChange, ExposureValues, InsertedFile, TrialInsertion
from mkrefs.delivery.candidates import Candidate, find_candidates
from mkrefs.delivery.dossier import DeliveredFile, Dossier
from mkrefs.delivery.exposures import Exposures, exposures_behind, software_of
from mkrefs.delivery.facts import facts_of
from mkrefs.delivery.headers import Header, read_header
from mkrefs.delivery.inspection import Copied, Inspected, check_copy
from mkrefs.delivery.keywords import descrip, history, keywords, pedigree, useafter
from mkrefs.delivery.reports import RunReports, run_reports
from mkrefs.gate.report import GateReport

FLIGHT = Exposures(("a", "b"), datetime(2024, 3, 1, 12), datetime(2024, 3, 2, 12), ("3.0.0",))
GROUND = Exposures(("a",), datetime(2016, 3, 1), datetime(2016, 3, 1))
NEW = {
    "INSTRUME": "NIRCAM",
    "REFTYPE": "GAIN",
    "DETECTOR": "NRCA1",
    "AUTHOR": "Ann",
    "DESCRIP": "Gain of March",
    "PEDIGREE": "INFLIGHT 2024-03-01 2024-03-02",
    "USEAFTER": "2024-01-01T00:00:00",
}
DEFAULTS = {"AUTHOR": ("mkrefs",), "DESCRIP": ("made",), "USEAFTER": ("2015-10-01T00:00:00",)}


def delivered(*, before=None, previous="old.fits", exposures=FLIGHT, lines=("why",), reports=None, **changes):
    found = Inspected(CertifyReport((), (), "log", "c.pmap"), GateReport("f", ()))
    header = Header(NEW | changes, lines)
    return DeliveredFile(
        "new.fits",
        Candidate("x"),
        header,
        previous,
        before,
        exposures,
        found,
        reports or RunReports(),
        {},
        DEFAULTS,
    )


OLD = Header({"DESCRIP": "Gain of May", "USEAFTER": "2015-10-01T00:00:00"}, ("before",))


@pytest.mark.parametrize(
    ("judge", "file", "good"),
    [
        (history, delivered(before=OLD), True),
        (history, delivered(), True),
        (history, delivered(lines=()), False),
        (history, delivered(before=Header({}, ("why",))), False),
        (pedigree, delivered(), True),
        (pedigree, delivered(PEDIGREE="INFLIGHT 2024-03-01 2024-03-01"), False),
        (pedigree, delivered(PEDIGREE="GROUND"), False),
        (pedigree, delivered(PEDIGREE="GROUND", exposures=GROUND), True),
        (pedigree, delivered(PEDIGREE="SIMULATION", exposures=Exposures()), True),
        (pedigree, delivered(exposures=Exposures()), None),
        (keywords, delivered(), True),
        (keywords, delivered(AUTHOR="mkrefs"), False),
        (descrip, delivered(before=OLD), True),
        (descrip, delivered(DESCRIP="made"), False),
        (descrip, delivered(before=OLD, DESCRIP="Gain of May"), False),
        (useafter, delivered(), True),
        (useafter, delivered(USEAFTER="2024-03-01T13:00:00"), False),
        (useafter, delivered(USEAFTER="2015-10-01T00:00:00"), False),
        (useafter, delivered(before=OLD, USEAFTER="2015-10-01T00:00:00"), True),
    ],
)
def test_keywords_are_judged(judge, file, good):
    found = judge(file)
    assert found.good is good
    assert found.why


def trial(*, replaces="", before="old.fits"):
    change = CoverageChange(
        "NIRCAM",
        "gain",
        (ExposureValues("DETECTOR", ("NRCA1",)),),
        "2024-01-01 00:00:00",
        "",
        before,
        "new.fits",
    )
    file = InsertedFile("new.fits", "gain_0002.fits", "NIRCAM", "gain", (), "2024-01-01 00:00:00", replaces)
    from pathlib import Path

    return TrialInsertion("c.pmap", (InsertedFile(Path("new.fits"), *_rest(file)),), (change,), ())


def _rest(file):
    return file.name, file.instrument, file.reftype, file.category, file.useafter, file.replaces


def test_what_is_replaced_is_taken_from_the_trial():
    new = facts_of(Dossier((delivered(),), trial(before="")))
    assert (new["replacement_files"].value, new["old_reference_files"].value) == (False, "")
    assert (new["useafter_matches"].value, new["replacing_badfiles"].value) == ("N/A", "N/A")
    later = facts_of(Dossier((delivered(),), trial()))
    assert (later["replacement_files"].value, later["old_reference_files"].value) == (True, "old.fits")
    assert later["useafter_matches"].value == "No"
    assert "replacing_badfiles" not in later
    same = facts_of(Dossier((delivered(),), trial(replaces="old.fits")))
    assert same["useafter_matches"].value == "Yes"


def test_what_is_not_known_of_one_file_is_not_answered():
    files = (delivered(), delivered(exposures=Exposures()))
    facts = facts_of(Dossier(files, trial()))
    assert "pedigree_updated" not in facts
    wrong = facts_of(Dossier((*files, delivered(PEDIGREE="GROUND")), trial()))
    assert wrong["pedigree_updated"].value is False


def test_the_pipeline_version_says_whether_the_files_were_tried():
    untried = facts_of(Dossier((delivered(),), trial()))
    assert untried["calpipe_version"].value.startswith("No, made with jwst 3.0.0")
    tried = delivered(reports=RunReports(tests=("test4datamodel", "test4ssb")))
    assert facts_of(Dossier((tried,), trial()))["calpipe_version"].value == "Yes, jwst 3.0.0 (test4ssb)"
    unknown = delivered(exposures=Exposures(("a",)))
    assert "calpipe_version" not in facts_of(Dossier((unknown,), trial()))


def test_software_is_known_from_history_too():
    assert software_of(None, ("x", "Software: mkrefs 1, jwst 3.0.0"))["jwst"] == "3.0.0"
    assert software_of(None, ()) == {}


def test_reports_are_read_and_outdated_ones_left_out(good_run):
    final = good_run.folder / "readnoise/a.final.readnoise.fits"
    stem = final.with_suffix("")
    comparison = {
        "previous": "old.fits",
        "verdict": {"verdict": "suspicious", "reasons": []},
        "comparison": {"arrays": {"SCI": {"difference": {"median": -0.5}, "ratio": None}}},
    }
    verification = {
        "exposures": [{}],
        "verdict": "better",
        "summary": [
            {"title": "dark residual", "unit": "DN/s", "new": 0.1, "previous": 0.2, "verdict": "better"},
            {"title": "last group", "unit": "DN", "new": 0.1, "previous": None, "verdict": "-"},
            {"new": None, "verdict": "equal"},
        ],
    }
    told = {"comparison.json": json.dumps(comparison), "verification.json": json.dumps(verification)}
    for name, text in {
        **told,
        "test4ssb.txt": "passed",
        "certify.txt": "old",
        "comparison.txt": "read",
    }.items():
        path = final.with_name(f"{stem.name}.{name}")
        path.write_text(text)
        if not name.startswith("comparison.txt"):
            good_run.manifest(path, "AJob", inputs=(final,))
    (candidate,) = find_candidates([good_run.folder]).files
    found = run_reports(candidate)
    assert found.tests == ("test4ssb", "verification")
    assert found.comparison == "compared with old.fits, verdict suspicious, median of SCI new - previous -0.5"
    assert found.verification == (
        "verified on 1 exposure held back, verdict better, dark residual 0.2 -> 0.1 DN/s"
    )
    assert found.worrying == ("comparison: suspicious",)
    assert "a.final.readnoise.certify.txt" not in {path.name for path in found.files}
    final.write_bytes(final.read_bytes()[:-1] + b"x")
    good_run.manifest(final, "CombineJob")
    (candidate,) = find_candidates([good_run.folder]).files
    assert len(run_reports(candidate).outdated) == 4
    assert run_reports(candidate).tests == ()


def test_exposures_are_found_in_a_run_that_was_moved(good_run):
    moved = good_run.folder.rename(good_run.folder.parent / "moved")
    (candidate,) = find_candidates([moved]).files
    found = exposures_behind(candidate.path, candidate.manifest)
    assert (found.names, found.days) == (("jw01", "jw02"), "2024-03-01 to 2024-03-02")
    assert found.pipeline == ("3.0.0",)
    (moved / "ssb" / "jw01_refpix.fits").unlink()
    assert exposures_behind(candidate.path, candidate.manifest).days == ""


def test_a_file_is_held_to_the_checks_limits_and_exposures_of_its_run(good_run):
    (candidate,) = find_candidates([good_run.folder]).files
    report = candidate.path.with_name("a.final.readnoise.checks.json")
    report.write_text("{}")
    days = ["2024-05-01", "2024-05-02"]
    limits = {"dates": {"launch": "2024-01-01"}}
    good_run.manifest(report, "GateJob", metadata={}, days=days, checks=["dates"], limits=limits)
    found = check_copy(Copied(candidate, candidate.path, read_header(candidate.path)))
    assert found.checks == ("dates",)
    assert found.limits["dates"]["launch"].value == "2024-01-01"
    assert "the exposures were taken from 2024-05-01 to 2024-05-02" in found.warnings[0].what
