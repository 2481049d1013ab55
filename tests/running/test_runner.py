import logging
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from toy_plan import VERSIONS, WORK, Recorder, create_job, products, run, settings, states, whole_plan

from mkrefs.jobs.outcome import State
from mkrefs.ledger.manifest import manifest_path, read_manifest
from mkrefs.running.attempt import Cause
from mkrefs.running.engines import InlineEngine
from mkrefs.running.observer import FINEST
from mkrefs.running.runner import run_jobs
from mkrefs.running.settings import ByKind
from mkrefs.running.worker import Task, Work, perform


def only(result):
    (outcome,) = result.outcomes
    return outcome


def children() -> set[str]:
    """Give the processes that this one started and has not waited for."""
    return {word for path in Path("/proc/self/task").glob("*/children") for word in path.read_text().split()}


def test_a_plan_is_made_then_kept_then_made_again_where_something_changed(tmp_path: Path):
    jobs = whole_plan(tmp_path)
    observer = Recorder()
    first = run(jobs, observer)
    assert first.exit_status == 0
    assert set(states(first).values()) == {"made"}
    assert [outcome.job for outcome in first.outcomes] == [job.id for job in jobs]
    assert (observer.total, observer.ended, len(observer.starts), len(observer.ends)) == (8, True, 8, 8)
    assert observer.starts.index("final") > observer.starts.index("create-1")

    observer = Recorder()
    kept = run(jobs, observer)
    assert set(states(kept).values()) == {"kept"}
    assert [each.notes for each in kept.outcomes] == [each.notes for each in first.outcomes]
    assert {each.job: each.notes for each in kept.outcomes}["create-0"] == ("a note",)
    assert observer.starts == []

    Path(jobs[0].inputs[0]).write_text("another ramp\n")
    again = states(run(jobs))
    changed = {"calibrate-e0", "create-0", "final", "certify"}
    assert {job for job, state in again.items() if state == "made"} == changed


def test_remaking_equal_content_leaves_what_depends_on_it(tmp_path: Path):
    jobs = whole_plan(tmp_path)
    run(jobs, inline=True)
    manifest_path(jobs[0]).unlink()
    Path(jobs[0].outputs[1]).unlink()
    result = states(run(jobs, inline=True))
    assert result.pop("calibrate-e0") == "made"
    assert set(result.values()) == {"kept"}


def test_versions_and_rules_make_all_again(tmp_path: Path):
    jobs = whole_plan(tmp_path, exposures=2, lines=1)
    run(jobs, inline=True)
    for change in ({"versions": {"mkrefs": "2", "jwst": "3"}}, {"rules_of": lambda job: "other"}):
        assert set(states(run(jobs, inline=True, **change)).values()) == {"made"}


@pytest.mark.parametrize(
    ("force", "made"),
    [
        (ByKind(calibrations=True), {"calibrate-e0", "calibrate-e1"}),
        (ByKind(references=True), {"create-0", "final", "certify"}),
        (ByKind(), set()),
    ],
)
def test_jobs_are_forced_by_kind(tmp_path: Path, force: ByKind, made: set[str]):
    jobs = whole_plan(tmp_path, exposures=2, lines=1)
    run(jobs, inline=True)
    result = states(run(jobs, inline=True, force=force))
    assert {job for job, state in result.items() if state == "made"} == made


def test_a_failure_is_told_and_what_needs_it_is_skipped_while_others_go_on(tmp_path: Path):
    bad = create_job(tmp_path, "bad", do="fail")
    child = create_job(tmp_path, "child", needs=("bad",))
    grandchild = create_job(tmp_path, "grandchild", needs=("child", "good"))
    good = create_job(tmp_path, "good")
    result = run([bad, child, grandchild, good])
    by_id = {outcome.job: outcome for outcome in result.outcomes}
    assert states(result) == {"bad": "failed", "child": "skipped", "grandchild": "skipped", "good": "made"}
    assert by_id["bad"].reason == "bad: too few exposures; add one"
    assert by_id["bad"].traceback == ""
    assert by_id["child"].reason == "it needs bad, which failed"
    assert by_id["grandchild"].reason == "it needs child, which was skipped"
    assert result.exit_status == 1
    assert not Path(bad.output).exists()
    assert not manifest_path(bad).exists()


def test_a_bug_keeps_its_traceback_and_its_log(tmp_path: Path):
    job = create_job(tmp_path, "bug", do="raise")
    observer = Recorder()
    outcome = only(run([job], observer))
    assert outcome.state is State.FAILED
    assert outcome.reason == "ValueError: a bug (tried 2 times)"
    assert "in _raise\n" in outcome.traceback
    log = Path(job.output).with_suffix(".log.txt").read_text()
    assert "said before the error" in log
    assert "ValueError: a bug" in log
    assert any(
        level == logging.ERROR and "said before the error" in text for level, text in observer.messages
    )


@pytest.mark.parametrize(
    ("do", "reason"),
    [("raise_what_cannot_be_pickled", "LocalError: local"), ("exit", "SystemExit: 3")],
)
def test_odd_exceptions_fail_their_job_only(tmp_path: Path, do: str, reason: str):
    result = run([create_job(tmp_path, "odd", do=do), create_job(tmp_path, "good")], nproc=1)
    assert states(result) == {"odd": "failed", "good": "made"}
    assert result.outcomes[0].reason == f"{reason} (tried 2 times)"


def test_a_failed_remake_leaves_no_manifest_so_that_nothing_old_passes_for_new(tmp_path: Path):
    job = create_job(tmp_path, "one")
    run([job], inline=True)
    changed = replace(job, parameters={"do": "fail"})
    assert only(run([changed], inline=True)).state is State.FAILED
    assert only(run([job], inline=True)).state is State.MADE


def test_an_input_that_is_missing_or_changes_meanwhile_fails_the_job(tmp_path: Path):
    missing = create_job(tmp_path, "missing")
    Path(missing.inputs[0]).unlink()
    changing = create_job(tmp_path, "changing", do="change_input")
    losing = create_job(tmp_path, "losing", do="lose_input")
    first, second, third = run([missing, changing, losing], inline=True).outcomes
    assert "missing_uncal.fits: cannot be read: No such file" in first.reason
    assert "changed while it was being used" in second.reason
    assert "losing_uncal.fits: the file vanished while it was in use; restore it" in third.reason
    assert not manifest_path(changing).exists()


def test_work_that_makes_nothing_has_failed(tmp_path: Path):
    job = create_job(tmp_path, "none")
    outcome = only(run([job], inline=True, work={"CreateJob": Work("toy_work:idle")}))
    assert outcome.reason == (
        f"FileNotFoundError: toy_work:idle ended without making {job.output} (tried 2 times)"
    )


def test_a_worker_that_dies_once_is_forgiven(tmp_path: Path):
    jobs = [create_job(tmp_path, "weak", do="die_once"), create_job(tmp_path, "good")]
    observer = Recorder()
    result = run(jobs, observer)
    assert states(result) == {"weak": "made", "good": "made"}
    assert observer.starts.count("weak") == 1
    assert any("SIGKILL" in text and "tried again, alone" in text for _, text in observer.messages)


def test_a_worker_that_dies_twice_fails_its_job_and_no_other(tmp_path: Path):
    jobs = [
        create_job(tmp_path, "deadly", do="die"),
        create_job(tmp_path, "child", needs=("deadly",)),
        *(create_job(tmp_path, f"good{number}") for number in range(3)),
    ]
    observer = Recorder()
    result = run(jobs, observer)
    assert states(result) == {
        "deadly": "failed",
        "child": "skipped",
        **{f"good{number}": "made" for number in range(3)},
    }
    assert result.outcomes[0].reason == (
        "its worker was ended by signal 9 (SIGKILL), perhaps because memory ran out (tried 2 times)"
    )
    assert any(level == logging.ERROR and "said before death" in text for level, text in observer.messages)
    assert not [name for name in products(tmp_path) if ".tmp" in name]


def test_a_worker_that_leaves_is_told_with_its_status(tmp_path: Path):
    outcome = only(run([create_job(tmp_path, "leaver", do="leave")], nproc=1))
    assert outcome.reason == "its worker ended itself with status 7 (tried 2 times)"


@pytest.mark.parametrize(("retries", "state"), [(2, "made"), (1, "failed")])
def test_a_job_is_tried_again_as_often_as_is_said(tmp_path: Path, retries: int, state: str):
    observer = Recorder()
    result = run([create_job(tmp_path, "odd", do="raise_twice")], observer, retries=retries)
    assert states(result) == {"odd": state}
    assert observer.starts == observer.ends == ["odd"]
    told = [text for _, text in observer.messages if "tried again" in text]
    assert told == ["odd: ValueError: not yet; the job will be tried again"] * retries


def test_only_the_causes_that_are_named_are_tried_again(tmp_path: Path):
    jobs = [create_job(tmp_path, "odd", do="raise_twice"), create_job(tmp_path, "weak", do="die_once")]
    result = run(jobs, retries=5, retry_on={Cause.SIGNAL})
    assert states(result) == {"odd": "failed", "weak": "made"}
    assert result.outcomes[0].reason == "ValueError: not yet"


def test_what_the_user_must_mend_is_not_tried_again(tmp_path: Path):
    observer = Recorder()
    outcome = only(run([create_job(tmp_path, "few", do="fail")], observer, retries=5))
    assert outcome.reason == "few: too few exposures; add one"
    assert not any("tried again" in text for _, text in observer.messages)


def test_a_job_that_takes_too_long_is_ended(tmp_path: Path):
    jobs = [create_job(tmp_path, "slow", do="sleep"), create_job(tmp_path, "good")]
    result = run(jobs, longest=1.0, retries=0)
    assert states(result) == {"slow": "failed", "good": "made"}
    assert result.outcomes[0].reason == "it took longer than the 1 s that a job may take"
    pid = int((tmp_path / "out" / "slow.pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not [name for name in products(tmp_path) if ".tmp" in name]


def test_the_manifest_tells_what_was_made_and_the_product_its_fingerprint(tmp_path: Path):
    job = create_job(tmp_path, "one", do="speak")
    outcome = only(run([job]))
    manifest = read_manifest(manifest_path(job))
    assert manifest is not None
    assert Path(job.output).read_text().splitlines()[-1] == manifest.fingerprint
    assert outcome.notes == manifest.notes == ("a note",)
    assert (manifest.context, manifest.versions["jwst"]) == ("one.pmap", "3")
    assert manifest.pid != os.getpid()
    assert [record.size for record in manifest.outputs] == [Path(job.output).stat().st_size]
    assert any("careful" in text for text in manifest.warnings)
    assert "logged warning" in manifest.warnings


def test_logs_are_kept_when_asked_and_nothing_reaches_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture
):
    job = create_job(tmp_path, "one", do="speak")
    observer = Recorder()
    run([job], observer)
    log = Path(job.output).with_suffix(".log.txt")
    assert not log.exists()
    assert any(level == FINEST and "careful" in text for level, text in observer.messages)
    run([job], keep_logs=ByKind(references=True), force=ByKind(references=True))
    text = log.read_text()
    for said in ("careful", "logged warning", "logged detail", "said by C", "said by Python"):
        assert said in text
    assert capfd.readouterr() == ("", "")


def test_warnings_and_errors_are_kept_in_a_file_of_their_own_when_asked(tmp_path: Path):
    jobs = [
        create_job(tmp_path, name, do=what)
        for name, what in (("a", "speak"), ("b", "fail"), ("c", "nothing"))
    ]
    run(jobs, keep_warnings=ByKind(references=True))
    talked, failed, silent = (Path(job.output).with_suffix(".err.txt") for job in jobs)
    assert "careful" in talked.read_text()
    assert "logged detail" not in talked.read_text()
    assert "too few exposures; add one" in failed.read_text()
    assert not silent.exists()
    assert not Path(jobs[0].output).with_suffix(".log.txt").exists()
    run(jobs, force=ByKind(references=True))
    assert not talked.exists()  # it was about what is no longer there


@pytest.mark.parametrize("kept", [ByKind(calibrations=True), ByKind(references=True)])
def test_logs_are_kept_by_kind_of_job(tmp_path: Path, kept: ByKind):
    run(whole_plan(tmp_path, exposures=2, lines=1), keep_logs=kept)
    logs = {path.parent.name: path.name for path in tmp_path.rglob("*.log.txt")}
    assert set(logs) == ({"ramps"} if kept.calibrations else {"out"})


@pytest.mark.parametrize(
    ("level", "said"),
    [
        (logging.DEBUG, ["careful", "logged warning", "logged detail", "said by C"]),
        (logging.WARNING, ["careful", "logged warning", "said by C"]),
        (logging.ERROR, ["said by C"]),
    ],
)
def test_logs_take_records_from_a_level_on_and_all_that_is_printed(
    tmp_path: Path, level: int, said: list[str]
):
    job = create_job(tmp_path, "one", do="speak")
    run([job], keep_logs=ByKind(references=True), keep_warnings=ByKind(references=True), log_level=level)
    text = Path(job.output).with_suffix(".log.txt").read_text()
    words = ("careful", "logged warning", "logged detail", "said by C")
    assert [word for word in words if word in text] == said
    assert "logged warning" in Path(job.output).with_suffix(".err.txt").read_text()


def test_a_limit_leaves_jobs_and_the_next_run_goes_on(tmp_path: Path):
    jobs = whole_plan(tmp_path)
    limits = {"CalibrateJob": 3}
    observer = Recorder()
    first = run(jobs, observer, limits=limits)
    made = {"calibrate-e0", "calibrate-e1", "calibrate-e2", "create-0"}
    assert states(first) == dict.fromkeys(made, "made")
    assert first.unfinished == ("calibrate-e3", "create-1", "final", "certify")
    assert (first.limits_reached, first.exit_status, first.interrupted_by) == (("CalibrateJob",), 0, 0)
    assert any(level == logging.INFO and "calibrate-e3" in text for level, text in observer.messages)
    second = run(jobs, limits=limits)
    assert states(second) == {job.id: "kept" if job.id in made else "made" for job in jobs}
    assert (second.unfinished, second.limits_reached) == ((), ())


def test_limits_are_by_kind_and_may_be_nothing(tmp_path: Path):
    jobs = whole_plan(tmp_path)
    nothing = run(jobs, limits={"CalibrateJob": 0, "CreateJob": 0})
    assert nothing.outcomes == ()
    assert nothing.unfinished == tuple(job.id for job in jobs)
    assert nothing.limits_reached == ("CalibrateJob",)
    assert list((tmp_path / "out").glob("*.fits")) == []
    result = run(jobs, limits={"CalibrateJob": 4, "CreateJob": 1})
    left, *others = result.unfinished  # which of the two comes first is a matter of their calibrations
    assert left in ("create-0", "create-1")
    assert others == ["final", "certify"]
    assert result.limits_reached == ("CreateJob",)


def test_a_failure_beside_a_limit_is_a_failure(tmp_path: Path):
    bad = create_job(tmp_path, "bad", do="fail")
    left = create_job(tmp_path, "left")
    both = replace(whole_plan(tmp_path)[-1], needs=("bad", "left"))
    result = run([bad, left, both], limits={"CreateJob": 1}, inline=True)
    assert states(result) == {"bad": "failed", "certify": "skipped"}
    assert (result.unfinished, result.exit_status) == (("left",), 1)


def test_a_worker_that_dies_counts_once_against_a_limit(tmp_path: Path):
    jobs = [create_job(tmp_path, name, do="die_once") for name in ("a", "b", "c")]
    result = run(jobs, limits={"CreateJob": 2})
    assert states(result) == {"a": "made", "b": "made"}
    assert result.unfinished == ("c",)


def test_workers_have_bounded_threads_and_a_process_group_of_their_own(tmp_path, monkeypatch):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    job = create_job(tmp_path, "one", do="tell_environment")
    run([job], nproc=1000)
    assert Path(job.output).with_suffix(".environment").read_text() == "1 True"


@pytest.mark.parametrize(("limit", "together"), [(150, 1), (250, 2)], ids=["one", "two"])
def test_jobs_run_together_only_if_memory_allows(tmp_path: Path, limit: int, together: int):
    jobs = [create_job(tmp_path, f"job{number}", do="overlap") for number in range(4)]
    result = run(jobs, nproc=2, memory_of=lambda job: 100 * 10**9, memory_limit=limit * 10**9)
    assert set(states(result).values()) == {"made"}
    assert max(int(path.read_text()) for path in (tmp_path / "out").glob("*.seen")) <= together


def test_a_job_larger_than_memory_runs_alone(tmp_path: Path):
    result = run([create_job(tmp_path, "one")], memory_of=lambda job: 100, memory_limit=1)
    assert states(result) == {"one": "made"}


def test_leftovers_of_dead_writers_are_removed(tmp_path: Path):
    job = create_job(tmp_path, "one", do="die")
    run([job])
    run([replace(job, parameters={})])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "one.fits",
        "one.fits.manifest.json",
    ]


def test_a_plan_can_be_run_outside_the_main_thread(tmp_path: Path):
    results = []
    thread = threading.Thread(target=lambda: results.append(run([create_job(tmp_path, "one")])))
    thread.start()
    thread.join()
    assert states(results[0]) == {"one": "made"}


def test_a_folder_that_cannot_be_made_fails_its_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    job = create_job(tmp_path, "one")

    def refuse(self, **_kwargs):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    report = perform(Task(job, WORK["CreateJob"], VERSIONS, "one.pmap", ("",)))
    assert report.outcome.state is State.FAILED
    assert "cannot be written: permission is denied" in report.outcome.reason


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_log_for_which_there_is_no_room_fails_its_job_alone(tmp_path: Path):
    talker = create_job(tmp_path, "talker", do="speak_to_a_full_disk")
    result = run([talker, create_job(tmp_path, "good")], nproc=1)
    assert states(result) == {"talker": "failed", "good": "made"}
    assert result.outcomes[0].reason == (
        f"{tmp_path}/out/talker.log.txt: cannot be written: the disk is full; free some space and run again"
    )


def test_an_error_of_the_observer_ends_the_workers(tmp_path: Path):
    class Faulty(Recorder):
        def finished(self, job, outcome):
            raise ZeroDivisionError

    jobs = [create_job(tmp_path, "one"), create_job(tmp_path, "two", do="sleep")]
    before = children()
    with pytest.raises(ZeroDivisionError):
        run(jobs, Faulty())
    assert children() == before


def test_an_engine_is_ended_though_the_observer_fails_at_once(tmp_path: Path):
    class Faulty(Recorder):
        def plan(self, jobs):
            raise BrokenPipeError

    class Ending(InlineEngine):
        is_ended = False

        def kill(self):
            self.is_ended = True

    engine, observer = Ending(), Faulty()
    with pytest.raises(BrokenPipeError):
        run_jobs([create_job(tmp_path, "one")], settings(), observer, engine)
    assert (engine.is_ended, observer.ended) == (True, True)


def test_an_empty_plan_ends_well():
    assert run([]).exit_status == 0
