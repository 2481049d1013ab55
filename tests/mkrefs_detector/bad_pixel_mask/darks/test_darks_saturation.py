"""Pixels that are saturated from the start are hot; those that the pipeline flags around them are not."""

import numpy as np
import pytest

from mkrefs.api import GROUP_DQ
from mkrefs_detector.bad_pixel_mask.darks.rates import saturated_pixels

SATURATED = GROUP_DQ["SATURATED"]


def with_saturation(darks, places, *, first=0, ramps=None):
    """Saturate pixels from a group on, with the eight around them flagged as the pipeline flags them."""
    science = [np.array(ramp) for ramp in darks.ramps]
    flags = [np.zeros(ramp.shape, np.uint8) for ramp in science]
    for number in range(len(science)) if ramps is None else ramps:
        for row, column in places:
            science[number][:, first:, row, column] = 52000.0
            flags[number][:, first:, row - 1 : row + 2, column - 1 : column + 2] |= SATURATED
    made = type(darks)(science, darks.slopes, darks.kinds, darks.strong, darks.rate)
    return made, flags


@pytest.fixture
def darks(make_darks):
    return make_darks(6, shape=(48, 64), seed=30)


def some_good(darks):
    """Give pixels far from each other and from bad ones."""
    inside = [(row, column) for row in range(6, 42, 9) for column in range(6, 58, 9)]
    good = [
        place
        for place in inside
        if darks.good[place[0] - 1 : place[0] + 2, place[1] - 1 : place[1] + 2].all()
    ]
    assert len(good) > 4
    return good


@pytest.mark.parametrize("first", [0, 1])
def test_saturated_pixels_are_hot_and_their_neighbours_are_not(darks, search, first):
    places = some_good(darks)
    made, flags = with_saturation(darks, places, first=first)
    found = search(made, group_dq=flags)
    mine = np.zeros(darks.good.shape, dtype=bool)
    mine[tuple(np.transpose(places))] = True
    around = np.zeros_like(mine)
    for row, column in places:
        around[row - 1 : row + 2, column - 1 : column + 2] = True
    assert found.classes["hot"][mine].all()
    for name, pixels in found.classes.items():
        assert not pixels[around & ~mine].any(), name
    assert found.unknown["noisy"][around & ~mine].all()
    assert not found.unknown["hot"][mine].any()


@pytest.mark.parametrize(("number", "hot"), [(2, False), (3, True), (6, True)])
def test_they_must_be_saturated_in_so_many_integrations(darks, search, number, hot):
    place = some_good(darks)[0]
    made, flags = with_saturation(darks, [place], ramps=range(number))
    found = search(made, group_dq=flags, max_saturated_fraction=0.5)
    assert found.classes["hot"][place] == hot


def test_the_level_tells_who_is_saturated_itself():
    saturated = np.zeros((5, 9), dtype=int)
    saturated[1:4, 1:4] = saturated[1:4, 5:8] = 4
    level = np.where(saturated > 0, 300.0, np.nan)
    level[2, 2], level[2, 6], level[2, 7] = 50000.0, 60000.0, 55000.0
    found = saturated_pixels(saturated, 4, level, max_fraction=0.5)
    assert set(zip(*np.nonzero(found), strict=True)) == {(2, 2), (2, 6), (2, 7)}
