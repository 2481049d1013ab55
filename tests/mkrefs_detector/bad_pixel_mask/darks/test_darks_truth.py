"""Injected bad pixels come out, in their class, and good ones do not."""

import numpy as np
import pytest

WANTED = {"hot": 0.99, "rc": 0.95, "inverse_rc": 0.95, "noisy": 0.95, "telegraph": 0.9}
SETS = [
    {},
    {"ngroups": 30, "count": 6, "nints": 2, "shape": (64, 128), "seed": 2},
    {"drift": 40.0, "hits": 0.0, "seed": 3},
    {"hits": 0.15, "ngroups": 15, "seed": 4},
]


@pytest.fixture(params=SETS, ids=lambda settings: "-".join(map(str, settings.values())) or "usual")
def darks(request, make_darks):
    return make_darks(**request.param)


def test_each_class_is_complete_and_pure(darks, search):
    found = search(darks)
    assert not set(found.refused) - {"low_pedestal"}
    for name, least in WANTED.items():
        truth = darks.strong if name == "telegraph" else darks.kinds[name]
        pixels = found.classes[name]
        missed, wrong = (truth & ~pixels).sum(), (pixels & ~darks.kinds[name]).sum()
        # One pixel more or less of some dozens is chance.
        assert missed <= (1 - least) * truth.sum() + 1, name
        assert wrong <= (1 - least) * pixels.sum() + 1, name


def test_good_pixels_stay_good(darks, search):
    found = search(darks)
    for name, pixels in found.classes.items():
        assert (pixels & darks.good).sum() <= 0.001 * darks.good.sum(), name


def test_hardly_a_pixel_is_in_two_classes(darks, search):
    found = search(darks)
    number = sum(pixels.astype(int) for pixels in found.classes.values())
    assert (number[darks.good] > 1).sum() == 0
    assert (number > 1).sum() <= 0.05 * (number > 0).sum()


def test_the_account_says_what_was_found(make_darks, search):
    darks = make_darks()
    found = search(darks)
    account = " ".join(found.history)
    assert "10 ramps of 10 integrations, up to 12 groups" in account
    assert f"telegraph {int(found.classes['telegraph'].sum())}" in account
    assert "hot: from 0.15 DN/s" in account


def test_blocks_of_rows_give_what_the_whole_gives(make_darks, search):
    darks = make_darks(5, ngroups=8, shape=(40, 128), seed=7)
    whole = search(darks)
    blocks = search(darks, stack_bytes=5 * 8 * 128 * 4 * 7)
    assert whole.history == blocks.history
    for name, pixels in whole.classes.items():
        np.testing.assert_array_equal(blocks.classes[name], pixels, name)


def test_a_step_that_all_pixels_share_is_none_of_theirs(make_darks, search):
    darks = make_darks()
    before = search(darks)
    shifted = [np.array(ramp) for ramp in darks.ramps]
    shifted[3][0, 5] += 150.0
    shifted[6][0, 2:4] -= 90.0
    after = search(type(darks)(shifted, darks.slopes, darks.kinds, darks.strong, darks.rate))
    for name, pixels in after.classes.items():
        assert (pixels & darks.good).sum() <= 0.001 * darks.good.sum(), name
        assert (pixels ^ before.classes[name]).sum() <= 0.05 * pixels.sum() + 1, name


def test_reference_pixels_are_in_no_class(make_darks, search):
    darks = make_darks()
    reference = np.zeros(darks.good.shape, dtype=bool)
    reference[:, 64:] = True
    found = search(darks, reference=reference)
    assert found.classes["hot"][:, :64].any()
    assert not any(pixels[reference].any() for pixels in found.classes.values())
    assert not any(pixels[reference].any() for pixels in found.unknown.values())


def test_a_hot_pixel_is_not_noisy_by_the_noise_of_its_signal(make_darks, search):
    darks = make_darks(hot=(40.0, 400.0), seed=8)
    found = search(darks)
    assert (found.classes["hot"] & darks.kinds["hot"]).sum() == darks.kinds["hot"].sum()
    assert not (found.classes["noisy"] & darks.kinds["hot"]).any()
    assert not (found.classes["telegraph"] & darks.kinds["hot"]).any()


def test_warm_pixels_lie_between_the_thresholds(make_darks, search):
    darks = make_darks(hot=(0.12, 0.3), ngroups=30, shape=(64, 128), seed=9)
    found = search(darks, hot_threshold=0.2, warm_threshold=0.05)
    warm, hot = found.classes["warm"], found.classes["hot"]
    truth = darks.kinds["hot"]
    assert not (warm & hot).any()
    assert hot[truth & (darks.rate > 0.23)].all()
    assert warm[truth & (darks.rate < 0.17)].all()
