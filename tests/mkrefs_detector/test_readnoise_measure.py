"""The read noise of arrays: truth recovered, cosmic rays survived, blocks of any size alike."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mkrefs.api import GROUP_DQ, UserError
from mkrefs_detector.readnoise import measure_readnoise, streaming

CDS = 6.0 * np.sqrt(2.0)
METHODS = [
    ("stack", "independent"),
    ("stack", "consecutive"),
    ("ramp", "independent"),
    ("fit", "independent"),
]


@pytest.mark.parametrize(("method", "difference"), METHODS)
@pytest.mark.parametrize(("count", "tolerance"), [(20, 0.01), (5, 0.02)])
def test_truth_is_recovered(darks, method, difference, count, tolerance):
    found = measure_readnoise(darks(count), method=method, group_diff_type=difference)
    assert np.median(found.noise) / CDS == pytest.approx(1, abs=tolerance)
    assert found.noise.std() / found.err.mean() == pytest.approx(1.05, abs=0.07)


@pytest.mark.parametrize(("method", "difference"), METHODS)
def test_cosmic_rays_without_flags_do_no_harm(darks, method, difference):
    found = measure_readnoise(darks(20, hit=0.05), method=method, group_diff_type=difference)
    ratio = found.noise / CDS
    assert np.median(ratio) == pytest.approx(1, abs=0.015)
    assert np.mean(ratio > 1.5) <= 0.001


@pytest.mark.parametrize("method", ["stack", "ramp", "fit"])
def test_slopes_and_bias_do_not_count_as_noise(darks, method):
    slopes = 50.0 * np.arange(10, dtype=np.float32)[:, None, None]
    still = darks(4)
    moving = [ramp + slopes for ramp in still]
    expected = measure_readnoise(still, method=method).noise
    assert measure_readnoise(moving, method=method).noise == pytest.approx(expected, rel=1e-3)


def test_flagged_jumps_are_left_out(darks):
    ramps = darks(6)
    flags = [np.zeros(ramp.shape, dtype=np.uint8) for ramp in ramps]
    for ramp, flag in zip(ramps, flags, strict=True):
        ramp[:, 5:] += 40.0
        flag[:, 5] = GROUP_DQ["JUMP_DET"]
    for method in ("stack", "ramp", "fit"):
        assert np.median(measure_readnoise(ramps, flags, method=method).noise) == pytest.approx(CDS, rel=0.02)


def test_groups_of_several_frames_give_the_noise_of_one_frame(darks):
    frames = darks(10, ngroups=40)
    groups = [ramp.reshape(1, 10, 4, 64, 64).mean(axis=2) for ramp in frames]
    assert np.median(measure_readnoise(groups, nframes=4).noise) == pytest.approx(CDS, rel=0.015)


def test_integrations_count_like_exposures(darks):
    found = measure_readnoise(darks(5, nints=4))
    assert np.median(found.noise) == pytest.approx(CDS, rel=0.01)
    assert np.median(found.dof) == pytest.approx(99, abs=1)


def test_ramps_may_differ_in_length(darks):
    found = measure_readnoise([*darks(3, ngroups=7), *darks(3, ngroups=12, nints=2)], method="ramp")
    assert np.median(found.noise) == pytest.approx(CDS, rel=0.02)


def test_the_err_of_few_samples_is_that_of_a_chi_distribution(darks):
    found = measure_readnoise(darks(1, rows=200, columns=200), max_clipping_iters=0)
    assert (found.dof == 4).all()
    assert found.noise.std() / found.noise.mean() == pytest.approx(np.mean(found.err / found.noise), rel=0.03)


def test_pixels_without_samples_are_nan_and_have_no_samples(darks):
    ramps = darks(2)
    ramps[0][..., 3, 4] = np.nan
    ramps[1][:, 1:, 3, 4] = np.nan
    ramps[0][..., 7, 8] = ramps[1][..., 7, 8] = 100.0
    found = measure_readnoise(ramps)
    for pixel in ((3, 4), (7, 8)):
        assert np.isnan(found.noise[pixel])
        assert np.isnan(found.err[pixel])
        assert found.dof[pixel] == 0
    assert np.isfinite(found.noise).sum() == found.noise.size - 2


@settings(max_examples=15, deadline=None)
@given(
    method=st.sampled_from(["stack", "ramp", "fit"]),
    correct=st.booleans(),
    rows=st.integers(1, 9),
    columns=st.integers(1, 70),
    block=st.integers(1, 12),
    ngroups=st.integers(4, 7),
    seed=st.integers(0, 99),
)
def test_blocks_of_any_size_give_the_same(method, correct, rows, columns, block, ngroups, seed):
    rng = np.random.default_rng(seed)
    ramps = [rng.normal(0, 6, (2, ngroups, rows, columns)).astype(np.float32) for _ in range(2)]
    flags = [(rng.random(ramp.shape) < 0.1).astype(np.uint8) * GROUP_DQ["JUMP_DET"] for ramp in ramps]
    before = [ramp.copy() for ramp in ramps]
    for array in (*ramps, *flags):
        array.flags.writeable = False
    whole = measure_readnoise(ramps, flags, method=method, bias_correction=correct, slice_width=rows)
    parts = measure_readnoise(ramps, flags, method=method, bias_correction=correct, slice_width=block)
    np.testing.assert_array_equal(whole.noise, parts.noise)
    np.testing.assert_array_equal(whole.dof, parts.dof)
    assert whole.noise.shape == (rows, columns)
    for ramp, old in zip(ramps, before, strict=True):
        np.testing.assert_array_equal(ramp, old)


@pytest.mark.parametrize("method", ["stack", "fit"])
def test_the_number_of_threads_changes_nothing(darks, method, monkeypatch):
    ramps = darks(2)
    one = measure_readnoise(ramps, method=method, nproc=1)
    monkeypatch.setattr(streaming, "threads_given", lambda: 3)
    many = measure_readnoise(ramps, method=method, nproc=64, slice_width=9)
    for name in ("noise", "err", "dof"):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))


@pytest.mark.parametrize("method", ["stack", "ramp", "fit"])
def test_too_few_differences_are_refused(method):
    with pytest.raises(UserError, match="two are needed"):
        measure_readnoise([np.zeros((1, 2, 3, 3))], method=method)


def test_ramps_must_fit_together():
    with pytest.raises(UserError, match="one size"):
        measure_readnoise([np.zeros((1, 6, 3, 3)), np.zeros((1, 6, 3, 4))])
    with pytest.raises(UserError, match="four"):
        measure_readnoise([np.zeros((6, 3, 3))])
    with pytest.raises(UserError, match="group_dq"):
        measure_readnoise([np.zeros((1, 6, 3, 3))], [np.zeros((1, 6, 3, 4))])
    with pytest.raises(UserError, match="at least one"):
        measure_readnoise([])


def test_the_plugin_is_light_to_import():
    code = (
        "import sys, mkrefs_detector as plugin, mkrefs_detector.readnoise as readnoise\n"
        "plugin.mkrefs_creators(), plugin.mkrefs_combiners()\n"
        "assert not {'numba', 'scipy', 'astropy', 'jwst'} & set(sys.modules)\n"
        "assert callable(readnoise.measure_readnoise) and 'numba' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_clip_too_tight_to_correct_is_refused(darks):
    with pytest.raises(UserError, match="give 2 or more"):
        measure_readnoise(darks(2), clipping_sigma=1.5)
    assert np.isfinite(measure_readnoise(darks(2), clipping_sigma=1.5, bias_correction=False).noise).all()
    assert np.isfinite(measure_readnoise(darks(2), clipping_sigma=1.5, max_clipping_iters=0).noise).all()
