"""What is left of stripes is what the noise of pixels lets nobody know, and nothing else is changed."""

import numpy as np
import pytest

from mkrefs_imaging.multi_tile_destripe.destripe import destripe_tiles
from mkrefs_imaging.multi_tile_destripe.settings import DestripeSettings
from mkrefs_imaging.multi_tile_destripe.tiles import Tile

NOISE, STRIPES = 0.05, 0.034


def overlapping_tiles(sky_of, kind: str, correlated: bool, size: int = 160, count: int = 6):
    """Make tiles of noise and stripes at places known to a fraction of a pixel; give them and their offsets."""
    random = np.random.default_rng(3)
    tiles, truth = [], []
    amplifier = np.arange(size) * 4 // size
    for number in range(count):
        shape = {"row": (size, 1), "amplifier": (size, 4), "both": (size, 5)}[kind]
        series = random.standard_normal(shape)
        if correlated:
            series = np.cumsum(series, axis=0) * 0.3 + series
        offsets = np.broadcast_to(series[:, :1], (size, 4)) if kind == "row" else series[:, :4]
        offsets = offsets + series[:, 4:] if kind == "both" else offsets
        offsets = STRIPES * offsets / offsets.std()
        data = random.normal(0, NOISE, (size, size)) + offsets[:, amplifier]
        sky = sky_of(13.3 * np.cos(2.4 * number), 11.7 * np.sin(1.7 * number), size)
        tiles.append(Tile(f"tile {number}", data.astype("f4"), np.ones((size, size), "f4"), amplifier, sky))
        truth.append(offsets - offsets.mean())
    return tiles, np.array(truth)


@pytest.fixture
def sky_of():
    from mkrefs.testing import TangentSky

    def sky(x: float, y: float, size: int) -> TangentSky:
        return TangentSky(((size - 1) / 2 - x, (size - 1) / 2 - y))

    return sky


@pytest.mark.parametrize("correlated", [False, True], ids=["white rows", "1/f rows"])
@pytest.mark.parametrize("kind", ["row", "amplifier", "both"])
def test_what_is_left_is_what_was_expected_to_be(sky_of, kind, correlated):
    tiles, truth = overlapping_tiles(sky_of, kind, correlated)
    found = destripe_tiles(tiles, DestripeSettings(do_large_scale=False))
    left = np.array([stripes.rows for stripes in found.tiles]) - truth
    # What all tiles have in common at a place on the sky no difference shows: compare what is each tile's own.
    own = left - left.mean(axis=0)
    expected = np.sqrt(np.mean([stripes.error**2 for stripes in found.tiles]))
    assert np.sqrt(np.mean(own**2)) < 1.1 * expected
    assert np.sqrt(np.mean(left**2)) < 0.5 * STRIPES


def test_stripes_of_whole_rows_are_found_to_the_noise_of_whole_rows(sky_of):
    tiles, truth = overlapping_tiles(sky_of, "row", correlated=False)
    found = destripe_tiles(tiles, DestripeSettings(do_large_scale=False))
    left = np.array([stripes.rows for stripes in found.tiles]) - truth
    own = (left - left.mean(axis=0))[:, 30:-30]
    floor = NOISE / np.sqrt(160) * np.sqrt(1 - 1 / 6)
    assert np.sqrt(np.mean(own**2)) < 1.2 * floor
    assert found.own < 0.2 * found.common


def test_noise_without_stripes_stays_as_it_is(sky_of):
    tiles, truth = overlapping_tiles(sky_of, "row", correlated=False)
    clean = [
        Tile(
            tile.name,
            tile.data - offsets[:, tile.amplifier].astype("f4"),
            tile.weight,
            tile.amplifier,
            tile.sky,
        )
        for tile, offsets in zip(tiles, truth, strict=True)
    ]
    found = destripe_tiles(clean)
    assert max(np.abs(stripes.rows).max() for stripes in found.tiles) < 0.3 * NOISE / np.sqrt(40)


def test_most_of_the_stripes_go(mosaic, plain, residual):
    # The published code leaves half.
    assert residual(mosaic, plain) < 0.4 * STRIPES


def test_level_of_each_image_stays(mosaic, plain, removed):
    for role, taken in removed(mosaic, plain).items():
        usable = (mosaic.images[role].array("dq") & 1) == 0
        assert abs(taken[usable].mean()) < 1e-7


def test_flux_of_the_extended_source_stays(mosaic, plain, removed):
    change = total = 0.0
    for role, taken in removed(mosaic, plain).items():
        truth = mosaic.truth[role]
        source = (truth.extended > 0.25) & ~truth.bad_pixels
        stripes = truth.stripes - truth.stripes[~truth.bad_pixels].mean()
        change += (taken - stripes)[source].sum()
        total += truth.extended[source].sum()
    assert abs(change) < 0.005 * total


def test_large_scale_step_helps_where_nothing_is_compared_and_spares_the_source(make, destripe, residual):
    alone = make(tiles=(3, 1), dithers=1, overlap=0.3, shape=(160, 160), seed=8)
    without, with_step = (destripe(alone, do_large_scale=wanted) for wanted in (False, True))
    assert residual(alone, with_step) < 0.95 * residual(alone, without)
    change = total = 0.0
    for role, image in with_step.images.items():
        source = alone.truth[role].extended > 0.25
        step = without.images[role].arrays["data"] - image.arrays["data"]
        change += np.abs(np.nansum(step[source]))
        total += alone.truth[role].extended[source].sum()
    assert change < 0.005 * total


@pytest.mark.parametrize("values", [{"cosmic_rays": 0.03}, {"bad_pixels": 0.1}, {"rotation_scatter": 20.0}])
def test_cosmic_rays_bad_pixels_and_rotation_do_little_harm(make, destripe, residual, values):
    harder = make(**values)
    assert residual(harder, destripe(harder)) < 0.55 * STRIPES


def test_planes_of_images_are_not_taken_for_stripes(make, mosaic, plain, destripe, residual):
    sloping = make(slope=0.1)
    assert residual(sloping, destripe(sloping)) < 2 * residual(mosaic, plain)


def test_strong_stripes_are_no_sources(make, destripe, residual):
    strong = make(stripes=0.5)
    assert residual(strong, destripe(strong)) < 0.45 * 0.5
