"""Masks about the middle, images from FITS files, and what headers tell."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.api import UserError
from mkrefs.testing import ArrayImage, TangentSky
from mkrefs_imaging.registration.fits_image import read_image
from mkrefs_imaging.registration.geometry import pixel_scale, reference_pixel
from mkrefs_imaging.registration.masks import centre_weights


def covered(kind, size, shape=(9, 11)):
    return centre_weights(shape, kind, size) == 0


def test_a_disc_covers_its_radius():
    mask = covered("circ", 2)
    assert mask.sum() == 13
    assert mask[4, 5]
    assert mask[4, 7]
    assert not mask[4, 8]


def test_a_band_covers_its_rows():
    assert np.flatnonzero(covered("rec", 1).all(axis=1)).tolist() == [3, 4, 5]


def test_a_ring_is_what_is_left():
    kept = ~covered("ann", (1.0, 3.0))
    assert not kept[4, 5]
    assert not kept[4, 6]
    assert kept[4, 7]
    assert not kept[4, 8]


def test_even_arrays_have_their_middle_between_pixels():
    mask = covered("circ", 0.8, (8, 8))
    assert np.argwhere(mask).tolist() == [[3, 3], [3, 4], [4, 3], [4, 4]]


def test_without_mask_all_pixels_count():
    assert (centre_weights((4, 5), None, 8) == 1).all()


def test_the_preferred_extension_is_read(tmp_path):
    path = tmp_path / "psf.fits"
    images = [
        fits.ImageHDU(np.full((4, 4), value), name=name) for name, value in (("A", 1.0), ("DET_DIST", 2.0))
    ]
    images[1].header["OVERSAMP"] = 3
    fits.HDUList([fits.PrimaryHDU(), *images]).writeto(path)
    found = read_image(str(path), "psf_file", prefer=("DET_DIST", "A"))
    assert (found.extension, found.oversample, found.data[0, 0]) == ("DET_DIST", 3, 2.0)
    assert read_image(str(path), "psf_file").data[0, 0] == 1.0


def test_of_a_cube_the_median_is_read(tmp_path):
    path = tmp_path / "cube.fits"
    fits.writeto(path, np.stack([np.full((3, 3), value) for value in (1.0, 9.0, 2.0)]))
    assert (read_image(str(path), "align_to_file").data == 2.0).all()


@pytest.mark.parametrize("content", [b"no FITS file", None, fits.PrimaryHDU()])
def test_a_file_without_image_is_refused(tmp_path, content):
    path = tmp_path / "bad.fits"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        content.writeto(path)
    with pytest.raises(UserError, match=r"psf_file: .*bad\.fits"):
        read_image(str(path), "psf_file")


def test_the_width_of_a_pixel_is_known():
    sky = TangentSky(reference_pixel=(8, 8), reference_sky=(40.0, -60.0), scale=0.063, rotation=30.0)
    data = np.zeros((16, 16))
    assert pixel_scale(ArrayImage(data, sky=sky)) == pytest.approx(0.063, rel=1e-4)
    assert pixel_scale(ArrayImage(data, header={"PIXAR_A2": 0.0004})) == pytest.approx(0.02)
    assert pixel_scale(ArrayImage(data)) is None


def test_the_reference_pixel_is_counted_from_zero():
    assert reference_pixel(ArrayImage(np.zeros((4, 4)), header={"CRPIX1": 2.5, "CRPIX2": 1})) == (1.5, 0.0)
    assert reference_pixel(ArrayImage(np.zeros((4, 4)), header={"CRPIX1": 2.5})) is None
