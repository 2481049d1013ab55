"""Compact sources and what is flagged of their cores, on plain arrays."""

import numpy as np
from scipy.stats import binom

from mkrefs_imaging.outlier_detection.cores import core_fractions, find_peaks
from mkrefs_imaging.outlier_detection.guard import Cores, judge_cores
from mkrefs_imaging.outlier_detection.sightings import match_sources

SHAPE = (64, 64)
STARS = ((20.0, 30.3), (44.6, 12.2), (50.0, 50.5))


def star_field(fwhm: float = 1.4, height: float = 50.0) -> np.ndarray:
    y, x = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]]
    stars = sum(
        height * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * (fwhm / 2.355) ** 2)) for py, px in STARS
    )
    return 10 + stars + np.random.default_rng(1).normal(0, 0.1, SHAPE)


def read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def test_stars_are_found_and_hits_of_a_pixel_are_not():
    data = star_field()
    data[5, 5] += 500
    found = find_peaks(read_only(data), read_only(np.ones(SHAPE, bool)), sigma=20, most=10)
    assert {(int(r), int(c)) for r, c in zip(found.row, found.column, strict=True)} == {
        (round(y), round(x)) for y, x in STARS
    }
    assert np.allclose(found.level, 10, atol=0.1)


def test_an_extended_source_is_not_compact():
    y, x = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]]
    data = star_field() * 0 + 1000 * np.exp(-((x - 32) ** 2 + (y - 32) ** 2) / (2 * 12**2))
    assert not find_peaks(data, np.ones(SHAPE, bool), sigma=20, most=10).row.size


def test_bad_pixels_are_no_sources():
    data, usable = star_field(), np.ones(SHAPE, bool)
    data[10, 10:12], usable[10, 10:12] = 1e6, False
    data[12, 40] = np.nan
    assert find_peaks(data, usable, sigma=20, most=10).row.size == len(STARS)


def test_the_brightest_are_kept():
    data = star_field()
    data[19:22, 29:32] += 30
    found = find_peaks(data, np.ones(SHAPE, bool), sigma=20, most=1)
    assert (found.row[0], found.column[0]) == (20, 30)


def test_without_usable_pixels_there_is_nothing():
    assert not find_peaks(star_field(), np.zeros(SHAPE, bool), sigma=20, most=10).row.size


def test_the_fraction_is_that_of_the_core_alone():
    data, usable = star_field(fwhm=3.0), np.ones(SHAPE, bool)
    peaks = find_peaks(data, usable, sigma=20, most=10)
    flagged = np.zeros(SHAPE, bool)
    flagged[peaks.row[0], peaks.column[0]] = True
    flagged[peaks.row[1] + 2, peaks.column[1]] = True
    fraction, size = core_fractions(data, usable, flagged, peaks, radius=1.5)
    assert np.allclose(fraction, [1 / size[0], 0, 0])
    assert (size >= 4).all()
    assert (size <= 9).all()


def test_stars_at_the_edge_have_smaller_cores():
    data = star_field() * 0 + 10
    data[0, 0], data[0, 1] = 110, 90
    peaks = find_peaks(
        data + np.random.default_rng(2).normal(0, 0.1, SHAPE), np.ones(SHAPE, bool), sigma=9, most=9
    )
    fraction, size = core_fractions(data, np.ones(SHAPE, bool), np.ones(SHAPE, bool), peaks, radius=1.5)
    assert (fraction.tolist(), size.tolist()) == ([1.0], [2])


def test_sources_are_matched_on_the_sky():
    ra = np.array([150.0, 150.01])
    dec = np.array([2.0, 2.01])
    found = match_sources(
        [(ra, dec), (ra[::-1] + 1e-6, dec[::-1]), (np.array([150.02]), np.array([2.0]))],
        [np.array([5.0, 9.0]), np.array([9.0, 5.0]), np.array([99.0])],
        tolerance=1e-5,
    )
    assert found.sighting.tolist() == [[1, 0, -1], [0, 1, -1]]
    assert found.ra.tolist() == [150.01, 150.0]


def test_an_image_gives_the_nearest_of_two():
    near = np.array([150.0 + 4e-6, 150.0 + 1e-6])
    found = match_sources(
        [(np.array([150.0]), np.array([2.0])), (near, np.array([2.0, 2.0]))],
        [np.array([9.0]), np.array([5.0, 4.0])],
        tolerance=1e-5,
    )
    assert found.sighting.tolist() == [[0, 1]]


def test_no_sources_match_to_none():
    nothing = np.empty(0)
    assert match_sources([(nothing, nothing)] * 3, [nothing] * 3, tolerance=1).sighting.shape == (0, 3)


def cores_with(lasting: list[float], by_chance: float) -> Cores:
    values = np.array(lasting)
    nothing = np.zeros((values.size, 0))
    return Cores(values, values, nothing.astype(int), nothing.astype(int), nothing, values, by_chance)


def test_what_cosmic_rays_explain_is_no_reason_to_warn():
    assert judge_cores(cores_with([0.0, 0.1, 0.2], 0.0), 0.25) == (0, False)
    assert judge_cores(cores_with([0.9, 0.1, 0.2], 0.5), 0.25) == (1, False)
    assert judge_cores(cores_with([0.9, 0.1, 0.2], 0.001), 0.25) == (1, True)
    assert judge_cores(cores_with([0.9] * 20, 2.0), 0.25) == (20, True)


def test_the_chance_of_two_hits_is_that_of_independent_ones():
    from mkrefs_imaging.outlier_detection.guard import _twice

    assert np.isclose(_twice(np.full((3, 5), 0.1)), 3 * binom.sf(1, 5, 0.1))
    assert np.isclose(_twice(np.ones((2, 3))), 2)
    assert _twice(np.zeros((0, 3))) == 0
