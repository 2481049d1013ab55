"""What is known of a run folder, from its journal and its manifests."""

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mkrefs.errors import UserError
from mkrefs.ledger.file_record import record_file
from mkrefs.ledger.journal import CommandBegun, CommandEnded, JobEnded, Journal
from mkrefs.ledger.manifest import Manifest, manifest_beside, read_manifest, write_manifest
from mkrefs.overview.collect import overview
from mkrefs.overview.final_files import with_final_files
from mkrefs.overview.records import Presence, Status
from mkrefs.running.run_lock import run_lock

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes):
    return START + timedelta(minutes=minutes)


class Run:
    """A run folder that is written event by event."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def append(self, event):
        with Journal(self.folder) as journal:
            journal.append(event)

    def begin(self, minutes, jobs=1, labels=("gain",)):
        self.append(CommandBegun(at(minutes), str(self.folder), labels, jobs, "h", 1, "1", "c.pmap", ()))

    def end(self, minutes, status=0, **changes):
        ended = CommandEnded(at(minutes), status, (), "", "")
        self.append(replace(ended, **changes))

    def job(self, minutes, state, *names, kind="CreateJob", **changes):
        files = tuple(str(self.folder / name) for name in names)
        job = JobEnded(at(minutes), f"job-{names[0]}", kind, "gain", state, "", (), files, ("e1",), 2.0, "")
        self.append(replace(job, **changes))

    def make(self, name, minutes=1, seconds=2.5, **job):
        """Write a file and its manifest."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("content")
        content = {"kind": "CreateJob", "label": "gain", "id": f"job-{name}", "exposures": ["e1", "e2"]}
        manifest = Manifest(
            state="made",
            job={**content, **job},
            fingerprint="0",
            inputs=(),
            outputs=(record_file(str(path)),),
            versions={},
            context="",
            seconds=seconds,
            notes=(),
            warnings=(),
            started=at(0).isoformat(),
            ended=at(minutes).isoformat(),
            host="h",
            pid=1,
        )
        write_manifest(manifest_beside(path), manifest)
        return path

    def product(self, name):
        (found,) = [each for each in overview(self.folder).products if each.file == str(self.folder / name)]
        return found


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path / "001")


def statuses(run):
    return [command.status for command in overview(run.folder).commands]


def test_a_command_has_its_jobs_its_end_and_its_duration(run):
    run.begin(0, jobs=4)
    run.job(1, "made", "a")
    run.job(2, "failed", "b")
    run.job(2, "skipped", "c")
    run.end(3, status=1)
    (command,) = overview(run.folder).commands
    assert command.counts == {"made": 1, "kept": 0, "skipped": 1, "failed": 1}
    assert (command.jobs, command.left, command.seconds) == (4, 1, 180.0)
    assert (command.status, command.exit_status, command.labels) == (Status.FAILED, 1, ("gain",))


def test_a_command_that_ended_before_it_began_took_nobody_knows_how_long(run):
    run.begin(3, jobs=0)
    run.end(1)
    (command,) = overview(run.folder).commands
    assert (command.status, command.seconds) == (Status.DONE, None)


def test_commands_are_told_apart(run):
    for start in (0, 10):
        run.begin(start)
        run.job(start + 1, "made", "a")
        run.end(start + 2)
    first, second = overview(run.folder).commands
    assert (first.begun, second.begun) == (at(0), at(10))
    assert first.counts == second.counts
    assert first.counts["made"] == 1


def test_how_commands_end_is_told_apart(run):
    for changes in ({}, {"status": 1}, {"status": 130, "interrupted_by": "SIGINT"}):
        run.begin(0)
        run.end(1, **changes)
    run.begin(2)
    assert statuses(run) == [Status.DONE, Status.FAILED, Status.STOPPED, Status.NOT_ENDED]


def test_only_the_last_command_can_be_at_work(run):
    run.begin(0)  # killed
    run.begin(1)
    with run_lock(run.folder):
        assert statuses(run) == [Status.NOT_ENDED, Status.AT_WORK]
        assert overview(run.folder).at_work
    assert statuses(run) == [Status.NOT_ENDED, Status.NOT_ENDED]
    assert not overview(run.folder).at_work


def test_looking_at_a_run_changes_nothing(run):
    run.begin(0)
    run.make("a.fits")
    with run_lock(run.folder):
        pass
    before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")}
    overview(run.folder)
    assert {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")} == before


@pytest.mark.parametrize(
    ("states", "last"),
    [
        (("failed", "made"), "made"),
        (("made", "kept"), "kept"),
        (("made", "failed"), "failed"),
        (("kept", "skipped", "kept"), "kept"),
    ],
)
def test_the_last_word_on_a_job_counts(run, states, last):
    for minute, state in enumerate(states):
        run.begin(minute)
        run.job(minute, state, "a.fits", reason=f"reason {minute}")
    product = run.product("a.fits")
    assert (product.state, product.told) == (last, at(len(states) - 1))
    assert product.reason == f"reason {len(states) - 1}"


def test_a_file_that_was_only_kept_since_tells_how_long_it_took_to_make(run):
    path = run.make("a.fits", minutes=1, seconds=2.5)
    run.begin(10)
    run.job(11, "kept", "a.fits", seconds=0.0)
    assert (run.product("a.fits").seconds, run.product("a.fits").made) == (2.5, at(1))
    manifest_beside(path).unlink()
    assert (run.product("a.fits").seconds, run.product("a.fits").made) == (None, None)


def test_without_its_manifest_the_journal_tells_when_a_file_was_made(run):
    run.begin(0)
    run.job(1, "made", "a.fits", seconds=7.0)
    run.job(2, "kept", "a.fits", seconds=0.0)
    assert (run.product("a.fits").seconds, run.product("a.fits").made) == (7.0, at(1))


def test_files_that_are_no_longer_as_they_were_made_are_told(run):
    run.begin(0)
    paths = {name: run.make(name) for name in ("there", "changed", "gone", "unknown")}
    for name in (*paths, "lost", "none"):
        run.job(1, "failed" if name == "none" else "made", name)
    os.utime(paths["changed"], ns=(1, 1))
    paths["gone"].unlink()
    manifest_beside(paths["unknown"]).unlink()
    presences = {name: run.product(name).presence.value for name in (*paths, "lost", "none")}
    assert presences == {**{name: name for name in (*paths, "none")}, "lost": Presence.GONE}


def test_the_second_file_of_a_job_is_in_the_manifest_of_the_first(run):
    run.begin(0)
    first = run.make("a.json")
    (run.folder / "a.txt").write_text("text")
    second = record_file(str(run.folder / "a.txt"))
    manifest = manifest_beside(first)
    run.job(1, "made", "a.json", "a.txt")
    assert run.product("a.txt").presence is Presence.UNKNOWN
    told = read_manifest(manifest)
    write_manifest(manifest, replace(told, outputs=(*told.outputs, second)))
    assert run.product("a.txt").presence is Presence.THERE


def test_files_that_only_a_manifest_tells_of_are_told_of(run):
    run.make("ssb/deep/a.fits", minutes=4, kind="OtherJob")
    run.make(".mkrefs-1-2-3.tmp/b.fits")
    found = overview(run.folder)
    (product,) = found.products
    assert found.commands == ()
    assert product.file == str(run.folder / "ssb/deep/a.fits")
    assert (product.kind, product.label, product.state, product.made) == ("OtherJob", "gain", "made", at(4))
    assert product.exposures == ("e1", "e2")
    assert product.presence is Presence.THERE


def test_a_damaged_manifest_tells_nothing(run):
    run.make("a.fits")
    manifest_beside(run.folder / "a.fits").write_text("{")
    assert overview(run.folder).products == ()


def test_a_job_without_exposures_speaks_of_those_of_its_inputs(run):
    run.begin(0)
    run.job(1, "made", "final.fits", kind="CombineJob", exposures=("e1", "e2"))
    inputs = (str(run.folder / "final.fits"), "/elsewhere")
    run.job(2, "made", "final.txt", kind="CertifyJob", exposures=(), inputs=inputs)
    assert run.product("final.txt").exposures == ("e1", "e2")


def test_products_come_in_the_order_in_which_things_are_made(run):
    run.begin(0)
    for kind, name in (("NewJob", "d"), ("CombineJob", "c"), ("CreateJob", "b"), ("CalibrateJob", "z")):
        run.job(1, "made", name, kind=kind)
    run.job(1, "made", "a", kind="CreateJob")
    assert [Path(product.file).name for product in overview(run.folder).products] == ["z", "a", "b", "c", "d"]


def test_a_copied_run_speaks_of_its_own_files(run, tmp_path):
    run.begin(0)
    path = run.make("a.fits")
    run.job(1, "made", "a.fits", inputs=("/in/e1.fits", str(path)), log=str(path))
    copy = Path(shutil.copytree(run.folder, tmp_path / "else" / "002"))
    path.unlink()
    (product,) = overview(copy).products
    assert product.file == product.log == str(copy / "a.fits")
    assert product.inputs == ("/in/e1.fits", str(copy / "a.fits"))
    assert product.presence is Presence.THERE


def test_a_journal_without_a_beginning_is_no_command(run):
    run.job(1, "made", "a.fits")
    run.end(2)
    assert overview(run.folder).commands == ()
    assert overview(run.folder).products == ()


def test_a_folder_stands_for_the_final_files_of_its_run(tmp_path, run):
    other = tmp_path / "mask.fits"
    run.begin(0)
    run.make("gain/one.fits", kind="CombineJob")
    run.make("gain/two.fits", kind="CombineJob")
    run.make("gain/individual.fits")
    run.end(5)
    files = [run.folder / "gain" / name for name in ("one.fits", "two.fits")]
    assert with_final_files([other, run.folder, files[1]]) == (other, *files)
    assert with_final_files([tmp_path]) == tuple(files)
    files[0].write_text("changed since")
    files[1].unlink()
    with pytest.raises(
        UserError, match=r"one\.fits was changed.*two\.fits is missing; make the run complete"
    ):
        with_final_files([run.folder])


def test_final_files_that_were_not_made_or_are_being_made_are_refused(run):
    run.begin(0)
    with pytest.raises(UserError, match="no final files"):
        with_final_files([run.folder])
    run.job(1, "failed", "gain/one.fits", kind="CombineJob", reason="too few exposures.")
    with pytest.raises(UserError, match=r"one\.fits was not made \(too few exposures\)"):
        with_final_files([run.folder])
    with run_lock(run.folder), pytest.raises(UserError, match="a run is at work here"):
        with_final_files([run.folder])
