"""The loops over the standing of pixels do what a few lines of numpy and scipy say."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import ndimage

from mkrefs_imaging.fix_bad_pixels import standing_kernels

SHAPE = (4, 21, 30)


@pytest.fixture
def rng():
    return np.random.default_rng(8)


def test_standing_at_first(rng):
    data = np.where(rng.random(SHAPE) < 0.2, np.nan, 1).astype(np.float32).ravel()
    data[:3] = np.inf
    dq = rng.integers(0, 8, data.size).astype(np.uint32) | np.uint32(1 << 31)
    good, flagged = np.empty((2, data.size), bool)
    standing_kernels.first_standing(data, dq, 1, 6, good, flagged)
    usable, sky = np.isfinite(data) & (dq & 1 == 0), dq & 6 == 0
    assert_array_equal(good, usable & sky)
    assert_array_equal(flagged, ~usable & sky)


def test_places(rng):
    mask = rng.random(SHAPE) < 0.1
    assert_array_equal(standing_kernels.places_of(mask), np.argwhere(mask))


@pytest.mark.parametrize("taken", [0, 1])
def test_flags_at_last(rng, taken):
    bad, fixed = rng.random((2, 500)) < 0.3
    dq = rng.integers(0, 2**32, 500).astype(np.uint32)
    expected = dq.copy()
    expected[bad] |= np.uint32(1)
    expected[fixed] |= np.uint32(1 << 24)
    expected[fixed] &= ~np.uint32(taken)
    assert_array_equal(standing_kernels.last_flags(dq, bad, fixed, 1, 1 << 24, taken), expected)


@pytest.mark.parametrize(("share", "least"), [(0.3, 4), (0.5, 20), (1.0, 2), (0.0, 1)])
def test_clusters(rng, share, least):
    data = np.where(rng.random(SHAPE) < share, np.nan, 1).astype(np.float32)
    expected = np.zeros(SHAPE[1:], int)
    for frame in np.isnan(data):
        labels, _ = ndimage.label(frame)
        expected += frame & (np.bincount(labels.ravel()) >= least)[labels]
    assert_array_equal(standing_kernels.times_in_clusters(data, least), expected)
