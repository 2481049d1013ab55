"""What is told of an exposure before and after a step."""

import math

import numpy as np
import pytest

from mkrefs.calibration.image_state import image_state

NONE = np.zeros((2, 3), dtype=np.bool_)


def flagged(*places):
    flags = NONE.copy()
    for place in places:
        flags[place] = True
    return flags


def test_shares_are_of_the_pixels_that_see_light():
    science = np.arange(6.0).reshape(2, 3)
    science[0, 0], science[0, 1], science[1, 2] = np.nan, np.inf, np.nan
    found = image_state(science, NONE, flagged((0, 1)), flagged((1, 2), (1, 1)))
    assert found.flagged == pytest.approx(1 / 4)
    assert found.nonfinite == pytest.approx(1 / 4)  # [0, 0]: [0, 1] is excluded, [1, 2] sees no light
    assert found.median == pytest.approx(2.5)  # of [0, 2] and [1, 0]


def test_of_a_ramp_the_last_group_with_usable_samples_counts():
    ramp = np.stack([np.full((2, 3), level) for level in (1.0, 2.0, 3.0)])[None]
    lost = np.zeros(ramp.shape, dtype=np.bool_)
    lost[0, 2] = True
    ramp[0, 2] = np.nan  # every sample of it is excluded
    found = image_state(ramp, lost, NONE, NONE)
    assert (found.median, found.nonfinite) == (2.0, 0.0)
    ramp[0, 0, 1, 1] = np.nan
    assert image_state(ramp, lost, NONE, NONE).nonfinite == pytest.approx(1 / 6)


def test_where_nothing_may_be_used_there_is_no_median():
    found = image_state(np.ones((2, 3)), NONE, ~NONE, NONE)
    assert math.isnan(found.median)
    assert (found.flagged, found.nonfinite) == (1.0, 0.0)
