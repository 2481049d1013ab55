"""Raw darks in, a certified mask out that holds what was put into the detector; the real step takes it."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits
from stdatamodels.jwst.datamodels import MaskModel, dqflags

from mkrefs.testing import DetectorTruth, ExposureSpec, simulate_exposure

pytestmark = pytest.mark.pipeline

KINDS = {
    "HOT": ("hot",),
    "RC": ("rc", "inverse_rc"),
    "TELEGRAPH": ("telegraph",),
    "UNRELIABLE_SLOPE": ("noisy",),
    "OTHER_BAD_PIXEL": ("low_pedestal",),
}
GOAL = {"HOT": 0.99, "RC": 0.95, "TELEGRAPH": 0.9, "UNRELIABLE_SLOPE": 0.95, "OTHER_BAD_PIXEL": 0.95}
# A process of its own: crds reads its environment once and keeps the context for good.
STEP = """
import sys
from jwst.dq_init import DQInitStep
from stdatamodels.jwst.datamodels import RampModel

exposure, mask, flagged = sys.argv[1:]
with RampModel(exposure) as ramp:
    DQInitStep.call(ramp, override_mask=mask).save(flagged)
"""


def make_truth():
    """The detector of the reference files in use, with two kinds of bad pixels that these do not know."""
    truth = DetectorTruth("NRCA1", "SUB160")
    more = {"inverse_rc_fraction": 0.001, "low_pedestal_fraction": 0.001}
    return replace(truth, levels=replace(truth.strengths, **more))


@pytest.fixture(scope="module")
def truth():
    return make_truth()


@pytest.fixture(scope="module")
def run(make_once, mkrefs, crds_cache):
    """Ten darks with cosmic rays; the mask in use excludes dead, open and RC pixels; read only."""

    def make(folder):
        spec = ExposureSpec(ngroups=18, cosmic_ray_fraction=0.05)
        exposures = [
            simulate_exposure(make_truth(), replace(spec, exposure=number), folder / "data")
            for number in range(1, 11)
        ]
        options = ("--outrootdir", folder / "out", "--nproc", 1, "--badpix_from_darks.plot", "true")
        done = mkrefs("badpix_from_darks", *options, *exposures, crds=crds_cache)
        (folder / "said.txt").write_text(done.stdout + done.stderr)
        step = subprocess.run(
            [*map(str, (sys.executable, "-c", STEP, exposures[0], final_of(folder), folder / "dq.fits"))],
            env={**os.environ, "CRDS_PATH": str(crds_cache)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert step.returncode == 0, step.stderr[-3000:]

    return make_once("badpix_from_darks_run", make)


def final_of(folder):
    (path,) = (folder / "out" / "001" / "badpix_from_darks").glob("*.final_*.mask.fits")
    return path


@pytest.fixture(scope="module")
def flags(run):
    with MaskModel(final_of(run)) as model:
        return {name: (np.array(model.dq) & value) != 0 for name, value in dqflags.pixel.items()}


def test_the_file_is_certified_and_says_what_it_is(run):
    assert "0 errors" in (run / "said.txt").read_text()
    with fits.open(final_of(run)) as hdus:
        header = hdus[0].header
        assert (header["REFTYPE"], header["DESCRIP"]) == ("MASK", "A bad pix mask")
        assert {"DQ", "DQ_DEF", "DARK_CLASSES"} <= {hdu.name for hdu in hdus}
        history = "".join(header["HISTORY"]).replace(" ", "")
    for text in ("linearity, jump", "Darks: 10 ramps of 10 integrations, up to 18", "of the mask in use"):
        assert text.replace(" ", "") in history


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_found_as_what_it_is(flags, truth, name):
    wanted = np.logical_or.reduce([truth.defects[kind] for kind in KINDS[name]])
    tested, found = wanted.copy(), flags[name]
    if name == "TELEGRAPH":
        tested &= truth.telegraph_step > 6 * truth.read_noise
    if name == "HOT":
        # What 18 groups of 0.28 s cannot tell from the others is no failure.
        tested &= truth.dark_current > 2
    wrong = found & ~wanted
    if name == "HOT":
        wrong &= truth.dark_current < 0.15
    assert tested.sum() > 15
    # One pixel more or less of some dozens is chance.
    assert (tested & ~found).sum() <= (1 - GOAL[name]) * tested.sum() + 1
    assert wrong.sum() <= (1 - GOAL[name]) * found.sum() + 1
    assert (found & truth.normal).sum() <= 0.001 * truth.normal.sum()


def test_what_is_excluded_is_what_is_documented(flags, truth):
    excluded = np.logical_or.reduce([flags[name] for name in KINDS])
    np.testing.assert_array_equal(flags["DO_NOT_USE"], excluded)
    np.testing.assert_array_equal(flags["REFERENCE_PIXEL"], truth.reference_pixels)


def test_pixels_that_the_mask_in_use_excludes_are_found_again(flags, truth):
    with_it = truth.defects["rc"]
    assert with_it.sum() > 5
    assert (flags["RC"] & with_it).sum() >= 0.9 * with_it.sum()


def test_the_real_step_takes_it(run, flags):
    with fits.open(run / "dq.fits") as hdus:
        assert hdus[0].header["S_DQINIT"] == "COMPLETE"
        used = np.array(hdus["PIXELDQ"].data)
    for name in (*KINDS, "DO_NOT_USE"):
        np.testing.assert_array_equal((used & dqflags.pixel[name]) != 0, flags[name])


def test_figures_lie_beside_the_individual_file(run):
    folder = run / "out" / "001" / "badpix_from_darks"
    (individual,) = (path for path in folder.glob("*.mask.fits") if ".final" not in path.name)
    names = {path.name for path in folder.glob("*.png")}
    wanted = ("dark_rates", "dark_noise", "dark_rate_map", "dark_noise_map", "dark_classes", "bad_pixels")
    assert names == {f"{individual.stem}.{name}.png" for name in wanted}
