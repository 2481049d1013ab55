"""The changes of standing, counted on arrays alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mkrefs.contract.image_correction import StatusChange
from mkrefs.correction.status import status_changes

SHAPES = st.sampled_from([(3, 4), (2, 3, 4)])
VALUES = st.sampled_from([0.0, 1.5, np.nan, np.inf])


def test_what_does_not_change_does_not_count():
    data = np.array([[np.nan, 1.0, np.inf]])
    assert (
        status_changes((data, data + 5), (np.array([[1, 0, 3]]), np.array([[1, 4, 5]])), do_not_use=1) == {}
    )
    assert status_changes(None, None, do_not_use=1) == {}


def test_other_flags_have_no_standing():
    before, after = np.array([[2, 3]], np.uint32), np.array([[0, 1]], np.uint32)
    assert status_changes(None, (before, after), do_not_use=1) == {}


@given(data=st.data(), shape=SHAPES)
def test_going_back_exchanges_the_counts(data, shape):
    one, other = (data.draw(arrays(np.float32, shape, elements=VALUES)) for _ in range(2))
    flags, others = (data.draw(arrays(np.uint32, shape, elements=st.integers(0, 7))) for _ in range(2))
    there = status_changes((one, other), (flags, others), do_not_use=1)
    back = status_changes((other, one), (others, flags), do_not_use=1)
    assert there.get(StatusChange.FILL, 0) == back.get(StatusChange.BLANK, 0)
    assert there.get(StatusChange.FLAG, 0) == back.get(StatusChange.UNFLAG, 0)
    gained = there.get(StatusChange.FILL, 0) - there.get(StatusChange.BLANK, 0)
    assert gained == np.isfinite(other).sum() - np.isfinite(one).sum()
    assert all(there.values())
