import numpy as np
import pytest

from mkrefs.testing import MosaicSpec, simulate_mosaic

NOISE = 0.05
PERCENT = 0.01 * NOISE
PLANES = {"fit_type_dithers": "level+slope", "fit_type_mosaic_tiles": "level+slope"}


def test_levels_are_right_to_one_percent_of_the_noise(mosaic, matched, what_is_left):
    assert np.std([truth.level for truth in mosaic.truth.values()]) > 0.05
    assert what_is_left(mosaic, matched).level_rms() < PERCENT


@pytest.mark.parametrize("turned", [3.0, 90.0])
def test_planes_of_rotated_tiles_are_right_to_one_percent_of_the_noise(quiet, run, what_is_left, turned):
    spec = MosaicSpec(
        **{**quiet, "overlap": 0.5, "shape": (384, 384), "rotation_scatter": turned, "slope": 0.05}
    )
    mosaic = simulate_mosaic(spec)
    left = what_is_left(mosaic, run(mosaic.images, **PLANES))
    assert left.rms_beyond_a_plane() < PERCENT


def test_dithers_and_then_tiles(quiet, run, what_is_left):
    mosaic = simulate_mosaic(MosaicSpec(**{**quiet, "tiles": (2, 2)}, dithers=3))
    found = run(mosaic.images)
    assert [stage["stage"] for stage in found.results["stages"]] == [*["dithers"] * 4, "mosaic"]
    assert what_is_left(mosaic, found).level_rms() < PERCENT


def test_distortion_and_shot_noise_of_a_bright_source_bias_nothing(quiet, run, what_is_left):
    spec = MosaicSpec(**quiet, distortion=2.0, shot_noise=0.002, source=20.0, stars=150)
    mosaic = simulate_mosaic(spec)
    assert what_is_left(mosaic, run(mosaic.images)).level_rms() < PERCENT


def test_many_stars_do_not_pull_levels_one_way(field, by_role, run, level):
    """Interpolation smooths one image of a pair, so that their difference is biased."""
    random = np.random.default_rng(8)
    stars = random.uniform(0, 128, (500, 2))
    rows, columns = np.indices((64, 64))

    def image(x: float, y: float) -> np.ndarray:
        seen = np.zeros((64, 64))
        for across, up in stars:
            seen += np.exp(-((columns + x - across) ** 2 + (rows + y - up) ** 2) / 2)
        return seen

    places = [(0.0, 0.0), (20.5, 3.5), (40.0, 10.0)]
    images = by_role(*(field.image(x, y, 0.0, data=image(x, y), exposure=f"e{x}") for x, y in places))
    found = run(images, sigma=5.0, do_local_subtraction=False)
    # The scatter of the differences is 0.1.
    assert max(abs(level(found, role)) for role in images) < 0.003


def test_the_image_with_one_flag_differs_from_that_with_all_pixels_good(field, by_role, run, level):
    """What is NaN, DO_NOT_USE or NON_SCIENCE takes no part."""
    values = np.random.default_rng(1).normal(1.0, 0.01, (64, 64))
    dq = np.zeros((64, 64), dtype=np.uint32)
    values[:, :40], dq[:, :20], dq[:, 20:40] = 50.0, 1, 512
    values[5:20] = np.nan
    spoilt = field.image(10.0, 0.0, 0.0, data=values, dq=dq)
    found = run(by_role(field.image(0.0, 0.0, 0.0), spoilt), do_local_subtraction=False)
    assert abs(level(found, "I2") - level(found, "I1") - 1.0) < 0.001


def test_weighing_by_noise_beats_plain_weights_where_rows_share_noise(quiet, run, what_is_left):
    """Published: a level residual of 0.0012 with stripes of 0.034 in 1024 x 1024 pixels."""
    striped = {**quiet, "stripes": 0.034, "stripes_exponent": 0.0, "shape": (128, 128), "overlap": 0.25}
    squares = {True: 0.0, False: 0.0}
    for seed in range(1, 7):
        mosaic = simulate_mosaic(MosaicSpec(**striped, seed=seed, stars=0))
        for correlated in squares:
            left = what_is_left(mosaic, run(mosaic.images, correlated_noise=correlated))
            squares[correlated] += left.level_rms() ** 2
    assert squares[True] < 0.8 * squares[False]
