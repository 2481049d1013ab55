"""Calibrated images are those of calwebb_image2, bit for bit, and those that were simulated."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.jobs.calibrating import CalibrateJob, Product
from mkrefs.jobs.json_form import job_to_json
from mkrefs.testing import MosaicSpec, make_image_references, simulate_mosaic, write_mosaic

pytestmark = pytest.mark.pipeline

DETECTORS = ("NRCALONG", "MIRIMAGE")
STEPS = ("assign_wcs", "flat_field", "photom")
#: What the pipeline alone says, as it makes a whole product in one go.
ITS_OWN = {"DATE", "FILENAME", "ASNPOOL", "ASNTABLE", "S_RESAMP", ""}

# A process of its own: crds reads its environment once and keeps the context for good.
SCRIPT = """
import json, sys
from mkrefs.calibration.work import calibrate
from mkrefs.jobs.json_form import job_from_json
folder, *jobs = sys.argv[1:]
jobs = [job_from_json(json.loads(job)) for job in jobs]
for job in jobs:
    calibrate(job)
from jwst.pipeline import Image2Pipeline
for source in dict.fromkeys(job.source for job in jobs):
    Image2Pipeline.call(source, output_dir=folder, save_results=True, steps={"resample": {"skip": True}})
"""


def job(source, folder, planes="exposure", saved=STEPS):
    """A job that saves the states after some of the steps in a folder."""
    products = [Product(STEPS[: STEPS.index(step) + 1], str(folder / f"{step}.fits")) for step in saved]
    return CalibrateJob("c", "e", str(source), STEPS, tuple(products), STEPS[:-1], planes=planes)


def write_cube(path):
    """Make slopes of two integrations of those of an exposure."""
    from stdatamodels.jwst.datamodels import CubeModel, ImageModel

    with ImageModel(path) as image, CubeModel() as cube:
        cube.update(image)
        for name in ("data", "err", "dq", "var_poisson", "var_rnoise"):
            cube[name] = np.stack([image[name], image[name]])
        cube.save(str(path).replace("_rate", "_rateints"))


@pytest.fixture(scope="module")
def images(mkrefs, make_once):
    """Folder with simulated images, what we make of their slopes, and what the pipeline makes of them."""

    def make(folder: Path) -> None:
        files, jobs = [], []
        for detector in DETECTORS:
            spec = MosaicSpec(tiles=(1, 1), shape=(32, 40), flat=0.02, distortion=1.0, detectors=(detector,))
            mosaic = simulate_mosaic(spec)
            write_mosaic(mosaic, folder / "truth")
            (rate,) = write_mosaic(mosaic, folder / "slopes", product="rate")
            files += make_image_references(mosaic, folder / "references")
            jobs.append(job(rate, folder / detector))
        write_cube(rate)
        jobs.append(
            job(str(rate).replace("_rate", "_rateints"), folder / "cube", "integrations", ("photom",))
        )
        mkrefs("context", "create", folder / "crds", *files)
        (folder / "pipeline").mkdir()
        texts = [json.dumps(job_to_json(each)) for each in jobs]
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, folder / "pipeline", *texts],
            env={**os.environ, "CRDS_PATH": str(folder / "crds")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]

    return make_once("images_of_the_pipeline", make)


def content(path):
    """Give all arrays and keywords of a file."""
    with fits.open(path) as hdus:
        arrays = {hdu.name: np.array(hdu.data) for hdu in hdus[1:] if hdu.name != "ASDF" and hdu.is_image}
        headers = [dict(hdu.header) for hdu in hdus[:2]]
    return arrays, [{key: value for key, value in one.items() if key not in ITS_OWN} for one in headers]


def sky(path):
    """Give the positions on the sky of some pixels, by the WCS in the file."""
    from stdatamodels.jwst.datamodels import open as open_model

    with open_model(path) as model:
        x, y = np.meshgrid(np.arange(0.0, 40.0, 7.0), np.arange(0.0, 32.0, 7.0))
        return np.array(model.meta.wcs(x, y))


def only(folder, pattern):
    (path,) = folder.glob(pattern)
    return path


@pytest.mark.parametrize(
    ("made", "name"),
    [("NRCALONG", "*_nrcalong_cal.fits"), ("MIRIMAGE", "*_mirimage_cal.fits"), ("cube", "*_calints.fits")],
)
def test_images_are_those_of_the_pipeline(made, name, images):
    theirs = only(images / "pipeline", name)
    (arrays, headers), (expected, said) = content(images / made / "photom.fits"), content(theirs)
    assert arrays.keys() == expected.keys() >= {"SCI", "ERR", "DQ", "AREA", "VAR_FLAT"}
    for key, array in expected.items():
        np.testing.assert_array_equal(arrays[key], array, err_msg=key, strict=True)
    assert headers == said
    assert headers[0]["S_PHOTOM"] == "COMPLETE"
    np.testing.assert_array_equal(sky(images / made / "photom.fits"), sky(theirs))


@pytest.mark.parametrize("detector", DETECTORS)
def test_images_are_those_that_were_simulated(detector, images):
    truth, made = only(images / "truth", f"*_{detector.lower()}_cal.fits"), images / detector / "photom.fits"
    found, simulated = (content(path)[0]["SCI"] for path in (made, truth))
    used = np.isfinite(found)  # the pipeline blanks what is not to be used
    assert used.mean() > 0.99
    np.testing.assert_allclose(found[used], simulated[used], rtol=1e-5, atol=1e-6)
    assert np.abs(sky(made) - sky(truth)).max() < 1e-5 * 0.06 / 3600  # a hundred thousandth of a pixel


def test_states_on_the_way_can_be_kept(images):
    flat = content(images / "NRCALONG" / "flat_field.fits")[0]["SCI"]
    slopes = content(only(images / "slopes", "*_nrcalong_rate.fits"))[0]["SCI"]
    header = fits.getheader(images / "NRCALONG" / "flat_field.fits")
    assert (header["S_WCS"], header["S_FLAT"]) == ("COMPLETE", "COMPLETE")
    assert "S_PHOTOM" not in header
    known = np.isfinite(flat)
    assert 0.005 < np.std(flat[known] / slopes[known]) < 0.05
