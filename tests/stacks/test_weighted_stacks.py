"""Weighted means are those of plain numpy, whatever counts and whatever does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mkrefs.errors import UserError
from mkrefs.stacks import clip_stack, weighted_stack

VALUES = st.floats(-1e3, 1e3, width=32) | st.sampled_from([np.nan, np.inf, -np.inf, 1e6])
WEIGHTS = st.floats(0, 9, width=32) | st.sampled_from([0.0, -1.0, np.nan, np.inf])
SHAPES = st.tuples(st.integers(1, 7), st.integers(1, 5))


@st.composite
def stacks(draw):
    shape = draw(SHAPES)
    arrays = [draw(hnp.arrays(np.float32, shape, elements=kind)) for kind in (VALUES, WEIGHTS, WEIGHTS)]
    return *arrays, draw(hnp.arrays(np.bool_, shape))


def plainly(values, weights, errors, counts):
    """Average in plain numpy; the twin of the kernel."""
    counts = counts & np.isfinite(values) & (weights > 0) & np.isfinite(weights)
    each = np.where(counts, weights, 0.0).astype(np.float64)
    total = each.sum(axis=0)
    known = total > 0
    safe = np.where(known, total, 1.0)
    mean = (each * np.where(counts, values, 0.0)).sum(axis=0) / safe
    error = np.sqrt(np.square(each * np.where(counts, errors, 0.0)).sum(axis=0)) / safe
    return np.where(known, mean, np.nan), np.where(known, error, np.nan), counts


@given(stacks(), st.sampled_from([None, 10.0]))
def test_they_are_those_of_numpy(arrays, limit):
    values, weights, errors, mask = arrays
    counts = ~mask
    limits = {}
    if limit is not None:
        limits = {"lowest": np.full(values.shape[1], -limit), "highest": np.full(values.shape[1], limit)}
        counts &= np.abs(values) <= limit
    found = weighted_stack(values, weights, errors, mask=mask, **limits)
    mean, error, used = plainly(values, weights, errors, counts)
    np.testing.assert_array_equal(found.used, used)
    np.testing.assert_allclose(found.mean, mean, rtol=1e-6, atol=1e-30)
    np.testing.assert_allclose(found.error, error, rtol=1e-6, atol=1e-30)


def test_without_weights_they_are_means():
    stack = np.random.default_rng(1).normal(5, 1, (6, 40, 700)).astype(np.float32)
    stack[2, 3, 4] = np.nan
    found = weighted_stack(stack, errors=np.float32(2.0), threads=2)
    np.testing.assert_allclose(found.mean, np.nanmean(stack, axis=0), rtol=1e-6)
    number = np.isfinite(stack).sum(axis=0)
    np.testing.assert_allclose(found.error, 2 / np.sqrt(number), rtol=1e-6)
    assert (weighted_stack(stack).error == 0).all()


def test_what_clipping_left_is_weighted():
    stack = np.random.default_rng(2).normal(5, 1, (30, 200)).astype(np.float32)
    stack[4, ::7] = 90
    clipped = clip_stack(stack)
    found = weighted_stack(stack, lowest=clipped.lowest, highest=clipped.highest)
    np.testing.assert_allclose(found.mean, clipped.mean, rtol=1e-6)
    np.testing.assert_array_equal(found.used.sum(axis=0), clipped.count)


def test_what_does_not_fit_is_refused():
    with pytest.raises(UserError, match="weights has the shape"):
        weighted_stack(np.ones((3, 4)), np.ones((2, 4)))
    with pytest.raises(UserError, match="lowest has the shape"):
        weighted_stack(np.ones((3, 4)), lowest=np.ones(3))
