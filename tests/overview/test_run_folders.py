"""Where runs are found."""

import pytest

from mkrefs.errors import UserError
from mkrefs.ledger.journal import JOURNAL_NAME
from mkrefs.overview.run_folders import find_run_folders
from mkrefs.running.run_lock import run_lock


@pytest.fixture
def top(tmp_path):
    for name in ("sub/002", "sub/001", "003"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / JOURNAL_NAME).touch()
    (tmp_path / "notes").mkdir()
    return tmp_path


def names(top, *places):
    return [str(folder.relative_to(top)) for folder in find_run_folders([top / place for place in places])]


def test_a_folder_stands_for_all_runs_below_it(top):
    assert names(top, "") == ["003", "sub/001", "sub/002"]
    assert names(top, "sub") == ["sub/001", "sub/002"]
    assert names(top, "003", "sub/002") == ["003", "sub/002"]


def test_each_run_is_found_once(top):
    assert names(top, "sub/002", "", "sub/../003") == ["sub/002", "003", "sub/001"]


def test_runs_of_versions_without_a_journal_are_known_by_their_lock(top):
    with run_lock(top / "old" / "001"):
        assert names(top, "old") == ["old/001"]


def test_neither_hidden_folders_nor_folders_in_a_run_are_runs(top):
    for name in (".trash/004", "003/ssb/005"):
        (top / name).mkdir(parents=True)
        (top / name / JOURNAL_NAME).touch()
    assert names(top, "") == ["003", "sub/001", "sub/002"]


@pytest.mark.parametrize(
    ("place", "text"), [("notes", "no run in this folder"), ("nowhere", "no such folder")]
)
def test_a_place_without_a_run_is_refused(top, place, text):
    with pytest.raises(UserError, match=f"{place}: there is {text}"):
        names(top, "sub", place)
