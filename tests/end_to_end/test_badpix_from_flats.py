"""Raw flats in, a certified mask out that holds what was put into the detector; the real step takes it."""

import os
import subprocess
import sys

import numpy as np
import pytest
from astropy.io import fits
from stdatamodels.jwst.datamodels import MaskModel, dqflags

from mkrefs.testing import DetectorTruth

pytestmark = pytest.mark.pipeline

KINDS = {"DEAD": "dead", "LOW_QE": "low_qe", "OPEN": "open", "ADJ_OPEN": "adjacent_open"}
# A process of its own: crds reads its environment once and keeps the context for good.
STEPS = """
import sys
from jwst.dq_init import DQInitStep
from jwst.refpix import RefPixStep
from stdatamodels.jwst.datamodels import RampModel

exposure, mask, referenced = sys.argv[1:]
with RampModel(exposure) as ramp:
    ramp = DQInitStep.call(ramp, override_mask=mask)
    RefPixStep.call(ramp).save(referenced)
"""


@pytest.fixture(scope="module")
def run(make_once, mkrefs, darks, crds_cache):
    """Ten flats of the detector of "clean", whose mask in use excludes dead and open pixels; read only."""

    def make(folder):
        darks("clean")
        words = ("--darks", 0, "--flats", 10, "--ngroups", 6, "--spacing", "0.05")
        mkrefs("simulate", folder / "data", *words, "--cosmic-ray-fraction", "0.05")
        exposures = sorted((folder / "data").glob("*_uncal.fits"))
        options = ("--outrootdir", folder / "out", "--nproc", 1, "--pp", "F+", "max_Delta_MJD", 5)
        wanted = (
            *("--badpix_from_flats.plot", "true"),
            *("--badpix_from_flats.do_not_use", "[DEAD, OPEN]"),
            *("--badpix_from_flats.run_dead_flux_check", "true"),
        )
        done = mkrefs("badpix_from_flats", *options, *wanted, *exposures, crds=crds_cache)
        (folder / "said.txt").write_text(done.stdout + done.stderr)
        steps = subprocess.run(
            [*map(str, (sys.executable, "-c", STEPS, exposures[0], final_of(folder), folder / "ref.fits"))],
            env={**os.environ, "CRDS_PATH": str(crds_cache)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert steps.returncode == 0, steps.stderr[-3000:]

    return make_once("badpix_from_flats_run", make)


def final_of(folder):
    (path,) = (folder / "out" / "001" / "badpix_from_flats").glob("*.final_*.mask.fits")
    return path


@pytest.fixture(scope="module")
def truth():
    return DetectorTruth("NRCA1", "SUB160")


@pytest.fixture(scope="module")
def flags(run):
    with MaskModel(final_of(run)) as model:
        return {name: (np.array(model.dq) & value) != 0 for name, value in dqflags.pixel.items()}


def test_the_file_is_certified_and_says_what_it_is(run):
    assert "0 errors" in (run / "said.txt").read_text()
    with fits.open(final_of(run)) as hdus:
        header = hdus[0].header
        assert (header["REFTYPE"], header["DESCRIP"]) == ("MASK", "A bad pix mask")
        assert (header["SUBARRAY"], header["EXP_TYPE"]) == ("SUB160", "ANY")
        history = "".join(header["HISTORY"]).replace(" ", "")
    for text in (
        "linearity, jump",
        "Flats: 10 of 10 integrations",
        "of those of the mask in use",
        "Flux check",
    ):
        assert text.replace(" ", "") in history


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_found_as_what_it_is(flags, truth, name):
    wanted, found = truth.defects[KINDS[name]], flags[name]
    missed, wrong = wanted & ~found, found & ~wanted
    # An open pixel beyond the edge of the subarray is not seen.
    missed[[0, -1]] = missed[:, [0, -1]] = False
    assert wanted.sum() > 8
    assert missed.sum() <= 0.01 * wanted.sum()
    assert wrong.sum() <= 0.01 * wanted.sum()
    assert (wrong & truth.normal).sum() <= 0.001 * truth.normal.sum()


def test_what_is_excluded_is_what_was_asked_for(flags, truth):
    np.testing.assert_array_equal(flags["DO_NOT_USE"], flags["DEAD"] | flags["OPEN"])
    np.testing.assert_array_equal(flags["REFERENCE_PIXEL"], truth.reference_pixels)


def test_the_real_steps_take_it(run, flags, truth):
    with fits.open(run / "ref.fits") as hdus:
        assert hdus[0].header["S_DQINIT"] == hdus[0].header["S_REFPIX"] == "COMPLETE"
        used = np.array(hdus["PIXELDQ"].data)
        science = np.array(hdus["SCI"].data[0])
    dead = dqflags.pixel["DEAD"]
    np.testing.assert_array_equal((used & dead) != 0, flags["DEAD"])
    # The reference pixels were in use: their mean, which was the bias, is gone.
    assert abs(science[:, truth.reference_pixels].mean()) < 5


def test_figures_lie_beside_the_individual_file(run):
    folder = run / "out" / "001" / "badpix_from_flats"
    (individual,) = (path for path in folder.glob("*.mask.fits") if ".final" not in path.name)
    names = {path.name for path in folder.glob("*.png")}
    wanted = ("flat_histogram", "flat", "bad_pixels")
    assert names == {f"{individual.stem}.{name}.png" for name in wanted}
