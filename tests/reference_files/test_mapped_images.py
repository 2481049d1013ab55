"""Large images of a reference file can be mapped: the same numbers, read when they are looked at."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.reference_files.mapped_images import mapped_images

SHAPE = (600, 700)


@pytest.fixture
def path(tmp_path):
    values = np.arange(np.prod(SHAPE), dtype=np.float32).reshape(SHAPE)
    hdus = [
        fits.PrimaryHDU(),
        fits.ImageHDU(values, name="SCI"),
        fits.ImageHDU(values.astype(np.float64), name="ERR"),
        fits.ImageHDU(values.astype(np.uint32), name="DQ"),
        fits.ImageHDU(values[:5], name="SMALL"),
        fits.CompImageHDU(values, name="PACKED"),
        fits.ImageHDU(values + 1, name="SCI", ver=2),
    ]
    fits.HDUList(hdus).writeto(tmp_path / "file.fits")
    return tmp_path / "file.fits"


def test_large_plain_images_are_mapped(path):
    images = mapped_images(path)
    assert set(images) == {"SCI", "ERR"}
    for name, image in images.items():
        assert isinstance(image, np.memmap)
        np.testing.assert_array_equal(image, fits.getdata(path, name))


def test_what_is_changed_in_them_is_not_written(path):
    before = path.read_bytes()
    image = mapped_images(path)["SCI"]
    image[0, 0] = -1
    image.flush()
    assert image[0, 0] == -1
    assert path.read_bytes() == before
