"""A plan as JSON, and back."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.errors import UserError
from mkrefs.grouping import InputSet, LeftOut
from mkrefs.jobs.checking import CertifyJob, LoadJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.plan import LabelPlan, Plan
from mkrefs.planning.plan_form import plan_from_values, plan_values

TEXT = st.text(max_size=6)
PATHS = st.text("ab /é", max_size=6).map(lambda text: Path("/") / text)
KEYWORDS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
SETS = st.builds(
    InputSet,
    roles=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    mode=st.lists(st.tuples(TEXT, KEYWORDS), max_size=3).map(tuple),
    span=st.floats(allow_nan=False, allow_infinity=False),
)
LABELS = st.builds(
    LabelPlan,
    label=TEXT,
    reftype=TEXT,
    imtypes=TEXT,
    sets=st.lists(SETS, max_size=2).map(tuple),
    left_out=st.lists(st.builds(LeftOut, TEXT, TEXT), max_size=2).map(tuple),
    notes=st.lists(TEXT, max_size=2).map(tuple),
)
JOBS = (
    LoadJob("l", "gain", "gain", "NIRCAM", "final.fits", "final.txt", needs=("m",)),
    CertifyJob("c", "gain", "final.fits", "final.txt", needs=("m",)),
)
PLANS = st.builds(
    Plan,
    layout=st.builds(RunLayout, root=PATHS, subdir=TEXT, run_id=TEXT, suffix=TEXT, products=PATHS),
    crds=st.builds(CrdsState, TEXT, TEXT, TEXT),
    labels=st.lists(LABELS, max_size=2).map(tuple),
    jobs=st.sampled_from([(), JOBS[1:], JOBS, JOBS[::-1]]),
    skipped=st.dictionaries(TEXT, TEXT, max_size=2),
)


@given(PLANS)
def test_a_plan_comes_back_from_json_exactly(plan):
    values = json.loads(json.dumps(plan_values(plan)))
    assert plan_from_values(values) == plan
    assert plan_from_values({**values, "more": 1}) == plan


@pytest.fixture
def values(tmp_path):
    layout = RunLayout(tmp_path, "", "001", "", tmp_path / "ssb")
    return plan_values(Plan(layout, CrdsState(), (LabelPlan("gain", "gain", "DD", (), ()),), JOBS))


@pytest.mark.parametrize("key", ["layout", "crds", "labels", "skipped"])
@pytest.mark.parametrize("wrong", [None, 3, [{}], {"path": 1}])
def test_a_plan_that_is_not_whole_is_refused_with_the_place(values, key, wrong):
    with pytest.raises(UserError, match=rf"this plan of mkrefs is not whole \({key}.*\); make it anew"):
        plan_from_values(values | {key: wrong})


def test_jobs_of_an_unknown_kind_and_other_forms_are_refused(values):
    with pytest.raises(UserError, match="this is not a job of mkrefs"):
        plan_from_values(values | {"jobs": [{"kind": "TeaJob"}]})
    with pytest.raises(UserError, match="its form has number 3, and 2 is known here"):
        plan_from_values(values | {"mkrefs_plan": 3})
