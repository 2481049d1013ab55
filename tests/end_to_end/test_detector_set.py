"""One command makes superbias, dark, read noise, gain and mask of one set, each with those before it."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.testing import DetectorTruth

pytestmark = pytest.mark.pipeline

CONFIG = Path(__file__).parents[2] / "configs" / "nircam-detector-set.yml"
LABELS = ("superbias", "dark", "readnoise", "gain", "bad_pixel_mask")


@pytest.fixture(scope="module")
def exposures(make_once, mkrefs):
    """Four darks and two flats of a detector whose reference files the shared context has."""

    def make(folder):
        counts = ("--darks", 4, "--flats", 2, "--ngroups", 10, "--nints", 2, "--spacing", 0.05)
        mkrefs("simulate", folder, *counts, "--cosmic-ray-fraction", 0.01)

    return sorted(make_once("detector_set_exposures", make).glob("*_uncal.fits"))


@pytest.fixture(scope="module")
def run(make_once, mkrefs, exposures, crds_cache):
    """Output of the run; read only."""

    def make(folder):
        options = ("--cfgfile", CONFIG, "--outrootdir", folder)
        planned = mkrefs("plan", *options, "--json", *LABELS, *exposures, crds=crds_cache)
        done = mkrefs(*options, "--nproc", 2, *LABELS, *exposures, crds=crds_cache)
        (folder / "plan.json").write_text(planned.stdout)
        (folder / "said.txt").write_text(done.stdout + done.stderr)

    return make_once("detector_set_run", make)


@pytest.fixture(scope="module")
def truth():
    return DetectorTruth("NRCA1", "SUB160")


def final_of(run, label):
    (path,) = (run / "001" / label).glob("*.final_*.fits")
    return path


def extension(path, name):
    with fits.open(path) as hdus:
        return np.array(hdus[name].data)


def history(path):
    """Give HISTORY without the breaks of its lines."""
    return "".join(fits.getheader(path)["HISTORY"]).replace(" ", "")


def test_all_five_are_made_and_certified(run):
    said = (run / "said.txt").read_text()
    finals = [line for line in said.splitlines() if ".final_" in line]
    assert len(finals) == len(LABELS)
    assert all("made" in line and "0 errors" in line for line in finals)


@pytest.mark.parametrize("label", ["dark", "readnoise", "gain", "bad_pixel_mask"])
def test_the_others_are_calibrated_with_the_new_superbias(label, run):
    assert f"R_SUPERB{final_of(run, 'superbias').name}" in history(final_of(run, label))


def test_the_gain_is_calibrated_with_the_new_dark_too(run):
    assert f"R_DARK{final_of(run, 'dark').name}" in history(final_of(run, "gain"))


def test_labels_share_passes_of_the_pipeline(run, exposures):
    jobs = json.loads((run / "plan.json").read_text())["jobs"]
    passes = [job for job in jobs if job["kind"] == "CalibrateJob"]
    longest = [job for job in passes if job["steps"][-1] == "ramp_fit"]
    assert len(longest) == len(exposures)
    darks = [job for job in longest if "_02101_" in job["exposure"]]
    for job in darks:  # read noise, dark and mask
        assert [product["steps"][-1] for product in job["products"]] == ["refpix", "jump", "ramp_fit"]
    # One more for the superbias of darks, and one for the pairs of the gain.
    assert max(Counter(job["exposure"] for job in passes).values()) == 3


def test_the_files_hold_the_truth(run, truth):
    normal = truth.normal
    noise = extension(final_of(run, "readnoise"), "SCI")
    assert np.median((noise / truth.cds_noise)[normal]) == pytest.approx(1, abs=0.015)
    gain = extension(final_of(run, "gain"), "SCI")
    # Four boxes of a small array share the error of its correction for capacitance.
    assert np.median((gain / truth.gain)[normal]) == pytest.approx(1, abs=0.03)
    rate, error = (extension(final_of(run, "dark"), name) for name in ("AVDRKCUR", "AVDRKERR"))
    pulls = ((rate - truth.dark_current) / error)[normal]
    assert np.median(pulls) == pytest.approx(0, abs=0.1)
    assert np.diff(np.percentile(pulls, [15.87, 84.13]))[0] / 2 == pytest.approx(1, abs=0.1)


def test_the_mask_finds_both_kinds(run, truth):
    with fits.open(final_of(run, "bad_pixel_mask")) as hdus:
        bits = {row["NAME"]: row["VALUE"] for row in hdus["DQ_DEF"].data}
        dq = np.array(hdus["DQ"].data)
    found = {name: (dq & value) != 0 for name, value in bits.items()}
    for name, kind in {"DEAD": "dead", "OPEN": "open", "LOW_QE": "low_qe", "RC": "rc"}.items():
        true = truth.defects[kind]
        assert true.sum() > 10
        assert found[name][true].mean() > 0.95, name
        assert found[name][truth.normal].mean() < 1e-3, name
    assert found["DO_NOT_USE"][truth.defects["dead"]].mean() > 0.95
    assert not (found["DO_NOT_USE"] & found["REFERENCE_PIXEL"]).any()
    assert list(final_of(run, "bad_pixel_mask").parent.glob("*.bad_pixels.png"))
