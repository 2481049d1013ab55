"""Raw darks in, a certified superbias out; the real step takes it, on an exposure it was not made from."""

import os
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
from jwst.refpix import RefPixStep
from jwst.superbias import SuperBiasStep
from stdatamodels.jwst.datamodels import RampModel

product, superbias, corrected, referenced = sys.argv[1:]
with RampModel(product) as ramp:
    ramp = SuperBiasStep.call(ramp, override_superbias=superbias)
    ramp.save(corrected)
    RefPixStep.call(ramp).save(referenced)
"""


@pytest.fixture(scope="module")
def run(make_once, mkrefs, darks, crds_cache):
    """Output for nineteen of twenty darks with cosmic rays; the twentieth is calibrated alone; read only."""

    def make(folder):
        exposures = darks("hit")
        options = ("--outrootdir", folder / "out", "--nproc", 1, "--pp", "D+", "max_Delta_MJD", 5)
        wanted = ("--superbias.plot", "true", "--superbias.save_filled", "true")
        done = mkrefs("superbias", *options, *wanted, *exposures[:19], crds=crds_cache)
        (folder / "said.txt").write_text(done.stdout + done.stderr)
        # One integration gives no file, but its calibration is kept.
        mkrefs("superbias", "--outrootdir", folder / "alone", exposures[19], crds=crds_cache, status=1)
        product = next((folder / "alone").rglob("*_saturation.fits"))
        final = final_of(folder)
        command = [sys.executable, "-c", STEPS, product, final, *(folder / f"{n}.fits" for n in "ab")]
        steps = subprocess.run(
            [*map(str, command)],
            env={**os.environ, "CRDS_PATH": str(crds_cache)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert steps.returncode == 0, steps.stderr[-3000:]

    return make_once("superbias_run", make)


def final_of(folder):
    (path,) = (folder / "out" / "001" / "superbias").glob("*.final_*.superbias.fits")
    return path


@pytest.fixture(scope="module")
def truth():
    return DetectorTruth("NRCA1", "SUB160")


@pytest.fixture(scope="module")
def expected(truth):
    """Level of the first group."""
    first = np.float32(read_times(truth, ExposureSpec())[0].mean())
    return truth.bias + truth.dark_current * first


def less_reference(image, truth):
    """Take the mean of the reference pixels off, in even and odd columns each."""
    image = np.array(image, dtype=np.float64)
    for parity in (0, 1):
        columns = image[:, parity::2]
        columns -= columns[truth.reference_pixels[:, parity::2]].mean()
    return image


def test_the_file_is_certified_and_says_how_it_was_made(run):
    assert "0 errors" in (run / "said.txt").read_text()
    with fits.open(final_of(run)) as hdus:
        header = hdus[0].header
        history = "".join(header["HISTORY"])
        assert (header["REFTYPE"], header["DESCRIP"]) == ("SUPERBIAS", "Super Bias Image")
        assert header["USEAFTER"] == "2000-01-01T00:00:00"
        assert hdus["SCI"].header["BUNIT"] == hdus["ERR"].header["BUNIT"] == "DN"
        assert {"SCI", "ERR", "DQ", "DQ_DEF", "SCATTER", "NSAMPLES", "REFPIX", "FILLED"} <= {
            hdu.name for hdu in hdus
        }
        assert hdus["SCI"].data.dtype == ">f4"
    for text in ("Calibration state: dq_init, saturation", "19 integrations of 19 ramps", "rms by the refer"):
        assert text.replace(" ", "") in history.replace(" ", "")


def test_the_injected_bias_is_recovered(run, truth, expected):
    with fits.open(final_of(run)) as hdus:
        bias, error, flags = (np.array(hdus[name].data) for name in ("SCI", "ERR", "DQ"))
        reference = np.array(hdus["REFPIX"].data) == 1
    np.testing.assert_array_equal(reference, truth.reference_pixels)
    good = truth.normal & (flags == 0)
    assert good.sum() > 0.998 * truth.normal.sum()
    # The mean drift of the exposures is in light-sensitive and reference pixels alike.
    residual = less_reference(bias - expected, truth)[good]
    pull = residual / error[good]
    # Of 24 000 pixels the median itself is known to 0.008.
    assert np.median(pull) == pytest.approx(0, abs=0.02 + 2 * 0.008)
    assert np.mean(pull**2) == pytest.approx(1.0, abs=0.05)


def test_figures_lie_beside_the_individual_file(run):
    folder = run / "out" / "001" / "superbias"
    (individual,) = (path for path in folder.glob("*.superbias.fits") if ".final" not in path.name)
    names = {path.name for path in folder.glob("*.png")}
    assert names == {f"{individual.stem}.{name}.png" for name in ("bias", "error", "error_histogram")}


def test_a_first_group_left_out_is_zero_after_the_real_step(run, truth):
    with fits.open(run / "a.fits") as hdus:
        assert hdus[0].header["S_SUPERB"] == "COMPLETE"
        first, flagged = np.array(hdus["SCI"].data[0, 0]), hdus["GROUPDQ"].data[0, 0] != 0
    with fits.open(final_of(run)) as hdus:
        error = np.array(hdus["ERR"].data)
    good = truth.normal & ~flagged & np.isfinite(error)
    noise = np.sqrt(truth.read_noise**2 + truth.strengths.reset_noise**2 + error**2)
    pull = (less_reference(first, truth) / noise)[good]
    assert np.median(pull) == pytest.approx(0, abs=0.03)
    # Of normal deviates 68.27 % lie within one standard deviation; rare cosmic rays do not matter.
    assert np.quantile(np.abs(pull), 0.6827) == pytest.approx(1.0, abs=0.03)


def test_the_reference_pixels_then_take_the_drift_off(run, truth):
    with fits.open(run / "b.fits") as hdus:
        assert hdus[0].header["S_REFPIX"] == "COMPLETE"
        first, flagged = np.array(hdus["SCI"].data[0, 0]), hdus["GROUPDQ"].data[0, 0] != 0
    noise = np.hypot(truth.read_noise, truth.strengths.reset_noise)
    pull = (first / noise)[truth.normal & ~flagged]
    assert np.median(pull) == pytest.approx(0, abs=0.04)


def test_miri_has_no_superbias(mkrefs, darks, crds_cache, tmp_path):
    done = mkrefs(
        "superbias", "--outrootdir", tmp_path / "out", *darks("miri")[:2], crds=crds_cache, status=1
    )
    assert "CRDS has no superbias files for MIRI" in done.stdout + done.stderr
    assert not list((tmp_path / "out").rglob("*.fits"))
