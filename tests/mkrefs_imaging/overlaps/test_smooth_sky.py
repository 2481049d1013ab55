"""Polynomials follow a way to the sky where they can, and give it back where they cannot."""

import numpy as np
import pytest

from mkrefs.testing import TangentSky
from mkrefs_imaging.overlaps.smooth_sky import SmoothSky, smooth_sky

SHAPE = (1024, 800)
DISTORTED = TangentSky((30.0, 20.0), rotation=25.0, distortion=(3e-5, 1e-5, -2e-5, 1e-5, -3e-5, 2e-5))
POLAR = TangentSky((0.0005, 89.99), rotation=3.0)


class Rippled:
    """A way to the sky with ripples that no polynomial of a few terms follows."""

    def to_sky(self, x, y):
        return POLAR.to_sky(x + 0.05 * np.sin(np.asarray(y) / 9), y)

    def to_pixel(self, ra, dec):
        x, y = POLAR.to_pixel(ra, dec)
        return x - 0.05 * np.sin(y / 9), y


@pytest.mark.parametrize("sky", [DISTORTED, POLAR])
def test_both_ways_are_right_over_and_around_the_image(sky):
    fast = smooth_sky(sky, SHAPE)
    assert isinstance(fast, SmoothSky)
    x, y = np.meshgrid(np.linspace(-200, 1000, 13), np.linspace(-300, 1300, 17))
    ra, dec = fast.to_sky(x, y)
    np.testing.assert_allclose(np.stack(sky.to_pixel(ra, dec)), np.stack([x, y]), rtol=0, atol=1e-4)
    np.testing.assert_allclose(
        np.stack(fast.to_pixel(*sky.to_sky(x, y))), np.stack([x, y]), rtol=0, atol=1e-4
    )


def test_far_from_the_image_it_is_the_way_itself():
    fast = smooth_sky(POLAR, SHAPE)
    x, y = np.array([400.0, 5000.0]), np.array([500.0, -4000.0])
    np.testing.assert_array_equal(fast.to_sky(x, y), POLAR.to_sky(x, y))
    there = POLAR.to_sky(x, y)
    np.testing.assert_array_equal(
        np.stack(fast.to_pixel(*there))[:, 1], np.stack(POLAR.to_pixel(*there))[:, 1]
    )


def test_what_is_not_smooth_is_followed_as_it_is():
    sky = Rippled()
    assert smooth_sky(sky, SHAPE) is sky
