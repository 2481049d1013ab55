"""The limits that come with mkrefs: complete, allowed, with sources; and who wins over whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mkrefs.contract.checks import merged_limits
from mkrefs.gate.limit_tables import LimitTable, limit_tables, limits_from_tables
from mkrefs.gate.rules import CONFIGURED, GateRules, checks_of
from mkrefs.instruments.detectors import DETECTORS
from mkrefs.instruments.reference_types import REFERENCE_TYPES
from mkrefs.registry.plugins import load_plugins

CHECKS = load_plugins().checks
LIMITS = st.dictionaries(
    st.sampled_from(["range", "sign"]), st.dictionaries(st.sampled_from("abc"), st.integers(), max_size=3)
)


def entries():
    return [(table, entry) for table in limit_tables().values() for entry in table.limits]


def test_there_is_a_table_for_all_and_one_for_each_instrument():
    tables = limit_tables()
    assert [table.instrument for table in tables.values()] == [
        "",
        "NIRCAM",
        "NIRISS",
        "NIRSPEC",
        "FGS",
        "MIRI",
    ]
    assert all(table.version >= 1 for table in tables.values())


def test_every_entry_is_for_checks_types_and_detectors_that_exist():
    for table, entry in entries():
        check = CHECKS[entry.check]
        assert set(entry.values) <= set(check.Limits.model_fields)
        check.Limits.model_validate(entry.values)
        for reftype in entry.reftypes:
            assert reftype in REFERENCE_TYPES
            assert check.is_for(reftype)
        assert all(DETECTORS[name].instrument == table.instrument for name in entry.detectors)


def test_every_source_is_used():
    for table in limit_tables().values():
        assert {entry.source for entry in table.limits} == set(table.sources)


def test_a_table_without_a_source_is_refused():
    entry = {"reftypes": ["gain"], "check": "range", "values": {"low": 0}, "source": "hearsay"}
    with pytest.raises(ValidationError, match="the source 'hearsay' is not explained"):
        LimitTable.model_validate({"version": 1, "sources": {}, "limits": [entry]})


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize("reftype", ["gain", "readnoise", "dark"])
def test_every_detector_has_a_range(detector, reftype):
    limits, sources = GateRules(CHECKS).in_force("range", reftype, DETECTORS[detector].instrument, detector)
    assert limits.median_low < limits.median_high
    assert "median_low" in sources


def test_a_detector_goes_before_its_instrument_and_that_before_all():
    short, long = (limits_from_tables("range", "gain", "NIRCAM", name) for name in ("NRCA1", "NRCALONG"))
    assert (short["usual_low"].value, long["usual_low"].value) == (1.7, 1.5)
    assert short["median_high"] == long["median_high"]
    assert short["median_high"].source.startswith("nircam 2: JDox")
    common, miri = (
        limits_from_tables("range", "dark", name, "")["median_low"] for name in ("NIRCAM", "MIRI")
    )
    assert (common.value, miri.value) == (-100, -10000)


def test_ones_own_limits_win_and_the_rest_stays():
    rules = GateRules(CHECKS, None, {"range": {"median_high": 30}})
    limits, sources = rules.in_force("range", "gain", "NIRCAM", "NRCA1")
    assert (limits.median_high, limits.median_low, sources["median_high"]) == (30, 1, CONFIGURED)


def test_the_checks_of_a_type_and_those_that_are_named():
    names = checks_of(CHECKS, "gain", ("kernel", "range"))
    assert "kernel" in names
    assert "kernel" not in checks_of(CHECKS, "gain")
    assert len(names) == len(set(names))


@given(LIMITS, LIMITS)
def test_layers_win_limit_by_limit(lower, upper):
    merged = merged_limits(lower, upper)
    assert set(merged) == set(lower) | set(upper)
    for check, limits in merged.items():
        assert limits == {**lower.get(check, {}), **upper.get(check, {})}
    assert merged_limits(lower, {}) == merged_limits(lower)
