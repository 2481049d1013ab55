"""The events of the journal and the keys of the overview are documented, and nothing else is."""

import json
from dataclasses import fields
from datetime import UTC, datetime

from mkrefs.cli.overview_forms import COLUMNS, overview_json
from mkrefs.jobs.outcome import State
from mkrefs.ledger.journal import CommandBegun, CommandEnded, JobEnded
from mkrefs.overview.records import CommandRecord, Presence, ProductRecord, RunRecord, Status

COMMAND_LINE = "docs/reference/command-line.md"
TIME = datetime(2026, 3, 1, tzinfo=UTC)
COUNTS = {state.value: 0 for state in State}
COMMAND = CommandRecord(TIME, None, Status.NOT_ENDED, None, "", "", (), 0, COUNTS, "", "", "", 1, ())
PRODUCT = ProductRecord(
    "/a.fits", "CreateJob", "", "a", "made", "", TIME, Presence.NONE, None, None, (), (), ""
)


def test_the_events_of_the_journal_are_documented(page):
    text = page("docs/reference/output.md").names("The journal")
    names = [field.name for kind in (CommandBegun, JobEnded, CommandEnded) for field in fields(kind)]
    assert text == [name for name in names if name != "time"]


def test_the_keys_of_the_overview_are_documented(page):
    (run,) = json.loads(overview_json([RunRecord("/run", False, (COMMAND,), (PRODUCT,))]))["runs"]
    documented = page(COMMAND_LINE).names
    assert documented("The overview as JSON") == list(run)
    assert documented("Keys of a command") == list(run["commands"][0])
    assert documented("Keys of a file") == list(run["products"][0])


def test_the_columns_of_the_csv_form_are_documented(page):
    section = page(COMMAND_LINE).section("Keys of a file")
    assert set(COLUMNS) == {*page(COMMAND_LINE).names("Keys of a file"), "run", "n_exposures"}
    assert "`run` comes first, `n_exposures`" in section


def test_the_words_for_commands_and_files_are_documented(page):
    assert all(f"`{presence}`" in page(COMMAND_LINE).section("Keys of a file") for presence in Presence)
    assert all(f"`{status}`" in page(COMMAND_LINE).section("Keys of a command") for status in Status)
