import os
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest

from mkrefs.errors import PassingError, UserError
from mkrefs.ledger.file_record import record_file
from mkrefs.ledger.in_sight import wait_until_in_sight
from mkrefs.ledger.inputs_in_use import inputs_watched, take_inputs
from mkrefs.ledger.passing import passing_failures_told

UNREADABLE = "/proc/self/mem"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.fits"
    path.write_text("abc")
    return path


def watched_while(path: Path, happens, error: Exception | None = None) -> None:
    with inputs_watched(take_inputs([str(path)])):
        happens()
        if error is not None:
            raise error


def become_unreadable(path: Path) -> None:
    path.unlink()
    path.symlink_to(UNREADABLE)


def test_inputs_are_taken_as_they_are(path):
    (record,) = take_inputs([str(path)], [record_file(str(path))])
    assert (record.path, record.size) == (str(path), 3)


@pytest.mark.parametrize("seen", ["", "a"], ids=["not yet", "in part"])
def test_a_file_that_comes_into_sight_late_is_waited_for(path, seen):
    record = record_file(str(path))
    path.write_text(seen)
    os.utime(path, ns=(record.mtime_ns, record.mtime_ns))
    if not seen:
        path.unlink()
    whole = path.with_name("whole")
    whole.write_text("abc")
    timer = Timer(0.1, lambda: whole.replace(path))
    timer.start()
    (again,) = take_inputs([str(path)], [record])
    timer.join()
    assert again.digest == record.digest


def test_what_stays_out_of_sight_may_be_there_another_time(path):
    record = record_file(str(path))
    path.write_text("a")
    os.utime(path, ns=(record.mtime_ns, record.mtime_ns))
    with pytest.raises(PassingError, match=r"has 1 of 3 bytes, 0\.05 s after it was asked for"):
        wait_until_in_sight([record], patience=0.05)
    path.unlink()
    with pytest.raises(PassingError, match=rf"a\.fits: on {os.uname().nodename} the file is not there"):
        wait_until_in_sight([record], patience=0.05)


@pytest.mark.parametrize("size", [3, 4])
def test_a_file_that_is_not_what_it_was_earlier_in_the_run_is_refused(path, size):
    known = replace(record_file(str(path)), digest="another", ctime_ns=0, size=size, mtime_ns=1)
    with pytest.raises(
        UserError, match=r"a\.fits: the file was changed while this run was at work.*an ssbdir of"
    ):
        take_inputs([str(path)], [known])


@pytest.mark.parametrize("error", [None, ValueError("a bug"), UserError("refused")])
@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (
            lambda path: path.unlink(),
            "a.fits: the file vanished while it was in use; restore it and run again",
        ),
        (
            lambda path: path.write_text("xyz"),
            "a.fits: the file was changed while it was being used; run again",
        ),
        (lambda path: path.write_bytes(b"SIMPLE  ="), "a.fits: truncated: it ends within a header"),
        (become_unreadable, "a.fits: cannot be read: Input/output error; its disk or the network failed"),
    ],
)
def test_what_befalls_an_input_is_told_however_the_work_ends(path, happens, told, error):
    with pytest.raises(UserError) as caught:
        watched_while(path, lambda: happens(path), error)
    assert told in str(caught.value)
    assert isinstance(caught.value, PassingError) == (happens is become_unreadable)


@pytest.mark.parametrize("error", [ValueError("a bug"), UserError("refused"), MemoryError()])
def test_whatever_else_goes_wrong_goes_through(path, error):
    with pytest.raises(type(error)) as caught:
        watched_while(path, nullcontext, error)
    assert caught.value is error


def test_a_disk_that_failed_for_a_moment_is_told_in_a_sentence():
    def read() -> None:
        try:
            Path(UNREADABLE).read_bytes()
        except OSError as error:
            raise UserError("it cannot be read; leave it out") from error

    with (
        pytest.raises(
            PassingError, match=r"a disk or the network failed \(it cannot be read; leave it out\)"
        ),
        passing_failures_told(),
    ):
        read()


@pytest.mark.parametrize(
    "error", [ValueError("a bug"), UserError("refused"), PassingError("told"), OSError(2, "")]
)
def test_other_failures_are_left_as_they_are(error):
    with pytest.raises(type(error)) as caught, passing_failures_told():
        raise error
    assert caught.value is error
