"""Frames of rolls and references are brought onto the first, and what could not be is said."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from pydantic import ValidationError

from mkrefs.api import StatusChange, UserError
from mkrefs.testing import ArrayImage, CoronagraphSpec, simulate_coronagraph
from mkrefs_imaging.align_frames.correction import AlignFramesCorrection
from mkrefs_imaging.align_frames.parameters import AlignParameters

SHAPE = (112, 112)


@pytest.fixture(scope="module")
def observed():
    """Two rolls, a reference star of another brightness, a background of each; NaN and bad pixels."""
    return simulate_coronagraph(
        CoronagraphSpec(shape=SHAPE, integrations=2, noise=0.2, bad_pixels=0.01, backgrounds=1)
    )


def align(images, **parameters):
    return AlignFramesCorrection().correct(images, AlignParameters(**parameters), Path())


@pytest.fixture(scope="module")
def aligned(observed):
    return align(observed.images)


def residuals(observed, corrected):
    """How far each star is from that of the first frame after its shift, pixels."""
    first = observed.truth["I1"].star[0]
    rows = iter(corrected.results["frames"])
    left = [
        star + np.array([row["shift_x"], row["shift_y"]]) - first
        for role in observed.images
        if role in corrected.images
        for star, row in zip(observed.truth[role].star, rows, strict=False)
    ]
    return np.abs(left)


def targets(observed):
    return {
        role: image for role, image in observed.images.items() if observed.truth[role].kind in ("SCI", "REF")
    }


@pytest.mark.parametrize("method", ["fourier", "spline"])
def test_rolls_and_references_are_brought_onto_the_first_frame(observed, method):
    corrected = align(observed.images, method=method)
    assert corrected.warnings == ()
    assert residuals(observed, corrected).max() < 0.02
    assert len(corrected.results["frames"]) == 6
    assert corrected.results["reference"].startswith("integration 1 of ")


def test_what_is_seen_agrees_after_the_shift(observed, aligned):
    first = aligned.images["I1"].arrays["data"][0] - observed.truth["I1"].background
    second = aligned.images["I1"].arrays["data"][1] - observed.truth["I1"].background
    clear = np.isfinite(first) & np.isfinite(second)
    y, x = np.mgrid[:112, :112]
    mask = observed.truth["I1"].mask_centre
    clear &= np.hypot(x - mask[0], y - mask[1]) > 12
    assert np.std((first - second)[clear]) < 1.1 * np.sqrt(2) * 0.2


def test_the_first_frame_stays_bit_for_bit(observed, aligned):
    moved = aligned.images["I1"].arrays
    for name in ("data", "err", "dq"):
        before = observed.images["I1"].array(name)
        assert np.array_equal(moved[name][0], before[0], equal_nan=True)


def test_backgrounds_are_passed_on(observed, aligned):
    assert {observed.truth[role].kind for role in set(observed.images) - set(aligned.images)} == {
        "SCI_BG",
        "REF_BG",
    }
    assert sum("_BG" in line for line in aligned.history) == 2


def test_the_wcs_follows_the_frames(observed, aligned):
    rows = [row for row in aligned.results["frames"] if row["exposure"] == observed.images["I3"].exposure]
    assert aligned.images["I3"].shift[0] == pytest.approx(np.median([row["shift_x"] for row in rows]))


def test_only_declared_changes_are_made(aligned):
    assert AlignFramesCorrection.changes == set(StatusChange)
    moved = aligned.images["I2"].arrays
    assert np.array_equal(np.isnan(moved["data"]), moved["dq"] & 1 != 0)


def test_float32_cubes_move_at_all(observed, aligned):
    rows = aligned.results["frames"][1:]
    assert observed.images["I2"].array("data").dtype == np.float32
    assert all(abs(row["shift_x"]) + abs(row["shift_y"]) > 1e-6 for row in rows)


@pytest.mark.parametrize(
    "parameters",
    [
        {"mask_override": "circ", "msk_shp": 7},
        {"mask_override": "rec", "msk_shp": 4},
        {"mask_override": "ann", "msk_shp": (7, 40)},
        {"shft_exp": 0.5},
        {"field_pix": 81},
        {"scale_prior": True},
        {"kwargs": {"order": 5}, "method": "spline"},
    ],
)
def test_every_option_aligns(observed, parameters):
    corrected = align(targets(observed), **parameters)
    assert residuals(observed, corrected).max() < 0.04


def test_a_mask_file_weighs_pixels(observed, aligned, tmp_path):
    path = tmp_path / "mask.fits"
    y, x = np.mgrid[:112, :112]
    centre = observed.truth["I1"].mask_centre
    fits.writeto(path, np.where(np.hypot(x - centre[0], y - centre[1]) < 7, 0.0, 1.0))
    corrected = align(targets(observed), mask_file=str(path))
    assert residuals(observed, corrected).max() < 0.03
    assert corrected.results["frames"][1] != aligned.results["frames"][1]
    assert AlignFramesCorrection.files(AlignParameters(mask_file=str(path))) == (str(path),)


def test_frames_are_aligned_to_a_file(observed, tmp_path):
    path = tmp_path / "first.fits"
    fits.writeto(path, observed.truth["I1"].clean[0])
    corrected = align(targets(observed), align_to_file=str(path))
    assert corrected.results["reference"] == "first.fits"
    assert residuals(observed, corrected).max() < 0.02
    assert AlignFramesCorrection.files(AlignParameters(align_to_file=str(path))) == (str(path),)


def test_a_small_field_leaves_out_what_is_beyond():
    random = np.random.default_rng(3)
    y, x = np.mgrid[:90, :80].astype(float)

    def frame(dx, far, name):
        star = 500 * np.exp(-((x - 20 - dx) ** 2 + (y - 25) ** 2) / 4)
        star += far * np.exp(-((x - 60) ** 2 + (y - 70) ** 2) / 4)
        header = {"CRPIX1": 21.0, "CRPIX2": 26.0, "EXP_TYPE": "NRC_CORON"}
        return ArrayImage(star + random.normal(size=(90, 80)), header=header, name=name)

    images = {"I1": frame(0.0, 5000, "a_cal.fits"), "I2": frame(0.4, 5000, "b_cal.fits")}
    assert align(images, field_pix=33).images["I2"].shift == pytest.approx((-0.4, 0.0), abs=0.02)
    assert align(images).images["I2"].shift == pytest.approx((0.0, 0.0), abs=0.1)


@pytest.mark.parametrize("parameter", ["align_to_file", "mask_file"])
def test_a_file_of_another_size_is_refused(observed, tmp_path, parameter):
    path = tmp_path / "small.fits"
    fits.writeto(path, np.ones((5, 6)))
    with pytest.raises(UserError, match=f"{parameter}: .* has 6 x 5 pixels"):
        align(observed.images, **{parameter: str(path)})


def still(offset=(0.0, 0.0), *, seed=1, **header):
    random = np.random.default_rng(seed)
    data = random.normal(size=(40, 40))
    keywords = {"EXP_TYPE": "NRC_CORON", "PIXAR_A2": 0.004, "CRPIX1": 20.0, "CRPIX2": 20.0}
    offsets = {"XOFFSET": offset[0], "YOFFSET": offset[1]}
    return ArrayImage(data, header=keywords | offsets | header, name=f"jw{seed}_cal.fits")


def test_headers_are_taken_as_they_are():
    width = np.sqrt(0.004)
    corrected = align(
        {"I1": still(), "I2": still((2 * width, -width), seed=2, CRPIX1=21.0)}, align_algo="header"
    )
    assert corrected.warnings == ()
    assert corrected.images["I2"].shift == pytest.approx((-3.0, 1.0))


def test_headers_without_offsets_are_told():
    corrected = align({"I1": still(), "I2": still(seed=2, XOFFSET=None)}, align_algo="header")
    assert "XOFFSET" in corrected.warnings[0]
    assert corrected.images["I2"].arrays == {}


def test_a_fit_that_fails_is_told_and_nothing_moves():
    corrected = align({"I1": still(), "I2": still(seed=2)})
    assert len(corrected.warnings) == 1
    assert "jw2_cal.fits: the offset of integration 1 is not known" in corrected.warnings[0]
    assert corrected.images["I2"].arrays == {}
    assert corrected.results["frames"][1]["problem"]


def test_a_copy_of_the_reference_is_told(observed):
    first = observed.images["I1"]
    copied = ArrayImage(first.array("data")[:1], header=first.header, name="copy_calints.fits")
    corrected = align({"I1": first, "I2": copied})
    assert any("no offset at all" in warning for warning in corrected.warnings)


def test_a_long_shift_is_told(observed):
    corrected = align(targets(observed), warn_shift=1.0)
    assert any("more than 1 mas, perhaps not aligned" in warning for warning in corrected.warnings)


def test_a_shift_beyond_the_limit_is_told(observed):
    corrected = align(targets(observed), max_shift=0.05)
    assert any("0.05 pixels away" in warning for warning in corrected.warnings)


def test_without_science_the_first_reference_leads(observed):
    references = {
        role: image for role, image in observed.images.items() if observed.truth[role].kind == "REF"
    }
    corrected = align(references)
    assert "No science exposure" in corrected.warnings[0]
    assert next(iter(references.values())).name in corrected.results["reference"]


def test_references_may_be_named(observed):
    named = observed.images["I1"].name
    corrected = align(targets(observed), psflibpaths=(named,))
    assert observed.images["I2"].name in corrected.results["reference"]


def test_without_a_target_nothing_is_done(observed):
    backgrounds = {
        role: image for role, image in observed.images.items() if "_BG" in observed.truth[role].kind
    }
    corrected = align(backgrounds)
    assert corrected.images == {}
    assert "No exposure of a target" in corrected.warnings[0]


def test_images_of_another_size_are_told(observed):
    corrected = align({"I1": observed.images["I1"], "I2": still()})
    assert "I2" not in corrected.images
    assert "40 x 40" in corrected.warnings[0]


def test_figures_are_drawn_if_wanted(observed):
    assert align({"I1": observed.images["I1"]}).figures == {}
    figure = align({"I1": observed.images["I1"]}, plot=True).figures["shifts"]
    assert set(figure.curves) == {"along x", "along y"}


@pytest.mark.parametrize(
    "parameters",
    [
        {"mask_override": "ann"},
        {"mask_override": "ann", "msk_shp": (5, 3)},
        {"mask_override": "circ", "msk_shp": (3, 5)},
        {"msk_shp": -1},
        {"kwargs": {"output": "float32"}},
        {"method": "linear"},
        {"mask_override": "square"},
        {"align_algo": "lmfit"},
    ],
)
def test_what_is_not_documented_is_refused(parameters):
    with pytest.raises(ValidationError):
        AlignParameters(**parameters)
