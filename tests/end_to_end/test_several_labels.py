from pathlib import Path

import pytest
from astropy.io import fits

pytestmark = pytest.mark.pipeline

TOY = str(Path(__file__).parent.parent / "data" / "toy_plugin")


def test_one_pass_saves_the_states_that_each_label_needs(both):
    products = sorted((both / "test1" / "001" / "ssb").rglob("*.fits"))
    done = {path.stem.rpartition("_")[2]: fits.getheader(path).get("S_REFPIX") for path in products}
    assert len(products) == 4
    assert done == {"saturation": None, "refpix": "COMPLETE"}
    assert (both / "said.txt").read_text().count("made    calibrate-") == 2


def test_the_failure_of_one_label_is_told_and_leaves_the_other_alone(both):
    said = (both / "said.txt").read_text()
    assert "toy_noise: asked to fail." in said
    assert "Traceback" not in said
    made = [path.parent.name for path in both.rglob("*.final_*.readnoise.fits")]
    assert made == ["readnoise"]
    assert "4 skipped, 1 failed" in said


def test_a_bug_in_a_plugin_fails_its_job_alone_and_keeps_its_traceback(
    both, tmp_path, run_readnoise, darks, leftovers
):
    words = ("toy_noise", *darks("small")[:2], "--toy_noise.trouble", "bug", "--pp", "output", "ssbdir")
    done = run_readnoise(tmp_path, *words, both / "test1/001/ssb", PYTHONPATH=TOY, status=1)
    assert "ZeroDivisionError: asked to break" in done.stderr
    log = next(tmp_path.rglob("toy_noise/*.log.txt")).read_text()
    assert "Traceback" in log
    assert 'raise ZeroDivisionError("asked to break")' in log
    assert len(list(tmp_path.rglob("*.final_*.readnoise.fits"))) == 1


def test_a_plugin_that_works_makes_its_file_beside_the_other(both, tmp_path, run_readnoise, darks):
    words = ("toy_noise", *darks("small")[:2], "--pp", "output", "ssbdir", both / "test1/001/ssb")
    done = run_readnoise(tmp_path, *words, PYTHONPATH=TOY)
    assert "10 made, 2 kept" in done.stdout
    final = next((tmp_path / "test1/001/toy_noise").glob("*.final_*.fits"))
    assert "mkrefs-toy 1.0" in "".join(fits.getheader(final.with_name(individual_of(final)))["HISTORY"])


def individual_of(final):
    return next(path.name for path in final.parent.glob("*.readnoise.fits") if ".final" not in path.name)
