"""What `mkrefs overview` finds, prints and refuses."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from mkrefs.cli.overview_forms import COLUMNS, overview_csv, overview_json
from mkrefs.cli.overview_report import duration, show_overview
from mkrefs.ledger.journal import CommandBegun, CommandEnded, Journal
from mkrefs.overview.records import CommandRecord, Presence, ProductRecord, RunRecord, Status

TIME = datetime(2026, 3, 1, 12, tzinfo=UTC)
COUNTS = {"made": 3, "kept": 2, "skipped": 1, "failed": 1}
COMMAND = CommandRecord(
    begun=TIME,
    ended=TIME + timedelta(minutes=5),
    status=Status.FAILED,
    exit_status=1,
    interrupted_by="",
    error="",
    labels=("gain", "readnoise"),
    jobs=7,
    counts=COUNTS,
    mkrefs="1.0",
    context="jwst_0001.pmap",
    host="here",
    pid=7,
    command=("mkrefs", "gain"),
)


def product(name, kind, state="made", **changes):
    exposures = ("e1", "e2", "e3")
    found = ProductRecord(
        f"/out/001/{name}",
        kind,
        "gain",
        f"job-{name}",
        state,
        "",
        TIME,
        Presence.THERE,
        TIME,
        12.34,
        exposures,
        (),
        "",
    )
    return replace(found, **changes)


FINAL = product("final.fits", "CombineJob")
CERTIFY = product("final.certify.txt", "CertifyJob", inputs=("/out/001/final.fits",))
REASON = 'it says "no", twice,\nand more'
BAD = product("bad.fits", "CreateJob", "failed", reason=REASON, made=None, seconds=None, log="/out/001/l.txt")
LOST = product("lost.fits", "CombineJob", "skipped", reason="it needs job-bad.fits, which failed")
RUN = RunRecord("/out/001", at_work=False, commands=(COMMAND,), products=(BAD, FINAL, LOST, CERTIFY))


def shown(*runs, width=10_000, **options):
    stream = io.StringIO()
    show_overview(Console(file=stream, width=width, markup=False, highlight=False), runs, **options)
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def cells(lines, start):
    (line,) = [line for line in lines if line.startswith(start)]
    return line.split()


def status(**changes):
    command = replace(COMMAND, counts={**COUNTS, "made": 2}, **changes)
    return shown(replace(RUN, commands=(command,)))[1].partition(" min  ")[2]


def test_each_command_has_a_line():
    line = cells(shown(RUN), "/out/001 ")
    assert line == ["/out/001", "2026-03-01", "12:00", "gain,", "readnoise", *"3211", "5", "min", "failed"]


def test_how_a_command_ended_is_told_with_the_jobs_left():
    assert status() == "failed, 1 left"
    assert status(status=Status.DONE) == "done, 1 left"
    assert status(status=Status.STOPPED, interrupted_by="SIGTERM") == "stopped by SIGTERM, 1 left"
    assert status(status=Status.NOT_ENDED) == "not ended (killed?), 1 left"
    assert status(status=Status.AT_WORK) == "at work, 1 left"
    assert status(error="No.") == "ended with an error, 1 left"


@pytest.mark.parametrize(
    ("changes", "goes_on"),
    [
        ({"status": Status.NOT_ENDED}, True),
        ({"status": Status.STOPPED, "interrupted_by": "SIGHUP"}, True),
        ({"error": "the disk is full"}, True),
        ({}, False),
        ({"status": Status.DONE}, False),
        ({"status": Status.AT_WORK}, False),
    ],
)
def test_what_goes_on_with_a_run_that_broke_off_is_told(changes, goes_on):
    broken = replace(RUN, folder="/my runs/001", commands=(COMMAND, replace(COMMAND, **changes)))
    line = "To go on with what did not come to its end: mkrefs resume '/my runs/001'"
    assert (line in shown(broken)) == goes_on
    assert line not in shown(replace(broken, at_work=True))
    assert line not in shown(replace(broken, commands=(*broken.commands, COMMAND)))


def test_only_the_last_commands_are_shown_unless_all_are_asked_for():
    commands = tuple(replace(COMMAND, begun=TIME + timedelta(hours=hour)) for hour in range(8))
    run = replace(RUN, commands=commands)
    few = [line for line in shown(run) if line.startswith("/out/001 ")]
    assert "3 earlier, see --all" in few[0]
    assert [line.split()[2] for line in few[1:]] == [f"{hour}:00" for hour in range(15, 20)]
    assert sum(line.startswith("/out/001 ") for line in shown(run, everything=True)) == 8


def test_each_final_file_has_a_line():
    lines = shown(RUN)
    assert " ".join(cells(lines, "/out/001/final.fits")) == "/out/001/final.fits made 3 12.3 s certify ok"
    assert cells(lines, "/out/001/lost.fits")[1:3] == ["skipped", "3"]
    assert not [line for line in lines if line.startswith(("/out/001/bad.fits", CERTIFY.file))]


@pytest.mark.parametrize("presence", ["gone", "changed", "unknown"])
def test_a_file_that_is_not_as_it_was_made_is_marked(presence):
    run = replace(RUN, products=(replace(FINAL, presence=Presence(presence)),))
    assert f"made, {presence}" in "".join(shown(run))


def test_every_job_that_looks_at_a_final_file_is_told_of():
    states = {"test4ssb": "kept", "quality_check": "failed"}
    trials = [
        product(f"final.{test}.txt", "TrialJob", state, inputs=(FINAL.file,))
        for test, state in states.items()
    ]
    maker = product("x.fits", "CalibrateJob", "failed", inputs=(FINAL.file,))
    lines = shown(replace(RUN, products=(*RUN.products, *trials, maker)))
    assert " ".join(cells(lines, FINAL.file)).endswith("certify ok, test4ssb ok, quality_check failed")


def test_warnings_of_a_check_are_counted_once():
    notes = ("warning: odd", "a note")
    gate = [
        product(f"final.checks.{end}", "GateJob", "kept", inputs=(FINAL.file,), notes=notes)
        for end in ("json", "txt")
    ]
    lines = shown(replace(RUN, products=(*RUN.products, *gate)))
    assert " ".join(cells(lines, FINAL.file)).endswith("certify ok, checks ok (1 warning)")
    failed = [replace(each, state="failed") for each in gate]
    lines = shown(replace(RUN, products=(*RUN.products, *failed)))
    assert " ".join(cells(lines, FINAL.file)).endswith("certify ok, checks failed")


def test_failures_are_told_once_with_reason_and_log_and_skipped_jobs_counted():
    twice = replace(BAD, file="/out/001/other.fits")
    lines = shown(replace(RUN, products=(*RUN.products, twice)))
    assert lines[lines.index("Failed") + 1 :] == [
        '  job-bad.fits: it says "no", twice,',
        "  and more (log: /out/001/l.txt)",
        "  1 skipped, because they need what failed; --all names them",
    ]


def test_all_tells_of_all_files_and_skipped_jobs():
    lines = shown(RUN, everything=True)
    assert cells(lines, "/out/001/bad.fits")[1] == "failed"
    assert cells(lines, "/out/001/final.certify.txt")[1] == "made"
    assert lines[-1] == "  job-lost.fits: skipped: it needs job-bad.fits, which failed"


def test_what_ended_a_command_before_its_time_is_told():
    run = replace(RUN, commands=(replace(COMMAND, error="The disk is full."),), products=(FINAL,))
    assert shown(run)[-2:] == ["Failed", "  command of 2026-03-01 12:00: The disk is full."]


def test_failures_name_their_run_where_there_are_several():
    lines = shown(RUN, replace(RUN, folder="/out/002", products=(BAD,)))
    assert [line for line in lines if line.startswith("Failed")] == [
        "Failed in /out/001",
        "Failed in /out/002",
    ]


def test_a_run_without_journal_or_failures_is_short():
    run = RunRecord("/out/001", at_work=False, commands=(), products=())
    assert cells(shown(run), "/out/001") == ["/out/001", *"-------", "no", "journal"]
    assert cells(shown(replace(run, at_work=True)), "/out/001")[-2:] == ["at", "work"]
    assert shown(run)[-1] == "No final files."


def test_nothing_is_wider_than_the_terminal_and_nothing_is_lost():
    lines = shown(RUN, everything=True, width=60)
    assert max(map(len, lines)) <= 60
    assert "/out/001/final.fits" in "".join(lines)


def test_json_holds_everything():
    (run,) = json.loads(overview_json([RUN]))["runs"]
    (command,) = run["commands"]
    assert command["begun"] == "2026-03-01T12:00:00.000+00:00"
    assert {key: command[key] for key in (*COUNTS, "left", "seconds", "status")} == {
        **COUNTS,
        "left": 0,
        "seconds": 300.0,
        "status": "failed",
    }
    bad = run["products"][0]
    assert (bad["reason"], bad["seconds"], bad["made"], bad["presence"]) == (REASON, None, None, "there")
    assert bad["exposures"] == ["e1", "e2", "e3"]


def test_csv_has_a_row_for_each_file_and_survives_quotes_and_line_breaks():
    rows = list(csv.DictReader(io.StringIO(overview_csv([RUN, RUN]))))
    assert len(rows) == 8
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["reason"] == REASON
    assert (rows[0]["seconds"], rows[1]["seconds"], rows[1]["n_exposures"]) == ("", "12.34", "3")
    assert rows[1]["exposures"] == "e1 e2 e3"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "-"), (0, "0.0 s"), (99.94, "99.9 s"), (300, "5 min"), (5940, "99 min"), (9000, "2.5 h")],
)
def test_durations_have_the_unit_that_suits_them(seconds, text):
    assert duration(seconds) == text


@pytest.fixture
def top(tmp_path):
    """A folder with one run that ended well."""
    folder = tmp_path / "top" / "test1" / "001"
    folder.mkdir(parents=True)
    with Journal(folder) as journal:
        journal.append(CommandBegun(TIME, str(folder), ("gain",), 0, "h", 1, "1", "", ()))
        journal.append(CommandEnded(TIME, 0, (), "", ""))
    return tmp_path / "top"


def test_the_top_of_the_output_is_looked_at_unless_a_run_is_named(mkrefs, top, tmp_path):
    main = tmp_path / "main.yml"
    main.write_text(f"output:\n   outrootdir: {top}\n")
    said = [
        mkrefs("overview", top / "test1" / "001"),
        mkrefs("overview", "--cfgfile", main),
        mkrefs("overview", JWST_MKREFS_CONFIGFILE=str(main)),
        mkrefs("overview", JWST_MKREFS_OUTDIR=str(top)),
        mkrefs("overview", "test1", cwd=top),
    ]
    assert [done.stdout.count("gain") for done in said] == [1] * 5
    assert str(top / "test1" / "001") in said[0].stdout
    assert said[4].stdout.splitlines()[1].startswith("test1/001 ")


def test_a_configuration_that_is_not_needed_is_not_read(mkrefs, top, tmp_path):
    (tmp_path / "wrong.yml").write_text("output: 5\n")
    assert "gain" in mkrefs("overview", "--cfgfile", tmp_path / "wrong.yml", top).stdout


@pytest.mark.parametrize("words", [["nowhere"], [], ["--format", "json", "."]])
def test_a_place_without_a_run_is_refused_in_a_sentence(mkrefs, tmp_path, words):
    done = mkrefs("overview", *words, cwd=tmp_path, status=2)
    assert done.stdout == ""
    assert done.stderr.startswith("mkrefs: ")
    assert done.stderr.count("\n") == 1
    assert "give the folder of a run" in done.stderr
