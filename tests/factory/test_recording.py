"""What a run writes into its journal."""

import logging

import pytest

from mkrefs.errors import UserError
from mkrefs.factory.recording import RecordingObserver, errors_recorded
from mkrefs.jobs.calibrating import CalibrateJob, Product
from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.ledger.journal import JOURNAL_NAME, Journal, read_journal
from mkrefs.running.observer import LogLines
from mkrefs.running.settings import RunResult


@pytest.fixture
def job(tmp_path):
    products = tuple(
        Product((step,), str(tmp_path / f"e1_{step}.fits")) for step in ("dq_init", "saturation")
    )
    return CalibrateJob("calibrate-1-e1", "e1", "/in/e1_uncal.fits", ("dq_init", "saturation"), products)


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path) as opened:
        yield opened


def test_the_observer_of_the_user_is_told_everything(journal, job):
    said = []
    observer = RecordingObserver(LogLines(said.append, logging.DEBUG), journal)
    observer.plan([job])
    observer.started(job)
    observer.message(logging.INFO, "hello")
    observer.finished(job, Outcome(job.id, State.FAILED, reason="it rains"))
    observer.end()
    assert said == [
        "1 job: 1 pipeline run",
        f"start   {job.id}",
        "hello",
        f"[1/1] failed  {job.id}: it rains",
    ]


def test_each_outcome_is_written(journal, job, tmp_path):
    observer = RecordingObserver(LogLines([].append), journal)
    (tmp_path / "e1_dq_init.log.txt").touch()
    certify = CertifyJob("certify-x", "gain", "/x.fits", str(tmp_path / "x.certify.txt"))
    observer.plan([job, certify])
    observer.finished(job, Outcome(job.id, State.FAILED, reason="it rains"))
    observer.finished(certify, Outcome(certify.id, State.MADE, seconds=1.23456))
    failed, made = read_journal(tmp_path)
    assert (failed.job, failed.kind, failed.label, failed.state) == (job.id, "CalibrateJob", "", "failed")
    assert (failed.reason, failed.exposures, failed.inputs) == ("it rains", ("e1",), ("/in/e1_uncal.fits",))
    assert failed.outputs == job.outputs
    assert failed.log == str(tmp_path / "e1_dq_init.log.txt")
    assert (made.label, made.state, made.seconds, made.log) == ("gain", "made", 1.235, "")


def test_a_journal_that_cannot_be_written_ends_no_run_and_is_told_of_once(tmp_path, job):
    (tmp_path / JOURNAL_NAME).symlink_to("/dev/full")
    said = []
    with Journal(tmp_path) as journal:
        observer = RecordingObserver(LogLines(said.append, logging.WARNING), journal)
        observer.plan([job, job])
        for _ in range(2):
            observer.finished(job, Outcome(job.id, State.MADE))
        (told,) = said
        observer.record_end(RunResult((), (), 0))
    assert told.startswith(
        f"the journal lacks events: {tmp_path / JOURNAL_NAME}: cannot be written: the disk is f"
    )
    assert said == [told, told]  # and once more at the end, as it still lacks them


def test_a_run_folder_that_another_run_took_over_ends_the_run(journal, job):
    def refuse():
        raise UserError("another one took over")

    observer = RecordingObserver(LogLines([].append), journal, refuse)
    observer.plan([job])
    with pytest.raises(UserError, match="took over"):
        observer.finished(job, Outcome(job.id, State.MADE))


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (UserError("The disk is full."), 2, "The disk is full."),
        (KeyboardInterrupt(), 130, "KeyboardInterrupt: "),
        (ZeroDivisionError("a bug"), 1, "ZeroDivisionError: a bug"),
    ],
)
def test_what_ends_a_run_before_its_time_is_written(journal, tmp_path, error, status, text):
    with pytest.raises(type(error)), errors_recorded(journal):
        raise error
    (ended,) = read_journal(tmp_path)
    assert (ended.exit_status, ended.error) == (status, text)


def test_a_journal_that_cannot_be_written_hides_no_error(tmp_path):
    (tmp_path / JOURNAL_NAME).symlink_to("/dev/full")
    with Journal(tmp_path) as journal, pytest.raises(ZeroDivisionError), errors_recorded(journal):
        raise ZeroDivisionError
