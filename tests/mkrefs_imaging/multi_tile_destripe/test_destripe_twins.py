"""The compiled loops over pixels of tiles do what a few lines of numpy say."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mkrefs_imaging.multi_tile_destripe import clean_kernels, mask_kernels
from mkrefs_imaging.multi_tile_destripe.correction import MultiTileDestripeCorrection
from mkrefs_imaging.multi_tile_destripe.inputs import read_tiles
from mkrefs_imaging.multi_tile_destripe.mosaic import Model, Mosaic
from mkrefs_imaging.multi_tile_destripe.system import Planes
from mkrefs_imaging.multi_tile_destripe.tiles import find_overlaps

SHAPE = (37, 50)
AMPLIFIER = np.arange(SHAPE[1], dtype=np.int64) * 4 // SHAPE[1]


@pytest.fixture
def image():
    rng = np.random.default_rng(3)
    values = rng.normal(0, 1, SHAPE).astype(np.float32)
    values[rng.random(SHAPE) < 0.2] = np.nan
    return values


@pytest.mark.parametrize("with_gain", [False, True])
def test_a_model_is_taken_off(image, with_gain):
    rng = np.random.default_rng(4)
    offsets, along, down = (
        rng.normal(0, 1, shape).astype(np.float32) for shape in ((SHAPE[0], 4), SHAPE[1], SHAPE[0])
    )
    gain = rng.uniform(0.5, 2, SHAPE).astype(np.float32) if with_gain else np.empty((0, 0), np.float32)
    out = np.empty_like(image)
    clean_kernels.take_off(image, offsets, AMPLIFIER, gain, along, down, out)
    pattern = offsets[:, AMPLIFIER] * (gain if with_gain else 1)
    assert_allclose(out, image - (pattern + along + down[:, None]), rtol=0, atol=1e-6)


@pytest.mark.filterwarnings("ignore:All-NaN")
@pytest.mark.parametrize("shape", [(36, 50), (37, 49), (1, 1)])
def test_medians_of_blocks(image, shape):
    part = np.ascontiguousarray(image[: shape[0], : shape[1]])
    rows, cols = (-(-size // 2) for size in shape)
    padded = np.full((2 * rows, 2 * cols), np.nan, np.float32)
    padded[: shape[0], : shape[1]] = part
    blocks = padded.reshape(rows, 2, cols, 2).transpose(0, 2, 1, 3).reshape(rows, cols, 4)
    known = np.isfinite(blocks).sum(axis=2) >= 2
    assert_array_equal(
        clean_kernels.block_medians(part), np.where(known, np.nanmedian(blocks, axis=2), np.nan)
    )


def test_gradients_of_blocks(image):
    out = np.full((image.size, 2), 7, np.float32)
    clean_kernels.gradients_of(image, out)
    down, across = np.gradient(image, 2)
    expected = np.nan_to_num(np.stack([across.ravel(), down.ravel()], axis=1))
    assert_allclose(out, expected, rtol=1e-6, atol=1e-6)


def test_residuals_in_units_of_their_scatter(image):
    rng = np.random.default_rng(5)
    mean, weight, total = (rng.uniform(0, 2, SHAPE).astype(np.float32) for _ in range(3))
    weight[:3], total[:, :3] = 0, 0
    out = mean.copy()
    mask_kernels.scale_residuals(image, weight, out, total)
    known = (weight > 0) & (total > 0)
    scale = np.sqrt(weight * total / np.where(known, weight + total, 1))
    assert_allclose(out, np.where(known, (image - mean) * scale, np.nan), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("most", [10**6, 100, 7])
def test_samples_are_evenly_chosen_of_what_is_finite(image, most):
    sample, count = mask_kernels.finite_sample(image, most)
    finite = image[np.isfinite(image)]
    assert count == finite.size
    assert_array_equal(sample, finite[:: finite.size // most + 1])


def test_factors_of_blocks(image):
    mask = np.random.default_rng(6).random(SHAPE) < 0.1
    image[:16, :16] *= 4
    squares = np.minimum(np.where(mask | np.isnan(image), 0, image / 0.7) ** 2, 25)
    expected = np.empty(SHAPE)
    for top in range(0, SHAPE[0], 16):
        for left in range(0, SHAPE[1], 16):
            block = np.s_[top : top + 16, left : left + 16]
            count = (np.isfinite(image[block]) & ~mask[block]).sum()
            expected[block] = 1 / max((squares[block].sum() + 64) / (count + 64), 1)
    factor = mask_kernels.block_factors(image, mask, 0.7)
    assert_allclose(factor, np.where(mask, 0, expected), rtol=1e-5)
    assert factor[20:].max() > factor[:16, :16].max() > 0


def test_weights_and_what_is_compared():
    rng = np.random.default_rng(7)
    first, total = rng.uniform(0.5, 1, (2, *SHAPE)).astype(np.float32)
    factor = (rng.random(SHAPE) < 0.8).astype(np.float32)
    factor[5, :20], total[:, 30:] = 0, 0
    weight = np.empty_like(first)
    pixels = np.bincount(AMPLIFIER)
    shares = mask_kernels.weigh(first, factor, total, AMPLIFIER, pixels, 0.3, weight)
    expected = first * factor
    for number in range(4):
        mine = number == AMPLIFIER
        expected[np.ix_((expected[:, mine] > 0).mean(axis=1) < 0.3, mine)] = 0
        assert_allclose(shares[:, number], ((expected > 0) & (total > 0))[:, mine].mean(axis=1))
    assert_array_equal(weight, expected)
    assert not weight[5, :12].any()


def test_what_was_never_compared_is_dropped_if_it_was_before(image):
    weight = np.ones(SHAPE, np.float32)
    weight[:10] = 0
    factor = np.ones(SHAPE, np.float32)
    factor[20:] = 0
    seen = np.isfinite(image)
    expected = np.where(~seen & (weight == 0), 0, factor)
    share = mask_kernels.drop_uncompared(image, weight, factor)
    assert_array_equal(factor, expected)
    assert share == (expected[seen] == 0).mean()


def test_nearest_pixels_of_rotated_tiles(make):
    tiles = read_tiles(make(rotation_scatter=20.0).images, MultiTileDestripeCorrection.Parameters()).tiles
    mosaic = Mosaic(tiles, find_overlaps(tiles))
    nothing = Planes(*np.zeros((3, len(tiles))))
    mosaic.clean_with(Model(nothing, tuple(np.zeros((128, tile.amplifiers)) for tile in tiles)))
    for number in (0, 3):
        _, total = mosaic.average(number, method="mean", limit=1.0)
        expected = np.zeros(tiles[number].shape)
        found = mosaic.overlaps[number]
        for j, where in zip(found.others, found.maps, strict=True):
            x, y = (np.floor(axis + 0.5) for axis in where.positions())
            inside = (x >= 0) & (x < 128) & (y >= 0) & (y < 128)
            there = tiles[j].weight[np.where(inside, y, 0).astype(int), np.where(inside, x, 0).astype(int)]
            expected[where.rows, where.columns] += np.where(inside, there, 0)
        assert np.isclose(total, expected, atol=1e-4).mean() > 0.9999
