import numpy as np
import pytest

from mkrefs.api import CalibratedImage, SkyTransform, UserError
from mkrefs.testing import ArrayImage, TangentSky

SKY = TangentSky((31.5, 20.0), (359.9999, -70.0), 0.063, 33.0, (2e-5, -1e-5, 3e-5, 1e-5, 2e-5, -2e-5))


def test_a_plain_array_is_an_image():
    image = ArrayImage(np.ones((4, 6)))
    assert isinstance(image, CalibratedImage)
    assert (image.shape, image.unit, image.sky, image.flat()) == ((4, 6), "MJy/sr", None, None)
    assert image.arrays == {"data"}
    assert (image.name, image.exposure) == ("array_cal.fits", "array")
    assert (image.metadata.xsize, image.metadata.ysize, image.metadata.detector) == (6, 4, "NRCALONG")


def test_arrays_are_copied_and_read_only():
    data = np.ones((4, 6))
    image = ArrayImage(data, err=data, dq=np.eye(4, 6), arrays={"area": data}, flat=data)
    data[:] = 0
    assert image.array("data").min() == 1
    assert (image.array("dq").dtype, image.array("err").dtype) == (np.uint32, np.float32)
    for array in (*map(image.array, image.arrays), image.flat()):
        assert not array.flags.writeable


def test_an_array_that_is_not_there_is_told():
    with pytest.raises(UserError, match="has no array err; it has data"):
        ArrayImage(np.ones((4, 6)), name="x_cal.fits").array("err")


@pytest.mark.parametrize("arrays", [{"err": np.ones((3, 3))}, {"flat": np.ones((3, 3))}])
def test_shapes_must_agree(arrays):
    with pytest.raises(ValueError, match="shape"):
        ArrayImage(np.ones((4, 6)), **arrays)
    with pytest.raises(ValueError, match="dimensions"):
        ArrayImage(np.ones(4))


def test_metadata_are_those_of_the_header():
    header = {"INSTRUME": "MIRI", "DETECTOR": "MIRIMAGE", "FASTAXIS": 1, "FILTER": "F770W", "NOTHING": None}
    image = ArrayImage(np.ones((2, 4, 6)), header=header)
    facts = image.metadata
    assert (facts.instrument, facts.detector, facts.filter, facts.nints) == ("MIRI", "MIRIMAGE", "F770W", 2)
    assert "NOTHING" not in image.header


def test_other_arrays_can_be_put_in():
    image = ArrayImage(np.ones((4, 6)), dq=np.eye(4, 6), sky=SKY, name="jw1_nrca1_cal.fits")
    other = image.with_arrays(data=np.zeros((4, 6)))
    assert other.array("data").max() == 0
    assert (other.sky, other.exposure, other.arrays) == (SKY, "jw1_nrca1", {"data", "dq"})


@pytest.mark.parametrize("distortion", [(0.0,) * 6, SKY.distortion])
def test_the_way_to_the_sky_and_back(distortion):
    sky = TangentSky((31.5, 20.0), (359.9999, -70.0), 0.063, 33.0, distortion)
    assert isinstance(sky, SkyTransform)
    y, x = np.mgrid[-300:300:7, -300:300:7]
    ra, dec = sky.to_sky(x, y)
    assert ra.min() >= 0 and ra.max() < 360 and np.ptp(ra) > 359
    back = sky.to_pixel(ra, dec)
    np.testing.assert_allclose(back[0], x, atol=1e-6)
    np.testing.assert_allclose(back[1], y, atol=1e-6)


def test_axes_point_where_they_should():
    sky = TangentSky((10.0, 10.0), (40.0, 0.0), 3.6, 90.0)
    ra, dec = sky.to_sky([10.0, 10.0, 11.0], [10.0, 11.0, 10.0])
    np.testing.assert_allclose(ra - 40.0, [0, 1e-3, 0], atol=1e-9)
    np.testing.assert_allclose(dec, [0, 0, 1e-3], atol=1e-9)
    assert np.isnan(sky.to_pixel(220.0, 0.0)[0])


def test_the_data_model_has_the_same_sky_and_arrays():
    header = {"DETECTOR": "NRCA1", "RA_REF": 10.0, "SEQ_ID": "1", "BESIDES": 3}
    image = ArrayImage(
        np.ones((40, 64)), err=np.full((40, 64), 2.0), dq=np.eye(40, 64), sky=SKY, header=header
    )
    with image.model() as model:
        assert type(model).__name__ == "ImageModel"
        assert (model.meta.instrument.detector, model.meta.wcsinfo.ra_ref) == ("NRCA1", 10.0)
        np.testing.assert_array_equal(model.dq, image.array("dq"))
        y, x = np.mgrid[0:40:5, 0:64:5]
        ra, dec = model.meta.wcs(x, y)
        np.testing.assert_allclose((ra, dec), SKY.to_sky(x, y), rtol=0, atol=1e-11)
        np.testing.assert_allclose(model.meta.wcs.invert(ra, dec), (x, y), atol=1e-4)
    with ArrayImage(np.ones((2, 4, 6))).model() as cube:
        assert type(cube).__name__ == "CubeModel"
