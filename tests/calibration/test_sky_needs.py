"""What is said where nothing leads to the sky."""

from types import SimpleNamespace

import numpy as np
import pytest
from astropy.io import fits
from stdatamodels.jwst.datamodels import ImageModel

from mkrefs.calibration.sky_needs import POINTING, require_sky
from mkrefs.calibration.work import open_exposure
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState


@pytest.fixture
def image(tmp_path):
    """An image that says where it looks, and its file."""
    with ImageModel((4, 4)) as model:
        model.meta.instrument.name, model.meta.instrument.detector = "NIRCAM", "NRCALONG"
        for name in POINTING.values():
            setattr(model.meta.wcsinfo, name, 1)
        model.save(tmp_path / "a_rate.fits")
        yield model, str(tmp_path / "a_rate.fits")


def step(file="a.asdf", *, skip=False):
    return SimpleNamespace(skip=skip, get_reference_file=lambda *_: file)


def refused(step, model, file):
    with pytest.raises(UserError) as caught:
        require_sky(step, model, "a", file, CrdsState(context="jwst_0001.pmap"))
    return str(caught.value)


def test_a_header_that_says_too_little(image):
    model, file = image
    model.meta.wcsinfo.ra_ref = model.meta.wcsinfo.v2_ref = None
    assert refused(step(), model, file).startswith("a: its header lacks RA_REF, V2_REF, without which")


def test_a_context_without_distortion(image):
    assert refused(step("N/A"), *image) == (
        "a: jwst_0001.pmap has no distortion for NIRCAM DETECTOR NRCALONG, EXP_TYPE not set, "
        "CHANNEL not set, FILTER not set; add one with 'mkrefs context add', or name a file in reffile4ssb."
    )


@pytest.mark.parametrize(
    ("given", "instrument"),
    [(step(), "NIRCAM"), (step("N/A", skip=True), "NIRCAM"), (step("N/A"), "NIRSPEC")],
)
def test_nothing_is_wanting(given, instrument, image):
    model, file = image
    model.meta.instrument.name = instrument
    assert require_sky(given, model, "a", file, CrdsState()) is None


def test_an_image_where_the_pipeline_does_not_look_for_it(tmp_path):
    fits.PrimaryHDU(np.zeros((4, 4), np.float32)).writeto(tmp_path / "a_rate.fits")
    with pytest.raises(UserError, match=r"a_rate.fits: it has no extension SCI"):
        open_exposure(str(tmp_path / "a_rate.fits"), is_image=True)
