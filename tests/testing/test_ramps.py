import sys
from dataclasses import replace

import numpy as np
import pytest

from mkrefs.errors import UserError
from mkrefs.testing import DetectorTruth, Effects, ExposureSpec, Levels, simulate_ramp
from mkrefs.testing.ramps import read_times

SPEC = ExposureSpec(ngroups=6)


def truth_with(*effects, detector="NRCA1", subarray="SUB160", **levels):
    chosen = Levels(**levels) if levels else None
    return DetectorTruth(detector, subarray, effects=Effects.only(*effects), levels=chosen)


def ramp(truth, spec=SPEC):
    return simulate_ramp(truth, spec).data.astype(float)


def test_without_effects_a_dark_is_the_bias():
    truth = truth_with()
    np.testing.assert_array_equal(ramp(truth), np.full((1, 6, 160, 160), truth.strengths.bias))


def test_the_same_spec_gives_the_same_pixels():
    truth = DetectorTruth("NRCA1", "SUB160", effects=Effects.everything())
    spec = replace(SPEC, cosmic_ray_fraction=0.05, nints=2)
    first, again = simulate_ramp(truth, spec), simulate_ramp(truth, spec)
    assert first.data.tobytes() == again.data.tobytes()
    assert first.data.dtype == np.uint16
    for other in (replace(spec, seed=2), replace(spec, exposure=2), replace(spec, activity="03101")):
        assert not np.array_equal(simulate_ramp(truth, other).data, first.data)


def test_one_switch_leaves_the_noise_of_the_others_alone():
    quiet = ramp(truth_with("read_noise"))
    biased = ramp(truth_with("read_noise", "bias"))
    pattern = truth_with("bias").bias - 12000.0
    assert np.abs(biased - quiet - pattern).max() <= 1.01


def test_the_noise_of_a_difference_is_the_cds_noise():
    truth = truth_with("read_noise")
    data = ramp(truth, replace(SPEC, ngroups=40))[0]
    pairs = data[1::2] - data[::2]
    measured = np.sqrt(np.mean(pairs**2, axis=0) - 2 / 12)
    assert np.median(measured / truth.cds_noise) == pytest.approx(1.0, abs=0.02)
    assert np.corrcoef(measured.ravel(), truth.cds_noise.ravel())[0, 1] > 0.3


def test_averaged_frames_are_quieter():
    truth = truth_with("read_noise", read_noise=20.0, read_noise_scatter=0.0)
    for pattern, nframes in (("RAPID", 1), ("SHALLOW4", 4), ("DEEP8", 8)):
        data = ramp(truth, replace(SPEC, readpatt=pattern))
        assert data.std() == pytest.approx(20.0 / np.sqrt(nframes), rel=0.01)


def test_groups_are_read_when_the_pattern_says():
    truth = truth_with()
    frame = 0.27864
    expected = np.array([[1, 2], [6, 7], [11, 12]]) * frame
    np.testing.assert_allclose(read_times(truth, replace(SPEC, readpatt="SHALLOW2", ngroups=3)), expected)


def test_light_and_dark_current_add_up_linearly():
    truth = truth_with("dark_current", dark_current=30.0, dark_scatter=0.0)
    spec = replace(SPEC, flux=100.0, readpatt="SHALLOW4")
    data = ramp(truth, spec)[0, :, 10:100, 10:100] - 12000.0
    expected = 130.0 * read_times(truth, spec).mean(axis=1)
    np.testing.assert_allclose(data.mean(axis=(1, 2)), expected, atol=0.5)


def test_shot_noise_follows_the_electrons():
    truth = truth_with("shot_noise", gain=2.0)
    data = ramp(truth, replace(SPEC, flux=5000.0))[0, -1][truth.active] - 12000.0
    assert data.var() == pytest.approx(data.mean() / 2.0, rel=0.05)


def test_reset_noise_is_one_offset_for_an_integration():
    truth = truth_with("reset_noise")
    data = ramp(truth, replace(SPEC, nints=2))
    assert np.ptp(data, axis=1).max() == 0
    science = (data[0, 0] - data[1, 0])[truth.active]
    assert science.std() == pytest.approx(np.sqrt(2) * truth.strengths.reset_noise, rel=0.03)
    assert np.ptp(data[:, :, truth.reference_pixels]) == 0


def test_amplifier_drift_changes_all_pixels_of_an_output_together():
    truth = truth_with("amplifier_drift", amplifier_drift=50.0)
    data = ramp(truth)[0]
    assert np.ptp(data[:, :, ::2], axis=(1, 2)).max() == 0
    assert np.ptp(data[:, 0, 0]) > 0
    assert (data[:, 0, 0] != data[:, 0, 1]).any()


def test_one_over_f_noise_makes_stripes_along_the_fast_axis():
    for detector, subarray, axis in (("NRCA1", "SUB160", 1), ("NIS", "SUB128", 0), ("MIRIMAGE", "SUB128", 1)):
        truth = truth_with("one_over_f", detector=detector, subarray=subarray, one_over_f=50.0)
        frames = ramp(truth, replace(SPEC, ngroups=20))[0] - 12000.0
        along = frames.mean(axis=1 + axis).std()
        across = frames.mean(axis=2 - axis).std()
        assert along > 1.3 * across, detector
        assert 20 < frames.std() < 80, detector
        assert frames[:, truth.reference_pixels].std() > 10, detector


def test_cosmic_rays_hit_the_share_asked_for():
    truth = truth_with("cosmic_rays")
    result = simulate_ramp(truth, replace(SPEC, cosmic_ray_fraction=0.05))
    touched = result.cosmic_rays.touched(truth.window.shape)
    assert touched.mean() == pytest.approx(0.05, abs=0.006)
    jumped = np.ptp(result.data[0].astype(int), axis=0) > 0
    first = result.cosmic_rays.read == 0
    assert not jumped[~touched].any()
    assert jumped[truth.active & touched].mean() > 0.6
    assert first.any()


def test_cosmic_rays_stay_once_they_hit_and_end_with_the_integration():
    truth = truth_with("cosmic_rays")
    data = ramp(truth, replace(SPEC, cosmic_ray_fraction=0.05, nints=2))
    assert (np.diff(data, axis=1) >= 0).all()
    assert np.median(data[1, 0]) == 12000


def test_without_a_share_cosmic_rays_come_at_their_rate():
    truth = truth_with("cosmic_rays", cosmic_ray_rate=1e-3)
    hits = simulate_ramp(truth, SPEC).cosmic_rays
    expected = 1e-3 * 160 * 160 * 6 * 0.27864 * 5
    assert hits.row.size == pytest.approx(expected, rel=0.4)


def test_nonlinearity_is_undone_by_its_coefficients():
    truth = truth_with("nonlinearity")
    spec = replace(SPEC, flux=25000.0)
    measured = ramp(truth, spec)[0] - 12000.0
    corrected = measured + truth.nonlinearity * measured**2
    expected = 25000.0 * read_times(truth, spec)[:, 0]
    assert (measured[-1][truth.active] < 0.97 * expected[-1]).all()
    error = corrected[:, truth.active] / expected[:, None] - 1
    assert np.abs(error).max() < 1e-3


def test_saturation_ends_the_ramp_at_the_full_well():
    truth = truth_with("saturation", full_well=20000.0, well_scatter=0.0)
    data = ramp(truth, replace(SPEC, flux=50000.0))[0]
    assert data[-1][truth.active].max() == 32000
    assert (data[-1] >= truth.saturation)[truth.active].all()
    assert (data[0] < truth.saturation).all()


def test_the_converter_ends_at_65535():
    assert ramp(truth_with(), replace(SPEC, flux=1e6)).max() == 65535


def test_dead_and_low_response_pixels_see_less_light():
    truth = truth_with("dead", "low_qe", "open")
    data = ramp(truth, replace(SPEC, flux=10000.0))[0, -1] - 12000.0
    level = np.median(data)
    assert not data[truth.defects["dead"]].any()
    assert np.median(data[truth.defects["low_qe"]]) == pytest.approx(truth.strengths.low_qe * level, rel=0.01)
    assert np.median(data[truth.defects["adjacent_open"]]) == pytest.approx(1.2 * level, rel=0.01)


def test_rc_pixels_settle_exponentially():
    truth = truth_with("rc", rc_fraction=0.01)
    steps = np.diff(ramp(truth)[0], axis=0)[:, truth.defects["rc"]]
    assert (np.diff(steps.mean(axis=1)) < 0).all()
    assert (steps > 0).all()


def test_inverse_rc_pixels_start_high_and_fall():
    truth = truth_with("inverse_rc", inverse_rc_fraction=0.01)
    data = ramp(truth)[0][:, truth.defects["inverse_rc"]] - 12000.0
    steps = np.diff(data, axis=0).mean(axis=1)
    assert (steps < 0).all()
    assert (np.diff(steps) > 0).all()
    assert (data > 0).all()


def test_pixels_of_a_low_pedestal_lie_below_their_bias_in_every_group():
    truth = truth_with("low_pedestal", low_pedestal_fraction=0.01)
    below = ramp(truth)[0] - truth.bias
    low = truth.defects["low_pedestal"]
    assert low.any()
    np.testing.assert_array_equal(below[:, low], -300.0)
    assert not below[:, ~low].any()


@pytest.mark.parametrize("name", ["inverse_rc", "low_pedestal"])
def test_kinds_without_a_share_of_their_own_change_no_other_pixel(name):
    with_it = DetectorTruth("NRCB1", "SUB64P", effects=Effects.standard())
    without = replace(with_it, effects=replace(Effects.standard(), **{name: False}))
    assert not with_it.defects[name].any()
    np.testing.assert_array_equal(ramp(with_it), ramp(without))


def test_telegraph_pixels_have_two_levels():
    truth = truth_with("telegraph", telegraph_fraction=0.01)
    data = ramp(truth, replace(SPEC, ngroups=30))[0][:, truth.defects["telegraph"]]
    assert max(len(np.unique(pixel)) for pixel in data.T) == 2
    assert (np.ptp(data, axis=0) > 0).mean() > 0.9


def test_flats_show_the_response_and_the_lamp():
    truth = truth_with("flat_field")
    data = ramp(truth, replace(SPEC, flux=20000.0))[0, -1] - 12000.0
    pattern = truth.lamp * truth.response
    expected = data[truth.active].mean() * pattern / pattern[truth.active].mean()
    np.testing.assert_allclose(data[truth.active], expected[truth.active], rtol=1e-3)
    assert np.ptp(truth.lamp) > 1e-4


def test_ipc_spreads_a_pixel_and_its_kernel_undoes_it():
    from mkrefs.testing.ipc import correction_kernel, couple

    image = np.zeros((31, 31), np.float32)
    image[15, 15] = 1000.0
    active = np.ones_like(image, dtype=bool)
    coupled = couple(image, 0.03, active)
    kernel = correction_kernel(0.03)
    undone = np.zeros_like(image)
    for dy in range(-3, 4):
        for dx in range(-3, 4):
            undone += kernel[dy + 3, dx + 3] * np.roll(coupled, (dy, dx), (0, 1))
    assert coupled[15, 16] == pytest.approx(30.0)
    assert coupled.sum() == pytest.approx(1000.0, rel=1e-5)
    assert kernel.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(undone, image, atol=0.5)


def test_ipc_leaves_reference_pixels_alone():
    truth = truth_with("ipc", ipc=0.05)
    data = ramp(truth, replace(SPEC, flux=10000.0))
    assert np.ptp(data[:, :, truth.reference_pixels]) == 0


def test_miri_bends_from_zero():
    truth = truth_with("nonlinearity", detector="MIRIMAGE", subarray="SUB64", nonlinearity=1e-6)
    spec = replace(SPEC, flux=40000.0)
    raw = ramp(truth, spec)[0]
    corrected = raw + truth.nonlinearity * raw**2
    expected = 12000.0 + 40000.0 * read_times(truth, spec)[:, 0]
    assert np.abs(corrected[:, truth.active] / expected[:, None] - 1).max() < 1e-3


@pytest.mark.parametrize(
    ("detector", "subarray", "readpatt"),
    [
        ("NRCBLONG", "SUB64P", "BRIGHT2"),
        ("NIS", "SUB80", "NIS"),
        ("NRS1", "SUB512", "NRS"),
        ("NRS2", "SUB512S", "NRSRAPID"),
        ("GUIDER2", "SUB128LL", "FGSRAPID"),
        ("MIRIMAGE", "SUB64", "FASTR1"),
    ],
)
def test_all_instruments_make_ramps(detector, subarray, readpatt):
    truth = DetectorTruth(detector, subarray, effects=Effects.everything())
    result = simulate_ramp(truth, ExposureSpec(readpatt=readpatt, ngroups=3, nints=2, flux=1000.0))
    assert result.data.shape == (2, 3, *truth.window.shape)
    assert result.metadata.readpatt == readpatt
    assert 5000 < np.median(result.data) < 20000


def test_what_cannot_be_simulated_is_refused():
    truth = DetectorTruth("NRS1", "FULL")
    with pytest.raises(UserError, match="NRSRAPID"):
        simulate_ramp(truth, ExposureSpec(readpatt="RAPID"))
    with pytest.raises(UserError, match="ngroups"):
        ExposureSpec(ngroups=0)
    with pytest.raises(UserError, match="cosmic_ray_fraction"):
        ExposureSpec(cosmic_ray_fraction=1.0)


def test_importing_the_simulator_is_light():
    import subprocess

    code = "import sys, mkrefs.testing; print([m for m in sys.modules if m in HEAVY])"
    heavy = "HEAVY = {'jwst', 'stdatamodels', 'crds', 'astropy', 'pandas', 'asdf'}; "
    answer = subprocess.run([sys.executable, "-c", heavy + code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
