"""Hot pixels, cosmic rays, background and empty sky say nothing about where a star is, and are not heard."""

import numpy as np
import pytest

from mkrefs_imaging.registration.comparing import compare_frames
from mkrefs_imaging.registration.fitting import FitSettings, Plane
from mkrefs_imaging.registration.spikes import without_spikes

SHAPE = (200, 200)
NOTHING = np.zeros(SHAPE, bool)
ROWS, COLUMNS = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)


def point(x, y, peak, width=1.0):
    """A star; its width is that of the Gaussian, pixels."""
    return peak * np.exp(-((COLUMNS - x) ** 2 + (ROWS - y) ** 2) / 2 / width**2)


def pair(offset, *, beside=0.0, companion=0.0, seed=1):
    """A star of 100 times the noise and the same displaced, and what is beside it in both."""
    random = np.random.default_rng(seed)
    planes = []
    for (dx, dy), angle in ((offset, 0.8), ((0.0, 0.0), 0.6)):
        image = point(90.3 + dx, 104.8 + dy, 100.0) + beside + random.normal(0, 1, SHAPE)
        image += companion * point(90.3 + dx + 28 * np.cos(angle), 104.8 + dy + 28 * np.sin(angle), 100.0)
        planes.append(image)
    return planes


def found(image, first):
    return compare_frames(Plane(image, NOTHING), Plane(first, NOTHING), max_shift=16, settings=FitSettings())


def hot_pixels(count, seed):
    random = np.random.default_rng(seed)
    image = np.zeros(SHAPE)
    image[random.integers(0, 200, count), random.integers(0, 200, count)] = 10 ** random.uniform(
        1.5, 3, count
    )
    return image


def assert_found(offset, image, first):
    measured = found(image, first)
    assert measured.problem == ""
    assert (measured.x, measured.y) == pytest.approx(offset, abs=0.05)
    assert max(measured.error_x, measured.error_y) < 0.03


@pytest.mark.parametrize("offset", [(0.4, -0.7), (-2.2, 1.3)])
def test_hot_pixels_that_nobody_flagged_do_not_hold_the_star(offset):
    assert_found(offset, *pair(offset, beside=hot_pixels(60, 3)))


def test_cosmic_rays_that_nobody_flagged_do_not_lead_away():
    image, first = pair((0.4, -0.7))
    assert_found((0.4, -0.7), image + hot_pixels(100, 4), first + hot_pixels(100, 5))


def test_a_background_that_does_not_move_does_not_hold_the_star():
    background = 20 + 0.1 * COLUMNS - 0.05 * ROWS
    assert_found((2.3, -3.6), *pair((2.3, -3.6), beside=background))


def test_a_companion_that_rolled_is_not_taken_for_the_star():
    assert_found((-4.6, 3.1), *pair((-4.6, 3.1), companion=0.5))


def test_empty_sky_costs_no_precision():
    differences = []
    for seed in range(2):
        measured = found(*pair((0.3, 0.2), seed=seed))
        differences += [measured.x - 0.3, measured.y - 0.2]
    # With 100 times the noise and a width of 1 pixel, noise allows 0.008.
    assert np.sqrt(np.mean(np.square(differences))) < 0.015


@pytest.mark.parametrize("place", [(90.0, 104.0), (90.5, 104.0), (90.5, 104.5)])
@pytest.mark.parametrize("peak", [30.0, 1e5])
def test_a_sharp_star_is_no_spike(place, peak):
    image = point(*place, peak, width=0.55) + np.random.default_rng(2).normal(0, 0.5, SHAPE)
    bad = without_spikes(Plane(image, NOTHING)).bad
    assert not bad[102:107, 88:93].any()


def test_spikes_in_ones_twos_and_threes_are_bad():
    image = np.random.default_rng(2).normal(0, 1, SHAPE)
    hits = [(20, 30), (60, 60), (60, 61), (90, 90), (91, 90), (91, 91), (150, 40)]
    for hit in hits[:-1]:
        image[hit] += 200
    image[hits[-1]] -= 200
    bad = without_spikes(Plane(image, NOTHING)).bad
    assert all(bad[hit] for hit in hits)
    assert np.count_nonzero(bad) == len(hits)
