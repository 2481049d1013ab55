"""High and low pedestals, for near-infrared detectors and relative to the second group for MIRI."""

from itertools import pairwise

import numpy as np
import pytest

from mkrefs.testing import ArrayImages, ArrayRamp
from mkrefs_detector.bad_pixel_mask.darks.pedestals import read_pedestals, survey_pedestals
from mkrefs_detector.bad_pixel_mask.darks.sources import DarkSource, Geometry, sample_bands


@pytest.fixture
def pedestals(make_darks):
    """Pedestals for darks, of 18 DN scatter; pixels of the first rows lie 300 DN low and high."""
    darks = make_darks(6, shape=(48, 64), seed=40)
    rng = np.random.default_rng(40)
    made = [rng.normal(5.0, 18.0, (1, 48, 64)) for _ in darks.ramps]
    for pedestal in made:
        pedestal[:, 0] -= 300.0
        pedestal[:, 1] += 300.0
    return darks, made


def test_low_pedestals_and_high_ones_make_their_classes(pedestals, search):
    darks, made = pedestals
    found = search(darks, pedestals=made)
    expected = np.zeros((48, 64), dtype=bool)
    expected[0] = True
    bends = darks.kinds["rc"] | darks.kinds["inverse_rc"]
    explained = darks.kinds["hot"] | bends | darks.kinds["noisy"] | darks.kinds["telegraph"]
    np.testing.assert_array_equal(found.classes["low_pedestal"][~explained], expected[~explained])
    assert found.classes["rc"][1][~explained[1]].all()
    assert not found.classes["rc"][2:][darks.good[2:]].any()


def test_they_must_be_so_in_a_share_of_the_integrations(pedestals, search):
    darks, made = pedestals
    often = [np.array(pedestal) for pedestal in made]
    for pedestal in often[:2]:
        pedestal[:, 0] += 300.0
    assert not search(darks, pedestals=often).classes["low_pedestal"][0].any()
    found = search(darks, pedestals=often, low_pedestal_fraction=0.6).classes["low_pedestal"][0]
    assert found[darks.good[0]].all()


def test_the_dark_signal_of_a_hot_pixel_in_its_bias_is_no_low_pedestal(pedestals, search):
    darks, made = pedestals
    collected = darks.rate * 10.7
    less = [pedestal - collected for pedestal in made]
    hot = darks.kinds["hot"].copy()
    hot[:2] = False
    assert (collected[hot] > 200).any()
    assert not search(darks, pedestals=less).classes["low_pedestal"][hot].any()


def geometry(relative):
    light = np.ones((8, 16), dtype=bool)
    return Geometry(2.775, np.zeros((8, 16), dtype=np.int64), light, relative_pedestal=relative)


def test_miri_pedestals_are_relative_to_the_second_raw_group(sub64):
    rng = np.random.default_rng(1)
    bias = rng.normal(9000, 150, (8, 16))
    raw = ArrayRamp(np.broadcast_to(bias, (2, 4, 8, 16)) + np.arange(4)[:, None, None], sub64)
    pedestal = np.broadcast_to(bias - 7.0, (2, 8, 16))
    dark = DarkSource(raw, None, ArrayImages({"PEDESTAL": pedestal}), raw)
    relative = read_pedestals(dark, 2, 5, relative=True)
    np.testing.assert_allclose(relative, 8.0, atol=0.01)
    limits = survey_pedestals(dark, geometry(relative=True))
    np.testing.assert_allclose(limits.mean, 8.0, atol=0.01)
    absolute = survey_pedestals(dark, geometry(relative=False))
    np.testing.assert_allclose(absolute.mean, bias.mean() - 7.0, rtol=1e-4)
    without = DarkSource(raw, None, ArrayImages({"PEDESTAL": pedestal}), None)
    assert read_pedestals(without, 0, 8, relative=True) is None
    assert survey_pedestals(DarkSource(raw), geometry(relative=False)) is None


@pytest.mark.parametrize(("nrows", "most"), [(2048, 1 << 17), (7, 100), (64, 1 << 20), (1000, 1)])
def test_sampled_bands_lie_in_the_array_and_do_not_overlap(nrows, most):
    bands = sample_bands(nrows, 2048, most)
    assert all(0 <= start < stop <= nrows for start, stop in bands)
    assert all(stop <= start for (_, stop), (start, _) in pairwise(bands))
    assert bands == sample_bands(nrows, 2048, most)
