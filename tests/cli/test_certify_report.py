"""What is told of certification: final files in the table, others where there is something to say."""

from types import SimpleNamespace

import pytest

from mkrefs.cli.certify_report import certified, certify_notes
from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.outcome import Outcome, State

FINAL = CertifyJob("certify-final", "gain", "/o/final.fits", "/o/final.certify.txt")
INDIVIDUALS = [CertifyJob(f"certify-{n}", "gain", f"/o/{n}.fits", f"/o/{n}.certify.txt") for n in range(3)]
PLAN = SimpleNamespace(finals=[SimpleNamespace(output="/o/final.fits")], certifications=[FINAL, *INDIVIDUALS])


def outcomes(**said):
    ended = {job.id: Outcome(job.id, State.MADE) for job in PLAN.certifications}
    return {**ended, **{job: Outcome(job, *values) for job, values in said.items()}}


@pytest.mark.parametrize(
    ("state", "notes", "shown"),
    [
        (State.MADE, (), "0 errors"),
        (State.KEPT, ("warning: one",), "0 errors, 1 warning"),
        (State.KEPT, ("warning: one", "warning: two", "a note"), "0 errors, 2 warnings"),
        (State.FAILED, (), "failed"),
        (State.SKIPPED, (), "skipped"),
    ],
)
def test_the_table_counts_warnings_whether_made_or_kept(state, notes, shown):
    assert certified(Outcome("certify-final", state, notes=notes)) == shown


def test_a_job_that_was_not_reached_has_no_verdict():
    assert certified(None) == "-"


def test_nothing_is_said_of_individual_files_without_findings():
    assert list(certify_notes(PLAN, outcomes(), 1)) == []
    warned = outcomes(**{"certify-final": (State.MADE, "", (), ("warning: odd",))})
    assert list(certify_notes(PLAN, warned, 0)) == []
    assert list(certify_notes(PLAN, warned, 1)) == ["certify of final.fits: warning: odd"]


def test_findings_of_individual_files_are_counted_and_with_v_named():
    found = outcomes(
        **{
            "certify-0": (State.FAILED, "/o/0.fits: crds certify finds 1 error"),
            "certify-2": (State.KEPT, "", (), ("warning: odd", "a note")),
        }
    )
    summary = "certify of 3 individual files: 1 with errors, 1 warning"
    assert list(certify_notes(PLAN, found, 0)) == [summary]
    named = ["certify of 2.fits: warning: odd", "certify of 2.fits: a note"]
    assert list(certify_notes(PLAN, found, 1)) == [summary, *named]
