"""Which files are delivered, and which are refused by name."""

import os

import pytest
from astropy.io import fits

from mkrefs.delivery.candidates import find_candidates
from mkrefs.delivery.refusal import DeliveryRefused
from mkrefs.errors import UserError
from mkrefs.running.run_lock import run_lock


def refused(run):
    with pytest.raises(DeliveryRefused) as error:
        find_candidates([run.folder])
    return str(error.value)


def test_the_final_files_of_a_run_are_found(good_run):
    found = find_candidates([good_run.folder.parent])
    assert [each.path.name for each in found.files] == ["a.final.readnoise.fits"]
    assert found.sources == (good_run.folder,)
    assert found.warnings == ()


def test_labels_names_and_patterns_choose(fake_run):
    paths = [fake_run.final(f"{name}.final.readnoise.fits") for name in "ab"]
    fake_run.end()
    for words in (["b.final.*"], ["b.final.readnoise.fits"], [str(paths[1])]):
        assert [each.path for each in find_candidates([fake_run.folder], (), words).files] == paths[1:]
    assert len(find_candidates([fake_run.folder], ["readnoise"]).files) == 2
    with pytest.raises(UserError, match="no final files of label 'gain'; labels are readnoise"):
        find_candidates([fake_run.folder], ["gain"])
    with pytest.raises(UserError, match=r"called 'c\*'; there are a.final"):
        find_candidates([fake_run.folder], (), ["c*"])
    with pytest.raises(UserError, match="choose among the final files of a run"):
        find_candidates([paths[0]], ["readnoise"])


def test_a_file_that_was_changed_is_refused(good_run):
    path = good_run.folder / "readnoise/a.final.readnoise.fits"
    with fits.open(path, mode="update") as hdus:
        hdus["SCI"].data[3, 3] += 1
    assert f"{path} was changed after it was made" in refused(good_run)
    with pytest.raises(DeliveryRefused, match="was changed"):
        find_candidates([path])


def test_a_file_that_was_only_touched_is_delivered(good_run):
    os.utime(good_run.folder / "readnoise/a.final.readnoise.fits")
    assert len(find_candidates([good_run.folder]).files) == 1


def test_missing_and_unvouched_files_are_refused(fake_run):
    gone, bare = (fake_run.final(f"{name}.final.readnoise.fits") for name in ("gone", "bare"))
    gone.unlink()
    bare.with_name(f"{bare.name}.manifest.json").unlink()
    said = refused(fake_run)
    assert f"{gone} is missing" in said
    assert f"{bare} has no manifest" in said


@pytest.mark.parametrize("state", ["failed", "skipped"])
def test_a_file_that_the_last_run_did_not_make_is_refused(good_run, state):
    path = good_run.folder / "readnoise/a.final.readnoise.fits"
    good_run.job(path, state=state, reason="No light.")
    assert f"{path} was not made (No light)" in refused(good_run)


def test_a_file_that_failed_a_test_is_refused(good_run):
    path = good_run.folder / "readnoise/a.final.readnoise.fits"
    report = path.with_name("a.final.readnoise.test4ssb.txt")
    good_run.job(report, kind="TrialJob", state="failed", inputs=(str(path),), reason="jump is SKIPPED")
    assert "failed a test (jump is SKIPPED)" in refused(good_run)


def test_a_run_at_work_is_refused_and_a_stopped_one_is_told_of(fake_run):
    path = fake_run.final()
    assert "did not come to its end" in find_candidates([fake_run.folder]).warnings[0]
    with run_lock(fake_run.folder):
        assert "a run is at work here" in refused(fake_run)
        with pytest.raises(DeliveryRefused, match="at work"):
            find_candidates([path])


def test_individual_files_and_folders_without_a_run_are_refused(good_run, tmp_path):
    with pytest.raises(DeliveryRefused, match="an individual file of a group"):
        find_candidates([good_run.folder / "readnoise/a.1234.readnoise.fits"])
    with pytest.raises(UserError, match="no such run folder or reference file"):
        find_candidates([tmp_path / "nowhere"])


def test_several_runs_must_be_told_apart(good_run):
    (good_run.folder.parent / "002").mkdir()
    (good_run.folder.parent / "002" / "journal.jsonl").touch()
    with pytest.raises(UserError, match="2 runs below this folder"):
        find_candidates([good_run.folder.parent])


def test_a_file_of_somebody_else_is_taken_as_it_is(readnoise, tmp_path):
    (found,) = find_candidates([readnoise(tmp_path / "theirs.fits")]).files
    assert (found.label, found.manifest) == ("", None)


def test_a_run_folder_is_reached_by_a_link_too(good_run, tmp_path):
    (tmp_path / "link").symlink_to(good_run.folder)
    through = tmp_path / "link" / "readnoise" / "a.final.readnoise.fits"
    assert len(find_candidates([through]).files) == 1
    assert len(find_candidates([good_run.folder], (), [str(through)]).files) == 1
