"""Which places of a row are chosen when a share of it is asked for."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.grouping.spread import spread_share

SHARES = st.floats(0.01, 0.99)
TOTALS = st.integers(0, 200)


@pytest.mark.parametrize(
    ("total", "share", "least", "places"),
    [
        (10, 0.0, 2, ()),
        (10, 0.2, 2, (4, 9)),
        (20, 0.2, 2, (4, 9, 12, 17)),
        (3, 0.2, 2, (1,)),
        (2, 0.2, 2, ()),
        (0, 0.5, 2, ()),
        (5, 0.9, 2, (1, 3, 4)),
        (5, 0.5, 2, (1, 3, 4)),
        (5, 0.3, 2, (1, 4)),
    ],
)
def test_a_share_is_chosen_and_enough_are_left(total, share, least, places):
    assert spread_share(total, share, least_left=least) == places


@given(TOTALS, SHARES, st.integers(0, 5))
def test_the_number_is_the_share_rounded_but_one_at_least_and_not_too_many(total, share, least):
    places = spread_share(total, share, least_left=least)
    assert len(places) == max(0, min(total - least, max(1, math.floor(share * total + 0.5))))
    assert list(places) == sorted(set(places))
    assert all(0 <= place < total for place in places)


@given(TOTALS, SHARES, SHARES)
def test_a_larger_share_chooses_the_same_and_more(total, one, two):
    smaller, larger = (set(spread_share(total, share, least_left=2)) for share in sorted((one, two)))
    assert smaller <= larger


@given(TOTALS, SHARES)
def test_one_more_at_the_end_moves_one_at_most(total, share):
    before, after = (set(spread_share(number, share, least_left=2)) for number in (total, total + 1))
    assert len(before - after) <= 1
    assert len(after) - len(before) in (0, 1)


@given(st.integers(10, 300), st.floats(0.05, 0.5))
def test_the_chosen_are_spread_evenly(total, share):
    places = spread_share(total, share, least_left=2)
    edges = [-1, *places, total]
    gaps = [after - before for before, after in pairwise(edges)]
    assert max(gaps) <= 3.0 * (total + 1) / (len(places) + 1) + 1
