"""The mask of several searches: flags, DO_NOT_USE, what is kept of the mask in use, and the report."""

import dataclasses

import numpy as np
import pytest

from mkrefs.api import IRS2_SHAPE, PIXEL_DQ, ExposureMetadata, irs2_rows
from mkrefs.testing import ArrayRamp, DetectorTruth, ExposureSpec, exposure_metadata
from mkrefs_detector.bad_pixel_mask.irs2_frame import detector_rows
from mkrefs_detector.bad_pixel_mask.parameters import check_do_not_use, check_flag_values
from mkrefs_detector.bad_pixel_mask.population import count_population
from mkrefs_detector.bad_pixel_mask.product import make_mask, read_flags
from mkrefs_detector.bad_pixel_mask.search import Policy, Search, flag_search

SHAPE = (6, 8)


@pytest.fixture
def metadata() -> ExposureMetadata:
    return exposure_metadata(DetectorTruth("NRCB1", "SUB64P"), ExposureSpec())


def at(*places):
    flags = np.zeros(SHAPE, dtype=bool)
    for place in places:
        flags[place] = True
    return flags


def in_use(**places):
    flags = np.zeros(SHAPE, dtype=np.uint32)
    for name, listed in places.items():
        for place in listed:
            flags[place] |= np.uint32(PIXEL_DQ[name])
    return flags


def where(flags):
    return [tuple(map(int, place)) for place in np.argwhere(flags)]


def test_searches_are_joined_each_with_its_own_policy(metadata):
    flats = Search({"DEAD": at((1, 1)), "OPEN": at((2, 2))})
    darks = Search({"hot": at((3, 3)), "rc": at((2, 2), (4, 4))})
    made = make_mask(
        [
            (flats, Policy({"DEAD": ["DEAD"], "OPEN": ["OPEN"]}, ["DEAD"])),
            (darks, Policy({"hot": ["HOT"], "rc": ["RC", "OTHER_BAD_PIXEL"]}, ["rc"])),
        ],
        reference=at((0, 0), (0, 1)),
        in_use=None,
        metadata=metadata,
    )
    assert {name: where(flags) for name, flags in made.flags.items()} == {
        "DO_NOT_USE": [(1, 1), (2, 2), (4, 4)],
        "REFERENCE_PIXEL": [(0, 0), (0, 1)],
        "DEAD": [(1, 1)],
        "OPEN": [(2, 2)],
        "HOT": [(3, 3)],
        "RC": [(2, 2), (4, 4)],
        "OTHER_BAD_PIXEL": [(2, 2), (4, 4)],
    }
    assert "RC: 2 pixels (4.348%)." in made.history


@pytest.mark.parametrize("named", [["hot"], ["HOT"], ["Hot"]])
def test_do_not_use_takes_classes_and_flags_in_any_case(named):
    found = Search({"hot": at((1, 2))})
    flags = flag_search(found, Policy({"hot": ["hot"]}, named), None)
    assert where(flags["DO_NOT_USE"]) == where(flags["HOT"]) == [(1, 2)]
    assert "DO_NOT_USE" not in flag_search(found, Policy({"hot": ["HOT"]}, ["RC"]), None)


def test_lists_of_the_caller_stay_as_they_are():
    values, names = {"hot": ["hot"]}, ["hot"]
    flag_search(Search({"hot": at((1, 2))}), Policy(values, names), None)
    assert (values, names) == ({"hot": ["hot"]}, ["hot"])


def test_reference_pixels_get_no_flag_of_a_search(metadata):
    found = Search({"DEAD": at((0, 0), (3, 3))})
    made = make_mask(
        [(found, Policy({"DEAD": ["DEAD"]}, ["DEAD"]))],
        reference=at((0, 0)),
        in_use=None,
        metadata=metadata,
        manual={"BAD_REF_PIXEL": at((0, 0)), "DEAD": at((5, 5))},
    )
    assert where(made.flags["DEAD"]) == [(3, 3), (5, 5)]
    assert where(made.flags["DO_NOT_USE"]) == [(3, 3), (5, 5)]
    assert where(made.flags["BAD_REF_PIXEL"]) == [(0, 0)]


def test_unknown_pixels_and_refused_classes_keep_what_they_had(metadata):
    before = in_use(DEAD=[(1, 1), (2, 2)], HOT=[(3, 3)])
    found = Search(
        {"DEAD": at((4, 4))}, unknown={"DEAD": at((2, 2), (5, 5))}, refused={"hot": "too few groups"}
    )
    values = {"DEAD": ["DEAD"], "hot": ["HOT"]}
    kept = make_mask([(found, Policy(values, ["hot"]))], reference=at(), in_use=before, metadata=metadata)
    assert where(kept.flags["DEAD"]) == [(2, 2), (4, 4)]
    assert where(kept.flags["HOT"]) == where(kept.flags["DO_NOT_USE"]) == [(3, 3)]
    assert where(kept.extensions["UNKNOWN"]) == [(2, 2), (5, 5)]
    assert "hot not searched: too few groups; its flags of the mask in use are kept." in kept.warnings
    assert any(line.startswith("2 pixels have too few data to be judged (DEAD)") for line in kept.history)
    assert "DEAD: 2 pixels (4.167%); of those of the mask in use 1 kept, 1 lost, 1 are new." in kept.history
    plain = make_mask(
        [(found, Policy(values, keep_unknown=False))], reference=at(), in_use=before, metadata=metadata
    )
    assert where(plain.flags["DEAD"]) == [(4, 4)]
    assert "HOT" not in plain.flags


def test_a_population_is_counted_against_the_one_before():
    found = count_population(at((1, 1), (2, 2), (3, 3)), at((1, 1), (4, 4)))
    assert (found.count, found.kept, found.new, found.lost) == (3, 1, 2, 1)


def test_flags_in_use_are_those_of_any_ramp(metadata):
    flags = [in_use(DEAD=[(1, 1)], REFERENCE_PIXEL=[(0, 0)]), in_use(HOT=[(2, 2)])]
    ramps = [ArrayRamp(np.zeros((1, 2, *SHAPE)), metadata, pixel_dq=each) for each in flags]
    reference, found = read_flags(ramps)
    assert where(reference) == [(0, 0)]
    np.testing.assert_array_equal(found, flags[0] | flags[1])


def test_tables_of_flags_are_checked():
    assert check_flag_values({"hot": ["hot"]}, ["hot", "rc"]) == {"hot": ("HOT",)}
    with pytest.raises(ValueError, match="'cold' is no class of this search; allowed are hot, rc"):
        check_flag_values({"cold": ["HOT"]}, ["hot", "rc"])
    with pytest.raises(ValueError, match="'WARMISH' is no DQ mnemonic"):
        check_flag_values({"hot": ["WARMISH"]}, ["hot"])
    assert check_do_not_use(["Hot", "RC"], ["hot"]) == ("Hot", "RC")
    with pytest.raises(ValueError, match="'cold' is neither a class"):
        check_do_not_use(["cold"], ["hot"])


def test_masks_of_irs2_are_for_raw_frames(metadata):
    irs2 = dataclasses.replace(
        metadata, instrument="NIRSPEC", detector="NRS2", readpatt="NRSIRS2", xsize=2048, ysize=2048
    )
    nothing, dead = np.zeros((2, 2048, 2048), dtype=bool)
    dead[700, 100] = True
    border = ~nothing
    border[4:-4, 4:-4] = False
    found = Search({"DEAD": dead}, unknown={"DEAD": np.roll(dead, 1, axis=1)})
    made = make_mask([(found, Policy({"DEAD": ["DEAD"]}))], reference=border, in_use=None, metadata=irs2)
    assert made.flags["DEAD"].shape == made.extensions["UNKNOWN"].shape == IRS2_SHAPE
    row = irs2_rows("NRS2").science[700]
    assert where(made.flags["DEAD"]) == [(row, 100)]
    assert where(made.extensions["UNKNOWN"]) == [(row, 101)]
    assert made.flags["REFERENCE_PIXEL"].sum() == 3200 * 2048 - 2040 * 2040
    np.testing.assert_array_equal(detector_rows(made.flags["DEAD"], irs2), dead)
    assert detector_rows(dead, irs2) is dead
