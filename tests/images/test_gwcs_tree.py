"""The gwcs object of a file is the same with and without the data model around it."""

import numpy as np
from astropy.io import fits

from mkrefs.images.fits_image import FitsImage
from mkrefs.images.gwcs_tree import read_gwcs


def test_it_is_that_of_the_model(model_file):
    path = model_file()
    x, y = np.meshgrid(np.arange(0, 64, 9.0), np.arange(0, 48, 7.0))
    with FitsImage(path).model() as model:
        np.testing.assert_array_equal(read_gwcs(path)(x, y), model.meta.wcs(x, y))


def test_a_tree_that_cannot_be_read_gives_none(model_file):
    path = model_file()
    with fits.open(path, mode="update") as hdus:
        hdus["ASDF"].data["ASDF_METADATA"][0][:20] = 0
    assert read_gwcs(path) is None
