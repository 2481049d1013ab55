"""Each documented option does what it says."""

import numpy as np
import pytest

from mkrefs.api import CalibratedImage
from mkrefs_imaging.multi_tile_destripe.large_scale import filter_rows
from mkrefs_imaging.multi_tile_destripe.parameters import MultiTileDestripeParameters
from mkrefs_imaging.multi_tile_destripe.settings import DestripeSettings

DOCUMENTED = {
    "apply_to_unflat": False,
    "do_convergence": False,
    "convergence_sigma": 1,
    "convergence_max_iterations": 5,
    "weight_method": "mean",
    "weight_type": "ivm",
    "do_level_match": False,
    "quadrants": True,
    "min_mask_frac": 0.2,
    "do_vertical_subtraction": False,
    "do_large_scale": True,
    "large_scale_filter_scale": None,
    "large_scale_filter_extend_mode": "reflect",
    "sigma": 3,
    "dilate_size": 7,
    "maxiters": None,
    "reproject_func": "interp",
}


def test_defaults_are_the_documented_ones():
    parameters = MultiTileDestripeParameters()
    assert {name: getattr(parameters, name) for name in DOCUMENTED} == DOCUMENTED


@pytest.mark.parametrize("method", ["median", "sigma_clip"])
def test_every_way_to_average_works(mosaic, plain, destripe, residual, method):
    made = destripe(mosaic, weight_method=method)
    assert residual(mosaic, made) < 1.15 * residual(mosaic, plain)
    assert any("no weights" in line for line in made.history)


@pytest.mark.parametrize("function", ["exact", "adaptive"])
def test_every_way_to_reproject_works(make, destripe, residual, function):
    small = make(tiles=(1, 1), dithers=3, shape=(64, 64), dither_size=8.0, stars=0, source=0.0)
    assert residual(small, destripe(small, reproject_func=function)) < 0.034


def test_convergence_makes_passes_until_nothing_changes(mosaic, destripe):
    easy = destripe(mosaic, do_convergence=True, convergence_sigma=1e3)
    assert len(easy.results["largest changes (sigma)"]) == 1
    assert not easy.warnings
    hard = destripe(mosaic, do_convergence=True, convergence_sigma=1e-9, convergence_max_iterations=3)
    assert len(hard.results["largest changes (sigma)"]) == 2
    assert any("did not converge in 3 passes" in text for text in hard.warnings)


def test_levels_are_matched_when_asked_for(mosaic, plain, destripe, removed):
    made = destripe(mosaic, do_level_match=True)
    levels = np.array([np.nanmean(taken) for taken in removed(mosaic, made).values()])
    truth = np.array([mosaic.truth[role].level for role in made.images])
    assert np.std(levels - truth) < 0.05 * truth.std()
    assert levels.mean() == pytest.approx(0, abs=1e-3)
    assert all("level (MJy/sr)" in image.results for image in made.images.values())
    assert not any("level (MJy/sr)" in image.results for image in plain.images.values())


def test_one_offset_for_each_row_without_quadrants(mosaic, destripe, removed):
    made = destripe(mosaic, quadrants=False)
    for taken in removed(mosaic, made).values():
        assert np.nanstd(taken, axis=1).max() < 1e-5


def test_amplifiers_have_offsets_of_their_own(mosaic, plain, removed):
    for taken in removed(mosaic, plain).values():
        by_amplifier = taken.reshape(128, 4, 32)
        assert np.nanmax(np.nanstd(by_amplifier, axis=2)) < 1e-5
        assert np.nanstd(np.nanmean(by_amplifier, axis=2), axis=1).mean() > 0.005


def test_rows_with_too_few_pixels_follow_from_the_others(mosaic, plain, destripe):
    strict = destripe(mosaic, min_mask_frac=1.0)
    for role, image in strict.images.items():
        key = "rows without data to compare"
        assert image.results[key] > plain.images[role].results[key]


def test_stripes_across_are_taken_off_when_asked_for(make, destripe, residual):
    both = make(vertical_stripes=0.05)
    assert residual(both, destripe(both, do_vertical_subtraction=True)) < 0.65 * residual(
        both, destripe(both)
    )


def test_flat_is_undone_and_redone(make, destripe, residual, removed):
    flat = make(flat=0.2)
    made = destripe(flat, apply_to_unflat=True)
    assert residual(flat, made) < residual(flat, destripe(flat))
    role = next(iter(made.images))
    stripes = removed(flat, made)[role] * flat.truth[role].flat
    known = np.isfinite(stripes)
    spread = np.array([np.std(row[ok]) for row, ok in zip(stripes[:, :32], known[:, :32], strict=True)])
    assert spread.max() < 1e-5


def test_without_a_flat_there_is_nothing_to_undo(mosaic, plain, destripe):
    made = destripe({"I1": mosaic.images["I1"], "I2": mosaic.images["I2"]}, apply_to_unflat=True)
    assert (
        any("not divided by a flat" in line for line in made.history)
        or mosaic.images["I1"].flat() is not None
    )


def test_filter_is_a_tenth_of_the_image_or_what_is_set():
    assert filter_rows(DestripeSettings(), 1024) == 101
    assert filter_rows(DestripeSettings(large_scale_filter_scale=200), 1024) == 199
    assert filter_rows(DestripeSettings(), 8) == 3


def test_filter_and_its_ends_make_a_difference(make, destripe, removed):
    empty = make(tiles=(2, 1), dithers=1, source=0.0, stars=0)
    default = removed(empty, destripe(empty))["I1"]
    for values in ({"large_scale_filter_scale": 41}, {"large_scale_filter_extend_mode": "constant"}):
        other = removed(empty, destripe(empty, **values))["I1"]
        assert np.nanmax(np.abs(other - default)) > 1e-4


def test_clip_and_growth_change_what_is_masked(mosaic, plain, destripe):
    def masked(made):
        return np.mean([image.results["pixels masked (%)"] for image in made.images.values()])

    assert masked(destripe(mosaic, sigma=2.0)) > 2 * masked(plain)
    assert masked(destripe(mosaic, dilate_size=21)) > masked(plain)
    assert masked(destripe(mosaic, maxiters=1)) <= masked(plain)


def test_plane_can_be_kept_too(mosaic, destripe, removed):
    made = destripe(mosaic, conserve="plane")
    height = np.arange(128.0)[:, None]
    for role, taken in removed(mosaic, made).items():
        image: CalibratedImage = mosaic.images[role]
        usable = (image.array("dq") & 1) == 0
        y = np.broadcast_to(height, usable.shape)[usable]
        assert abs(np.polyfit(y, taken[usable], 1)[0]) < 1e-8
