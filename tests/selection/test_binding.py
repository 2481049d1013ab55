"""Reference files that were chosen reach the job; what was not found is told."""

from pathlib import Path

import pytest

from mkrefs.crds_context import Choice
from mkrefs.errors import UserError
from mkrefs.jobs.calibrating import CalibrateJob, Product
from mkrefs.selection.binding import bound
from mkrefs.selection.selection_file import read_selection, write_selection


def job(folder: Path, *reftypes: str, **overrides: str) -> CalibrateJob:
    return CalibrateJob(
        "c1",
        "e1",
        "/in/e1_uncal.fits",
        ("dq_init",),
        (Product(("dq_init",), "/out/e1.fits"),),
        overrides=overrides,
        selection=str(folder / "run" / "selection.json"),
        selected=reftypes,
    )


def choose(folder: Path, **choices: Choice) -> None:
    write_selection(folder / "run" / "selection.json", {"e1": choices})


def test_a_job_without_a_selection_stays_as_it_is(tmp_path):
    plain = job(tmp_path)
    assert bound(plain) is plain


def test_own_files_become_overrides_and_those_of_the_context_are_left_to_the_pipeline(tmp_path):
    own = str(tmp_path / "run" / "superbias" / "bias.fits")
    choose(tmp_path, superbias=Choice(own, layered=True), dark=Choice("jwst_nircam_dark_0001.fits"))
    done = bound(job(tmp_path, "superbias", "dark", mask="/my/mask.fits"))
    assert done.overrides == {"mask": "/my/mask.fits", "superbias": own}
    assert done.inputs == ("/in/e1_uncal.fits", "/my/mask.fits", own)
    assert bound(done) is done


def test_a_run_folder_can_be_moved(tmp_path):
    choose(tmp_path, superbias=Choice(str(tmp_path / "run" / "superbias" / "bias.fits"), layered=True))
    (tmp_path / "run").rename(tmp_path / "moved")
    found = read_selection(tmp_path / "moved" / "selection.json")
    assert found["e1"]["superbias"].file == str(tmp_path / "moved" / "superbias" / "bias.fits")


@pytest.mark.parametrize("reason", ["n/a", "No match found."])
def test_without_a_file_the_exposure_and_the_type_are_named(tmp_path, reason):
    choose(tmp_path, superbias=Choice("", reason=reason))
    with pytest.raises(
        UserError, match=r"^e1: .* no superbias file that reffile4ssb names is for this exposure"
    ):
        bound(job(tmp_path, "superbias"))
