"""A file is copied with new arrays and cards in their places, and only if they have places."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.images.copied_file import plan_copy
from mkrefs.images.fits_image import FitsImage

SHAPE = (48, 64)


def raw(path):
    with fits.open(path) as hdus:
        return {hdu.name: path.read_bytes()[hdu.fileinfo()["hdrLoc"] :][: 2880 * 2] for hdu in hdus[1:]}


def test_what_is_not_replaced_is_copied_byte_for_byte(model_file, tmp_path):
    source, output = model_file(FILTER="F444W"), tmp_path / "made_cal.fits"
    data = np.arange(np.prod(SHAPE), dtype=np.float32).reshape(SHAPE)
    dq = np.full(SHAPE, 2**31 + 5, np.uint32)
    cards = {"FILENAME": ("made_cal.fits", ""), "MYWORD": (3, "of mine")}
    plan_copy(source, output, {"SCI": data, "DQ": dq}, cards, ["one line", "another"]).write()
    image = FitsImage(output)
    np.testing.assert_array_equal(image.array("data"), data)
    np.testing.assert_array_equal(image.array("dq"), dq)
    header = fits.getheader(output)
    assert (header["FILTER"], header["FILENAME"], header["MYWORD"]) == ("F444W", "made_cal.fits", 3)
    assert header.comments["MYWORD"] == "of mine"
    assert list(header["HISTORY"]) == ["made by hand", "one line", "another"]
    before, after = raw(source), raw(output)
    assert {name for name in before if before[name] != after[name]} == {"SCI", "DQ"}
    with fits.open(output, checksum=True) as hdus:
        hdus.verify("exception")
        assert hdus[-1].name == "ASDF"


def test_sums_over_what_changed_go(model_file, tmp_path):
    source, output = model_file(), tmp_path / "made_cal.fits"
    with fits.open(source) as hdus:
        hdus.writeto(source, overwrite=True, checksum=True)
    plan_copy(source, output, {"SCI": np.zeros(SHAPE, np.float32)}, {}, ()).write()
    with fits.open(output, checksum=True) as hdus:
        assert [("CHECKSUM" in hdu.header) for hdu in hdus][:3] == [False, False, True]


@pytest.mark.parametrize(
    "arrays",
    [
        {"SCI": np.zeros((3, 4), np.float32)},
        {"SCI": np.zeros(SHAPE, np.uint32)},
        {"VAR_FLAT": np.zeros(SHAPE, np.float32)},
        {"DQ": np.zeros(SHAPE, np.float32)},
    ],
)
def test_what_has_no_place_makes_no_file(model_file, tmp_path, arrays):
    assert plan_copy(model_file(), tmp_path / "made_cal.fits", arrays, {}, ()) is None
    assert not (tmp_path / "made_cal.fits").exists()


def test_a_file_cut_short_is_not_copied(model_file, tmp_path):
    source = model_file()
    source.write_bytes(source.read_bytes()[:-2880])
    assert plan_copy(source, tmp_path / "made_cal.fits", {}, {}, ()) is None


def test_numbers_stored_in_another_way_have_no_place(bare_file, tmp_path):
    arrays = {"SCI": np.zeros(SHAPE, np.float32)}
    assert plan_copy(bare_file(), tmp_path / "made_cal.fits", arrays, {}, ()) is None


def test_names_of_extensions_in_small_letters_are_found(model_file):
    source = model_file()
    with fits.open(source, mode="update") as hdus:
        hdus["SCI"].header["EXTNAME"] = "sci"
    image = FitsImage(source)
    assert image.shape == SHAPE
    assert np.isfinite(image.array("data")).any()
