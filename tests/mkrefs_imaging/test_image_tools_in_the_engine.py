"""The image tools as jobs of the engine: files in, files and a report out, the standing of pixels counted."""

import json
from pathlib import Path

import numpy as np
import pytest

from mkrefs.api import PIXEL_DQ
from mkrefs.correction.work import correct
from mkrefs.images.fits_image import FitsImage
from mkrefs.jobs.correcting import CorrectJob, ImageInput
from mkrefs.registry.plugins import load_plugins
from mkrefs.testing import CoronagraphSpec, simulate_coronagraph
from mkrefs.testing.coronagraph import write_coronagraph

BAD, ESTIMATED = PIXEL_DQ["DO_NOT_USE"], PIXEL_DQ["FLUX_ESTIMATED"]


def run(label, paths, folder, **parameters):
    """Carry out the job of a label; give the report and the corrected files."""
    declared = load_plugins().corrections[label].Parameters(**parameters)
    images = tuple(
        ImageInput(
            f"I{place}", path.stem.removesuffix("_calints"), str(path), str(folder / label / path.name)
        )
        for place, path in enumerate(paths, start=1)
    )
    report = folder / label / f"{label}.x.correction.json"
    job = CorrectJob(
        f"{label}-1", label, images=images, parameters=declared.model_dump(mode="json"), report=str(report)
    )
    correct(job, "f" * 32)
    return json.loads(report.read_text(encoding="utf-8")), [Path(each.output) for each in images]


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """All four, one after the other, and their reports."""
    folder = tmp_path_factory.mktemp("run")
    spec = CoronagraphSpec(
        shape=(48, 48), integrations=3, rolls=1, references=0, backgrounds=1, bad_pixels=0.01
    )
    written = write_coronagraph(simulate_coronagraph(spec), folder / "data")
    paths = [path for path in written if FitsImage(path).header.get("IS_PSF") is not True]
    reports, files = {}, {"in": paths}
    for label, parameters in (
        ("subtract_background", {}),
        ("subtract_median", {"borderwidth": 4}),
        ("fix_bad_pixels", {"custom_kwargs": {"*": [[5, 6]]}, "method": "custom+localmed", "plot": True}),
        ("replace_nans", {"cval": -1.0}),
    ):
        reports[label], paths = run(label, paths, folder, **parameters)
        files[label] = paths
    return reports, files


def test_every_tool_leaves_images_and_reports(chain):
    reports, files = chain
    for label, report in reports.items():
        assert report["label"] == label
        assert len(report["images"]) == 2
        for path in files[label]:
            assert FitsImage(path).shape == (3, 48, 48)
    (used,) = reports["subtract_background"]["results"]["backgrounds"]["SCI"]
    assert files["in"][1].name == f"{used}_calints.fits"
    assert reports["fix_bad_pixels"]["parameters"]["sigclip_kwargs"]["neg_sigma"] == 5.0
    assert reports["fix_bad_pixels"]["figures"]


def test_the_engine_counts_what_the_tools_report(chain):
    reports, files = chain
    first = reports["subtract_background"]["images"][0]
    assert first["status"]["blank"] > 0
    assert first["results"]["pixels without background"] > 0
    fixed = reports["fix_bad_pixels"]["images"][0]
    results, status = fixed["results"], fixed["status"]
    assert results["found by custom"] == 3
    assert results["repaired by localmed"] == results["bad at first"] + 3 - results["left bad"]
    assert status["fill"] > 0
    assert status["unflag"] == results["bad at first"] - results["left bad"]
    dq = FitsImage(files["fix_bad_pixels"][0]).array("dq")
    assert np.count_nonzero(dq & ESTIMATED) == results["repaired by localmed"]
    assert np.count_nonzero(dq & BAD) == results["left bad"]
    filled = reports["replace_nans"]["images"][0]
    assert filled["status"]["fill"] == filled["results"]["NaNs replaced"]
    assert np.isfinite(FitsImage(files["replace_nans"][0]).array("data")).all()


def test_backgrounds_are_passed_on(chain):
    _, files = chain
    for name in ("data", "err", "dq"):
        before, after = (FitsImage(files[label][1]).array(name) for label in ("in", "subtract_background"))
        np.testing.assert_array_equal(before, after)
