"""Background, median, bad pixels and NaNs of simulated coronagraphic exposures, one after the other."""

import numpy as np
import pytest

from mkrefs.api import PIXEL_DQ
from mkrefs.testing import CoronagraphSpec, simulate_coronagraph
from mkrefs_imaging.fix_bad_pixels.correction import FixBadPixelsCorrection
from mkrefs_imaging.replace_nans.correction import ReplaceNansCorrection
from mkrefs_imaging.subtract_background.correction import SubtractBackgroundCorrection
from mkrefs_imaging.subtract_median.correction import SubtractMedianCorrection

BAD = PIXEL_DQ["DO_NOT_USE"]


@pytest.fixture(scope="module")
def observed():
    spec = CoronagraphSpec(
        shape=(128, 128),
        integrations=6,
        rolls=1,
        backgrounds=2,
        bad_pixels=0.004,
        cosmic_rays=0.002,
        jitter=0.0,
    )
    return simulate_coronagraph(spec)


@pytest.fixture
def run(tmp_path_factory):
    """Run a correction on images by role; give all of them as they are afterwards."""

    def correct(cls, images, **parameters):
        folder = tmp_path_factory.mktemp("folder")
        made = cls().correct(images, cls.Parameters(**parameters), folder)
        changed = {role: images[role].with_arrays(**each.arrays) for role, each in made.images.items()}
        return {**images, **changed}

    return correct


def test_backgrounds_leave_the_star_with_its_noise(observed, run):
    after = run(SubtractBackgroundCorrection, observed.images)
    for role, truth in observed.truth.items():
        if truth.kind.endswith("_BG"):
            assert after[role] is observed.images[role]
            continue
        good = ~(truth.bad_pixels | truth.cosmic_rays)
        residual = (after[role].array("data") - (truth.clean - truth.background))[good]
        expected = truth.sigma * np.sqrt(1 + np.pi / 2 / 12)
        assert np.median(residual) == pytest.approx(0, abs=5 * truth.sigma / np.sqrt(128 * 128))
        assert residual.std() == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("method", ["timeints+timemed+interp2d", "sigclip+timeints+timemed+localmed+medfilt"])
def test_bad_pixels_and_cosmic_rays_are_repaired_within_the_noise(observed, run, method):
    images = {"I1": observed.images["I1"]}
    truth = observed.truth["I1"]
    after = run(FixBadPixelsCorrection, images, method=method)["I1"]
    repaired = (after.array("dq") & PIXEL_DQ["FLUX_ESTIMATED"]) != 0
    residual = ((after.array("data") - truth.clean) / truth.sigma)[repaired]
    assert repaired[:, truth.bad_pixels].all()
    assert np.sqrt(np.mean(np.square(residual))) < 1
    hits = truth.cosmic_rays & (images["I1"].array("data") > truth.clean + 10 * truth.sigma)
    assert repaired[hits].mean() > 0.95
    assert np.isfinite(after.array("data")).all()
    assert not (after.array("dq") & BAD).any()


def test_the_star_is_not_touched_by_finders(observed, run):
    truth = observed.truth["I1"]
    images = {"I1": observed.images["I1"]}
    after = run(FixBadPixelsCorrection, images, method="sigclip+gradient+timeints+timemed+localmed")["I1"]
    good = ~(truth.bad_pixels | truth.cosmic_rays)
    changed = good & (after.array("data") != images["I1"].array("data"))
    assert changed.mean() < 2e-4
    bright = truth.clean > truth.background + 20 * truth.sigma
    assert not (changed & bright).sum() > 3


def test_all_of_them_can_follow_each_other(observed, run):
    after = run(SubtractBackgroundCorrection, observed.images)
    after = run(SubtractMedianCorrection, after)
    after = run(FixBadPixelsCorrection, after, method="timemed")
    left = {role: np.isnan(image.array("data")) for role, image in after.items()}
    after = run(ReplaceNansCorrection, after)
    for role, image in after.items():
        assert (image.array("data")[left[role]] == 0).all()
        assert np.isfinite(image.array("data")).all()
        assert ((image.array("dq") & BAD) != 0)[left[role]].all()
