"""The step may interpolate the WCS where that is found to be right, and only there."""

import numpy as np

from mkrefs.testing import ArrayImage, TangentSky
from mkrefs_imaging.outlier_detection.pixel_step import is_smooth

SKY = TangentSky((30.0, 20.0), rotation=25.0, distortion=(3e-7, 1e-7, -2e-7, 1e-7, -3e-7, 2e-7))


class Rippled(TangentSky):
    """A sky with ripples of a thousandth of a pixel."""

    def to_sky(self, x, y):
        return super().to_sky(x + 0.001 * np.sin(np.asarray(y)), y)


def image(sky, shape=(200, 150)):
    return ArrayImage(np.zeros(shape, np.float32), sky=sky)


def test_a_distorted_plane_is_smooth():
    assert is_smooth([image(SKY), image(TangentSky((0.001, -89.9)))])


def test_one_image_with_ripples_is_enough():
    assert not is_smooth([image(SKY), image(Rippled((30.0, 20.0)))])


def test_without_a_way_to_the_sky_nothing_is_smooth():
    assert not is_smooth([image(None)])


def test_an_image_too_small_for_the_spline_is_not():
    assert not is_smooth([image(SKY, (3, 200))])
