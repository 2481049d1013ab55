"""Raw darks in, a certified dark out; the real steps take it, on an exposure it was not made from."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.testing import DetectorTruth, ExposureSpec
from mkrefs.testing.ramps import read_times

pytestmark = pytest.mark.pipeline

# A process of its own: crds reads its environment once and keeps the context for good.
STEPS = """
import sys
import numpy as np
from jwst.dark_current import DarkCurrentStep
from jwst.ramp_fitting import RampFitStep
from stdatamodels.jwst.datamodels import RampModel

product, dark, subtracted, fitted = sys.argv[1:]
with RampModel(product) as ramp:
    # Without a map of its own the ramp does not get the one of the dark.
    ramp.average_dark_current = np.zeros(ramp.data.shape[2:], dtype="float32")
    ramp = DarkCurrentStep.call(ramp, override_dark=dark)
    ramp.save(subtracted)
    RampFitStep.call(ramp)[0].save(fitted)
"""
CHOICE = """
import crds, json, sys
header = json.loads(sys.argv[1])
print(crds.getrecommendations(header, reftypes=["dark"], observatory="jwst", fast=True)["dark"])
"""


def python(code, *words, crds):
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        env={**os.environ, "CRDS_PATH": str(crds)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def run(make_once, mkrefs, darks, crds_cache):
    """Output for nineteen of twenty darks with cosmic rays; the twentieth is calibrated alone; read only."""

    def make(folder):
        exposures = darks("hit")
        options = ("--outrootdir", folder / "out", "--nproc", 2, "--pp", "D+", "max_Delta_MJD", 5)
        wanted = ("--dark.plot", "true", "--dark.useafter", "2023-01-01T00:00:00")
        done = mkrefs("dark", *options, *wanted, *exposures[:19], crds=crds_cache)
        (folder / "said.txt").write_text(done.stdout + done.stderr)
        # One integration gives no file, but its calibration is kept.
        mkrefs("dark", "--outrootdir", folder / "alone", exposures[19], crds=crds_cache, status=1)
        product = next((folder / "alone").rglob("*_jump.fits"))
        python(STEPS, product, final_of(folder), folder / "a.fits", folder / "b.fits", crds=crds_cache)

    return make_once("dark_run", make)


@pytest.fixture(scope="module")
def miri(make_once, mkrefs, darks, crds_cache):
    """Output for six darks of MIRI of two integrations each; read only."""

    def make(folder):
        options = ("--outrootdir", folder / "out", "--pp", "D+", "max_Delta_MJD", 5)
        done = mkrefs("dark", *options, *darks("miri"), crds=crds_cache)
        (folder / "said.txt").write_text(done.stdout + done.stderr)

    return make_once("dark_miri", make)


def final_of(folder):
    (path,) = (folder / "out" / "001" / "dark").glob("*.final_*.dark.fits")
    return path


@pytest.fixture(scope="module")
def truth():
    return DetectorTruth("NRCA1", "SUB160")


def test_the_file_is_certified_and_says_how_it_was_made(run):
    assert "0 errors" in (run / "said.txt").read_text()
    with fits.open(final_of(run)) as hdus:
        header = hdus[0].header
        history = "".join(header["HISTORY"])
        assert (header["REFTYPE"], header["EXP_TYPE"]) == ("DARK", "ANY")
        assert [header[key] for key in ("NFRAMES", "GROUPGAP", "NGROUPS", "NOUTPUTS")] == [1, 0, 10, 1]
        names = {"SCI", "ERR", "DQ", "DQ_DEF", "AVDRKCUR", "AVDRKERR", "NCONTRIB", "NSAMPLES"}
        assert names <= {hdu.name for hdu in hdus}
        assert hdus["SCI"].shape == hdus["NCONTRIB"].shape == (10, 160, 160)
    steps = "dq_init, saturation, superbias, refpix, linearity, jump"
    for text in (f"Calibration state: {steps}", "19 integrations of 19 exposures", "until its first hit"):
        assert text.replace(" ", "") in history.replace(" ", "")


def test_the_injected_dark_current_is_recovered(run, truth):
    with fits.open(final_of(run)) as hdus:
        rate, error, flags, ramp, err = (
            np.array(hdus[name].data) for name in ("AVDRKCUR", "AVDRKERR", "DQ", "SCI", "ERR")
        )
    good = truth.normal | truth.defects["hot"] | truth.defects["warm"]
    pull = ((rate - truth.dark_current) / error)[good]
    # Of 24 000 pixels the mean is known to 0.007; the reference pixels leave 0.02 in common.
    assert np.mean(pull) == pytest.approx(0, abs=0.05 + 2 * 0.02)
    assert np.std(pull) == pytest.approx(1.0, abs=0.1)
    hot = truth.defects["hot"] & (truth.dark_current > 4)
    assert ((flags & 2) != 0)[hot].mean() > 0.9
    assert ((flags & 2) != 0)[truth.normal].mean() < 0.001
    assert np.isfinite(ramp).all()
    seconds = np.ptp(read_times(truth, ExposureSpec()))
    last = (ramp[-1] - ramp[0] - seconds * truth.dark_current)[good]
    assert np.median(last) == pytest.approx(0, abs=0.1)
    assert np.isfinite(err[:, good]).mean() > 0.999


def test_a_dark_left_out_has_no_slope_after_the_real_steps(run, truth):
    with fits.open(run / "a.fits") as hdus:
        assert hdus[0].header["S_DARK"] == "COMPLETE"
    with fits.open(run / "b.fits") as hdus:
        slope, error, flags = (np.array(hdus[name].data) for name in ("SCI", "ERR", "DQ"))
    with fits.open(final_of(run)) as hdus:
        own = np.array(hdus["AVDRKERR"].data)
    bright = truth.defects["hot"] | truth.defects["warm"]
    for kind in (truth.normal, bright):
        good = kind & ((flags & 1) == 0) & np.isfinite(slope)
        pull = (slope / np.hypot(error, own))[good]
        assert np.median(pull) == pytest.approx(0, abs=0.06 + 3 / np.sqrt(good.sum()))
        assert np.quantile(np.abs(pull), 0.6827) == pytest.approx(1.0, abs=0.1 + 2 / np.sqrt(good.sum()))


def test_figures_show_the_contributions_to_each_group(run):
    names = {path.name.split(".")[-2] for path in (run / "out" / "001" / "dark").glob("*.png")}
    groups = {f"contributions_group{group:03d}" for group in range(1, 11)}
    assert names == groups | {"mean_ramp", "dark_current", "dark_current_histogram"}


def test_science_exposures_of_the_mode_get_the_file(run, mkrefs, crds_cache, tmp_path):
    cache = tmp_path / "crds"
    shutil.copytree(crds_cache, cache)
    mkrefs("context", "add", cache, final_of(run), crds=cache)
    for exp_type in ("NRC_IMAGE", "NRC_DARK"):
        header = {
            "META.INSTRUMENT.NAME": "NIRCAM",
            "META.INSTRUMENT.DETECTOR": "NRCA1",
            "META.EXPOSURE.TYPE": exp_type,
            "META.EXPOSURE.NOUTPUTS": "1",
            "META.SUBARRAY.NAME": "SUB160",
            "META.OBSERVATION.DATE": "2024-06-01",
            "META.OBSERVATION.TIME": "00:00:00",
        }
        chosen = python(CHOICE, json.dumps(header), crds=cache).strip()
        assert chosen != "jwst_nircam_dark_0001.fits"
        assert "dark" in chosen


def test_miri_has_its_first_integrations_apart(miri):
    assert "0 errors" in (miri / "said.txt").read_text()
    truth = DetectorTruth("MIRIMAGE", "SUB64")
    with fits.open(final_of(miri)) as hdus:
        assert hdus["SCI"].shape == hdus["ERR"].shape == (2, 8, 64, 72)
        assert hdus["DQ"].shape == (2, 1, 64, 72)
        rate, error = np.array(hdus["AVDRKCUR"].data), np.array(hdus["AVDRKERR"].data)
        history = "".join(hdus[0].header["HISTORY"])
    assert "refpix" not in history.split("Calibration state:")[1].split("Calibrated")[0]
    pull = ((rate - truth.dark_current) / error)[truth.normal]
    assert np.mean(pull) == pytest.approx(0, abs=0.15)
    assert np.std(pull) == pytest.approx(1.0, abs=0.1)
