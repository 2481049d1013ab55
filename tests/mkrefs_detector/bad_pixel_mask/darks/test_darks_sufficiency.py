"""Too few, spoilt or missing data: classes are refused by name, pixels unknown, none flagged for it."""

import numpy as np
import pytest

from mkrefs.api import GROUP_DQ
from mkrefs_detector.bad_pixel_mask.darks.sufficiency import too_many


def of(darks, ramps):
    return type(darks)(ramps, darks.slopes[: len(ramps)], darks.kinds, darks.strong, darks.rate)


@pytest.mark.parametrize(
    ("count", "ngroups", "refused"),
    [
        (1, 2, {"warm", "rc", "inverse_rc", "noisy", "telegraph", "low_pedestal"}),
        (2, 12, {"warm", "rc", "inverse_rc", "low_pedestal"}),
        (4, 12, {"rc", "inverse_rc", "low_pedestal"}),
        (10, 3, {"rc", "inverse_rc", "low_pedestal"}),
        (5, 12, {"low_pedestal"}),
    ],
)
def test_classes_without_enough_data_are_refused(make_darks, search, count, ngroups, refused):
    darks = make_darks(count, ngroups=ngroups, shape=(32, 64), hits=0.05, seed=20)
    found = search(darks)
    assert set(found.refused) == refused
    assert not set(found.classes) & refused
    for name, pixels in found.classes.items():
        assert (pixels & darks.good).sum() <= 0.001 * darks.good.sum() + 1, name


def test_the_reason_has_the_numbers(make_darks, search):
    found = search(make_darks(2, shape=(32, 64), seed=20))
    assert found.refused["rc"] == "2 integrations are too few to tell it from cosmic rays; 5 are needed"
    assert any(line.startswith("hot: only by saturation") for line in found.history)


def test_rates_too_uncertain_for_the_threshold_are_told(make_darks, search):
    darks = make_darks(5, ngroups=4, shape=(48, 64), seed=22, hot=(20.0, 50.0))
    found = search(darks)
    assert any("Rates are too uncertain for hot_threshold 0.15 DN/s" in line for line in found.history)
    assert found.classes["hot"][darks.kinds["hot"]].all()


def test_missing_data_are_unknown_and_not_noisy(make_darks, search):
    darks = make_darks(6, shape=(32, 64), seed=23)
    ramps = [np.array(ramp) for ramp in darks.ramps]
    for number, ramp in enumerate(ramps):
        ramp[..., 0:4, :] = np.nan
        if number > 0:
            ramp[..., 4:8, :] = np.nan
    found = search(of(darks, ramps))
    for name in ("noisy", "hot", "warm", "telegraph", "rc"):
        assert not found.classes[name][0:4].any(), name
        assert found.unknown[name][0:4].all(), name
        assert not found.unknown[name][8:].any(), name
    # A single integration is enough to know a rate, but not that it is none of a cosmic ray.
    assert (found.classes["noisy"][4:8] & darks.good[4:8]).sum() == 0


def test_flagged_groups_count_for_nothing(make_darks, search):
    darks = make_darks(6, shape=(32, 64), seed=24)
    ramps, flags = [np.array(ramp) for ramp in darks.ramps], []
    for ramp in ramps:
        flag = np.zeros(ramp.shape, np.uint8)
        flag[:, 0] = flag[:, -1] = GROUP_DQ["DO_NOT_USE"]
        ramp[:, 0], ramp[:, -1] = 5000.0, -5000.0
        flags.append(flag)
    found = search(of(darks, ramps), group_dq=flags)
    assert found.classes["hot"][darks.kinds["hot"]].all()
    for name, pixels in found.classes.items():
        assert (pixels & darks.good).sum() <= 0.001 * darks.good.sum() + 1, name


def test_jump_flags_hide_nothing(make_darks, search):
    darks = make_darks(8, ngroups=14, shape=(64, 64), seed=25)
    flags = [np.zeros(ramp.shape, np.uint8) for ramp in darks.ramps]
    for ramp, flag in zip(darks.ramps, flags, strict=True):
        steps = np.abs(np.diff(ramp, axis=1)) > 34
        flag[:, 1:][steps] = GROUP_DQ["JUMP_DET"]
    found = search(darks, group_dq=flags)
    for name in ("noisy", "telegraph", "rc", "inverse_rc"):
        truth = darks.strong if name == "telegraph" else darks.kinds[name]
        assert (found.classes[name] & truth).sum() >= 0.9 * truth.sum() - 1, name
    # Jumps of noisy and telegraph pixels are explained by what they are.
    assert not (found.classes["high_cr"] & darks.good).any()


def test_a_class_that_would_flag_too_many_is_refused(make_darks, search):
    darks = make_darks()
    found = search(darks, max_flagged_fraction=0.0045)
    assert set(found.refused) >= {"telegraph"}
    assert found.refused["telegraph"].endswith("of the pixels would be flagged, more than 0.4%")
    assert too_many(4, 1000, 0.0045) == ""


def test_pixels_of_no_noise_at_all_are_in_no_class(search, make_darks):
    darks = make_darks(6, shape=(32, 64), seed=26)
    ramps = [np.array(ramp) for ramp in darks.ramps]
    rng = np.random.default_rng(1)
    for ramp in ramps:
        # Stuck, or toggling between two whole numbers.
        ramp[..., :4] = 100.0
        ramp[..., 4:8] = 100.0 + rng.integers(0, 2, ramp[..., 4:8].shape)
    found = search(of(darks, ramps))
    for name, pixels in found.classes.items():
        assert not pixels[:, :8].any(), name
