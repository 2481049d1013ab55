"""Ramps are read from FITS in blocks of rows, read-only, equal however they are cut."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.api import Images, Ramp
from mkrefs.creation.fits_ramp import FitsRamp
from mkrefs.errors import UserError

HEADER = {
    "INSTRUME": "NIRISS",
    "DETECTOR": "NIS",
    "EXP_TYPE": "NIS_DARK",
    "READPATT": "NISRAPID",
    "SUBARRAY": "SUB64",
    "SUBSTRT1": 961,
    "SUBSTRT2": 1961,
    "SUBSIZE1": 5,
    "SUBSIZE2": 7,
    "FASTAXIS": -2,
    "SLOWAXIS": -1,
    "NINTS": 2,
    "NGROUPS": 3,
    "NFRAMES": 1,
    "GROUPGAP": 0,
}


@pytest.fixture
def science():
    return np.random.default_rng(1).normal(1e4, 10, (2, 3, 7, 5)).astype(np.float32)


def write(path, science, **extensions):
    hdus = [fits.PrimaryHDU(header=fits.Header(HEADER)), fits.ImageHDU(science, name="SCI")]
    hdus += [fits.ImageHDU(array, name=name) for name, array in extensions.items()]
    fits.HDUList(hdus).writeto(path)
    return path


def test_rows_of_a_ramp_product(tmp_path, science):
    pixel_dq = np.arange(35, dtype=np.uint32).reshape(7, 5) + 2**31
    group_dq = (np.arange(210) % 5).astype(np.uint8).reshape(2, 3, 7, 5)
    path = write(tmp_path / "a_refpix.fits", science, PIXELDQ=pixel_dq, GROUPDQ=group_dq)
    with FitsRamp(path) as ramp:
        assert isinstance(ramp, Ramp)
        assert ramp.shape == (2, 3, 7, 5)
        assert ramp.metadata.xstart == 961
        block = ramp.rows(2, 5)
        np.testing.assert_array_equal(block.science, science[:, :, 2:5])
        np.testing.assert_array_equal(block.group_dq, group_dq[:, :, 2:5])
        np.testing.assert_array_equal(block.pixel_dq, pixel_dq[2:5])
        assert block.science.dtype == np.dtype("=f4")
        assert not block.science.flags.writeable
        first = ramp.rows(2, 5, slice(0, 1))
        np.testing.assert_array_equal(first.science, science[:, :1, 2:5])
        np.testing.assert_array_equal(first.group_dq, group_dq[:, :1, 2:5])
        np.testing.assert_array_equal(ramp.rows(0, 7, slice(1, None, 2)).science, science[:, 1::2])
        np.testing.assert_array_equal(ramp.group_flags(2, 5, slice(0, 1)), first.group_dq)
        assert ramp.rows(0, 7, slice(0, 0)).science.shape == (2, 0, 7, 5)
        whole = ramp.rows(0, 99)
        assert whole.science.shape == science.shape


def test_a_raw_exposure_has_no_flags(tmp_path):
    counts = np.arange(210, dtype=np.uint16).reshape(2, 3, 7, 5) + 50000
    with FitsRamp(write(tmp_path / "a_uncal.fits", counts)) as ramp:
        block = ramp.rows(0, 7)
        np.testing.assert_array_equal(ramp.group_flags(1, 9), block.group_dq[:, :, 1:])
    np.testing.assert_array_equal(block.science, counts)
    assert not block.group_dq.any()
    assert not block.pixel_dq.any()


@pytest.mark.parametrize("content", [b"", b"not FITS"])
def test_a_damaged_file_is_refused_by_name(tmp_path, content):
    path = tmp_path / "a.fits"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"a\.fits cannot be read as an exposure"):
        FitsRamp(path)


def test_an_image_is_no_ramp(tmp_path):
    path = write(tmp_path / "a_rate.fits", np.zeros((7, 5), np.float32))
    with pytest.raises(UserError, match="holds no ramp: SCI has 2 dimensions"):
        FitsRamp(path)


def test_a_header_that_lacks_geometry_is_refused(tmp_path, science):
    path = write(tmp_path / "a.fits", science)
    fits.delval(path, "FASTAXIS")
    with pytest.raises(UserError, match="lacks the header keywords FASTAXIS"):
        FitsRamp(path)


def test_a_group_count_that_the_array_contradicts_is_refused(tmp_path, science):
    path = write(tmp_path / "a.fits", science)
    fits.setval(path, "NGROUPS", value=9)
    with pytest.raises(UserError, match="NGROUPS is 9, but the ramp has 3 groups"):
        FitsRamp(path)


def test_what_a_product_was_calibrated_with_is_known(tmp_path, science):
    path = write(tmp_path / "a_refpix.fits", science)
    fits.setval(path, "CRDS_CTX", value="jwst_0001.pmap")
    fits.setval(path, "R_SUPERB", value="crds://jwst_niriss_superbias_0001.fits")
    fits.setval(path, "S_SUPERB", value="COMPLETE")
    with FitsRamp(path) as ramp:
        assert ramp.references == {
            "CRDS_CTX": "jwst_0001.pmap",
            "R_SUPERB": "jwst_niriss_superbias_0001.fits",
        }
        assert ramp.done == {"superbias"}


def test_a_raw_exposure_was_calibrated_with_nothing(tmp_path, science):
    with FitsRamp(write(tmp_path / "a_uncal.fits", science)) as ramp:
        assert ramp.references == {}
        assert ramp.done == frozenset()


def test_slopes_and_the_raw_exposure_come_with_a_ramp(tmp_path, science):
    slopes, pedestal = science[:, :1], science[:, 0]
    fitted = write(tmp_path / "a_fitopt.fits", science[0], SLOPE=slopes, PEDESTAL=pedestal)
    paths = write(tmp_path / "a_jump.fits", science), write(tmp_path / "a_uncal.fits", science + 1)
    with FitsRamp(paths[0], {"fitopt": fitted}, paths[1]) as ramp:
        images = ramp.images("fitopt")
        assert isinstance(images, Images)
        assert images.name == "a_fitopt.fits"
        assert images.arrays == {"SCI": (3, 7, 5), "SLOPE": (2, 1, 7, 5), "PEDESTAL": (2, 7, 5)}
        np.testing.assert_array_equal(images.rows("SLOPE", 2, 5), slopes[:, :, 2:5])
        np.testing.assert_array_equal(images.rows("PEDESTAL", 0, 99), pedestal)
        assert images.rows("SLOPE", 0, 1).dtype == np.dtype("=f4")
        assert ramp.images("fitopt") is images
        np.testing.assert_array_equal(ramp.raw.rows(0, 7).science, science + 1)
        with pytest.raises(UserError, match=r"comes without rate; .* and name fitopt"):
            ramp.images("rate")
        with pytest.raises(UserError, match="has no YINT; it holds SCI, SLOPE, PEDESTAL"):
            images.rows("YINT", 0, 1)
    with FitsRamp(paths[0]) as ramp:
        assert ramp.raw is None


def test_slopes_that_cannot_be_read_are_refused(tmp_path, science):
    broken = tmp_path / "a_rate.fits"
    broken.write_text("no FITS")
    with (
        FitsRamp(write(tmp_path / "a_jump.fits", science), {"rate": broken}) as ramp,
        pytest.raises(UserError, match="cannot be read as slopes"),
    ):
        ramp.images("rate")


def test_names_of_extensions_may_be_in_small_letters(tmp_path, science):
    group_dq = (np.arange(210) % 5).astype(np.uint8).reshape(2, 3, 7, 5)
    hdus = fits.HDUList([fits.PrimaryHDU(header=fits.Header(HEADER)), fits.ImageHDU(science)])
    hdus.append(fits.ImageHDU(group_dq))
    hdus[1].header["EXTNAME"], hdus[2].header["EXTNAME"] = "sci", "groupdq"
    hdus.writeto(tmp_path / "a_refpix.fits")
    with FitsRamp(tmp_path / "a_refpix.fits") as ramp:
        block = ramp.rows(2, 5)
        np.testing.assert_array_equal(block.science, science[:, :, 2:5])
        np.testing.assert_array_equal(block.group_dq, group_dq[:, :, 2:5])


@pytest.mark.parametrize(
    "flags", [{"GROUPDQ": np.zeros((2, 3, 7, 4), np.uint8)}, {"PIXELDQ": np.zeros((6, 5), np.uint32)}]
)
def test_flags_that_do_not_lie_over_the_ramp_are_refused(tmp_path, science, flags):
    path = write(tmp_path / "a_refpix.fits", science, **flags)
    with pytest.raises(UserError, match=rf"a_refpix\.fits .*{next(iter(flags))} has the shape"):
        FitsRamp(path)


def test_two_science_arrays_are_refused(tmp_path, science):
    path = write(tmp_path / "a_refpix.fits", science)
    fits.append(path, science, fits.ImageHDU(science, name="SCI", ver=2).header)
    with pytest.raises(UserError, match=r"a_refpix\.fits .*2 SCI extensions"):
        FitsRamp(path)
