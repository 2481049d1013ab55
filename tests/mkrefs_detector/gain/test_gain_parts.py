"""The parts the gain is made of: modes, truncation, coupling, response, the division of arrays, smoothing."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.api import GROUP_DQ
from mkrefs_detector.gain import kernels
from mkrefs_detector.gain.coupling import autocorrelation, kernel_of
from mkrefs_detector.gain.grid import amplifier_edges, make_grid, pool
from mkrefs_detector.gain.levels import MeanRamps, signals, usable_groups
from mkrefs_detector.gain.modes import LONGEST, all_modes, modes_of_total, shared_frames
from mkrefs_detector.gain.parts import split_ramps
from mkrefs_detector.gain.reading import SPOILS, STRUCK
from mkrefs_detector.gain.response import response_of_linear, response_of_ramps
from mkrefs_detector.gain.settings import GainSettings
from mkrefs_detector.gain.smoothing import interpolate, smooth_boxes
from mkrefs_detector.gain.truncation import kept_variance, missed_variance


@given(length=st.integers(1, LONGEST))
def test_modes_are_uncorrelated_for_read_noise_and_for_shot_noise(length):
    modes = all_modes()
    read = 2 * np.eye(length) - np.eye(length, k=1) - np.eye(length, k=-1)
    difference = modes.difference[length, :length, :length]
    np.testing.assert_allclose(difference @ difference.T, np.eye(length), atol=1e-12)
    covariance = difference @ read @ difference.T
    np.testing.assert_allclose(covariance, np.diag(np.diag(covariance)), atol=1e-10)
    total = modes.total[length, : modes_of_total(length), :length]
    for power in range(3):
        np.testing.assert_allclose(total @ np.arange(length) ** power, 0, atol=1e-9)


@pytest.mark.parametrize(("nframes", "gap"), [(1, 0), (2, 0), (4, 1), (8, 2)])
def test_frames_shared_by_neighbouring_differences(nframes, gap):
    period = nframes + gap
    rises = np.array([sum(frame <= k for frame in range(nframes)) / nframes for k in range(3 * period)])
    weights = rises - np.concatenate([np.zeros(period), rises[:-period]])
    second = np.roll(weights, period)
    assert shared_frames(nframes, gap) == pytest.approx((weights * second).sum() / period)
    assert (weights**2).sum() / period == pytest.approx(1 - 2 * shared_frames(nframes, gap))


@pytest.mark.parametrize("sigma", [3.0, 3.5, 4.0])
def test_what_a_threshold_takes_and_what_hits_below_it_add(sigma):
    rng = np.random.default_rng(3)
    noise = rng.standard_normal(2_000_000)
    assert noise[abs(noise) < sigma].var() == pytest.approx(kept_variance(sigma), abs=0.004)
    rate = 0.01
    size = np.exp(rng.uniform(np.log(0.01), np.log(100), noise.size))
    hit = rng.random(noise.size) < rate * np.log(1e4)
    struck = noise + hit * size
    kept = struck[abs(struck) < sigma]
    assert np.mean(kept**2) == pytest.approx(kept_variance(sigma) + rate * missed_variance(sigma), abs=0.005)


@given(
    st.floats(0, 0.03), st.floats(0, 0.03), st.floats(0, 0.005), st.floats(0, 0.005)
)  # fmt: skip
def test_a_kernel_is_found_from_its_autocorrelation(beside, above, diagonal, other):
    kernel = np.array([[diagonal, above, other], [beside, 0, beside], [other, above, diagonal]])
    kernel[1, 1] = 1 - kernel.sum()
    np.testing.assert_allclose(kernel_of(autocorrelation(kernel)), kernel, atol=1e-9)


def test_the_sum_of_squares_is_what_coupling_leaves_of_the_variance():
    from scipy.ndimage import convolve

    kernel = np.array([[0.001, 0.01, 0.001], [0.012, 0.952, 0.012], [0.001, 0.01, 0.001]])
    image = convolve(np.random.default_rng(1).standard_normal((1500, 1500)), kernel)
    assert image.var() == pytest.approx((kernel**2).sum(), rel=0.005)


def test_the_response_is_found_with_and_without_linear_ramps():
    bend, cubic = 2e-6, 1e-11
    rates = np.linspace(1200, 2200, 6).reshape(1, 1, 6, 1)
    linear = rates * np.arange(1, 11)
    shown = linear - bend * linear**2 - cubic * linear**3

    def steps(level):
        return np.concatenate([np.full((1, 1, 6, 1), np.nan), np.diff(level, axis=-1)], axis=-1)

    amplifier, used = np.zeros((1, 6), dtype=np.int64), np.ones((1, 6, 10), dtype=bool)
    used[..., 0] = False
    truth = 1 - 2 * bend * linear[0] - 3 * cubic * linear[0] ** 2
    with_raw = MeanRamps(steps(linear), np.ones_like(linear), steps(shown))
    found = response_of_linear(with_raw, amplifier, used, first=1.0)
    np.testing.assert_allclose(found.at(linear[0], amplifier), truth, rtol=1e-3)
    ramps = MeanRamps(steps(shown), np.ones_like(linear), None)
    curved = response_of_ramps(ramps, amplifier, used, first=1.0)
    np.testing.assert_allclose(curved.at(shown[0], amplifier), truth, rtol=3e-3)


def test_groups_end_at_the_largest_signal_or_with_the_first_flag():
    steps = np.full((2, 1, 3, 8), 1000.0)
    steps[..., 0] = np.nan
    free = np.ones_like(steps)
    free[1, 0, 1, 4:] = 0.5
    free[:, 0, 2, 0] = 0.0
    ramps = MeanRamps(steps, free, None)
    level = signals(steps, first=1.0)
    np.testing.assert_allclose(level[0, 0, 0], 1000.0 * np.arange(1, 9))
    start, stop = usable_groups(ramps, GainSettings(max_signal=6500.0), first=1.0)
    assert start.tolist() == [[0, 0, 1]]
    assert stop.tolist() == [[6, 4, 6]]
    start, stop = usable_groups(ramps, GainSettings(first_group=2, last_group=5), first=1.0)
    assert (start.min(), stop.max()) == (2, 6)


@given(groups=st.integers(0, 100), longest=st.integers(1, LONGEST))
def test_parts_cover_a_ramp_once(groups, longest):
    start, length = split_ramps(np.array([[3]]), np.array([[3 + groups]]), longest=longest)
    covered = [step for a, n in zip(start.ravel(), length.ravel(), strict=True) for step in range(a, a + n)]
    assert covered == list(range(3, 3 + max(groups - 1, 0)))
    assert length.max() <= longest


@pytest.fixture
def metadata(as_roles):
    ramp = as_roles([np.zeros((1, 2, 8, 8))], [])["F1"]
    return lambda **changes: dataclasses.replace(ramp.metadata, **changes)


def test_boxes_keep_to_amplifiers(metadata):
    full = metadata(xstart=1, ystart=1, xsize=2048, ysize=2048, noutputs=4)
    assert amplifier_edges(full, 2048).tolist() == [0, 512, 1024, 1536, 2048]
    grid = make_grid(full, (2048, 2048), 100.0)
    assert {512, 1024, 1536} <= set(grid.columns.boxes.tolist())
    assert np.diff(grid.rows.cells).max() <= 32
    turned = make_grid(metadata(xstart=1, ystart=1, noutputs=4, fastaxis=-2), (2048, 2048), 128.0)
    assert {512, 1024, 1536} <= set(turned.rows.boxes.tolist())
    assert turned.fast == 0
    assert amplifier_edges(metadata(noutputs=1), 160).tolist() == [0, 160]
    assert amplifier_edges(metadata(instrument="MIRI", noutputs=4), 1032).tolist() == [0, 1032]
    np.testing.assert_array_equal(pool(grid, grid.pixels.astype(float)).sum(), 2048**2)


def test_products_are_those_of_numpy():
    """The compiled sums against plain numpy, without outliers."""
    rng = np.random.default_rng(5)
    nrows, ncols, n = 12, 20, 5
    first, second = (
        np.cumsum(rng.normal(1000, 20, (n + 1, nrows, ncols)), axis=0).astype("f4") for _ in "12"
    )
    good = rng.random((nrows, ncols)) > 0.1
    flags = np.zeros((n + 1, nrows, ncols), np.uint8)
    flags[2, 3, 4], flags[1, 5, 6] = GROUP_DQ["SATURATED"], GROUP_DQ["JUMP_DET"]
    good[3, 4] = good[5, 6] = True
    phase = np.broadcast_to(np.arange(ncols) % 2, (nrows, ncols)).copy()
    tables = all_modes()
    counts, modes = np.zeros((1, kernels.COUNTS)), np.zeros((1, 5, 2 * LONGEST))
    whole, steps = np.zeros((1, 5, LONGEST)), np.zeros((1, 2, LONGEST))
    kept = np.zeros((nrows, ncols), bool)
    kernels.add_products(
        first, second, flags, flags, good, SPOILS, STRUCK, np.array([0, ncols]), phase, 2, np.array([0]),
        np.array([n]), np.ones((1, 2, LONGEST + 1)), 100.0, 1.0, np.array([101.0, 102.0, 103.0]),
        tables.difference, tables.total, tables.trend, counts, modes, whole, steps, kept,
    )  # fmt: skip
    expected = good.copy()
    expected[3, 4] = expected[5, 6] = False
    np.testing.assert_array_equal(kept, expected)
    assert counts[0, kernels.KEPT] == expected.sum()
    diff = np.diff(first.astype(float) - second.astype(float), axis=0)
    for parity in (0, 1):
        inside = expected & (phase == parity)
        diff[:, phase == parity] -= diff[:, inside].mean(axis=1)[:, None]
    image = np.einsum("kj,jyx->kyx", tables.difference[n, :n, :n], diff) * expected
    np.testing.assert_allclose(modes[0, 0, :n], (image**2).sum(axis=(1, 2)), rtol=1e-6)
    beside = (image[:, :, 1:] * image[:, :, :-1]).sum(axis=(1, 2))
    np.testing.assert_allclose(modes[0, 1, :n], beside, atol=1e-3)
    other = (image[:, :-1, 1:] * image[:, 1:, :-1]).sum(axis=(1, 2))
    np.testing.assert_allclose(modes[0, 4, :n], other, atol=1e-3)
    rise = np.diff(first.astype(float), axis=0)[:, expected].sum(axis=1)
    np.testing.assert_allclose(steps[0, 0, :n], rise, rtol=1e-6)
    pairs = (expected[:-1, 1:] & expected[1:, :-1]).sum()
    assert counts[0, kernels.PRODUCTS + 4] == pairs


def test_a_large_hit_leaves_out_its_neighbours_and_is_counted():
    rng = np.random.default_rng(5)
    first, second = (np.cumsum(rng.normal(1000, 20, (6, 20, 20)), axis=0).astype("f4") for _ in "12")
    first[3:, 10, 10] += 3000
    second[2:, 4, 4] += 150
    flags, good = np.zeros(first.shape, np.uint8), np.ones((20, 20), bool)
    tables, kept = all_modes(), np.zeros((20, 20), bool)
    counts = np.zeros((1, kernels.COUNTS))
    kernels.add_products(
        first, second, flags, flags, good, SPOILS, STRUCK, np.array([0, 20]), np.zeros((20, 20), np.int64), 1,
        np.array([0]), np.array([5]), np.ones((1, 2, LONGEST + 1)), 4.5, 1.0, np.array([4.5, 9.0, 10.0]),
        tables.difference, tables.total, tables.trend, counts, np.zeros((1, 5, 2 * LONGEST)),
        np.zeros((1, 5, LONGEST)), np.zeros((1, 2, LONGEST)), kept,
    )  # fmt: skip
    expected = np.ones((20, 20), bool)
    expected[9:12, 9:12] = expected[4, 4] = False
    np.testing.assert_array_equal(kept, expected)
    assert counts[0, kernels.REJECTED] == 2
    assert counts[0, kernels.TAILED] == 1


def test_boxes_are_smoothed_as_far_as_their_errors_demand():
    rng = np.random.default_rng(8)
    y, x = np.mgrid[:12, :12]
    truth = 2 + 0.01 * x - 0.005 * y
    noisy = truth + rng.normal(0, 0.05, truth.shape)
    good = np.ones(truth.shape, bool)
    surface, error = smooth_boxes(noisy, np.full(truth.shape, 0.05), good)
    assert (surface - truth).std() < 0.02
    assert error.max() < 0.05
    steps = np.where(x < 6, 2.0, 2.4)
    sharp, _ = smooth_boxes(steps + rng.normal(0, 1e-3, steps.shape), np.full(steps.shape, 1e-3), good)
    assert np.abs(sharp - steps).max() < 0.01
    good[3:5, 3:6] = False
    filled, spread = smooth_boxes(noisy, np.full(truth.shape, 0.05), good)
    assert np.abs(filled - truth)[~good].max() < 0.05
    assert np.isfinite(spread).all()


def test_interpolation_is_linear_in_any_division():
    rows, columns = np.array([0, 10, 25, 40]), np.array([3, 20, 50])
    middle = [(edges[1:] + edges[:-1] - 1) / 2 for edges in (rows, columns)]
    values = 1 + 0.1 * middle[0][:, None] - 0.05 * middle[1][None, :]
    image = interpolate(values, rows, columns)
    expected = 1 + 0.1 * np.arange(40)[:, None] - 0.05 * np.arange(3, 50)[None, :]
    np.testing.assert_allclose(image, expected, atol=1e-12)
    np.testing.assert_array_equal(interpolate(np.array([[2.0]]), rows[[0, -1]], columns[[0, -1]]), 2.0)
