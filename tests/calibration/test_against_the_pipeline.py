"""Products are those of the pipeline itself, bit for bit, with true statuses, but for masked pixels."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from scipy.ndimage import binary_dilation

from mkrefs.instruments.dq import GROUP_DQ, PIXEL_DQ
from mkrefs.instruments.pipeline_steps import DONE_KEYWORDS
from mkrefs.jobs.calibrating import CalibrateJob, Product
from mkrefs.jobs.json_form import job_to_json
from mkrefs.planning.required_steps import parse_ssbsteps

pytestmark = pytest.mark.pipeline

REQUIRED = parse_ssbsteps("rate-", "NIRCAM")
SUFFIXES = [
    ("refpix", "refpix"),
    ("jump", "jump"),
    ("ramp_fit", "rate"),
    ("rateints", "rateints"),
    ("fitopt", "fitopt"),
]
SAVED = ("saturation", "refpix", "jump", "ramp_fit")

# A process of its own: crds reads its environment once and keeps the context for good.
SCRIPT = """
import json, sys
from mkrefs.calibration.work import calibrate
from mkrefs.jobs.json_form import job_from_json
folder, exposure, *jobs = sys.argv[1:]
jobs = [job_from_json(json.loads(job)) for job in jobs]
for job in jobs:
    if folder not in job.source:
        calibrate(job)
from jwst.pipeline import Detector1Pipeline
saved = {step: {"save_results": True} for step in ("saturation", "refpix", "jump")}
saved["ramp_fit"] = {"save_opt": True}
Detector1Pipeline.call(exposure, output_dir=folder, save_results=True, steps=saved)
for job in jobs:
    if folder in job.source:
        calibrate(job)
"""
#: What images that corrections take end with.
FITTED = ("ramp_fit", "gain_scale")


def job(source, steps, folder, saved):
    """A job that saves the states after some of its steps in a folder."""
    products = [
        Product(steps[: steps.index(step) + 1], str(folder / f"{step}.fits"), details(step, folder))
        for step in saved
    ]
    optional = tuple(step for step in steps if step in REQUIRED.optional and step not in SAVED)
    return CalibrateJob("c", "e", str(source), steps, tuple(products), optional)


def image_job(source, steps, path, planes):
    """A job that makes slopes as images."""
    return CalibrateJob("c", "e", str(source), steps, (Product(steps, str(path)),), steps, planes=planes)


def details(step, folder):
    names = ("rateints", "fitopt") if step == "ramp_fit" else ()
    return {name: str(folder / f"{name}.fits") for name in names}


@pytest.fixture(scope="module")
def products(darks, crds_cache, make_once):
    """Folder with products of the pipeline, of one pass of ours, and of one that goes on from saturation."""

    def make(folder: Path) -> None:
        for name in ("pipeline", "ours", "resumed"):
            (folder / name).mkdir(parents=True)
        exposure, steps = darks("clean")[0], REQUIRED.steps  # with reference pixels
        missing = steps[steps.index("saturation") + 1 :]
        jobs = [
            job(exposure, steps, folder / "ours", SAVED),
            job(folder / "ours" / "saturation.fits", missing, folder / "resumed", SAVED[1:]),
            image_job(exposure, (*steps, "gain_scale"), folder / "ours" / "image.fits", "exposure"),
            image_job(
                folder / "pipeline" / exposure.name.replace("_uncal", "_jump"),
                FITTED,
                folder / "ours" / "cube.fits",
                "integrations",
            ),
        ]
        texts = [json.dumps(job_to_json(each)) for each in jobs]
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, folder / "pipeline", exposure, *texts],
            env={**os.environ, "CRDS_PATH": str(crds_cache)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]

    return make_once("pipeline_products", make)


def pixels(path):
    with fits.open(path) as hdus:
        return {hdu.name: np.array(hdu.data) for hdu in hdus[1:] if hdu.name != "ASDF" and hdu.is_image}


def statuses(path):
    header = fits.getheader(path)
    return {keyword: header.get(keyword) for keyword in DONE_KEYWORDS.values()}


@pytest.mark.parametrize("start", ["ours", "resumed"])
@pytest.mark.parametrize(("step", "suffix"), SUFFIXES)
def test_pixels_and_flags_are_those_of_the_pipeline(start, step, suffix, products):
    expected = pixels(next((products / "pipeline").glob(f"*_{suffix}.fits")))
    found = pixels(products / start / f"{step}.fits")
    assert found.keys() == expected.keys()
    compared = unmasked(products)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name][compared], array[compared], err_msg=name, strict=True)


@pytest.mark.parametrize(("name", "suffix"), [("image", "rate"), ("cube", "rateints")])
def test_images_are_those_of_the_pipeline_masked_pixels_too(name, suffix, products):
    path = next((products / "pipeline").glob(f"*_{suffix}.fits"))
    found, expected = pixels(products / "ours" / f"{name}.fits"), pixels(path)
    assert found.keys() == expected.keys()
    for key, array in expected.items():
        np.testing.assert_array_equal(found[key], array, err_msg=key, strict=True)


def test_the_statuses_of_an_image_are_those_of_the_pipeline(products):
    expected = statuses(next((products / "pipeline").glob("*_rate.fits")))
    assert statuses(products / "ours" / "image.fits") == expected


def unmasked(products):
    """Give what selects of an array the pixels that the mask does not exclude, nor a neighbour of them."""
    flags = pixels(products / "ours" / "jump.fits")["PIXELDQ"]
    far = ~binary_dilation(flags & PIXEL_DQ["DO_NOT_USE"] != 0)
    assert 0.9 < far.mean() < 1

    return np.s_[..., far]


def test_pixels_that_the_mask_excludes_are_kept(products):
    ramp, rate = (pixels(products / "ours" / f"{step}.fits") for step in ("jump", "ramp_fit"))
    masked = ramp["PIXELDQ"] & PIXEL_DQ["DO_NOT_USE"] != 0
    assert masked.sum() > 10
    assert not (ramp["GROUPDQ"][..., masked] & GROUP_DQ["DO_NOT_USE"]).any()
    assert np.isfinite(rate["SCI"][masked]).all()
    pipeline = pixels(next((products / "pipeline").glob("*_rate.fits")))["SCI"]
    assert np.isnan(pipeline[masked]).all()


@pytest.mark.parametrize("start", ["ours", "resumed"])
@pytest.mark.parametrize("step", ["refpix", "jump"])
def test_statuses_are_those_of_the_pipeline(start, step, products):
    expected = statuses(next((products / "pipeline").glob(f"*_{step}.fits")))
    assert expected["S_DQINIT"] == expected["S_SATURA"] == "COMPLETE"
    assert statuses(products / start / f"{step}.fits") == expected


def test_the_steps_do_something(products):
    before, after = (pixels(products / "ours" / f"{step}.fits")["SCI"] for step in ("saturation", "refpix"))
    assert np.abs(after[..., 0, :, :].mean() - before[..., 0, :, :].mean()) > 100.0  # the bias is gone
    unchanged = (np.diff(after, axis=1) == np.diff(before, axis=1)).mean()
    assert unchanged < 0.1  # and the drifts between groups


def test_no_step_beyond_the_state_asked_for_is_claimed(products):
    found = statuses(products / "ours" / "saturation.fits")
    assert [keyword for keyword, status in found.items() if status == "COMPLETE"] == ["S_DQINIT", "S_SATURA"]
    assert found["S_REFPIX"] is None
