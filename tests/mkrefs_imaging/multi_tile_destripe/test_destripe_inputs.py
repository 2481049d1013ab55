"""Tiles are turned, split into amplifiers and weighted as header and arrays say."""

import numpy as np
import pytest

from mkrefs.testing import ArrayImage, TangentSky
from mkrefs_imaging.multi_tile_destripe.inputs import (
    amplifier_of_columns,
    is_turned,
    read_tiles,
    usable_pixels,
)
from mkrefs_imaging.multi_tile_destripe.parameters import MultiTileDestripeParameters

SKY = TangentSky((3.5, 3.5))


def image(header=None, shape=(8, 8), **arrays):
    given = {"data": np.ones(shape), **arrays}
    return ArrayImage(given.pop("data"), header=header or {}, sky=SKY, arrays=given)


def tiles_of(*images, **parameters):
    roles = {f"I{number}": one for number, one in enumerate(images)}
    return read_tiles(roles, MultiTileDestripeParameters(**parameters))


@pytest.mark.parametrize(
    ("header", "size", "count"),
    [
        ({"SUBARRAY": "FULL"}, 1024, 4),
        ({"SUBARRAY": "FULL", "NOUTPUTS": 4}, 2048, 4),
        ({"SUBARRAY": "SUB320"}, 320, 1),
        ({"SUBARRAY": "SUBGRISM256", "NOUTPUTS": 4}, 2048, 4),
        ({"SUBARRAY": "SUBGRISM256", "NOUTPUTS": 1}, 2048, 1),
        ({"SUBARRAY": "FULL", "INSTRUME": "MIRI", "NOUTPUTS": 4}, 1032, 1),
    ],
)
def test_amplifiers_by_outputs(header, size, count):
    number = amplifier_of_columns(image(header), size, quadrants=True)
    assert np.bincount(number).tolist() == [size // count] * count
    assert (np.diff(number) >= 0).all()


def test_one_amplifier_without_quadrants():
    assert not amplifier_of_columns(image({"SUBARRAY": "FULL"}), 2048, quadrants=False).any()


@pytest.mark.parametrize(("slowaxis", "turned"), [(2, False), (-2, False), (1, True), (-1, True)])
def test_turned_by_the_slow_axis(slowaxis, turned):
    assert is_turned(image({"SLOWAXIS": slowaxis})) == turned
    tile = tiles_of(image({"SLOWAXIS": slowaxis}, shape=(8, 12))).tiles[0]
    assert tile.shape == ((12, 8) if turned else (8, 12))


def test_nan_and_do_not_use_do_not_count():
    data, dq = np.ones((8, 8)), np.zeros((8, 8), dtype=np.uint32)
    data[0, 0], dq[1, 1], dq[2, 2] = np.nan, 1, 4
    tile = tiles_of(image(data=data, dq=dq)).tiles[0]
    assert np.argwhere(tile.weight == 0).tolist() == [[0, 0], [1, 1]]
    assert np.argwhere(np.isnan(tile.data)).tolist() == [[0, 0], [1, 1]]
    assert usable_pixels(image(data=data, dq=dq)).sum() == 62


def test_weights_by_the_read_noise():
    variance = np.full((8, 8), 4.0)
    variance[0, 0], variance[0, 1] = np.nan, 1e-9
    first, second = tiles_of(image(var_rnoise=variance), image(var_rnoise=np.full((8, 8), 1.0))).tiles
    assert second.weight[4, 4] == pytest.approx(4 * first.weight[4, 4])
    assert first.weight[0, 0] == pytest.approx(first.weight[4, 4])
    assert first.weight[0, 1] == pytest.approx(4 * first.weight[4, 4])


def test_weights_by_the_error_where_there_is_no_read_noise():
    found = tiles_of(image(err=np.full((8, 8), 2.0)), image(err=np.full((8, 8), 1.0)))
    assert found.tiles[1].weight[0, 0] == pytest.approx(4 * found.tiles[0].weight[0, 0])
    assert any("whole error" in note for note in found.notes)


def test_equal_weights_are_told_of_where_nothing_is_known():
    found = tiles_of(image(), image())
    assert {float(tile.weight[0, 0]) for tile in found.tiles} == {1.0}
    assert any("count alike" in text for text in found.warnings)


def test_weights_by_exposure_time():
    images = image({"EFFEXPTM": 100.0}), image({"EFFEXPTM": 300.0})
    short, long = tiles_of(*images, weight_type="exptime").tiles
    assert long.weight[0, 0] == pytest.approx(3 * short.weight[0, 0])
    unknown = tiles_of(image(), image({"EFFEXPTM": 300.0}), weight_type="exptime")
    assert any("exposure time" in text for text in unknown.warnings)


def test_weights_can_be_equal():
    found = tiles_of(
        image(var_rnoise=np.full((8, 8), 4.0)), image(var_rnoise=np.ones((8, 8))), weight_type="equal"
    )
    assert {float(tile.weight[0, 0]) for tile in found.tiles} == {1.0}
    assert not found.warnings


def test_input_arrays_are_not_changed():
    given = image(var_rnoise=np.ones((8, 8)))
    tiles_of(given, given)
    assert (given.array("data") == 1).all()
