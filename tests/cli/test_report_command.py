"""``mkrefs report``: which runs get their page, and where it goes."""

import os
import shutil
from datetime import UTC, datetime

import pytest

from mkrefs.cli.report_command import draw_report
from mkrefs.ledger.journal import CommandBegun, CommandEnded, Journal

TIME = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def runs(tmp_path):
    """Two runs that made nothing, in one folder."""
    for name in ("001", "002"):
        folder = tmp_path / "out" / name
        folder.mkdir(parents=True)
        with Journal(folder) as journal:
            journal.append(CommandBegun(TIME, str(folder), ("gain",), 0, "h", 1, "1", "", ()))
            journal.append(CommandEnded(TIME, 0, (), "", ""))
    return tmp_path / "out"


def test_each_run_gets_its_page(mkrefs, runs):
    done = mkrefs("report", runs)
    pages = [runs / name / "report.html" for name in ("001", "002")]
    assert done.stdout.splitlines() == [str(page) for page in pages]
    assert all("finished: 0 final files" in page.read_text().replace("</span>", "") for page in pages)


def test_the_page_goes_where_it_is_wanted(mkrefs, runs, tmp_path):
    page = tmp_path / "pages" / "my.html"
    mkrefs("report", runs / "001", "-o", page)
    assert page.is_file()
    assert not (runs / "001" / "report.html").exists()


def test_wrong_use_is_told(mkrefs, runs, tmp_path):
    several = mkrefs("report", runs, "-o", tmp_path / "my.html", status=2)
    assert "there are 2 runs in this folder" in several.stderr
    assert "there is no such folder" in mkrefs("report", tmp_path / "nowhere", status=2).stderr


def test_a_run_does_not_fail_because_its_page_cannot_be_drawn(runs):
    folder = runs / "001"
    assert draw_report(folder) == f"report {folder / 'report.html'}"
    shutil.rmtree(folder)
    folder.write_text("a file is where the folder was")
    said = draw_report(folder)
    assert said.startswith("warning: the report of the run is not drawn: ")
    assert os.fspath(folder) in said
