"""A sample of many values is no larger than asked for, and sees columns of all outputs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs_detector.bad_pixel_mask.flats.smoothing import clipped_scale
from mkrefs_detector.statistics.sampling import spread_step
from mkrefs_detector.superbias.error import share_scatter


@given(size=st.integers(0, 10_000_000), most=st.integers(1, 1 << 20))
def test_it_is_no_more_than_asked_for_and_odd(size, most):
    step = spread_step(size, most)
    assert step % 2 == 1
    assert len(range(0, size, step)) <= most
    assert step == 1 or size > most


def interleaved(shape):
    """Give a level of 1 to 4 for outputs that read columns in turn."""
    return np.broadcast_to(1.0 + np.arange(shape[1]) % 4, shape)


def test_a_scale_is_that_of_all_outputs():
    values = interleaved((1024, 1024)).ravel()
    mean, _ = clipped_scale(values, 10.0)
    assert mean == pytest.approx(2.5, rel=0.01)


def test_what_pixels_have_in_common_is_that_of_all_outputs():
    shape = (2048, 1024)
    random = np.random.default_rng(5)
    scatter = np.sqrt(interleaved(shape) * random.chisquare(4, shape) / 4).astype(np.float32)
    count = np.full(shape, 5)
    everywhere = (np.ones(shape, dtype=bool),)
    shared = share_scatter(scatter, count, everywhere)
    # The same pixels, the columns of each output side by side, so that no sample can miss one.
    order = np.argsort(np.arange(shape[1]) % 4, kind="stable")
    expected = share_scatter(scatter[:, order], count, everywhere)
    np.testing.assert_allclose(shared[:, order], expected, rtol=0.02)
