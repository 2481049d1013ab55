"""Pixels of known response are found as what they are, whatever the lamp, the scatter and the limits."""

import numpy as np
import pytest

from mkrefs_detector.bad_pixel_mask.flats.search import search_flats
from mkrefs_detector.bad_pixel_mask.flats.settings import FlatSettings

CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0))


def search(ramps, **settings):
    inputs = tuple(ramps.values())
    return search_flats(inputs, FlatSettings(**settings), reference=np.zeros(inputs[0].shape[2:], dtype=bool))


def check(scores, least, *, names=("DEAD", "LOW_QE", "OPEN", "ADJ_OPEN")):
    for name in names:
        completeness, purity, false = scores[name]
        assert completeness >= least, (name, scores)
        assert purity >= least, (name, scores)
        assert false < 0.001, (name, scores)


@pytest.mark.parametrize(
    ("pixels", "lamp", "settings"),
    [
        ({}, {}, {}),
        ({}, {}, {"dead_search_type": "absolute_rate"}),
        ({}, {}, {"normalization_method": "mean"}),
        ({}, {}, {"normalization_method": "fit2d", "fit_degree": 4}),
        ({"size": 128}, {}, {"smoothing_type": "Median"}),
        ({"size": 128}, {"gradient": 0.5}, {}),
        ({}, {"count": 3, "nints": 3}, {}),
        ({}, {"flux": 100.0}, {}),
        ({"scatter": 0.02}, {}, {}),
        ({"offsets": SIDES + CORNERS}, {}, {}),
        ({"dead": (0.0, 0.045), "low": (0.06, 0.49)}, {}, {}),
        ({"bright": (1.07, 1.12)}, {}, {}),
        ({"fractions": (0.01, 0.02, 0.005)}, {}, {}),
        ({}, {"instrument": "MIRI", "detector": "MIRIMAGE"}, {}),
    ],
)
def test_each_kind_is_found_and_nothing_else(sensitivity, flats, score, pixels, lamp, settings):
    pixels = sensitivity(**pixels)
    found = search(flats(pixels, **lamp), **settings)
    assert not found.refused
    check(score(found.classes, pixels), 0.985)


def test_ten_flats_of_a_large_array_reach_99_percent(sensitivity, flats, score):
    pixels = sensitivity(512, fractions=(0.001, 0.002, 0.001))
    check(score(search(flats(pixels)).classes, pixels), 0.99)


def test_a_scatter_of_three_percent_leaves_nearly_all(sensitivity, flats, score):
    pixels = sensitivity(512, scatter=0.03, fractions=(0.001, 0.002, 0.001))
    check(score(search(flats(pixels)).classes, pixels), 0.98)


def test_steps_between_outputs_make_no_bad_pixels(sensitivity, flats, score):
    pixels = sensitivity(512)
    outputs = 1 + 0.1 * (np.arange(512) // 128 % 2) + 0.05 * (np.arange(512) % 2)
    pattern = np.broadcast_to(outputs, (512, 512))
    # A quarter of a detector whose four outputs read 512 columns each, seen with 512 columns in all.
    found = search(flats(pixels, pattern=pattern, xstart=385, noutputs=4))
    steps = np.abs(np.arange(512) - 128) < 8
    good = pixels.good.copy()
    for pixels_of in found.classes.values():
        assert not (pixels_of & good)[:, steps].any()
    check(score(found.classes, pixels), 0.985)


def test_miri_outputs_read_in_turn_do_not_widen_the_scatter(sensitivity, flats):
    pixels = sensitivity(128, fractions=(0, 0, 0))
    pattern = np.broadcast_to(1 + 0.04 * (np.arange(128) % 4), (128, 128))
    miri = search(flats(pixels, pattern=pattern, instrument="MIRI", detector="MIRIMAGE", xstart=1))
    line = next(line for line in miri.history if "scatter" in line)
    assert "scatter 0.01" in line


def test_the_documented_method_can_be_had(sensitivity, flats, score):
    pixels = sensitivity()
    found = search(
        flats(pixels),
        exclusive_classes=False,
        open_test="each",
        adjacent_open="all",
        smoothing_sigma=None,
    )
    scores = score(found.classes, pixels)
    assert scores["DEAD"][1] < 0.4
    assert scores["ADJ_OPEN"][1] < 0.6
    assert (found.classes["DEAD"] & found.classes["LOW_QE"]).any()


def test_classes_exclude_each_other(sensitivity, flats):
    found = search(flats(sensitivity(fractions=(0.01, 0.02, 0.01))))
    assert np.sum(list(found.classes.values()), axis=0).max() == 1


def test_hot_pixels_beside_dead_ones_do_not_make_them_open(sensitivity, flats):
    pixels = sensitivity(128, fractions=(0, 0, 0))
    dead = np.zeros((128, 128), dtype=bool)
    dead[8:120:8, 8:120:8] = True
    pixels.response[dead] = 0
    for number, (y, x) in enumerate(np.argwhere(dead)):
        pixels.response[y, x + 1] = (1.1, 1.3, 1.6, 5.0)[number % 4]
    found = search(flats(pixels))
    assert found.classes["DEAD"][dead].mean() > 0.99
    assert not found.classes["ADJ_OPEN"].any()


def test_only_the_wanted_classes_are_given(sensitivity, flats, score):
    pixels = sensitivity()
    ramps = flats(pixels)
    dead = search(ramps, low_qe_and_open_search=False)
    assert set(dead.classes) == {"DEAD"}
    assert score(dead.classes, pixels)["DEAD"][1] > 0.99
    low = search(ramps, dead_search=False)
    assert set(low.classes) == {"LOW_QE", "OPEN", "ADJ_OPEN"}
    assert score(low.classes, pixels)["LOW_QE"][1] > 0.99


def test_limits_of_the_caller_are_obeyed(sensitivity, flats):
    pixels = sensitivity(128, fractions=(0, 0, 0), scatter=0.003)
    pixels.response[10, 10], pixels.response[20, 20], pixels.response[30, 30] = 0.15, 0.3, 0.6
    for down, right in SIDES:
        pixels.response[50 + down, 50 + right] = 1.1
    pixels.response[50, 50] = 0
    ramps = flats(pixels)
    usual = search(ramps).classes
    assert np.argwhere(usual["LOW_QE"]).tolist() == [[10, 10], [20, 20]]
    assert np.argwhere(usual["OPEN"]).tolist() == [[50, 50]]
    other = search(
        ramps, max_dead_norm_signal=0.2, max_low_qe_norm_signal=0.7, max_open_adj_norm_signal=1.2
    ).classes
    assert np.argwhere(other["DEAD"]).tolist() == [[10, 10], [50, 50]]
    assert np.argwhere(other["LOW_QE"]).tolist() == [[20, 20], [30, 30]]
    assert not other["OPEN"].any()
    strict = search(ramps, dead_sigma_threshold=1000.0).classes
    assert not strict["DEAD"].any()
    assert np.argwhere(strict["LOW_QE"]).tolist() == [[10, 10], [20, 20]]
