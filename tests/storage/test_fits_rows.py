"""Rows read straight from the file are what astropy reads, of whatever form the file is."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mkrefs.errors import UserError
from mkrefs.storage.fits_rows import FitsRows

_SHAPES = ((9, 5), (3, 9, 5), (2, 3, 9, 5), (2, 2, 3, 9, 5))
_PLANES = (slice(None), slice(0, 1), slice(1, 3), slice(0, 9, 2), slice(2, None))
_TYPES = ("u1", "i2", "u2", "i4", "u4", "i8", "f4", "f8")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Arrays of every form, and the file that holds them; each extension is named by its form."""
    random = np.random.default_rng(3)
    arrays = {
        f"{dtype}x{len(shape)}".upper(): random.integers(0, 250, shape).astype(dtype)
        for dtype in _TYPES
        for shape in _SHAPES
    }
    arrays["U4X2"][0] = np.iinfo(np.uint32).max
    arrays["U2X2"][0] = np.iinfo(np.uint16).max
    scaled = fits.ImageHDU(random.normal(size=(3, 9, 5)).astype("f4"), name="SCALED")
    scaled.scale("int16", bscale=0.001, bzero=0.5)
    packed = fits.CompImageHDU(random.integers(0, 9, (9, 5)).astype("i2"), name="PACKED")
    images = [fits.ImageHDU(array, name=name) for name, array in arrays.items()]
    path = tmp_path_factory.mktemp("rows") / "forms.fits"
    fits.HDUList([fits.PrimaryHDU(), *images, scaled, packed]).writeto(path)
    return path


def _rows(path):
    hdus = fits.open(path, memmap=False)
    return hdus, FitsRows(path, hdus)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_rows_of_any_form_are_those_of_astropy(whole, data):
    hdus, rows = _rows(whole)
    with fits.open(whole) as truth:
        name = data.draw(st.sampled_from([hdu.name for hdu in truth[1:]]))
        expected = truth[name].data
    start = data.draw(st.integers(0, 8))
    stop = data.draw(st.integers(start + 1, 12))
    planes = data.draw(st.sampled_from(_PLANES))
    dtype = data.draw(st.sampled_from([None, np.float32, np.uint32]))
    expected = expected[..., start:stop, :] if expected.ndim == 2 else expected[..., planes, start:stop, :]
    found = rows.read(name, start, stop, planes=planes, dtype=dtype)
    rows.close()
    hdus.close()
    np.testing.assert_array_equal(found, expected if dtype is None else expected.astype(dtype))
    assert found.dtype.isnative
    assert found.dtype == (dtype or expected.dtype.newbyteorder("="))
    assert found.flags.c_contiguous
    assert found.flags.writeable


def test_rows_longer_than_a_piece_and_read_by_threads(tmp_path):
    array = np.random.default_rng(1).normal(size=(2, 3, 64, 3000)).astype("f4")
    path = tmp_path / "long.fits"
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(array, name="SCI")]).writeto(path)
    hdus, rows = _rows(path)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda start: rows.read("SCI", start, start + 40), range(0, 64, 8)))
    rows.close()
    hdus.close()
    for start, block in zip(range(0, 64, 8), found, strict=True):
        np.testing.assert_array_equal(block, array[..., start : start + 40, :])


def test_a_packed_file_is_left_to_astropy(tmp_path):
    array = np.arange(4 * 9 * 5, dtype="f4").reshape(4, 9, 5)
    path = tmp_path / "whole.fits.gz"
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(array, name="SCI")]).writeto(path)
    hdus, rows = _rows(path)
    np.testing.assert_array_equal(rows.read("SCI", 2, 5, planes=slice(1, 3)), array[1:3, 2:5])
    rows.close()
    hdus.close()


def test_a_file_that_ends_early_is_refused_by_name(tmp_path):
    path = tmp_path / "short.fits"
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(np.zeros((90, 50), "f4"), name="SCI")]).writeto(path)
    hdus, rows = _rows(path)
    path.write_bytes(path.read_bytes()[:-9000])
    np.testing.assert_array_equal(rows.read("SCI", 0, 10), np.zeros((10, 50)))
    with pytest.raises(UserError, match=r"short\.fits ends before its pixels do"):
        rows.read("SCI", 0, 90)
    rows.close()
    hdus.close()
