"""A creator that takes calibrated images gets them as images, and the file tells what they went through."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.api import ExposureMetadata, ImageCreator, ReferenceData, hookimpl
from mkrefs.creation import work
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.making import CreateJob, RoleInput
from mkrefs.registry.plugins import load_plugins
from mkrefs.testing import ArrayImage

SHAPE = (32, 40)
METADATA = ExposureMetadata(
    "NIRCAM",
    "NRCALONG",
    "NRC_IMAGE",
    "BRIGHT1",
    "FULL",
    1,
    1,
    40,
    32,
    -1,
    2,
    1,
    5,
    1,
    0,
    10.7,
    10.7,
    filter="F444W",
)


class MedianFlat(ImageCreator):
    """The median of images times the flat they were divided by."""

    label, reftype, imtypes, unit, measures = "median_flat", "flat", "I+", "1", "The sky."
    ssbsteps = {"*": "photom-"}  # noqa: RUF012 - as a plugin author writes it

    def create(self, images, parameters):
        stack = [image.array("data") * image.flat() for image in images.values()]
        median = np.median(stack, axis=0)
        return ReferenceData(
            arrays={"data": median, "err": np.zeros_like(median)},
            flags={"DEAD": np.zeros(median.shape, bool)},
            history=(f"median of {', '.join(image.exposure for image in images.values())}",),
        )


class Plugin:
    @hookimpl
    def mkrefs_creators(self):
        return [MedianFlat]


@pytest.fixture
def job(tmp_path, monkeypatch):
    monkeypatch.setattr(work, "installed_plugins", lambda: load_plugins([("mine", Plugin())]))
    references = tmp_path / "crds" / "references" / "jwst" / "nircam"
    references.mkdir(parents=True)
    flat = fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(np.full(SHAPE, 2.0, np.float32), name="SCI")])
    flat.writeto(references / "jwst_nircam_flat_0001.fits")
    header = {
        "INSTRUME": "NIRCAM", "S_FLAT": "COMPLETE", "S_PHOTOM": "SKIPPED", "CRDS_CTX": "jwst_0001.pmap",
        "R_FLAT": "crds://jwst_nircam_flat_0001.fits",
    }  # fmt: skip
    ramps = []
    for number in (1, 2, 3):
        with ArrayImage(np.full(SHAPE, number), header=header).model() as model:
            model.save(str(tmp_path / f"jw{number}_cal.fits"))
        ramps.append(RoleInput(f"I{number}", f"jw{number}", str(tmp_path / f"jw{number}_cal.fits")))
    return CreateJob(
        id="flat-1",
        label="median_flat",
        reftype="flat",
        ramps=tuple(ramps),
        parameters=MedianFlat.Parameters().model_dump(mode="json"),
        metadata=METADATA,
        output=str(tmp_path / "run" / "median.fits"),
        steps=("assign_wcs", "flat_field", "photom", "outlier_detection", "level_match"),
        plugin="mine 1.0",
        crds=CrdsState(str(tmp_path / "crds")),
    )


def test_the_creator_gets_images_and_the_file_tells_their_state(job):
    notes = work.create(job, "f" * 32)
    assert (fits.getdata(job.output, "SCI") == 4.0).all()
    lines = list(fits.getheader(job.output)["HISTORY"])
    state = (
        "Calibration state: flat_field, outlier_detection, level_match",
        "Skipped by the pipeline: photom",
        "Not told by the headers: assign_wcs",
        "Calibrated with R_FLAT jwst_nircam_flat_0001.fits",
        "median of jw1, jw2, jw3",
    )
    assert [line for line in state if line not in lines] == []
    assert [line for line in state if line not in notes] == []
    assert "  I2: jw2_cal.fits" in lines
