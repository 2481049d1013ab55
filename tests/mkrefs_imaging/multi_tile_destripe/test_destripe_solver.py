"""Compiled loops do what their plain forms say; the joint solution is that of the normal equations."""

import numpy as np
import pytest

from mkrefs.testing import TangentSky
from mkrefs_imaging.multi_tile_destripe.background import first_model
from mkrefs_imaging.multi_tile_destripe.mosaic import Model, Mosaic, with_offsets
from mkrefs_imaging.multi_tile_destripe.solver import first_prior, solve
from mkrefs_imaging.multi_tile_destripe.spectra import band_of_frequency, band_power, shape_series, white
from mkrefs_imaging.multi_tile_destripe.system import Planes, System
from mkrefs_imaging.multi_tile_destripe.tiles import Tile, find_overlaps

SIZE, SHIFTS = 24, [(0, 0), (3, 5), (-4, 2)]


@pytest.fixture(scope="module")
def tiles():
    random = np.random.default_rng(1)
    amplifier = np.arange(SIZE) * 2 // SIZE
    made = []
    for x, y in SHIFTS:
        data = random.normal(0, 1, (SIZE, SIZE)).astype("f4")
        data[5, 7] = np.nan
        weight = np.where(np.isnan(data), 0, random.uniform(0.5, 2)).astype("f4")
        sky = TangentSky(((SIZE - 1) / 2 - x, (SIZE - 1) / 2 - y))
        made.append(Tile("tile", data, weight, amplifier, sky))
    return made


@pytest.fixture(scope="module")
def mosaic(tiles):
    made = Mosaic(tiles, find_overlaps(tiles))
    zero = tuple(np.zeros((SIZE, 2)) for _ in tiles)
    made.clean_with(Model(Planes(*np.zeros((3, 3))), zero), gradients=False)
    return made


def shifted(image, number, other):
    """Give the other tile on the pixels of one, NaN outside; tiles are shifted by whole pixels."""
    dx, dy = np.subtract(SHIFTS[number], SHIFTS[other])
    out = np.full(image.shape, np.nan)
    for y in range(SIZE):
        for x in range(SIZE):
            if 0 <= y + dy < SIZE and 0 <= x + dx < SIZE:
                out[y, x] = image[y + dy, x + dx]
    return out


@pytest.mark.parametrize("method", ["mean", "median", "sigma_clip"])
def test_average_is_that_of_the_other_tiles(tiles, mosaic, method):
    mean, total = mosaic.average(0, method=method, limit=1e9)
    values = np.stack([shifted(tiles[k].data, 0, k) for k in (1, 2)])
    weights = np.stack([shifted(tiles[k].weight, 0, k) for k in (1, 2)])
    weights = np.where(np.isfinite(values), weights, 0)
    counted = np.where(np.isfinite(values), 1.0 if method == "median" else weights, 0)
    with np.errstate(invalid="ignore"):
        expected = np.nansum(values * counted, axis=0) / counted.sum(axis=0)
    assert np.allclose(mean, expected, atol=1e-5, equal_nan=True)
    assert np.allclose(total, weights.sum(axis=0), atol=1e-5)


def test_clip_leaves_out_what_is_far_from_the_median(tiles):
    images = [tiles[0]] * 4
    made = Mosaic(images, find_overlaps(images))
    made.clean_with(
        Model(Planes(*np.zeros((3, 4))), tuple(np.zeros((SIZE, 2)) for _ in images)), gradients=False
    )
    made.part(made.clean, 2)[10, 10] += 100
    clipped, weight = made.average(0, method="sigma_clip", limit=1.0)
    assert clipped[10, 10] == pytest.approx(float(tiles[0].data[10, 10]), abs=1e-6)
    assert weight[10, 10] == pytest.approx(2 * tiles[0].weight[10, 10])
    assert made.average(0, method="mean", limit=1.0)[0][10, 10] > 10


def dense(mosaic, cells):
    """Write the normal matrix of all offsets and its right-hand side by the pixels themselves."""
    groups = mosaic.groups
    matrix, side = np.zeros((2, groups.tile.size, groups.tile.size))[0], np.zeros(groups.tile.size)
    for one, two, (w, d, _, _) in zip(cells.first, cells.second, cells.sums, strict=True):
        step = np.zeros(groups.tile.size)
        step[one], step[two] = 1, -1
        matrix += w * np.outer(step, step)
        side += w * d * step
    return matrix, side


def test_cells_hold_all_pixels_of_the_overlaps(tiles, mosaic):
    for number in range(3):
        mosaic.part(mosaic.total, number)[...] = mosaic.average(number, method="mean", limit=0)[1]
    cells = mosaic.cells(1.0)
    expected = 0.0
    for i, j in [(0, 1), (0, 2), (1, 2)]:
        w_i, w_j = tiles[i].weight, shifted(tiles[j].weight, i, j)
        whole = w_i + mosaic.part(mosaic.total, i)
        with np.errstate(invalid="ignore"):
            expected += np.nansum(np.where((w_i > 0) & (w_j > 0), w_i * w_j / whole, 0))
    assert cells.sums[:, 0].sum() == pytest.approx(expected, rel=1e-5)


def test_conjugate_gradients_find_the_solution_of_the_normal_equations(mosaic):
    for number in range(3):
        mosaic.part(mosaic.total, number)[...] = mosaic.average(number, method="mean", limit=0)[1]
    cells = mosaic.cells(1.0)
    prior, nothing = first_prior(mosaic.groups, 0.5), Planes(*np.zeros((3, 3)))
    system = System(cells, mosaic.groups, prior)
    size = system.size + 9
    random = np.random.default_rng(2)
    a, b = random.standard_normal((2, size))
    assert a @ system.apply(b) == pytest.approx(b @ system.apply(a))
    assert a @ system.precondition(b) == pytest.approx(b @ system.precondition(a))
    matrix = np.stack([system.apply(row) for row in np.eye(size)])
    side = system.joined(*system.right_side(cells.sums[:, 1].astype(float), cells.slope_sides), None)
    series, _ = system.parts(np.linalg.solve(matrix, side))
    found, _ = solve(cells, mosaic.groups, prior, nothing, tolerance=1e-9, seed=1)
    assert np.allclose(found.offsets, system.series.offsets(series), atol=1e-5)


def test_draws_scatter_as_the_inverse_of_the_matrix_says(mosaic):
    cells = mosaic.cells(1.0)
    prior, nothing = first_prior(mosaic.groups, 0.5), Planes(*np.zeros((3, 3)))
    system = System(cells, mosaic.groups, prior)
    covariance = np.linalg.inv(np.stack([system.apply(row) for row in np.eye(system.size + 9)]))
    to_offsets = np.stack(
        [system.series.offsets(row.reshape(-1, system.series.length)) for row in np.eye(system.size)], axis=1
    )
    expected = np.einsum("ij,jk,ik->i", to_offsets, covariance[: system.size, : system.size], to_offsets)
    draws = [
        solve(cells, mosaic.groups, prior, nothing, tolerance=1e-6, seed=seed)[0].draw for seed in range(40)
    ]
    assert np.mean(np.square(draws)) == pytest.approx(expected.mean(), rel=0.15)


def test_offsets_taken_off_are_put_back(mosaic):
    cells = mosaic.cells(1.0)
    offsets = [np.full((SIZE, 2), value) for value in (1.0, 3.0, 7.0)]
    step = with_offsets(cells, offsets).sums[:, 1] - cells.sums[:, 1]
    values, tile = np.array([1.0, 3.0, 7.0]), mosaic.groups.tile
    assert np.allclose(step, values[tile[cells.first]] - values[tile[cells.second]], atol=1e-5)


def test_levels_and_planes_are_found_at_the_start():
    random = np.random.default_rng(4)
    x, y = np.meshgrid(2 * np.arange(96) / 96 - 1, 2 * np.arange(96) / 96 - 1)
    made, truth = [], random.normal(0, 1, (3, 3))
    for number, (level, slope, tilt) in enumerate(truth):
        data = random.normal(0, 0.05, (96, 96)) + level + slope * x + tilt * y
        sky = TangentSky((47.5 - 7.3 * number, 47.5 - 5.1 * (number - 1)), rotation=30.0 * number)
        made.append(Tile("t", data.astype("f4"), np.ones((96, 96), "f4"), np.zeros(96, dtype=int), sky))
    model, scatter = first_model(Mosaic(made, find_overlaps(made)))
    levels = model.planes.levels - model.planes.levels.mean()
    assert np.allclose(levels, truth[:, 0] - truth[:, 0].mean(), atol=0.05)
    assert np.allclose(model.planes.slopes, truth[:, 1], atol=0.25)
    assert np.allclose(model.planes.tilts, truth[:, 2], atol=0.25)
    assert scatter == pytest.approx(0.05, rel=0.2)


def test_spectrum_of_a_white_series_is_its_variance():
    series = np.random.default_rng(0).normal(0, 2, (50, 300))
    assert np.allclose(band_power(series, band_of_frequency(300)), 4, rtol=0.3)
    spectrum = white(300, 4.0)
    assert spectrum.variance == pytest.approx(4)
    assert shape_series(series / 2, spectrum.response).std() == pytest.approx(2, rel=0.05)
