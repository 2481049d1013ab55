import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from astropy.io import fits

pytestmark = pytest.mark.pipeline

OPERATIONAL = Path(__file__).parent.parent / "data" / "crds_jwst_0541"
FINAL = "readnoise_test1_001.bla.final_nrca1_sub160_rapid.readnoise.fits"


@pytest.fixture
def final(clean_run):
    return clean_run / "test1" / "001" / "readnoise" / FINAL


@pytest.fixture
def individuals(clean_run):
    found = (clean_run / "test1" / "001" / "readnoise").glob("readnoise_test1_001.bla.*.readnoise.fits")
    return sorted(path for path in found if ".final" not in path.name)


def test_individual_and_final_files_have_the_documented_names(clean_run, final, individuals):
    assert final.is_file()
    assert len(individuals) == 2  # twenty darks a twentieth of a day apart, in windows of half a day
    assert all(len(path.name.split(".")[2]) == 8 for path in individuals)
    assert len(list((clean_run / "test1" / "001" / "ssb").rglob("*_refpix.fits"))) == 20


def test_the_header_says_what_the_configuration_says(final):
    header = fits.getheader(final)
    said = {
        "TELESCOP": "JWST", "INSTRUME": "NIRCAM", "DETECTOR": "NRCA1", "SUBARRAY": "SUB160",
        "REFTYPE": "READNOISE", "AUTHOR": "A tester", "PEDIGREE": "GROUND", "BUNIT": "DN",
        "DESCRIP": "CDS noise of a simulated detector", "USEAFTER": "2022-01-01T00:00:00",
        "FILENAME": FINAL, "SUBSTRT1": 1889, "SUBSTRT2": 1889, "FASTAXIS": -1, "SLOWAXIS": 2,
    }  # fmt: skip
    with fits.open(final) as hdus:
        header = {**hdus[0].header, **hdus["SCI"].header}
    assert {key: header[key] for key in said} == said


def test_history_tells_inputs_parameters_versions_and_fingerprint(final, individuals, darks):
    history = "".join(fits.getheader(individuals[0])["HISTORY"])
    exposures = [path.name.removesuffix("_uncal.fits") for path in darks("clean")]
    told = [exposure for exposure in exposures if exposure in history]
    assert 9 <= len(told) <= 11
    for word in ("method: stack", "clipping_sigma: 3.0", "mkrefs 0", "jwst ", "Fingerprint: ", "refpix"):
        assert word in history
    combined = "".join(fits.getheader(final)["HISTORY"])
    assert all(path.name in combined for path in individuals)
    assert "Fingerprint: " in combined
    assert combined.split("Fingerprint: ")[1] != history.split("Fingerprint: ")[1]


def test_the_fingerprint_in_history_is_that_of_the_manifest(final):
    manifest = json.loads(final.with_name(f"{final.name}.manifest.json").read_text())
    assert f"Fingerprint: {manifest['fingerprint']}" in "".join(fits.getheader(final)["HISTORY"])


def test_twenty_darks_give_the_noise_within_one_percent_with_stack(final, individuals, compare_with_truth):
    median, _ = compare_with_truth(final, "clean")
    assert median == pytest.approx(1.0, abs=0.01)
    for path in individuals:
        assert compare_with_truth(path, "clean")[0] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("method", ["ramp", "fit"])
def test_other_methods_share_the_calibrations(
    method, clean_run, tmp_path, run_readnoise, darks, compare_with_truth
):
    out = Path(shutil.copytree(clean_run, tmp_path / "out"))
    done = run_readnoise(out, *darks("clean"), f"--readnoise.method={method}", "--addsuffix", method)
    assert "20 kept" not in done.stderr
    assert "7 made, 20 kept" in done.stdout
    path = next((out / "test1/001/readnoise").glob(f"*.{method}.final*.fits"))
    assert compare_with_truth(path, "clean")[0] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("method", ["stack", "ramp"])
def test_five_darks_give_the_noise_within_two_percent(
    method, clean_run, tmp_path, run_readnoise, compare_with_truth
):
    products = sorted(clean_run.rglob("*_refpix.fits"))[:5]
    done = run_readnoise(
        tmp_path, *products, "--readnoise.method", method, "--pp", "inputfiles", "basenamepattern", ""
    )
    assert "5 made" in done.stdout  # nothing to calibrate
    path = next(tmp_path.rglob("*.final_*.fits"))
    assert compare_with_truth(path, "clean")[0] == pytest.approx(1.0, abs=0.02)


def test_cosmic_rays_and_names_that_say_nothing_do_no_harm(
    tmp_path, mkrefs, crds_cache, darks, compare_with_truth
):
    (tmp_path / "in").mkdir()
    for number, path in enumerate(darks("hit")):
        shutil.copy(path, tmp_path / "in" / f"x{7919 * number:06d}.fits")
    files = sorted((tmp_path / "in").iterdir())
    out = ("--outrootdir", tmp_path / "out")
    mkrefs("readnoise", *out, "--pp", "D+", "max_Delta_MJD", "5", *files, crds=crds_cache)
    final = next((tmp_path / "out").rglob("*.final_*.fits"))
    median, high = compare_with_truth(final, "hit")
    assert median == pytest.approx(1.0, abs=0.015)
    assert high <= 0.001


def test_crds_certifies_it_against_the_private_context(final, crds_cache):
    log = final.with_name(f"{final.name.removesuffix('.fits')}.certify.txt").read_text()
    assert "0 errors" in log
    assert "0 errors" in _certify(final, crds_cache, "jwst_0001.pmap")


def test_crds_certifies_it_against_operational_rules(final, individuals):
    for path in (final, individuals[0]):
        assert "0 errors" in _certify(path, OPERATIONAL, "jwst_0541.pmap")


def test_a_run_under_operational_rules_is_certified(clean_run, tmp_path, run_readnoise):
    products = sorted(clean_run.rglob("*_refpix.fits"))[:4]
    done = run_readnoise(tmp_path, *products, "--pp", "inputfiles", "basenamepattern", "", crds=OPERATIONAL)
    assert "made   0 errors" in done.stdout
    log = next(tmp_path.rglob("*.certify.txt")).read_text()
    assert "jwst_0541.pmap" in log
    assert "jwst_nircam_readnoise_0005.rmap" in log


def _certify(path, cache, context):
    # -z: the trial insertion would go to one place in /tmp for all processes.
    done = subprocess.run(
        [sys.executable, "-m", "crds.certify", "--jwst", "-z", "-x", context, str(path)],
        env={**os.environ, "CRDS_PATH": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr + done.stdout if done.returncode == 0 else f"failed: {done.stderr}"
