import shutil
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

pytestmark = pytest.mark.pipeline


@pytest.fixture
def exposures(darks):
    return darks("small")


@pytest.fixture
def own_exposures(exposures, tmp_path):
    """Copies of the three darks of the small run, which may be changed."""
    (tmp_path / "in").mkdir()
    return [Path(shutil.copy2(path, tmp_path / "in")) for path in exposures[:3]]


def finals(folder):
    return list(folder.rglob("*.final_*.readnoise.fits"))


def states(folder):
    return {path.relative_to(folder): path.stat().st_mtime_ns for path in folder.rglob("*.fits")}


def counts(done):
    return done.stdout.strip().splitlines()[-1]


def test_a_second_run_keeps_everything(copied_run, run_readnoise, exposures, leftovers):
    before = states(copied_run)
    done = run_readnoise(copied_run, *exposures[:3])
    assert counts(done) == "8 kept"
    assert "0 errors" in done.stdout
    assert states(copied_run) == before
    assert not leftovers(copied_run)


def test_a_parameter_remakes_only_what_depends_on_it(copied_run, run_readnoise, exposures):
    before = states(copied_run)
    done = run_readnoise(copied_run, *exposures[:3], "--readnoise.clipping_sigma", 4)
    assert counts(done) == "5 made, 3 kept"
    after = states(copied_run)
    changed = {path.parts[2] for path in before if after[path] != before[path]}
    assert changed == {"readnoise"}


def test_the_combiner_remakes_only_the_final_file(copied_run, run_readnoise, exposures):
    done = run_readnoise(copied_run, *exposures[:3], "--pp", "readnoise", "combiner", "median")
    assert counts(done) == "3 made, 5 kept"
    assert "combiner median" in "".join(fits.getheader(finals(copied_run)[0])["HISTORY"])


def test_forcing_references_leaves_the_pipeline_alone(copied_run, run_readnoise, exposures):
    done = run_readnoise(copied_run, *exposures[:3], "--force_redo_ref")
    assert counts(done) == "5 made, 3 kept"


def test_forcing_the_pipeline_changes_nothing_that_depends_on_it(
    copied_run, run_readnoise, exposures, reference_files
):
    before, times = reference_files(copied_run), states(copied_run)
    done = run_readnoise(copied_run, *exposures[:3], "--force_redo_strun")
    assert counts(done) == "3 made, 5 kept"  # the same pixels again: what is made of them still holds
    later = states(copied_run)
    assert all((later[path] != times[path]) == path.name.endswith("_refpix.fits") for path in times)
    assert reference_files(copied_run) == before


def test_a_changed_exposure_is_calibrated_anew(tmp_path, run_readnoise, own_exposures, copied_run):
    with fits.open(own_exposures[1], mode="update") as hdus:
        hdus["SCI"].data[0, 3] += np.uint16(1)
    done = run_readnoise(copied_run, "-v", *own_exposures)
    assert counts(done) == "6 made, 2 kept"
    assert f"its input {own_exposures[1].name} has changed" in done.stderr


def test_a_deleted_final_file_is_made_again(copied_run, run_readnoise, exposures, reference_files):
    before = reference_files(copied_run)
    finals(copied_run)[0].unlink()
    done = run_readnoise(copied_run, *exposures[:3])
    assert counts(done) == "1 made, 7 kept"  # it is what was certified
    assert reference_files(copied_run) == before


def test_one_more_dark_is_the_only_one_calibrated(copied_run, run_readnoise, exposures):
    done = run_readnoise(copied_run, *exposures[:4])
    made = [line.split()[2] for line in done.stderr.splitlines() if "] made" in line]
    assert [name for name in made if name.startswith("calibrate")] == [
        f"calibrate-4-{exposures[3].name.removesuffix('_uncal.fits')}"
    ]
    assert counts(done) == "6 made, 3 kept"


def test_a_new_run_has_a_folder_of_its_own(copied_run, run_readnoise, exposures, reference_files):
    before = reference_files(copied_run / "test1" / "001")
    ssb = copied_run / "test1" / "001" / "ssb"
    run_readnoise(copied_run, *exposures[:3], "--newrunID", "--pp", "output", "ssbdir", ssb)
    assert {path.name for path in (copied_run / "test1").iterdir()} == {"001", "002"}
    assert [path.name for path in finals(copied_run / "test1" / "002")] == [
        "readnoise_test1_002.bla.final_nrcb1_sub64p_rapid.readnoise.fits"
    ]
    assert reference_files(copied_run / "test1" / "001") == before
    done = run_readnoise(copied_run, *exposures[:3], "--pp", "output", "ssbdir", ssb)
    assert counts(done) == "8 kept"  # AUTO goes on with the latest
