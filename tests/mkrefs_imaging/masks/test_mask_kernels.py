"""Groups and growth of masks are those of scipy's general filters."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import ndimage

from mkrefs_imaging.masks.kernels import grown, keep_groups


@pytest.fixture(params=[0.0, 0.05, 0.3, 1.0])
def mask(request):
    return (np.random.default_rng(0).random((61, 83)) < request.param).astype(np.uint8)


@pytest.mark.parametrize("least", [2, 5])
def test_small_groups_go(mask, least):
    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    large = np.bincount(labels.ravel()) >= least
    large[0] = False
    keep_groups(mask, least)
    assert_array_equal(mask, large[labels])


@pytest.mark.parametrize("size", [2, 3, 6, 7, 200])
def test_masks_grow_by_a_square(mask, size):
    expected = mask
    for axis in (0, 1):
        expected = ndimage.maximum_filter1d(expected, size, axis=axis, mode="constant")
    assert_array_equal(grown(mask, size), expected)
