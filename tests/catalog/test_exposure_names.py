import itertools

import pytest

from mkrefs.catalog.exposure_names import FileName, NamedFile, name_exposures, parse_name


@pytest.mark.parametrize(
    ("name", "exposure", "product", "searched"),
    [
        ("jw1_nrca1_uncal.fits", "jw1_nrca1", "uncal", "jw1_nrca1_uncal.fits"),
        ("jw1_nrca1_dark_current.fits", "jw1_nrca1", "dark_current", "jw1_nrca1.fits"),
        ("jw1_nrca1_ramp.fits", "jw1_nrca1", "ramp", "jw1_nrca1.fits"),
        ("jw1_nrca1_rateints.fits", "jw1_nrca1", "rateints", "jw1_nrca1.fits"),
        ("jw1_nrca1_refpixstep.fits", "jw1_nrca1", "refpixstep", "jw1_nrca1.fits"),
        ("dark_1_linearity.fits", "dark_1", "linearity", "dark_1.fits"),
        ("dark_1_uncal.fits.gz", "dark_1", "uncal", "dark_1_uncal.fits.gz"),
        ("dark_1_0_rampfitstep.fits", "dark_1", "0_rampfitstep", "dark_1.fits"),
        ("dark.fits", "dark", "", "dark.fits"),
    ],
)
def test_names(name, exposure, product, searched):
    assert parse_name(f"/data/{name}", None) == FileName(exposure, product, searched)


def test_patterns():
    assert parse_name("/a/NRC-DARK-1_uncal.fits", "(.*)_uncal.fits$").exposure == "NRC-DARK-1"
    assert parse_name("/a/NRC-DARK-1_uncal.fits", "DARK").exposure == "NRC-DARK-1"
    assert parse_name("/a/NRC-DARK-1_rate.fits", "(.*)_uncal.fits$") is None
    assert parse_name("/DARK/x_rate.fits", "DARK") is None


def test_equal_names_in_different_folders():
    files = [
        NamedFile("/b/x_uncal.fits", parse_name("x_uncal.fits", None), "one"),
        NamedFile("/a/x_uncal.fits", parse_name("x_uncal.fits", None), "two"),
        NamedFile("/c/x_rate.fits", parse_name("x_rate.fits", None), "one"),
        NamedFile("/d/y_uncal.fits", parse_name("y_uncal.fits", None), "one"),
    ]
    names = name_exposures(files)
    assert names["/a/x_uncal.fits"] == "x"
    assert names["/b/x_uncal.fits"] == names["/c/x_rate.fits"] != "x"
    assert names["/d/y_uncal.fits"] == "y"
    assert all(name_exposures(order) == names for order in itertools.permutations(files))


def test_equal_headers_do_not_make_one_exposure_of_two_raw_files():
    files = [
        NamedFile(f"/{folder}/x_{product}.fits", parse_name(f"x_{product}.fits", None), "same")
        for folder, product in (("a", "uncal"), ("a", "rate"), ("b", "uncal"))
    ]
    names = name_exposures(files)
    assert names["/a/x_uncal.fits"] == names["/a/x_rate.fits"] == "x"
    assert names["/b/x_uncal.fits"].startswith("x_")
