"""Mean rates: what spoils a sample, what levels flats, and that memory makes no difference."""

import numpy as np
import pytest

from mkrefs.api import GROUP_DQ, PIXEL_DQ
from mkrefs_detector.bad_pixel_mask.flats.rates import measure_rates
from mkrefs_detector.bad_pixel_mask.flats.samples import read_samples

SHAPE = (24, 20)
LIGHT = np.ones(SHAPE, dtype=bool)


def arrays(rate=100.0, error=1.0, nints=1, **changes):
    shape = (nints, *SHAPE)
    made = {
        "SCI": np.full(shape, rate, dtype=np.float32),
        "ERR": np.full(shape, error, dtype=np.float32),
        "DQ": np.zeros(shape, dtype=np.uint32),
    }
    for place, (name, value) in changes.items():
        y, x = map(int, place[1:].split("_"))
        made[name][:, y, x] = value
    return made


def measure(ramps, **settings):
    return measure_rates(ramps, LIGHT, **({"signal": "slope", "sigma": 3.0} | settings))


def test_flats_of_different_levels_agree(flat):
    ramps = [flat(arrays(rate), f"flat{rate}") for rate in (50.0, 100.0, 400.0)]
    found = measure(ramps)
    assert found.rate == pytest.approx(1.0)
    assert found.levels.rate.tolist() == [50.0, 100.0, 400.0]
    assert (found.count == 3).all()


def test_brighter_flats_weigh_more(flat):
    rng = np.random.default_rng(1)
    ramps = []
    for level, error in ((100.0, 1.0), (10.0, 1.0)):
        made = arrays(level, error)
        made["SCI"] += rng.normal(0, error, made["SCI"].shape).astype(np.float32)
        ramps.append(flat(made, f"flat{level}"))
    found = measure(ramps)
    assert found.levels.weight.tolist() == pytest.approx([1.0, 0.01], rel=0.05)
    assert found.rate.std() == pytest.approx(0.01, rel=0.15)
    assert np.median(found.err) == pytest.approx(0.01, rel=0.05)


def test_an_integration_without_light_is_left_out_by_name(flat):
    ramps = [flat(arrays(rate), f"flat{rate:g}") for rate in (100.0, 0.0, 100.0)]
    found = measure(ramps)
    assert found.levels.lit.tolist() == [True, False, True]
    assert found.levels.names == ("flat100", "flat0", "flat100")
    assert (found.count == 2).all()
    assert not np.isfinite(measure([flat(arrays(-1.0), "dark")]).rate).any()


def test_spoilt_samples_do_not_count(flat):
    ramps = [flat(arrays(), f"flat{number}") for number in range(3)]
    flagged = arrays(
        v1_1=("DQ", PIXEL_DQ["DO_NOT_USE"]), v2_2=("SCI", np.nan), v3_3=("DQ", PIXEL_DQ["JUMP_DET"])
    )
    old = arrays(v4_4=("DQ", PIXEL_DQ["SATURATED"]))
    old["SCI"][:, 4, 4] = 0
    found = measure([*ramps, flat(flagged, "flagged"), flat(old, "old")])
    assert found.count[1, 1] == found.count[2, 2] == found.count[4, 4] == 4
    assert found.count[3, 3] == found.count[5, 5] == 5
    assert found.rate == pytest.approx(1.0)


def test_hits_are_rejected_and_the_caller_s_arrays_stay(flat):
    given = [arrays() for _ in range(10)]
    rng = np.random.default_rng(5)
    for made in given:
        made["SCI"] += rng.normal(0, 1, made["SCI"].shape).astype(np.float32)
    given[3]["SCI"][0, 7, 7] += 50
    before = [made["SCI"].copy() for made in given]
    found = measure([flat(made, f"flat{number}") for number, made in enumerate(given)])
    assert found.count[7, 7] == 9
    assert found.rate[7, 7] == pytest.approx(1.0, abs=0.015)
    for made, was in zip(given, before, strict=True):
        np.testing.assert_array_equal(made["SCI"], was)


def test_all_integrations_count_once(flat):
    found = measure([flat(arrays(nints=3), "three"), flat(arrays(), "one")])
    assert (found.count == 4).all()
    assert found.levels.names == (
        "three, integration 1",
        "three, integration 2",
        "three, integration 3",
        "one",
    )
    assert found.err == pytest.approx(0.01 / 2)


def test_saturated_from_the_first_group_is_not_dark(flat):
    dq = np.zeros((1, 1, *SHAPE), dtype=np.uint8)
    dq[..., 5, 5] = GROUP_DQ["SATURATED"]
    dq[..., 6, 6] = GROUP_DQ["AD_FLOOR"] | GROUP_DQ["DO_NOT_USE"]
    given = arrays(v5_5=("SCI", 0.0), v6_6=("SCI", np.nan))
    found = measure([flat(given, f"flat{number}", group_dq=dq) for number in range(4)])
    assert np.argwhere(found.saturated).tolist() == [[5, 5]]
    assert found.count[5, 5] == 0
    assert np.isnan(found.rate[5, 5])
    # At the bottom of the converter in all groups: no light arrives.
    assert found.count[6, 6] == 4
    assert found.rate[6, 6] == 0


def test_without_errors_the_scatter_tells(flat):
    rng = np.random.default_rng(2)
    ramps = []
    for number in range(8):
        made = arrays(error=np.nan)
        made["SCI"] += rng.normal(0, 2.0, made["SCI"].shape).astype(np.float32)
        ramps.append(flat(made, f"flat{number}"))
    found = measure(ramps)
    assert np.sqrt(np.mean(found.err**2)) == pytest.approx(0.02 / np.sqrt(8), rel=0.06)


@pytest.mark.parametrize("groups", [4, 10, 12])
def test_the_tenth_group_is_taken_less_the_first(flat, groups):
    science = 500.0 + 10 * np.arange(groups)[None, :, None, None] * np.ones((1, 1, *SHAPE))
    science[..., 3, 3] = 500.0
    dq = np.zeros(science.shape, dtype=np.uint8)
    dq[0, 2, 4, 4] = GROUP_DQ["JUMP_DET"]
    dq[0, -1, 5, 5] = GROUP_DQ["SATURATED"]
    ramps = [flat(arrays(), f"flat{number}", science=science, group_dq=dq) for number in range(2)]
    found = measure(ramps, signal="tenth_group")
    assert found.levels.rate == pytest.approx(10.0 * (min(groups, 10) - 1))
    assert found.rate[3, 3] == 0
    assert found.count[4, 4] == 0
    assert found.count[5, 5] == (2 if groups > 10 else 0)


def test_the_answer_is_the_same_in_blocks(sensitivity, flats):
    ramps = tuple(flats(sensitivity(48), 5).values())
    light = np.ones((48, 48), dtype=bool)
    whole = measure_rates(ramps, light, signal="slope", sigma=3.0)
    blocks = measure_rates(ramps, light, signal="slope", sigma=3.0, block_bytes=5 * 48 * 64 * 7)
    for name in ("rate", "err", "count", "saturated"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(blocks, name))


def test_samples_of_a_block_are_those_of_its_rows(sensitivity, flats):
    ramps = tuple(flats(sensitivity(32), 2, nints=2).values())
    whole, part = read_samples(ramps, "slope", 0, 32), read_samples(ramps, "slope", 5, 9)
    np.testing.assert_array_equal(part.values, whole.values[:, 5:9])
    assert part.values.shape == (4, 4, 32)
