"""Clipping keeps the samples that plain numpy and astropy keep, whatever the stack looks like."""

import subprocess
import sys
import tracemalloc
import warnings

import clip_twin
import numpy as np
import pytest
from astropy.stats import sigma_clip
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mkrefs.errors import UserError
from mkrefs.stacks import clip_stack

VALUES = (
    st.floats(-1e3, 1e3, width=32)
    | st.sampled_from([0.0, 1.0, 2.0, 2.0, 3.0])
    | st.sampled_from([np.nan, np.inf, -np.inf, 1e6, -3e38, 3e38, 1e-30, 1e-42])
)


def kept_of(found, stack, mask=None):
    with np.errstate(invalid="ignore"):
        kept = np.isfinite(stack) & (stack >= found.lowest) & (stack <= found.highest)
    return kept if mask is None else kept & ~mask


def assert_like_twin(stack, mask=None, **choices):
    found, twin = clip_stack(stack, mask, median=True, **choices), clip_twin.clip(stack, mask, **choices)
    sure = ~twin.tied
    kept = kept_of(found, stack, mask)
    np.testing.assert_array_equal(kept[:, sure], twin.kept[:, sure])
    np.testing.assert_array_equal(found.count, kept.sum(axis=0))
    mean, scatter = twin.mean(stack), twin.scatter(stack)
    close = 1e-5 * scatter + 1e-6 * np.abs(mean) + 1e-44
    assert_close(found.mean, mean, close, sure)
    assert_close(found.median, twin.median(stack), close, sure)
    assert_close(found.scatter, scatter, 2e-5 * scatter + 1e-44, sure)
    number = np.maximum(found.count, 1)
    error = np.where(number > 1, scatter / np.sqrt(np.maximum(number - 1, 1)), np.nan)
    assert_close(found.error, error, 2e-5 * error + 1e-44, sure)


def assert_close(found, expected, close, where):
    np.testing.assert_array_equal(np.isnan(found[where]), np.isnan(expected[where]))
    with np.errstate(over="ignore"):
        far = np.abs(found - expected.astype(np.float32).astype(np.float64)) > close
    assert not far[where & np.isfinite(expected) & np.isfinite(found)].any()


@st.composite
def stacks(draw):
    shape = draw(st.tuples(st.integers(1, 14), st.integers(1, 6)))
    stack = draw(hnp.arrays(np.float32, shape, elements=VALUES))
    mask = draw(st.none() | hnp.arrays(np.bool_, shape))
    return stack, mask


@given(
    stacks(),
    st.sampled_from([0.7, 1.5, 2.0, 3.0]),
    st.sampled_from([0, 1, 3, None]),
    st.sampled_from(["median", "mean"]),
)
def test_any_stack_is_clipped_like_the_twin_does(given_stack, sigma, iterations, about):
    assert_like_twin(*given_stack, sigma=sigma, iterations=iterations, about=about)


@pytest.mark.parametrize("about", ["median", "mean"])
@pytest.mark.parametrize("offset", [0.0, 1e3, 1e6])
@pytest.mark.parametrize(("number", "share"), [(3, 0.05), (10, 0.02), (61, 0.002), (400, 0.001)])
def test_noise_with_hits_is_clipped_like_the_twin_does(about, offset, number, share):
    rng = np.random.default_rng(number)
    stack = rng.normal(0, 3, (number, 150))
    stack[rng.random(stack.shape) < share] += 1000
    stack = (stack + offset).astype(np.float32)
    stack[rng.random(stack.shape) < 0.01] = np.nan
    assert_like_twin(stack, rng.random(stack.shape) < 0.05, sigma=3.0, iterations=3, about=about)


def test_a_first_sample_far_from_the_others_costs_no_digits():
    rng = np.random.default_rng(3)
    stack = rng.normal(1e4, 1, (30, 200)).astype(np.float32)
    stack[0] = -3e7
    for iterations in (0, 2):
        assert_like_twin(stack, iterations=iterations)


def test_thresholds_may_depend_on_the_number_of_samples():
    rng = np.random.default_rng(4)
    stack = rng.normal(0, 1, (12, 300)).astype(np.float32)
    stack[rng.random(stack.shape) < 0.1] = np.nan
    stack[5, ::3] = 40
    sigma = np.linspace(1.5, 3.0, 13)
    assert_like_twin(stack, sigma=sigma, about="mean")
    assert_like_twin(stack, sigma=sigma, about="median", iterations=None)


@pytest.mark.parametrize("about", ["median", "mean"])
@pytest.mark.parametrize("iterations", [1, 3, None])
def test_the_samples_kept_are_those_of_astropy(about, iterations):
    rng = np.random.default_rng(5)
    stack = rng.normal(100, 5, (60, 40, 25)).astype(np.float32)
    stack[rng.random(stack.shape) < 0.01] += 60
    stack[rng.random(stack.shape) < 0.01] = np.nan
    mask = rng.random(stack.shape) < 0.02
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hidden = np.ma.array(stack.astype(np.float64), mask=mask)
        clipped = sigma_clip(hidden, sigma=3, maxiters=iterations, axis=0, cenfunc=about)
    found = clip_stack(stack, mask, sigma=3.0, iterations=iterations, about=about)
    np.testing.assert_array_equal(kept_of(found, stack, mask), ~clipped.mask)
    np.testing.assert_allclose(found.mean, clipped.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.scatter, clipped.std(axis=0), rtol=1e-5)


def test_the_order_of_the_samples_does_not_matter():
    rng = np.random.default_rng(6)
    stack = rng.normal(1e6, 2, (45, 500)).astype(np.float32)
    stack[rng.integers(0, 45, 200), rng.integers(0, 500, 200)] += 100
    one, other = clip_stack(stack, median=True), clip_stack(rng.permuted(stack, axis=0), median=True)
    for name in ("count", "lowest", "highest", "median"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-7)
    np.testing.assert_allclose(one.scatter, other.scatter, rtol=1e-5)


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(7)
    stack = rng.normal(50, 4, (17, 70, 900)).astype(np.float32)
    stack[rng.random(stack.shape) < 0.02] += 90
    stack[rng.random(stack.shape) < 0.02] = np.nan
    return stack


def fields_of(found):
    return {name: getattr(found, name) for name in found.__slots__}


def assert_same(one, other, where=np.s_[:]):
    for name, values in fields_of(one).items():
        np.testing.assert_array_equal(values[where], getattr(other, name), err_msg=name)


def test_blocks_threads_types_and_strides_do_not_matter(images):
    mask = np.random.default_rng(8).random(images.shape) < 0.1
    whole = clip_stack(images, mask, median=True, threads=1)
    assert whole.mean.shape == (70, 900)
    assert_same(whole, clip_stack(images, mask, median=True, threads=3))
    for start, stop in ((0, 1), (1, 40), (40, 70)):
        rows = np.s_[start:stop]
        assert_same(whole, clip_stack(images[:, rows], mask[:, rows], median=True), rows)
    assert_same(whole, clip_stack(images.astype(">f4"), mask.astype(np.uint8), median=True))
    columns = np.s_[:, 3:-4:2]
    assert_same(whole, clip_stack(images[:, :, 3:-4:2], mask[:, :, 3:-4:2], median=True), columns)
    turned = clip_stack(images.transpose(0, 2, 1), mask.transpose(0, 2, 1), median=True)
    np.testing.assert_array_equal(turned.mean.T, whole.mean)


def test_a_stack_of_double_precision_is_clipped_in_it():
    rng = np.random.default_rng(10)
    stack = rng.normal(1e9, 1, (31, 400))
    stack[4, ::3] += 50
    found, twin = clip_stack(stack, median=True), clip_twin.clip(stack)
    np.testing.assert_array_equal(kept_of(found, stack), twin.kept)
    for name in ("mean", "median"):
        assert getattr(found, name).dtype == np.float64
        np.testing.assert_allclose(getattr(found, name), getattr(twin, name)(stack), rtol=0, atol=1e-5)
    np.testing.assert_allclose(found.scatter, twin.scatter(stack), rtol=1e-6)


def test_a_mask_of_pixels_serves_all_samples(images):
    pixels = np.random.default_rng(9).random(images.shape[1:]) < 0.3
    found = clip_stack(images, pixels)
    assert (found.count[pixels] == 0).all()
    assert np.isnan(found.mean[pixels]).all()
    np.testing.assert_array_equal(found.mean[~pixels], clip_stack(images).mean[~pixels])


def test_a_stack_is_neither_changed_nor_copied(images):
    stack = np.tile(images, (8, 1, 1))
    before = stack.copy()
    clip_stack(stack, threads=1)
    tracemalloc.start()
    found = clip_stack(stack, median=True, threads=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    results = sum(values.nbytes for values in fields_of(found).values())
    assert peak < results + 4 * 2**20 < stack.nbytes / 3
    np.testing.assert_array_equal(stack, before)


def test_few_samples():
    nothing = clip_stack(np.full((3, 2), np.nan, np.float32), median=True)
    assert nothing.count.tolist() == [0, 0]
    assert all(np.isnan(values).all() for name, values in fields_of(nothing).items() if name != "count")
    single = clip_stack(np.array([[5.0], [np.inf]], np.float32), median=True)
    assert (single.mean[0], single.median[0], single.count[0], single.scatter[0]) == (5, 5, 1, 0)
    assert np.isnan(single.error[0])
    alike = clip_stack(np.full((9, 1), 7.0, np.float32))
    assert (alike.mean[0], alike.error[0], alike.count[0]) == (7, 0, 9)
    assert clip_stack(np.ones((4, 0, 3), np.float32)).mean.shape == (0, 3)
    assert clip_stack(np.ones(4, np.float32)).count.item() == 4


def test_what_makes_no_sense_is_refused():
    stack = np.ones((3, 4), np.float32)
    for wrong, words in (
        ({"sigma": [1.0, 2.0]}, "4 of them for a stack of 3 samples"),
        ({"sigma": -1.0}, "none below 0"),
        ({"about": "mode"}, "has to be 'median' or 'mean'"),
        ({"iterations": -1}, "give 0 or more"),
        ({"mask": np.zeros((2, 4), bool)}, "does not fit the stack's"),
    ):
        with pytest.raises(UserError, match=words):
            clip_stack(stack, **wrong)
    with pytest.raises(UserError, match="no samples"):
        clip_stack(np.ones((0, 4), np.float32))


def test_importing_the_room_loads_nothing_slow():
    code = "import sys, mkrefs.stacks; print({'numba', 'astropy', 'scipy', 'jwst'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
