import numpy as np
import pytest

from mkrefs.errors import UserError
from mkrefs.instruments.reference_pixels import reference_pixels
from mkrefs.instruments.subarrays import SUBARRAYS
from mkrefs.testing import DetectorTruth, Effects, ExposureSpec, Levels, exposure_metadata
from mkrefs.testing.defects import KINDS

MAPS = (
    "bias",
    "read_noise",
    "cds_noise",
    "gain",
    "dark_current",
    "response",
    "lamp",
    "nonlinearity",
    "full_well",
    "saturation",
    "telegraph_step",
    "reference_pixels",
)


@pytest.fixture(scope="module")
def full():
    return DetectorTruth("MIRIMAGE", "FULL", seed=3, effects=Effects.everything())


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("subarray", ["SUB64", "MASK1140", "BRIGHTSKY"])
def test_a_subarray_is_the_slice_of_the_full_frame(full, subarray, name):
    part = full.on(subarray)
    np.testing.assert_array_equal(getattr(part, name), getattr(full, name)[part.window.slices])


@pytest.mark.parametrize("subarray", ["SUB64", "SUB256"])
def test_defects_of_a_subarray_are_the_slice_of_the_full_frame(full, subarray):
    part = full.on(subarray)
    for kind, flags in full.defects.items():
        np.testing.assert_array_equal(part.defects[kind], flags[part.window.slices], err_msg=kind)


def test_near_infrared_subarrays_are_slices_too():
    truth = DetectorTruth("NIS", "FULL", seed=5)
    for subarray in ("SUB64", "SUB80", "SUBSTRIP96"):
        part = truth.on(subarray)
        np.testing.assert_array_equal(part.bias, truth.bias[part.window.slices])
        np.testing.assert_array_equal(
            part.defects["adjacent_open"], truth.defects["adjacent_open"][part.window.slices]
        )


def test_the_same_seed_gives_the_same_detector_and_another_seed_another():
    first, again, other = (DetectorTruth("NRS1", "SUB512", seed=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.bias, again.bias)
    assert not np.array_equal(first.bias, other.bias)
    assert not np.array_equal(first.bias, DetectorTruth("NRS1", "SUB1024B", seed=7).bias[:, :512] + 1)


def test_two_detectors_of_one_seed_differ():
    a, b = DetectorTruth("NRCA3", "SUB160"), DetectorTruth("NRCB2", "SUB160")
    assert a.window.slices == b.window.slices
    assert not np.array_equal(a.bias, b.bias)


@pytest.mark.parametrize("detector", ["NRCA1", "NRCB1", "NIS", "NRS2", "GUIDER1", "MIRIMAGE"])
def test_reference_pixels_are_those_of_the_header(detector):
    for subarray in SUBARRAYS[detector]:
        truth = DetectorTruth(detector, subarray)
        np.testing.assert_array_equal(
            truth.reference_pixels, reference_pixels(exposure_metadata(truth, ExposureSpec()))
        )


def test_reference_pixels_have_no_signal():
    truth = DetectorTruth("NRCA1", "SUB160", effects=Effects.everything())
    assert truth.reference_pixels.sum() == 160 * 160 - 156 * 156
    for name in ("dark_current", "response", "nonlinearity", "telegraph_step"):
        assert not getattr(truth, name)[truth.reference_pixels].any(), name
    assert (truth.read_noise[truth.reference_pixels] > 0).all()


def test_without_effects_every_pixel_is_the_same():
    truth = DetectorTruth("NRCA1", "SUB160", effects=Effects())
    for name in ("bias", "read_noise", "gain", "dark_current"):
        assert np.ptp(getattr(truth, name)) == 0, name
    assert not truth.read_noise.any()
    assert not any(flags.any() for flags in truth.defects.values())
    assert np.isinf(truth.full_well).all()


def test_kinds_of_bad_pixels_exclude_each_other_and_have_their_share():
    truth = DetectorTruth("NRCA1", "SUB640", effects=Effects.everything())
    assert sum(flags.astype(int) for flags in truth.defects.values()).max() == 1
    for kind in KINDS:
        expected = getattr(truth.strengths, f"{kind}_fraction")
        assert truth.defects[kind].mean() == pytest.approx(expected, rel=0.3), kind


def test_each_kind_of_bad_pixel_has_its_switch():
    for kind in KINDS:
        levels = Levels(inverse_rc_fraction=0.001, low_pedestal_fraction=0.001)
        truth = DetectorTruth("NRCA1", "SUB320", effects=Effects.only(kind), levels=levels)
        shown = {name for name, flags in truth.defects.items() if flags.any()}
        assert shown == ({"open", "adjacent_open"} if kind == "open" else {kind})


def test_what_bad_pixels_do():
    truth = DetectorTruth("NRCA1", "SUB640", effects=Effects.everything())
    defects, levels = truth.defects, truth.strengths
    assert np.median(truth.dark_current[defects["hot"]]) == pytest.approx(levels.hot_current, rel=0.2)
    assert np.median(truth.dark_current[defects["warm"]]) == pytest.approx(levels.warm_current, rel=0.2)
    assert not truth.response[defects["dead"] | defects["open"]].any()
    assert np.median(truth.response[defects["low_qe"]]) == pytest.approx(levels.low_qe, rel=0.02)
    assert np.median(truth.response[defects["adjacent_open"]]) == pytest.approx(
        1 + levels.open_share, rel=0.02
    )
    ratio = truth.read_noise[defects["noisy"]] / np.median(truth.read_noise)
    assert ratio.min() > 2.5


def test_cds_noise_is_root_two_times_that_of_a_read():
    truth = DetectorTruth("NIS", "SUB64")
    np.testing.assert_allclose(truth.cds_noise, np.sqrt(2) * truth.read_noise, rtol=1e-6)
    assert np.median(truth.read_noise) == pytest.approx(truth.strengths.read_noise, rel=0.02)


def test_amplifier_offsets_are_constant_within_an_output():
    truth = DetectorTruth("NRCA1", "FULL", effects=Effects.only("amplifier_offsets"))
    assert len(np.unique(truth.bias)) == 8
    assert np.ptp(truth.bias[:, 0:512:2]) == 0
    assert truth.bias[0, 0] != truth.bias[0, 1]
    assert truth.bias[0, 0] != truth.bias[0, 512]
    turned = DetectorTruth("NIS", "FULL", effects=Effects.only("amplifier_offsets"))
    assert np.ptp(turned.bias[0:512:2, :]) == 0


def test_levels_can_be_given():
    truth = DetectorTruth("NRCA1", "SUB160", levels=Levels(read_noise=20.0, read_noise_scatter=0.0))
    assert np.median(truth.read_noise) == 20.0


def test_maps_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        DetectorTruth("NRCA1", "SUB160").bias[0, 0] = 0


def test_unknown_names_are_refused():
    with pytest.raises(UserError, match="SUB64P"):
        DetectorTruth("NRCB1", "SUB65P")
    with pytest.raises(UserError, match="cosmic_rays"):
        Effects.only("cosmic_ray")
