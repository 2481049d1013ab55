"""A file as a calibrated image: of the pipeline's kind, and with no more than a SCI extension."""

import math

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.api import CalibratedImage
from mkrefs.errors import UserError
from mkrefs.images.fits_image import FitsImage

SHAPE = (48, 64)


def test_an_image_of_the_pipeline(model_file):
    image = FitsImage(model_file(FILTER="F444W"))
    assert isinstance(image, CalibratedImage)
    assert (image.name, image.exposure) == ("jw1_nrcalong_cal.fits", "jw1_nrcalong")
    assert (image.shape, image.unit) == (SHAPE, "MJy/sr")
    assert image.arrays == {"data", "err", "dq", "var_rnoise", "area"}
    assert image.header["FILTER"] == "F444W"
    assert image.header["BUNIT"] == "MJy/sr"
    assert image.header["HISTORY"] == "made by hand"
    assert None not in image.header.values()
    assert image.flat() is None


def test_arrays_are_native_and_read_only_and_each_is_read_anew(model_file):
    image = FitsImage(model_file())
    for name, kind in (("data", np.float32), ("dq", np.uint32), ("area", np.float32)):
        array = image.array(name)
        assert array.dtype == np.dtype(kind)
        assert array.dtype.isnative
        assert not array.flags.writeable
        assert image.array(name) is not array
    assert np.isnan(image.array("data")[3, 4])
    assert image.array("dq")[3, 4] == 1 | 1 << 10


def test_an_array_that_is_not_there_is_refused_by_name(model_file):
    with pytest.raises(UserError, match="has no array var_flat; it has area, data, dq, err, var_rnoise"):
        FitsImage(model_file()).array("var_flat")


def test_a_cube_has_a_plane_for_each_integration(model_file):
    image = FitsImage(model_file("jw1_nrcalong_calints.fits", planes=3))
    assert image.shape == (3, *SHAPE)
    assert image.array("area").shape == SHAPE
    assert image.metadata.nints == 3
    with image.model() as model:
        assert type(model).__name__ == "CubeModel"


def test_an_image_with_nothing_but_sci_and_keywords(bare_file):
    image = FitsImage(bare_file(primary={"INSTRUME": "NIRCAM", "DETECTOR": "NRCA2", "READPATT": "ODD"}))
    assert (image.shape, image.unit, image.arrays) == (SHAPE, "MJy/sr", {"data"})
    assert image.array("data").dtype == np.dtype(np.float32)
    metadata = image.metadata
    assert (metadata.detector, metadata.readpatt, metadata.subarray) == ("NRCA2", "ODD", "")
    assert (metadata.xsize, metadata.ysize, metadata.xstart, metadata.ystart) == (64, 48, 1, 1)
    assert (metadata.fastaxis, metadata.slowaxis) == (1, -2)
    assert math.isnan(metadata.frame_time)
    with image.model() as model:
        assert type(model).__name__ == "ImageModel"


def test_a_header_may_say_nothing_or_nonsense(bare_file):
    metadata = FitsImage(bare_file(primary={"SUBSTRT1": "N/A", "TFRAME": "?"})).metadata
    assert (metadata.instrument, metadata.detector, metadata.slowaxis, metadata.xstart) == ("", "", 0, 1)


def test_the_primary_header_goes_first(bare_file):
    image = FitsImage(bare_file(primary={"FILTER": "F200W"}, FILTER="F999W", ONLYHERE=5))
    assert (image.header["FILTER"], image.header["ONLYHERE"]) == ("F200W", 5)


@pytest.mark.parametrize(
    ("hdus", "said"),
    [
        ([], "no SCI extension where one is needed"),
        ([fits.ImageHDU(np.zeros(5), name="SCI")], "SCI has 1 dimensions"),
        ([fits.ImageHDU(np.zeros((1, 2, 3, 4)), name="SCI")], "SCI has 4 dimensions"),
        ([fits.ImageHDU(np.zeros((3, 4)), name="SCI", ver=ver) for ver in (1, 2)], "2 SCI extensions"),
    ],
)
def test_what_is_no_image_is_refused(tmp_path, hdus, said):
    path = tmp_path / "x_cal.fits"
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path)
    with pytest.raises(UserError, match=said):
        FitsImage(path)


def test_an_array_of_another_shape_is_refused_by_name(bare_file):
    path = bare_file()
    fits.append(path, np.ones((9, 64)), fits.Header({"EXTNAME": "ERR"}))
    with pytest.raises(UserError, match=r"ERR has the shape \(9, 64\), and SCI \(48, 64\)"):
        FitsImage(path)


def test_what_is_no_fits_file_is_refused(tmp_path):
    (tmp_path / "x_cal.fits").write_text("hello")
    with pytest.raises(UserError, match="cannot be read as an image"):
        FitsImage(tmp_path / "x_cal.fits")


@pytest.mark.filterwarnings("ignore:File may have been truncated")
def test_a_file_that_ends_too_early_is_told(bare_file):
    path = bare_file()
    path.write_bytes(path.read_bytes()[:-9000])
    with pytest.raises(UserError, match="its data cannot be read"):
        FitsImage(path).array("data")
