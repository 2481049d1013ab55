"""The median of the backgrounds is taken off the targets, and whose is taken off what."""

import numpy as np
import pytest

from mkrefs.api import PIXEL_DQ, StatusChange, UserError
from mkrefs_imaging import mkrefs_corrections
from mkrefs_imaging.subtract_background.correction import SubtractBackgroundCorrection
from mkrefs_imaging.subtract_background.parameters import SubtractBackgroundParameters

NOISE = 0.2
BAD = PIXEL_DQ["DO_NOT_USE"]


@pytest.fixture
def correct(tmp_path):
    def run(*images, **parameters):
        roles = {f"I{number}": image for number, image in enumerate(images, 1)}
        return SubtractBackgroundCorrection().correct(
            roles, SubtractBackgroundParameters(**parameters), tmp_path
        )

    return run


def test_the_correction_is_registered_and_declares_what_it_changes():
    assert SubtractBackgroundCorrection in mkrefs_corrections()
    assert SubtractBackgroundCorrection.changes == {StatusChange.BLANK, StatusChange.FLAG}
    assert SubtractBackgroundCorrection.imtypes == "I+"
    assert {"DETECTOR", "FILTER", "CORONMSK", "SUBARRAY"} <= set(SubtractBackgroundCorrection.same)


def test_defaults_are_the_documented_ones():
    documented = {"nints_per_med": None, "types": ("SCI", "REF")}
    assert documented.items() <= SubtractBackgroundParameters().model_dump().items()


def test_the_median_of_all_background_frames_is_subtracted(correct, exposure, star):
    target = exposure("sci", 4, scene=star, seed=1)
    backgrounds = [exposure(f"bg{n}", 8, seed=10 + n, BKGDTARG=True) for n in range(2)]
    made = correct(target, *backgrounds)
    assert set(made.images) == {"I1"}
    found = made.images["I1"].arrays["data"]
    assert found.dtype == np.float32
    residual = found.mean(axis=0) - star
    expected = NOISE * np.sqrt(1 / 4 + np.pi / 2 / 16)
    assert residual.std() == pytest.approx(expected, rel=0.1)
    assert abs(residual.mean()) < 5 * expected / np.sqrt(residual.size)
    assert "16 background frames of bg0_calints.fits, bg1_calints.fits" in made.images["I1"].history[0]
    assert made.results == {"backgrounds": {"SCI": ["bg0", "bg1"]}}


@pytest.mark.parametrize("nints", [1, 2, 3, 4, 7, 8])
def test_errors_hold_that_of_the_median(correct, exposure, glow, nints):
    truth = []
    for seed in range(40):
        made = correct(
            exposure("sci", 1, seed=seed), exposure("bg", nints, seed=1000 + seed, BKGDTARG=True)
        ).images["I1"]
        truth.append(made.arrays["data"][0])
    assert np.median(made.arrays["err"]) == pytest.approx(np.std(truth), rel=0.01)


def test_nan_and_flagged_frames_of_backgrounds_are_not_used(correct, exposure):
    target = exposure("sci", 2)
    clean = exposure("bg", 5, seed=3, BKGDTARG=True)
    data, dq = clean.array("data").copy(), np.zeros(clean.shape, np.uint32)
    data[0, 3, 4] = np.nan
    data[1, 3, 4] = 1e6
    dq[1, 3, 4] = BAD
    data[:3, 5, 6] = -1e6
    dq[:3, 5, 6] = BAD
    made = correct(target, clean.with_arrays(data=data, dq=dq)).images["I1"]
    values = clean.array("data").astype(float)
    taken = target.array("data").astype(float) - made.arrays["data"]
    assert taken[0, 3, 4] == pytest.approx(np.median(values[2:, 3, 4]), abs=1e-4)
    assert taken[1, 5, 6] == pytest.approx(np.median(values[3:, 5, 6]), abs=1e-4)
    assert not made.arrays["dq"].any()


def test_a_pixel_without_background_is_nan_and_flagged_and_counted(correct, exposure):
    dq = np.zeros((5, 40, 48), np.uint32)
    dq[:, 7, 8] = BAD
    made = correct(exposure("sci", 2), exposure("bg", 5, BKGDTARG=True, dq=dq)).images["I1"]
    assert np.argwhere(np.isnan(made.arrays["data"])).tolist() == [[0, 7, 8], [1, 7, 8]]
    assert np.argwhere(made.arrays["dq"]).tolist() == [[0, 7, 8], [1, 7, 8]]
    assert made.results["pixels without background"] == 1
    assert "1 pixels have no background" in made.history[-1]


def test_flags_and_nans_of_the_target_stay(correct, exposure):
    target = exposure("sci", 2)
    data, dq = target.array("data").copy(), np.zeros(target.shape, np.uint32)
    data[0, 1, 1], dq[1, 2, 2] = np.nan, BAD | PIXEL_DQ["HOT"]
    made = correct(target.with_arrays(data=data, dq=dq), exposure("bg", BKGDTARG=True)).images["I1"]
    np.testing.assert_array_equal(made.arrays["dq"], dq)
    assert np.argwhere(np.isnan(made.arrays["data"])).tolist() == [[0, 1, 1]]
    assert dq[1, 2, 2] == target.with_arrays(dq=dq).array("dq")[1, 2, 2]


def test_each_target_gets_its_own_background(correct, exposure, glow):
    images = [
        exposure("sci"),
        exposure("ref", IS_PSF=True),
        exposure("scibg", glow=glow + 1, BKGDTARG=True),
        exposure("refbg", glow=glow + 3, BKGDTARG=True, IS_PSF=True),
    ]
    made = correct(*images)
    assert set(made.images) == {"I1", "I2"}
    assert np.median(made.images["I1"].arrays["data"]) == pytest.approx(-1, abs=0.05)
    assert np.median(made.images["I2"].arrays["data"]) == pytest.approx(-3, abs=0.05)
    assert not made.warnings


@pytest.mark.parametrize(("is_psf", "who"), [(True, "reference"), (False, "science")])
def test_the_background_of_the_other_is_taken_with_a_warning(correct, exposure, is_psf, who):
    images = [exposure("sci"), exposure("ref", IS_PSF=True), exposure("bg", BKGDTARG=True, IS_PSF=is_psf)]
    made = correct(*images)
    assert set(made.images) == {"I1", "I2"}
    assert len(made.warnings) == 1
    assert f"that of the {who} was subtracted" in made.warnings[0]


def test_a_background_timed_like_the_reference_alone_is_the_reference_s(correct, exposure, glow):
    images = [
        exposure("sci", 6, EFFINTTM=30.0),
        exposure("ref", 4, EFFINTTM=10.0, IS_PSF=True),
        exposure("scibg", 6, glow=glow + 1, EFFINTTM=30.0, BKGDTARG=True),
        exposure("refbg", 4, glow=glow + 3, EFFINTTM=10.0, BKGDTARG=True),
    ]
    made = correct(*images)
    assert made.results["backgrounds"] == {"SCI": ["scibg"], "REF": ["refbg"]}
    assert np.median(made.images["I2"].arrays["data"]) == pytest.approx(-3, abs=0.05)


def test_a_background_named_like_the_reference_target_is_the_reference_s(correct, exposure):
    images = [
        exposure("sci", TARGPROP="HIP-65426"),
        exposure("ref", TARGPROP="HIP-68245", IS_PSF=True),
        exposure("bg1", TARGPROP="HIP-65426", BKGDTARG=True),
        exposure("bg2", TARGPROP="HIP-68245", BKGDTARG=True),
    ]
    assert correct(*images).results["backgrounds"] == {"SCI": ["bg1"], "REF": ["bg2"]}


def test_the_user_may_say_what_is_a_background(correct, exposure):
    made = correct(exposure("sci"), exposure("other"), bgpaths=("other_*",))
    assert set(made.images) == {"I1"}


@pytest.mark.parametrize(("nints", "sizes"), [(20, [5, 5, 5, 5]), (22, [5, 5, 5, 7]), (4, [4])])
def test_integrations_are_taken_in_chunks(correct, exposure, glow, nints, sizes):
    trend = np.arange(nints)[:, None, None] * 1.0
    target = exposure("sci", nints, glow=glow + trend)
    background = exposure("bg", nints, seed=5, glow=glow + trend, BKGDTARG=True)
    made = correct(target, background, nints_per_med=5).images["I1"]
    taken = target.array("data").astype(float) - made.arrays["data"]
    start = 0
    for size in sizes:
        expected = np.median(background.array("data")[start : start + size].astype(float), axis=0)
        for frame in taken[start : start + size]:
            np.testing.assert_allclose(frame, expected, atol=1e-4)
        start += size


def test_chunks_are_counted_within_each_background_exposure(correct, exposure, glow):
    trend = np.arange(4)[:, None, None] * 10.0
    images = [exposure("sci", 4, glow=glow + trend)]
    images += [exposure(f"bg{n}", 4, glow=glow + trend, seed=n, BKGDTARG=True) for n in (7, 8)]
    made = correct(*images, nints_per_med=2).images["I1"]
    assert np.abs(np.median(made.arrays["data"], axis=(1, 2)) - [-5, 5, -5, 5]).max() < 0.1


def test_too_few_integrations_of_the_background_are_refused(correct, exposure):
    with pytest.raises(UserError, match="has 4 times 5 integrations, its backgrounds 2 times"):
        correct(exposure("sci", 20), exposure("bg", 10, BKGDTARG=True), nints_per_med=5)


def test_images_of_two_axes_are_taken(correct, exposure):
    made = correct(exposure("sci", 0), exposure("bg", 0, BKGDTARG=True, seed=4)).images["I1"]
    assert made.arrays["data"].shape == made.arrays["dq"].shape == (40, 48)
    assert made.arrays["data"].std() == pytest.approx(NOISE * 2**0.5, rel=0.1)


def test_images_without_errors_are_taken(correct, exposure):
    made = correct(exposure("sci", with_err=False), exposure("bg", BKGDTARG=True)).images["I1"]
    assert set(made.arrays) == {"data", "dq"}
    made = correct(exposure("sci"), exposure("bg", BKGDTARG=True, with_err=False)).images["I1"]
    np.testing.assert_allclose(made.arrays["err"], NOISE, rtol=1e-6)
    assert "Errors do not hold" in made.history[-1]


def test_without_a_background_images_are_refused_or_passed_on(correct, exposure):
    with pytest.raises(UserError, match=r"no background exposure goes with sci_calints.fits"):
        correct(exposure("sci"))
    made = correct(exposure("sci"), no_background="unchanged")
    assert not made.images
    assert "passed on unchanged" in made.warnings[0]


def test_without_a_target_nothing_is_done_and_told(correct, exposure):
    made = correct(exposure("ta", EXP_TYPE="MIR_TACQ"), exposure("bg", BKGDTARG=True))
    assert not made.images
    assert "no image to subtract a background from" in made.history[-1]


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ({"FILTER": "F1065C"}, "filter F1065C but sci_calints.fits has F1140C"),
        ({"CORONMSK": "4QPM_1065"}, "coronagraph 4QPM_1065"),
        ({"SUBSTRT1": 5}, "xstart 5"),
        ({"DETECTOR": "MIRIFULONG"}, "detector MIRIFULONG"),
    ],
)
def test_backgrounds_of_another_mode_are_refused_by_name(correct, exposure, header, what):
    with pytest.raises(UserError, match=what):
        correct(exposure("sci"), exposure("bg", BKGDTARG=True, **header))


def test_backgrounds_read_out_otherwise_are_taken_with_a_warning(correct, exposure):
    made = correct(exposure("sci"), exposure("bg", BKGDTARG=True, NGROUPS=50))
    assert "NGROUPS 50, not 5" in made.warnings[0]
    assert set(made.images) == {"I1"}


def test_inputs_are_left_alone(correct, exposure):
    images = [exposure("sci"), exposure("bg", BKGDTARG=True)]
    before = [image.array("data").copy() for image in images]
    correct(*images)
    for image, data in zip(images, before, strict=True):
        np.testing.assert_array_equal(image.array("data"), data)
