"""The mean of first groups: unbiased, robust, and the same however it is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mkrefs.api import GROUP_DQ, PIXEL_DQ, UserError
from mkrefs.testing.array_ramp import ArrayRamp
from mkrefs_detector.superbias import measure_superbias
from mkrefs_detector.superbias.channels import single_channel
from mkrefs_detector.superbias.settings import BiasSettings
from mkrefs_detector.superbias.streaming import measure_ramps

SIGMA = 6.0


def noise(count, *, rows=60, columns=60, sigma=SIGMA, seed=1):
    """Samples about 12000 DN, as one ramp of `count` integrations."""
    return np.random.default_rng(seed).normal(12000.0, sigma, (count, 1, rows, columns))


@pytest.mark.parametrize("count", [3, 4, 6, 10, 20, 50])
def test_neither_mean_nor_scatter_is_biased(count):
    ramp = noise(count, rows=200, columns=200)
    found = measure_superbias([ramp])
    residual = found.mean - 12000.0
    assert np.mean(residual) == pytest.approx(0, abs=4 * SIGMA / np.sqrt(count * residual.size))
    assert np.mean(found.scatter) == pytest.approx(SIGMA, rel=0.01)
    assert 0.001 < 1 - found.count.mean() / count < 0.005


@pytest.mark.parametrize(("count", "hits"), [(5, 1), (6, 1), (10, 2), (20, 4), (60, 10)])
def test_hits_are_rejected_however_few_the_samples(count, hits):
    ramp = noise(count)
    ramp[:hits, 0] += 1000.0
    found = measure_superbias([ramp])
    good = np.abs(found.mean - 12000.0) < 6 * SIGMA / np.sqrt(count - hits)
    assert good.mean() > 0.99
    assert np.median(found.count) == count - hits


def test_the_plain_clip_of_seven_samples_rejects_nothing():
    ramp = noise(7)
    ramp[0] += 1000.0
    plain = measure_superbias([ramp], bias_correction=False)
    assert np.median(plain.mean) == pytest.approx(12000 + 1000 / 7, abs=1)
    assert (plain.count == 7).all()
    assert np.median(measure_superbias([ramp]).mean) == pytest.approx(12000, abs=1)


def test_the_plain_clip_is_the_documented_one():
    from astropy.stats import sigma_clip

    ramp = noise(25, rows=20, columns=20)
    ramp[3, 0, ::2] += 200.0
    plain = measure_superbias([ramp], bias_correction=False)
    clipped = sigma_clip(ramp[:, 0].astype(np.float32).astype(np.float64), sigma=3, maxiters=3, axis=0)
    np.testing.assert_allclose(plain.mean, clipped.mean(axis=0), rtol=0, atol=2e-3)
    np.testing.assert_allclose(plain.scatter, clipped.std(axis=0), rtol=2e-3)


@pytest.mark.parametrize("sigma", [0.3, 0.5, 1.0])
@pytest.mark.parametrize("count", [6, 20, 100])
def test_whole_numbers_do_not_bias_the_mean(sigma, count):
    rng = np.random.default_rng(3)
    truth = 12000 + rng.random((150, 150))
    ramp = np.rint(truth + rng.normal(0, sigma, (count, 1, 150, 150)))
    found = measure_superbias([ramp])
    error = np.sqrt((sigma**2 + 1 / 12) / count)
    assert np.mean(found.mean - truth) == pytest.approx(0, abs=4 * error / 150)
    # Nothing is gained by rejecting noise: the mean of all samples is as far from the truth.
    assert np.std(found.mean - truth) < 1.05 * np.std(ramp[:, 0].mean(axis=0) - truth)
    if count == 100:
        for low in np.arange(0, 1, 0.25):
            phase = (truth % 1 >= low) & (truth % 1 < low + 0.25)
            assert np.mean((found.mean - ramp[:, 0].mean(axis=0))[phase]) == pytest.approx(0, abs=0.01)


def test_all_integrations_of_all_ramps_count():
    ramp = noise(6)
    parts = measure_superbias([ramp[:1], ramp[1:4], ramp[4:]])
    whole = measure_superbias([ramp])
    assert parts.size == 6
    np.testing.assert_array_equal(parts.mean, whole.mean)


def test_only_first_groups_count():
    ramp = np.concatenate([noise(4), noise(4, seed=2) + 500.0], axis=1)
    assert np.median(measure_superbias([ramp]).mean) == pytest.approx(12000, abs=1)


@pytest.mark.parametrize("flag", ["DO_NOT_USE", "SATURATED", "JUMP_DET", "AD_FLOOR"])
def test_flagged_first_groups_are_left_out(flag):
    ramp = noise(8)
    flags = np.zeros(ramp.shape, dtype=np.uint8)
    ramp[:3, :, 5:9] = 60000.0
    flags[:3, :, 5:9] = GROUP_DQ[flag]
    flags[:, :, 20] = GROUP_DQ[flag]
    found = measure_superbias([ramp], [flags])
    assert np.abs(found.mean[5:9] - 12000).max() < 20
    assert found.count[5:9].max() == 5
    assert np.isnan(found.mean[20]).all()
    assert (found.count[20] == 0).all()
    assert found.spoilt == 3 * 4 * 60 + 8 * 60


def test_pixels_that_a_mask_forbids_have_a_bias_too(as_ramps):
    """dq_init flags all groups of a bad pixel DO_NOT_USE; that says nothing on single groups."""
    ramp = noise(5).astype(np.float32)
    flags = np.full(ramp.shape, GROUP_DQ["DO_NOT_USE"], dtype=np.uint8)
    metadata = as_ramps([ramp])["D1"].metadata
    masked = np.zeros(ramp.shape[2:], dtype=np.uint32)
    masked[:30] = PIXEL_DQ["DO_NOT_USE"] | PIXEL_DQ["DEAD"]
    inputs = [ArrayRamp(ramp, metadata, group_dq=flags, pixel_dq=masked)]
    found = measure_ramps(
        inputs, BiasSettings(), channels=single_channel(60), reference=np.zeros((60, 60), bool)
    )
    assert (found.count[:30] >= 4).all()
    assert (found.count[30:] == 0).all()


@settings(max_examples=20, deadline=None)
@given(
    correct=st.booleans(),
    count=st.integers(2, 9),
    rows=st.integers(1, 12),
    columns=st.integers(1, 70),
    block=st.integers(1, 5000),
    seed=st.integers(0, 99),
)
def test_blocks_of_any_size_give_the_same_and_inputs_stay(correct, count, rows, columns, block, seed):
    rng = np.random.default_rng(seed)
    ramps = [noise(count, rows=rows, columns=columns, seed=seed + k).astype(np.float32) for k in range(2)]
    flags = [(rng.random(ramp.shape) < 0.2).astype(np.uint8) * GROUP_DQ["SATURATED"] for ramp in ramps]
    reference = rng.random((rows, columns)) < 0.3
    before = [ramp.copy() for ramp in ramps]
    for array in (*ramps, *flags, reference):
        array.flags.writeable = False
    common = {"reference": reference, "bias_correction": correct}
    whole = measure_superbias(ramps, flags, **common)
    parts = measure_superbias(ramps, flags, **common, stack_bytes=block)
    np.testing.assert_array_equal(whole.mean, parts.mean)
    np.testing.assert_array_equal(whole.scatter, parts.scatter)
    np.testing.assert_array_equal(whole.count, parts.count)
    for ramp, old in zip(ramps, before, strict=True):
        np.testing.assert_array_equal(ramp, old)


@settings(max_examples=15, deadline=None)
@given(count=st.integers(2, 30), seed=st.integers(0, 99), offset=st.integers(-5000, 5000))
def test_order_and_level_of_the_samples_do_not_matter(count, seed, offset):
    rng = np.random.default_rng(seed)
    ramp = np.rint(noise(count, rows=6, columns=6, seed=seed))
    ramp[: count // 5] += 300.0
    found = measure_superbias([ramp])
    mixed = measure_superbias([ramp[rng.permutation(count)]])
    np.testing.assert_allclose(mixed.mean, found.mean, rtol=0, atol=2e-3)
    np.testing.assert_array_equal(mixed.count, found.count)
    shifted = measure_superbias([ramp + offset])
    np.testing.assert_allclose(shifted.mean - offset, found.mean, rtol=0, atol=3e-3)
    np.testing.assert_allclose(shifted.scatter, found.scatter, rtol=1e-5)


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(UserError, match="1 integration, too few"):
        measure_superbias([noise(1)])
    with pytest.raises(UserError, match="give 2 or more"):
        measure_superbias([noise(5)], clipping_sigma=1.5)
    with pytest.raises(UserError, match="at least one ramp"):
        measure_superbias([])
    with pytest.raises(UserError, match="four"):
        measure_superbias([np.zeros((5, 3, 3))])
    with pytest.raises(UserError, match="one size"):
        measure_superbias([noise(2), noise(2, rows=7)])
    with pytest.raises(UserError, match="group_dq"):
        measure_superbias([noise(2)], [np.zeros((2, 1, 7, 7))])
