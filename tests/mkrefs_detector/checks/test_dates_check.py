"""PEDIGREE and USEAFTER against the days of the exposures."""

import pytest

from mkrefs.api import CheckedFile, MadeFrom
from mkrefs_detector.checks.dates import Dates

DAYS = ("2024-03-01", "2024-03-10")


def found(days=DAYS, *, pedigree="INFLIGHT 2024-03-01 2024-03-10", useafter="2024-03-01T00:00:00", **limits):
    header = {"PEDIGREE": pedigree, "USEAFTER": useafter}
    made_from = MadeFrom({"DATE-OBS": days} if days else {}, "the plan")
    file = CheckedFile("some.fits", "gain", {"PRIMARY": header}, {}, {}, (), made_from)
    return [(each.severity.value, each.what) for each in Dates().check(file, Dates.Limits(**limits))]


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"pedigree": "GROUND", "useafter": "2015-10-01T00:00:00"},
        {"pedigree": "INFLIGHT 2023-12-31 2024-03-11"},
        {"useafter": "2024-03-10T00:00:00"},
        {"days": (), "pedigree": "INFLIGHT 2022-01-01 2022-01-02", "useafter": "2030-01-01T00:00:00"},
    ],
)
def test_what_suits_the_exposures_passes(header):
    assert found(**header) == []


@pytest.mark.parametrize("days", ["2024-03-02 2024-03-10", "2024-03-01 2024-03-09", "2022-01-01 2022-01-02"])
def test_a_range_that_leaves_exposures_out_is_warned_of(days):
    ((severity, what),) = found(pedigree=f"INFLIGHT {days}")
    assert severity == "warning"
    assert (
        f"INFLIGHT {days}, the exposures were taken from 2024-03-01 to 2024-03-10, as the plan says" in what
    )


@pytest.mark.parametrize("days", ["2020-01-01 2024-03-10", "2024-03-10 2024-03-01"])
def test_a_range_that_cannot_be_is_an_error(days):
    ((severity, _),) = found(pedigree=f"INFLIGHT {days}")
    assert severity == "error"
    assert found(pedigree="INFLIGHT 2020-01-01 2024-03-10", launch="2019-01-01") == []


def test_a_useafter_behind_the_exposures_is_warned_of():
    ((severity, what),) = found(useafter="2024-03-11T00:00:00")
    assert severity == "warning"
    assert what.startswith(
        "USEAFTER is 2024-03-11, after the last of the exposures it is made from, 2024-03-10"
    )


@pytest.mark.parametrize("useafter", ["2024-03-01", "2024-03-01T00:00:00.5", "2024-13-01T00:00:00"])
def test_a_useafter_that_crds_cannot_take_is_an_error(useafter):
    ((severity, what),) = found(useafter=useafter)
    assert severity == "error"
    assert useafter in what
