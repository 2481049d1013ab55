import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.errors import UserError
from mkrefs.jobs.job import (
    CalibrateJob,
    CertifyJob,
    CombineJob,
    CompareJob,
    CrdsState,
    CreateJob,
    LoadJob,
    Product,
    RoleInput,
    TrialJob,
)
from mkrefs.jobs.json_form import job_from_json, job_to_json, plan_from_json, plan_to_json

TEXT = st.text(max_size=8)
NAMES = st.lists(TEXT, max_size=3).map(tuple)
FLOATS = st.floats(allow_nan=False)
NUMBERS = st.integers() | FLOATS
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
PARAMETERS = st.dictionaries(TEXT, VALUES, max_size=3)
METADATA = st.builds(ExposureMetadata, frame_time=FLOATS, group_time=FLOATS)
CRDS = st.builds(CrdsState, TEXT, TEXT)
CALIBRATE = st.builds(
    CalibrateJob,
    TEXT,
    exposure=TEXT,
    source=TEXT,
    steps=NAMES,
    products=st.lists(st.builds(Product, NAMES, TEXT), max_size=2).map(tuple),
    optional=NAMES,
    overrides=st.dictionaries(TEXT, TEXT, max_size=2),
    crds=CRDS,
)
CREATE = st.builds(
    CreateJob,
    TEXT,
    ramps=st.lists(st.builds(RoleInput), max_size=2).map(tuple),
    parameters=PARAMETERS,
    metadata=METADATA,
    needs=NAMES,
)
COMBINE = st.builds(
    CombineJob,
    TEXT,
    combiner_parameters=PARAMETERS,
    individuals=NAMES,
    parameters=PARAMETERS,
    metadata=METADATA,
    needs=NAMES,
)
CERTIFY = st.builds(CertifyJob, TEXT, needs=NAMES, crds=CRDS)
LOAD = st.builds(LoadJob, TEXT, needs=NAMES)
TRIAL = st.builds(
    TrialJob,
    TEXT,
    held_out=st.booleans(),
    steps=NAMES,
    tested=NAMES,
    overrides=st.dictionaries(TEXT, TEXT, max_size=2),
    layer=NAMES,
    crds=CRDS,
)
COMPARE = st.builds(CompareJob, TEXT, previous=TEXT, crds=CRDS)


@settings(max_examples=25, deadline=None)
@given(st.lists(CALIBRATE | CREATE | COMBINE | CERTIFY | LOAD | TRIAL | COMPARE, max_size=3).map(tuple))
def test_a_plan_comes_back_from_json_exactly(jobs):
    assert plan_from_json(json.loads(json.dumps(plan_to_json(jobs)))) == jobs


def test_the_form_names_the_kind_and_the_fields():
    job = CertifyJob("c1", "readnoise", "a.fits", "a.txt", needs=("m1",))
    assert job_to_json(job) == {
        "kind": "CertifyJob",
        "id": "c1",
        "label": "readnoise",
        "file": "a.fits",
        "output": "a.txt",
        "needs": ["m1"],
        "crds": {"path": "", "context": "", "server": ""},
        "reftype": "",
        "instrument": "",
    }


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"kind": "BakeJob"},
        {"kind": "CertifyJob", "id": "c1"},
        {"kind": "CertifyJob", "id": 1, "label": "r", "file": "a", "output": "b"},
        {"kind": "CertifyJob", "id": "c1", "label": "r", "file": "a", "output": "b", "colour": "red"},
        {"kind": "CertifyJob", "id": "c1", "label": "r", "file": "a", "output": "b", "needs": 3},
        {"kind": "CertifyJob", "id": "c1", "label": "r", "file": "a", "output": "b", "needs": "m1"},
        {"kind": "CertifyJob", "id": "c1", "label": "r", "file": "a", "output": "b", "crds": "x"},
    ],
)
def test_what_is_not_a_job_is_refused(value):
    with pytest.raises(UserError, match="not a job of mkrefs"):
        job_from_json(value)


@pytest.mark.parametrize("value", [{}, {"mkrefs_plan": 99, "jobs": []}, {"mkrefs_plan": 1, "jobs": {}}])
def test_what_is_not_a_plan_is_refused(value):
    with pytest.raises(UserError, match="not a plan of mkrefs"):
        plan_from_json(value)


def test_parameters_that_are_no_mapping_are_refused():
    job = CalibrateJob("c", "e", "e_uncal.fits", ("dq_init",), (Product(("dq_init",), "e_dq.fits"),))
    with pytest.raises(UserError, match="not a mapping"):
        job_from_json({**job_to_json(job), "overrides": [1]})
