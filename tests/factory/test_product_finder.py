"""Other products of an exposure are found by name, and told from namesakes by their headers."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.catalog import CatalogRules, build_catalog
from mkrefs.errors import UserError
from mkrefs.factory.products import ProductFinder

HEADER = {
    "TELESCOP": "JWST", "INSTRUME": "NIRCAM", "DETECTOR": "NRCB1", "EXP_TYPE": "NRC_DARK",
    "SUBARRAY": "SUB64P",
    "READPATT": "RAPID", "DATE-OBS": "2024-03-01", "TIME-OBS": "12:00:00.000", "EXPSTART": 60370.5,
    "NGROUPS": 2, "NINTS": 1,
}  # fmt: skip
RULES = CatalogRules(basenamepattern="(.*)_uncal.fits$")


@pytest.fixture
def exposure(tmp_path):
    """Write a small exposure; changes are made to its header."""

    def write(name, **changes):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        science = fits.ImageHDU(np.zeros((1, 2, 2, 2), np.float32), name="SCI")
        fits.HDUList([fits.PrimaryHDU(header=fits.Header({**HEADER, **changes})), science]).writeto(path)
        return path

    return write


def finder(*paths, search=()):
    table = build_catalog([str(path) for path in paths], RULES).table
    return ProductFinder(table[table["skip"] == ""], RULES, [str(folder) for folder in search])


def test_siblings_lie_beside_the_files_given(exposure):
    raw = exposure("in/e1_uncal.fits")
    linearity = exposure("in/e1_linearity.fits", S_LINEAR="COMPLETE")
    exposure("in/e2_linearity.fits")
    exposure("elsewhere/e1_refpix.fits")
    found = finder(raw).siblings("e1")
    assert [(row["file"], row["exposure"], row["imtype"]) for row in found] == [(str(linearity), "e1", "D")]


def test_products_in_the_search_folders_join_the_table(exposure, tmp_path):
    raw = exposure("in/e1_uncal.fits")
    refpix = exposure("elsewhere/e1_refpix.fits", S_REFPIX="COMPLETE")
    table = finder(raw, search=[tmp_path / "elsewhere", tmp_path / "in"]).with_searched_products()
    assert list(table["file"]) == [str(raw), str(refpix)]
    assert set(table["exposure"]) == {"e1"}


def test_a_search_folder_that_is_not_there_is_an_error(exposure, tmp_path):
    with pytest.raises(UserError, match="absent is not a folder"):
        finder(exposure("in/e1_uncal.fits"), search=[tmp_path / "absent"])


@pytest.mark.parametrize("change", [{"DETECTOR": "NRCB2"}, {"EXPSTART": 60371.5}, {"DATE-OBS": "2024-03-02"}])
def test_a_namesake_of_another_exposure_is_no_product(change, exposure, tmp_path):
    raw = exposure("in/e1_uncal.fits")
    exposure("elsewhere/e1_refpix.fits", **change)
    found = finder(raw, search=[tmp_path / "elsewhere"])
    assert list(found.with_searched_products()["file"]) == [str(raw)]


def test_a_damaged_product_is_not_used(exposure, tmp_path):
    raw = exposure("in/e1_uncal.fits")
    (tmp_path / "in" / "e1_refpix.fits").write_bytes(b"SIMPLE")
    assert finder(raw).siblings("e1") == []
