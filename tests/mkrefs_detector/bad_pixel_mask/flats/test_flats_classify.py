"""The criteria together: which class wins, what lies beside open pixels, what cannot be judged."""

import dataclasses

import numpy as np
import pytest

from mkrefs_detector.bad_pixel_mask.flats.classify import Judgement, Surroundings, classify
from mkrefs_detector.bad_pixel_mask.flats.criteria import Ordinary
from mkrefs_detector.bad_pixel_mask.flats.settings import FlatSettings

ORDINARY = Ordinary(1.0, 0.01, 0.002)
SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0))


def judge(value, **changes):
    known = np.ones(value.shape, dtype=bool)
    around = Surroundings(value, np.full(value.shape, 0.002), ORDINARY)
    judged = Judgement(value, known, known, known, ORDINARY, around, 0.05)
    return dataclasses.replace(judged, **changes)


def with_open(value, at, *, gain=1.15, own=0.0):
    for down, right in SIDES:
        y, x = at[0] + down, at[1] + right
        if 0 <= y < value.shape[0] and 0 <= x < value.shape[1] and value[y, x] > 0.5:
            value[y, x] = gain
    value[at] = own
    return value


def places(flags):
    return [tuple(map(int, place)) for place in np.argwhere(flags)]


@pytest.mark.parametrize("search", ["sigma_rate", "absolute_rate"])
@pytest.mark.parametrize("own", [0.0, 0.04, 0.06, 0.3, 0.49])
def test_an_open_pixel_is_neither_dead_nor_of_low_efficiency(search, own):
    found = classify(
        judge(with_open(np.ones((9, 9)), (4, 4), own=own)), FlatSettings(dead_search_type=search)
    )
    assert places(found.open) == [(4, 4)]
    assert places(found.adjacent_open) == [(3, 4), (4, 3), (4, 5), (5, 4)]
    assert not (found.dead | found.low_qe).any()


def test_low_pixels_are_told_apart_by_their_response():
    value = np.ones((9, 9))
    value[1, 1], value[1, 5], value[5, 1], value[5, 5], value[7, 7] = 0.0, 0.049, 0.05, 0.499, 0.7
    found = classify(judge(value), FlatSettings())
    assert places(found.dead) == [(1, 1), (1, 5)]
    assert places(found.low_qe) == [(5, 1), (5, 5)]
    assert places(found.unclassified) == [(7, 7)]
    assert not (found.open | found.adjacent_open).any()


def test_open_pixels_that_share_a_neighbour_are_both_found():
    for other in ((4, 6), (5, 5), (4, 5)):
        value = with_open(with_open(np.ones((9, 9)), (4, 4)), other)
        assert places(classify(judge(value), FlatSettings()).open) == sorted([(4, 4), other])


def test_a_dead_pixel_beside_the_bright_neighbours_of_an_open_one_stays_dead():
    wide = dataclasses.replace(ORDINARY, deviation=0.03)
    value = with_open(np.ones((9, 9)), (4, 4), gain=1.25)
    value[3, 3] = 0.0
    judged = judge(value)
    judged = dataclasses.replace(judged, around=dataclasses.replace(judged.around, ordinary=wide))
    found = classify(judged, FlatSettings())
    assert places(found.open) == [(4, 4)]
    assert places(found.dead) == [(3, 3)]


def test_what_lies_beside_an_open_pixel_and_is_bad_itself_keeps_its_class():
    value = with_open(np.ones((9, 9)), (4, 4))
    value[3, 4] = 0.0
    value[4, 5] = 0.2
    found = classify(judge(value), FlatSettings())
    assert places(found.open) == [(4, 4)]
    assert places(found.adjacent_open) == [(4, 3), (5, 4)]
    assert places(found.dead) == [(3, 4)]
    assert places(found.low_qe) == [(4, 5)]


def test_reference_pixels_are_not_adjacent():
    value = with_open(np.ones((9, 9)), (4, 4))
    light = np.ones((9, 9), dtype=bool)
    light[:4] = False
    found = classify(judge(value, light=light, for_dead=light, for_low=light), FlatSettings())
    assert places(found.adjacent_open) == [(4, 3), (4, 5), (5, 4)]


def test_corners_are_adjacent_only_if_they_are_bright():
    value = with_open(np.ones((9, 9)), (4, 4))
    assert classify(judge(value), FlatSettings()).adjacent_open.sum() == 4
    assert classify(judge(value), FlatSettings(adjacent_open="all")).adjacent_open.sum() == 8
    value[[3, 3, 5, 5], [3, 5, 3, 5]] = 1.1
    assert classify(judge(value), FlatSettings()).adjacent_open.sum() == 8
    assert classify(judge(value), FlatSettings(adjacent_open="sides")).adjacent_open.sum() == 4


def test_pixels_that_cannot_be_judged_are_in_no_class():
    value = np.ones((9, 9))
    value[2, 2] = value[6, 6] = 0.0
    value[2, 6] = 0.3
    known = np.ones((9, 9), dtype=bool)
    known[2] = False
    found = classify(judge(value, for_dead=known, for_low=known), FlatSettings())
    assert places(found.dead) == [(6, 6)]
    assert not found.low_qe.any()


def test_without_neighbours_that_tell_open_pixels_are_what_their_response_says():
    value = with_open(np.ones((9, 9)), (4, 4))
    found = classify(judge(value), FlatSettings(), find_open=False)
    assert places(found.dead) == [(4, 4)]
    assert not (found.open | found.adjacent_open).any()


def test_documented_classes_overlap():
    value = with_open(np.ones((9, 9)), (4, 4), own=0.2)
    value[1, 1], value[7, 7] = 0.3, 0.9
    settings = FlatSettings(exclusive_classes=False, open_test="each", adjacent_open="all")
    found = classify(judge(value), settings)
    assert places(found.dead) == [(1, 1), (4, 4), (7, 7)]
    assert places(found.low_qe) == [(1, 1)]
    assert places(found.open) == [(4, 4)]
    assert found.adjacent_open.sum() == 8
