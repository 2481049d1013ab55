"""Transitions of flags, by hand and by properties."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mkrefs.comparison.flags import DqMap, FlagComparison, Transition, change_maps, compare_flags
from mkrefs.instruments.dq import PIXEL_DQ

#: Bits of their own, as old files have them.
OLD = {"DO_NOT_USE": 1, "HOT": 2, "WARM": 4, "OLD_NAME": 8}
NEW = {name: PIXEL_DQ[name] for name in ("DO_NOT_USE", "HOT", "WARM", "DEAD")}


def dq(values, definitions=NEW):
    return DqMap(np.array(values, np.uint32), definitions)


def test_flags_are_compared_by_the_names_of_each_file():
    hot, warm, dead = (PIXEL_DQ[name] for name in ("HOT", "WARM", "DEAD"))
    found = compare_flags(dq([[hot | 1, warm, 0, dead, 1 << 30]]), dq([[2, 2 | 1, 8, 1, 0]], OLD))
    assert found.pixels == 5
    assert found.flags == {
        "DO_NOT_USE": FlagComparison(before=2, after=1, set=1, cleared=2, kept=0),
        "HOT": FlagComparison(before=2, after=1, set=0, cleared=1, kept=1),
        "WARM": FlagComparison(before=0, after=1, set=1, cleared=0, kept=0),
        "DEAD": FlagComparison(before=None, after=1, set=1, cleared=0, kept=0),
        "OLD_NAME": FlagComparison(before=1, after=None, set=0, cleared=1, kept=0),
    }
    assert set(found.transitions) == {
        Transition("HOT", "HOT", 1, newly_excluded=1),
        Transition("HOT", "WARM", 1, newly_used=1),
        Transition("OLD_NAME", "good", 1),
        Transition("DO_NOT_USE", "DEAD", 1, newly_used=1),
    }


def test_classes_name_all_flags_of_a_pixel_and_the_commonest_change_comes_first():
    both = PIXEL_DQ["HOT"] | PIXEL_DQ["DEAD"]
    found = compare_flags(dq([[both | 1, both, 0, 0, 0]]), dq([[1, 1, 1, 1, 1]]))
    assert found.transitions == (
        Transition("DO_NOT_USE", "good", 3, newly_used=3),
        Transition("DO_NOT_USE", "DEAD+HOT", 2, newly_used=1),
    )


def test_maps_of_different_shape_are_counted_only():
    found = compare_flags(dq([[1, 1], [1, 1]]), dq([[1, 1]]))
    assert found.flags["DO_NOT_USE"] == FlagComparison(2, 4)
    assert found.transitions == ()


def test_changes_are_mapped_in_the_bits_of_the_pipeline():
    is_set, cleared = change_maps(dq([[PIXEL_DQ["HOT"], 0]]), dq([[1 | 8, 2]], OLD))
    assert is_set.tolist() == [[PIXEL_DQ["HOT"], 0]]
    assert cleared.tolist() == [[1, PIXEL_DQ["HOT"]]]
    assert is_set.dtype == np.uint32


def test_a_mask_that_was_mirrored_is_seen():
    bits = (np.random.default_rng(1).random((40, 30)) < 0.05).astype(np.uint32)
    assert compare_flags(dq(bits), dq(bits[:, ::-1])).orientation == "mirrored left to right"
    assert compare_flags(dq(bits), dq(bits)).orientation == ""
    others = (np.random.default_rng(2).random((40, 30)) < 0.05).astype(np.uint32)
    assert compare_flags(dq(bits), dq(others)).orientation == ""


@given(
    hnp.arrays(np.uint32, (2, 4, 5), elements=st.integers(0, 15)),
    st.permutations(list(OLD)),
)
def test_counts_add_up(maps, names):
    shuffled = {name: 1 << place for place, name in enumerate(names)}
    new, previous = dq(maps[0], shuffled), dq(maps[1], OLD)
    found, back = compare_flags(new, previous), compare_flags(previous, new)
    for name, flag in found.flags.items():
        assert (flag.set or 0) + (flag.kept or 0) == flag.after
        assert (flag.cleared or 0) + (flag.kept or 0) == flag.before
        assert back.flags[name].set == flag.cleared
    excluded = found.flags["DO_NOT_USE"]
    assert sum(each.newly_excluded for each in found.transitions) == excluded.set
    assert sum(each.newly_used for each in found.transitions) == excluded.cleared
    assert {(each.after, each.before, each.pixels) for each in back.transitions} == {
        (each.before, each.after, each.pixels) for each in found.transitions
    }
    assert compare_flags(new, new).transitions == ()
