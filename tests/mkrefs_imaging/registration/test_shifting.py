"""Shifts of whole images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs_imaging.registration.shifting import shift_image


def wave(n, dx=0.0, dy=0.0):
    y, x = np.mgrid[:n, :n].astype(float)
    return 10 + np.sin(0.5 * (x - dx)) * np.cos(0.4 * (y - dy))


@pytest.mark.parametrize(("method", "limit"), [("fourier", 0.01), ("spline", 0.01)])
@pytest.mark.parametrize("shift", [(0.3, -0.7), (2.5, 0.0), (-3.2, 1.6)])
def test_a_shift_moves_what_is_seen(method, limit, shift):
    moved = shift_image(wave(64), shift, method)
    inner = slice(12, -12), slice(12, -12)
    assert np.abs(moved - wave(64, *shift))[inner].max() < limit


@pytest.mark.parametrize("method", ["fourier", "spline"])
@given(dx=st.integers(-5, 5), dy=st.integers(-5, 5))
def test_whole_pixels_are_copied(method, dx, dy):
    image = np.random.default_rng(1).normal(size=(17, 12))
    moved = shift_image(image, (float(dx), float(dy)), method)
    here = slice(max(dy, 0), 17 + min(dy, 0)), slice(max(dx, 0), 12 + min(dx, 0))
    there = slice(max(-dy, 0), 17 - max(dy, 0)), slice(max(-dx, 0), 12 - max(dx, 0))
    assert np.array_equal(moved[here], image[there])


def test_fourier_keeps_the_noise():
    noise = np.random.default_rng(2).normal(size=(128, 128))
    assert np.std(shift_image(noise, (0.5, 0.5))) == pytest.approx(1.0, abs=0.03)


def test_shifts_about_half_a_pixel_differ_by_little():
    noise = np.random.default_rng(4).normal(size=(20, 30))
    differences = shift_image(noise, (-0.5001, 0.4999)) - shift_image(noise, (-0.4999, 0.5001))
    assert np.abs(differences).max() < 0.01


def test_options_reach_scipy():
    image = np.random.default_rng(3).normal(size=(16, 16))
    linear = shift_image(image, (0.5, 0.0), "spline", {"order": 1})
    assert np.allclose(linear[:, 1:], (image[:, 1:] + image[:, :-1]) / 2)


def test_the_image_stays():
    image = wave(16)
    image.flags.writeable = False
    for method in ("fourier", "spline"):
        assert np.isfinite(shift_image(image, (0.2, 1.0), method)).all()
