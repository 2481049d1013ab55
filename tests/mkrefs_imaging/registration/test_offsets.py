"""Offsets between an image and a template: right to a hundredth of a pixel, or said to be unknown."""

import numpy as np
import pytest

from mkrefs_imaging.registration.comparing import compare_frames, raised
from mkrefs_imaging.registration.fitting import FitSettings, Plane, fit_offset

NOTHING = np.zeros((80, 80), bool)


def planes(star, offset, *, noise=1.0, seed=1, brightness=1.4):
    """A frame with its star displaced, and the first; with noise, bad pixels, NaN, a rolled companion."""
    random = np.random.default_rng(seed)
    first = star(39.3, 40.1, companion=0.3) + random.normal(0, noise, (80, 80))
    frame = 20 + brightness * star(39.3 + offset[0], 40.1 + offset[1], companion=0.6)
    frame += random.normal(0, noise, (80, 80))
    bad_first, bad = (random.random((80, 80)) < 0.03 for _ in range(2))
    first[bad_first], frame[bad] = np.nan, 1e5
    frame[random.random((80, 80)) < 0.001] += 300
    return Plane(frame, bad), Plane(first, bad_first)


@pytest.mark.parametrize("seed", range(4))
def test_the_offset_is_found(star, seed):
    offset = np.random.default_rng(100 + seed).uniform(-3, 3, 2)
    frame, first = planes(star, offset, seed=seed)
    found = compare_frames(frame, first, max_shift=8, settings=FitSettings())
    assert found.problem == ""
    assert (found.x, found.y) == pytest.approx(offset, abs=0.01)
    assert found.scale == pytest.approx(1.4, rel=0.01)
    assert found.level == pytest.approx(20, abs=0.5)


@pytest.mark.parametrize(("width", "noise"), [(0.8, 0.0), (0.8, 1.0), (1.0, 10.0), (3.0, 1.0)])
def test_the_only_star_of_a_frame_is_no_outlier(width, noise):
    random = np.random.default_rng(7)
    y, x = np.mgrid[:80, :80].astype(float)

    def frame(at, peak):
        image = peak * np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / 2 / width**2)
        return Plane(image + random.normal(0, 1, (80, 80)) * noise, NOTHING)

    found = compare_frames(
        frame((42.4, 37.8), 1200), frame((40.0, 40.0), 1000), max_shift=8, settings=FitSettings()
    )
    assert found.problem == ""
    assert (found.x, found.y) == pytest.approx((2.4, -2.2), abs=0.02 if noise < 10 else 0.04)


def test_float32_images_do_not_give_a_zero_offset(star):
    frame, first = planes(star, (0.31, -0.22))
    single = [Plane(plane.data.astype(np.float32), plane.bad) for plane in (frame, first)]
    found = compare_frames(*single, max_shift=8, settings=FitSettings())
    assert (found.x, found.y) == pytest.approx((0.31, -0.22), abs=0.01)


def test_noise_makes_offsets_neither_small_nor_certain(star):
    errors, told = [], []
    for seed in range(12):
        offset = np.random.default_rng(seed).uniform(-0.5, 0.5, 2)
        frame, first = planes(star, offset, noise=15.0, seed=seed)
        found = fit_offset(frame, first, settings=FitSettings(largest_error=1.0))
        assert found.problem == ""
        errors += [found.x - offset[0], found.y - offset[1]]
        told += [found.error_x, found.error_y]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.mean(told), rel=0.5)
    assert abs(np.mean(errors)) < 0.5 * np.mean(told)


def test_an_uncertain_offset_is_a_problem(star):
    frame, first = planes(star, (0.3, 0.2), noise=15.0)
    found = fit_offset(frame, first, settings=FitSettings(largest_error=0.005))
    assert "uncertain" in found.problem


def test_noise_alone_has_no_offset():
    random = np.random.default_rng(1)
    frame, first = (Plane(random.normal(size=(80, 80)), NOTHING) for _ in range(2))
    assert compare_frames(frame, first, max_shift=4, settings=FitSettings()).problem


def test_an_offset_beyond_the_limit_is_a_problem(star):
    frame, first = planes(star, (6.4, 0.0))
    assert "more than 5 pixels" in compare_frames(frame, first, max_shift=5, settings=FitSettings()).problem


def test_a_fit_that_runs_away_is_a_problem(star):
    frame, first = planes(star, (2.4, 0.0))
    assert "away" in fit_offset(frame, first, settings=FitSettings(limit=1.0)).problem


def test_too_few_pixels_are_a_problem(star):
    frame, first = planes(star, (0.0, 0.0))
    bad = np.ones((80, 80), bool)
    assert "fewer than" in fit_offset(Plane(frame.data, bad), first, settings=FitSettings()).problem
    assert (
        "no pixel"
        in compare_frames(Plane(frame.data, bad), first, max_shift=4, settings=FitSettings()).problem
    )


def test_pixels_without_weight_do_not_count(star):
    frame, first = planes(star, (0.4, 0.3))
    spoilt = frame.data.copy()
    spoilt[:30] += 1000 * np.random.default_rng(3).random((30, 80))
    weights = np.ones((80, 80))
    weights[:30] = 0
    found = compare_frames(
        Plane(spoilt, frame.bad), first, weights=weights, max_shift=8, settings=FitSettings()
    )
    assert (found.x, found.y) == pytest.approx((0.4, 0.3), abs=0.02)


def test_no_input_is_changed(star):
    frame, first = planes(star, (0.4, 0.3))
    for plane in (frame, first):
        plane.data.flags.writeable = plane.bad.flags.writeable = False
    found = compare_frames(frame, first, max_shift=8, settings=FitSettings())
    assert found.problem == ""


def test_a_power_is_of_absolute_values():
    plane = Plane(np.array([[-4.0, 9.0, np.nan]]), np.array([[False, False, True]]))
    assert raised(plane, 0.5).data.tolist() == [[2.0, 3.0, 0.0]]
    assert raised(plane, 1.0) is plane
