"""Gaps and unreliable pixels are filled from pixels of the same amplifier and columns alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mkrefs_detector.superbias.channels import Channels
from mkrefs_detector.superbias.filling import channel_medians, fill_pixels

# Two amplifiers of 10 columns, each with even and odd columns.
NUMBER = (np.arange(20) // 10) * 2 + np.arange(20) % 2
LEVELS = np.array([100.0, 200.0, 1000.0, 2000.0])


def image_of(axis):
    image = np.broadcast_to(LEVELS[NUMBER].astype(np.float32), (15, 20)).copy()
    return (image, Channels(1, NUMBER)) if axis == 1 else (image.T.copy(), Channels(0, NUMBER))


@settings(max_examples=30, deadline=None)
@given(
    axis=st.sampled_from([0, 1]),
    width=st.sampled_from([1, 3, 5, 9]),
    seed=st.integers(0, 999),
    share=st.floats(0.01, 0.8),
)
def test_channels_never_mix(axis, width, seed, share):
    truth, channels = image_of(axis)
    wanted = np.random.default_rng(seed).random(truth.shape) < share
    spoilt = np.where(wanted, np.float32(1e6), truth)
    spoilt.flags.writeable = False
    filled = fill_pixels(spoilt, wanted, ~wanted, channels, box_width=width)
    for number in range(channels.count):
        here = channels.places(number)
        if (~wanted[here]).any():
            np.testing.assert_allclose(filled[here], truth[here], rtol=1e-6)


def test_the_box_holds_the_good_pixels_around():
    image = np.arange(25, dtype=np.float32).reshape(5, 5)
    channels = Channels(1, np.zeros(5, dtype=np.int64))
    wanted = np.zeros((5, 5), dtype=bool)
    wanted[2, 2] = True
    good = ~wanted
    good[1, 1] = False
    filled = fill_pixels(image, wanted, good, channels, box_width=3)
    around = [7, 8, 11, 13, 16, 17, 18]
    assert filled[2, 2] == pytest.approx(np.mean(around))
    assert (filled == image).sum() == 24
    # With no good pixel in the box it is the median of the channel.
    good[1:4, 1:4] = False
    filled = fill_pixels(image, wanted, good, channels, box_width=3)
    assert filled[2, 2] == np.median(image[good])


def test_without_any_good_pixel_the_values_stay():
    image = np.ones((3, 4), dtype=np.float32)
    none = np.zeros((3, 4), dtype=bool)
    channels = Channels(1, np.zeros(4, dtype=np.int64))
    np.testing.assert_array_equal(fill_pixels(image, ~none, none, channels, box_width=3), image)


def test_medians_are_those_of_the_good_pixels_of_a_channel():
    image, channels = image_of(1)
    good = np.ones(image.shape, dtype=bool)
    good[:, 10::2] = False
    medians = channel_medians(image, good, channels)
    assert np.isnan(medians[:, 10::2]).all()
    np.testing.assert_array_equal(medians[:, :10], image[:, :10])
