"""Calibrated images in, a certified flat of the sky out, through three corrections."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.testing import MosaicSpec, simulate_mosaic, write_mosaic

pytestmark = pytest.mark.pipeline

LABELS = ("outlier_detection", "level_match", "multi_tile_destripe", "sky_flat")
CONFIG = Path(__file__).parents[2] / "configs" / "imaging-chain.yml"
#: SUB160 of a long-wave chip is as small as certified flats of it get.
SPEC = MosaicSpec(
    tiles=(2, 1),
    dithers=4,
    shape=(160, 160),
    overlap=0.4,
    dither_size=15,
    source=0.0,
    stars=10,
    star_peak=20.0,
    stripes=0.01,
    level=0.02,
    noise=0.03,
    sky_level=0.5,
    flat=0.06,
    cosmic_rays=0.003,
)
ARRAYS = ("SCI", "ERR", "DQ", "VAR_POISSON", "VAR_RNOISE", "VAR_FLAT")
# A process of its own: the step puts up its own logging.
ALONE = """
import sys
from jwst.outlier_detection import OutlierDetectionStep

OutlierDetectionStep(output_dir=sys.argv[1], save_results=True, suffix="alone").run(sys.argv[2:])
"""


@pytest.fixture(scope="module")
def run(make_once, mkrefs, crds_cache):
    """Output of the chain, and of the step alone on the same images; read only."""

    def make(folder):
        images = write_mosaic(simulate_mosaic(SPEC), folder / "cal")
        options = ("--cfgfile", CONFIG, "--outrootdir", folder / "out", "--nproc", 1)
        done = mkrefs("-v", *options, *LABELS, *images, crds=crds_cache)
        (folder / "said.txt").write_text(done.stdout + done.stderr)
        (folder / "alone").mkdir()
        command = [sys.executable, "-W", "ignore", "-c", ALONE, folder / "alone", *images]
        subprocess.run([*map(str, command)], cwd=folder / "alone", capture_output=True, check=True)

    return make_once("imaging_chain", make)


def corrected(run, label):
    return sorted((run / "out" / "001" / label).glob("*_crf.fits"))


def report(run, label):
    (path,) = (run / "out" / "001" / label).glob("*.correction.json")
    return json.loads(path.read_text())


def test_outliers_are_those_of_the_step_alone(run):
    alone = sorted((run / "alone").glob("*_alone.fits"))
    assert len(alone) == len(corrected(run, "outlier_detection")) == 8
    for ours, theirs in zip(corrected(run, "outlier_detection"), alone, strict=True):
        with fits.open(ours) as one, fits.open(theirs) as other:
            for name in ARRAYS:
                np.testing.assert_array_equal(one[name].data, other[name].data)
            assert one[0].header["S_OUTLIR"] == other[0].header["S_OUTLIR"] == "COMPLETE"


def test_each_correction_goes_on_from_the_one_before(run):
    assert [report(run, label)["steps"][-1] for label in LABELS[:3]] == [
        "photom",
        "outlier_detection",
        "level_match",
    ]
    for label in LABELS[1:3]:
        assert len(corrected(run, label)) == 8


def test_the_guard_is_silent(run):
    found = report(run, "outlier_detection")
    assert found["results"]["guard"]["bright_sources"] > 3
    assert found["warnings"] == []


def test_levels_agree_and_stripes_are_gone(run):
    with np.load(run / "cal" / "truth.npz") as truth:
        residuals = []
        for path in corrected(run, "multi_tile_destripe"):
            name = path.name.replace("_crf", "_cal")
            with fits.open(path) as hdus:
                empty = truth[f"{name}|scene"] < 0.01
                good = empty & np.isfinite(hdus["SCI"].data) & ~truth[f"{name}|cosmic_rays"]
                residuals.append(np.where(good, hdus["SCI"].data - truth[f"{name}|sky_level"], np.nan))
    levels = np.array([np.nanmedian(residual) for residual in residuals])
    rows = np.array([np.nanmean(residual, axis=1) - np.nanmedian(residual) for residual in residuals])
    assert levels.std() < 0.05 * SPEC.level
    assert rows.std() < 0.5 * SPEC.stripes


def test_the_flat_is_certified_and_good(run):
    folder = run / "out" / "001" / "sky_flat"
    (final,) = folder.glob("*.final_*.flat.fits")
    header = fits.getheader(final)
    assert [header[key] for key in ("DETECTOR", "FILTER", "PUPIL", "SUBARRAY")] == [
        "NRCALONG",
        "F444W",
        "CLEAR",
        "SUB160",
    ]
    assert header["PEDIGREE"] == "INFLIGHT 2024-03-01 2024-03-01"
    assert header["USEAFTER"] == "2024-03-01T00:00:00"
    (verdict,) = folder.glob("*.final_*.certify.json")
    assert json.loads(verdict.read_text())["errors"] == []
    said = (run / "said.txt").read_text()
    assert "failed" not in said.lower().replace("0 failed", "")


def test_the_response_is_the_true_one(run):
    (final,) = (run / "out" / "001" / "sky_flat").glob("*.final_*.flat.fits")
    with fits.open(final) as hdus, np.load(run / "cal" / "truth.npz") as truth:
        good = hdus["DQ"].data == 0
        true = truth[next(name for name in truth.files if name.endswith("|flat"))].astype(float)
        off = hdus["SCI"].data - true / np.median(true[good])
        pull = (off / hdus["ERR"].data)[good]
    assert good.mean() > 0.98
    assert pull.std() == pytest.approx(1, abs=0.1)
    assert abs(np.median(pull)) < 0.1
