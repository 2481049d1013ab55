"""Calibrated images in the catalog: what their names and headers tell, and what they need not have."""

import math
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.catalog import CatalogRules, build_catalog
from mkrefs.catalog.exposure_names import parse_name

LITTLE = {"INSTRUME": "NIRCAM", "DETECTOR": "NRCALONG", "FILTER": "F444W"}
ANY = CatalogRules()
RAMPS = CatalogRules(requiredfitskeys=("INSTRUME", "NGROUPS", "READPATT"))


@pytest.fixture
def write_image(tmp_path):
    """Write an image with few keywords and give its path."""

    def write(name, *, axes=2, science=None, **keywords):
        header = fits.Header(LITTLE | keywords)
        image = fits.ImageHDU(np.zeros((2,) * (axes - 2) + (4, 5), np.float32), name="SCI")
        image.header.update(science or {})
        fits.HDUList([fits.PrimaryHDU(header=header), image]).writeto(tmp_path / name)
        return str(tmp_path / name)

    return write


def row(path, rules=ANY):
    (found,) = build_catalog([path], rules).table.to_dict("records")
    return found


@pytest.mark.parametrize(
    ("name", "exposure", "product"),
    [
        ("jw1_nrca1_a3001_crf.fits", "jw1_nrca1", "a3001_crf"),
        ("jw1_nrca1_o001_crf.fits.gz", "jw1_nrca1", "o001_crf"),
        ("jw1_nrca1_c1001_crfints.fits", "jw1_nrca1", "c1001_crfints"),
        ("jw1_nrca1_cal.fits", "jw1_nrca1", "cal"),
        ("jw1_nrca1_calints.fits", "jw1_nrca1", "calints"),
        ("jw1_nrca1_rateints.fits", "jw1_nrca1", "rateints"),
        ("jw1_nrca1_flat_fieldints.fits", "jw1_nrca1", "flat_fieldints"),
        ("jw1_nrca1_assignwcsstep.fits", "jw1_nrca1", "assignwcsstep"),
        ("jw1_nrca1_i2d.fits", "jw1_nrca1", "i2d"),
        ("decal.fits", "decal", ""),
    ],
)
def test_names_are_split(name, exposure, product):
    found = parse_name(name, None)
    assert (found.exposure, found.product) == (exposure, product)


def test_an_image_needs_no_type_time_or_read_pattern(write_image):
    found = row(write_image("a_cal.fits", science={"BUNIT": "MJy/sr"}), RAMPS)
    assert (found["skip"], found["imtype"], found["axes"], found["BUNIT"]) == ("", "I", 2, "MJy/sr")
    assert math.isnan(found["mjd"])


def test_what_is_required_of_images_is_what_they_have_of_their_own(write_image):
    with pytest.raises(Exception, match=r"a_cal.fits \(PUPIL\)"):
        row(write_image("a_cal.fits"), CatalogRules(requiredfitskeys=("NGROUPS", "PUPIL")))


def test_a_ramp_still_needs_them(write_image):
    assert "it has no EXP_TYPE" in row(write_image("a_uncal.fits", axes=4))["skip"]
    timeless = row(write_image("b_uncal.fits", axes=4, EXP_TYPE="NRC_IMAGE"))
    assert "it has no time" in timeless["skip"]
    with pytest.raises(Exception, match="NGROUPS, READPATT"):
        row(write_image("c_uncal.fits", axes=4, EXP_TYPE="NRC_IMAGE", EXPSTART=6e4), RAMPS)


def test_an_image_without_a_telling_name_is_known_by_its_data(write_image):
    assert row(write_image("tile1.fits"))["imtype"] == "I"
    assert row(write_image("tile2.fits", axes=3, science={"BUNIT": "DN/s"}))["imtype"] == "I"
    assert row(write_image("tile3.fits", axes=3))["imtype"] == ""


def test_the_type_that_a_header_gives_counts(write_image):
    assert row(write_image("a_rate.fits", EXP_TYPE="NRC_DARK", EXPSTART=6e4))["imtype"] == "D"
    assert "NRC_WFSS" in row(write_image("b_cal.fits", EXP_TYPE="NRC_WFSS"))["skip"]
    assert row(write_image("c_cal.fits", EXP_TYPE="MIR_LYOT", INSTRUME="MIRI"))["imtype"] == "I"
    assert row(write_image("d_rate.fits", EXP_TYPE="NRC_TACQ"))["imtype"] == "I"
    assert "NRC_TACQ" in row(write_image("e_uncal.fits", axes=4, EXP_TYPE="NRC_TACQ"))["skip"]


def test_products_of_one_exposure_share_its_name(write_image):
    names = ("a_rate.fits", "a_cal.fits", "a_a3001_crf.fits", "a_o001_crf.fits", "a_i2d.fits")
    catalog = build_catalog([write_image(name, SEED=name) for name in names], ANY)
    assert dict(catalog.skipped) == {}
    assert set(catalog.used["exposure"]) == {"a"}
    assert {Path(file).name for file in catalog.used["file"]} == set(names)


def test_the_time_of_an_image_may_be_anywhere(write_image):
    assert row(write_image("a_cal.fits", **{"MJD-AVG": 59000.5}))["mjd"] == 59000.5
    assert row(write_image("b_cal.fits", **{"DATE-BEG": "2022-03-04T12:00:00"}))["mjd"] == 59642.5
