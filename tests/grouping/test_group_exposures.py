import math

import pandas as pd
import pytest

from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.grouping import LeftOut, group_exposures


def group(table, imtypes, window=None, same=()):
    return group_exposures(table, parse_imtypes(imtypes), window=window, same=same)


def names(grouping):
    return [" ".join(item.exposures) for item in grouping.sets]


def reasons(grouping):
    return {item.exposure: item.reason for item in grouping.left_out}


def test_single_darks(table):
    found = group(table(("D2", 2.0), ("D1", 1.0), ("F1", 1.5)), "D")
    assert names(found) == ["D1", "D2"]
    assert [item.roles for item in found.sets] == [(("D1", "D1"),), (("D1", "D2"),)]
    assert found.left_out == (LeftOut("F1", "imtypes D takes no flats"),)


def test_pairs_are_neighbours_in_time_with_roles_in_order(table):
    found = group(table(("Dd", 4.0), ("Dc", 3.0), ("Da", 1.0), ("Db", 2.0)), "DD", 1.0)
    assert [item.roles for item in found.sets] == [(("D1", "Da"), ("D2", "Db")), (("D1", "Dc"), ("D2", "Dd"))]
    assert [item.span for item in found.sets] == [1.0, 1.0]


def test_window_is_inclusive_in_decimal_days(table):
    apart = table(("Da", 59000.1), ("Db", 59002.1))
    assert names(group(apart, "DD", 2.0)) == ["Da Db"]
    assert reasons(group(apart, "DD", 1.9)) == {
        "Da": "no partner within 1.9 days: the nearest, Db, is 2 days away",
        "Db": "no partner within 1.9 days: the nearest, Da, is 2 days away",
    }


def test_as_many_pairs_as_the_window_allows_come_before_close_ones(table):
    found = group(table(("Da", 0.0), ("Db", 1.0), ("Dc", 1.1), ("Dd", 2.1)), "DD", 1.0)
    assert names(found) == ["Da Db", "Dc Dd"]


def test_odd_one_out_leaves_the_closest_pair(table):
    found = group(table(("Da", 0.0), ("Db", 1.9), ("Dc", 2.0)), "DD", 2.0)
    assert names(found) == ["Db Dc"]
    assert reasons(found) == {"Da": "odd one out: the other darks within 2 days are in sets already"}
    assert reasons(group(table(("Da", 0.0)), "DD")) == {"Da": "2 darks are needed, its mode has 1"}


def test_triples(table):
    found = group(table(*((f"D{day}", day) for day in (0, 1, 2, 10, 11, 20))), "DDD", 3.0)
    assert names(found) == ["D0 D1 D2"]
    assert reasons(found)["D10"] == "no 3 darks within 3 days: the closest with it span 9 days"


def test_modes_never_mix(table):
    found = group(
        table(
            ("Da", 1.0, {"DETECTOR": "NRCA1"}),
            ("Db", 1.1, {"DETECTOR": "NRCA2"}),
            ("Dc", 1.2, {"SUBARRAY": "FULL"}),
            ("Dd", 1.3, {"READPATT": "BRIGHT1"}),
            ("De", 1.4, {"SUBSTRT1": 1}),
            ("Df", 1.5, {"NOUTPUTS": 4}),
            ("Dg", 1.6, {"NOUTPUTS": 1}),
        ),
        "DD",
        same=("NOUTPUTS",),
    )
    assert found.sets == ()
    assert len(found.left_out) == 7


def test_missing_values_equal_each_other_only(table):
    found = group(
        table(("Da", 1, {"KEY": None}), ("Db", 2, {"KEY": math.nan}), ("Dc", 3, {"KEY": "x"})),
        "DD",
        same=("KEY",),
    )
    assert names(found) == ["Da Db"]
    assert dict(found.sets[0].mode)["KEY"] is None
    assert group(table(("Da", 1), ("Db", 2)), "DD", same=("ABSENT",)).sets[0].mode[-1] == ("ABSENT", None)


def test_flats_of_a_set_share_filter_and_pupil_and_darks_need_not(table):
    found = group(
        table(
            ("Da", 1, {"FILTER": "F070W"}),
            ("Db", 2, {"FILTER": "F090W"}),
            ("Fa", 1, {"FILTER": "F115W"}),
            ("Fb", 2, {"FILTER": "F150W"}),
            ("Fc", 3, {"FILTER": "F115W"}),
        ),
        "DDFF",
        same=("FILTER", "EXP_TYPE"),
    )
    assert names(found) == ["Da Db Fa Fc"]
    assert dict(found.sets[0].mode)["FILTER"] == "F115W"
    assert reasons(found) == {"Fb": "2 flats are needed, its mode has 1"}


def test_exposure_type_may_differ_between_darks_and_flats_only(table):
    rows = table(("Da", 1, {"EXP_TYPE": "NRC_DARK"}), ("Fa", 1, {"EXP_TYPE": "NRC_LED"}))
    (only,) = group(rows, "D+F+", same=("EXP_TYPE",)).sets
    assert only.exposures == ("Da", "Fa")
    assert "EXP_TYPE" not in dict(only.mode)


def test_flat_pair_takes_the_least_used_dark_pair_then_the_nearest(table):
    found = group(
        table(
            *(("Da", 0.0), ("Db", 0.1), ("Dc", 1.0), ("Dd", 1.1)),
            *(("Fa", 0.2), ("Fb", 0.3), ("Fc", 0.4), ("Fd", 0.5), ("Fe", 0.6), ("Ff", 0.62)),
        ),
        "FFDD",
        10.0,
    )
    assert names(found) == ["Da Db Fa Fb", "Dc Dd Fc Fd", "Dc Dd Fe Ff"]
    assert [role for role, _ in found.sets[0].roles] == ["D1", "D2", "F1", "F2"]


def test_the_window_of_ddff_is_that_of_all_four(table):
    rows = table(("Da", 0.0), ("Db", 0.5), ("Fa", 9.5), ("Fb", 10.5))
    assert group(rows, "DDFF", 10.5).sets[0].span == 10.5
    found = reasons(group(rows, "DDFF", 10.0))
    assert found["Fa"] == "no 2 darks within 10 days: with the nearest the set would span 10.5 days"
    assert found["Da"] == "no 2 flats within 10 days: with the nearest the set would span 10.5 days"


def test_spare_dark_pairs_and_missing_types_say_so(table):
    found = group(table(("Da", 0), ("Db", 1), ("Dc", 2), ("Dd", 3), ("Fa", 2.4), ("Fb", 2.6)), "DDFF", 10.0)
    assert names(found) == ["Dc Dd Fa Fb"]
    assert reasons(found)["Da"] == "spare: the flats near it took other darks"
    assert reasons(group(table(("Da", 0)), "D+F+"))["Da"].startswith(
        "there is no flat of the same mode (INSTRUME NIRCAM, DETECTOR NRCA1, SUBARRAY SUB160"
    )


def test_any_number_without_and_with_a_window(table):
    rows = table(*((f"D{day}", day) for day in (0, 1, 2, 4, 5, 6)))
    assert names(group(rows, "D+")) == ["D0 D1 D2 D4 D5 D6"]
    assert names(group(rows, "D+", 4)) == ["D0 D1 D2", "D4 D5 D6"]
    assert names(group(table(("Fa", 1), ("Fb", 2)), "F+", 2)) == ["Fa Fb"]


def test_runs_of_both_types_leave_out_as_few_as_possible(table):
    rows = table(*((f"D{day}", day) for day in (0, 1, *range(3, 10))), ("F12", 12), ("F13", 13))
    found = group(rows, "DF+", 10)
    assert names(found) == ["D3 D4 D5 D6 D7 D8 D9 F12 F13"]
    assert reasons(found)["D0"] == "no flat within 10 days: the nearest, F12, is 12 days away"


def test_runs_with_flats_are_made_for_each_filter(table):
    found = group(table(("Da", 1), ("Fa", 2), ("Fb", 3, {"FILTER": "F200W"})), "D+F+")
    assert names(found) == ["Da Fa", "Da Fb"]
    assert [dict(item.mode)["FILTER"] for item in found.sets] == ["F115W", "F200W"]


def test_fixed_and_any_number_together(table):
    rows = table(*((f"D{day}", day) for day in range(8)), ("Fa", 6), ("Fb", 6.5), ("Fc", 40), ("Fd", 41))
    found = group(rows, "D+FF", 3.0)
    assert names(found) == ["D4 D5 D6 D7 Fa Fb"]
    assert reasons(found)["Fc"] == "no dark within 3 days: with the nearest the set would span 34 days"
    by_filter = group(table(("Da", 1), ("Db", 2), ("Fa", 1), ("Fb", 2, {"FILTER": "F200W"})), "F+DD")
    assert names(by_filter) == ["Da Db Fa", "Da Db Fb"]


def test_three_types(table):
    found = group(table(("Da", 1), ("Fa", 2), ("Fb", 3), ("Ia", 4), ("Ib", 9)), "DFFI", 5)
    assert names(found) == ["Da Fa Fb Ia"]
    assert reasons(found) == {"Ib": "no dark within 5 days: with the nearest the set would span 8 days"}


def test_images_alone(table):
    assert names(group(table(("Ia", 1), ("Ib", 2), ("Da", 1)), "I+")) == ["Ia Ib"]


def test_further_letters(table):
    found = group_exposures(
        table(("Sa", 1), ("Sb", 2)), parse_imtypes("S+", letters="DFIS"), window=None, same=()
    )
    assert names(found) == ["Sa Sb"]


def test_exposures_without_time_or_type_are_left_out(table):
    rows = table(("Da", math.nan), ("Db", 1.0))
    rows.loc[1, "imtype"] = ""
    assert reasons(group(rows, "D")) == {"Da": "it has no MJD", "Db": "its image type is unknown"}


def test_empty_table():
    empty = pd.DataFrame({"exposure": [], "imtype": [], "mjd": []})
    assert group(empty, "DDFF", 2.0) == group(empty, "D")


def test_an_exposure_has_one_row(table):
    with pytest.raises(ValueError, match="one row per exposure"):
        group(table(("Da", 1), ("Da", 2)), "D")
