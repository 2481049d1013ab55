import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mkrefs.errors import UserError
from mkrefs.jobs.calibrating import CalibrateJob, Product
from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.job import Job
from mkrefs.jobs.json_form import job_from_json, job_to_json, plan_from_json, plan_to_json

TEXT = st.text(max_size=8)
FLOATS = st.floats(allow_nan=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
PLAIN = {
    types.NoneType: st.none(),
    str: TEXT,
    bool: st.booleans(),
    int: st.integers(),
    float: FLOATS,
    Any: VALUES,
}


def values_of(hint):
    """Give values of a type hint of a job's field, with every field of every dataclass set."""
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{field.name: values_of(hints[field.name]) for field in fields(hint)})
    if get_origin(hint) is tuple:
        return st.lists(values_of(get_args(hint)[0]), max_size=2).map(tuple)
    if get_origin(hint) is Mapping:
        return st.dictionaries(TEXT, values_of(get_args(hint)[1]), max_size=2)
    if isinstance(hint, types.UnionType):
        return st.one_of(*map(values_of, get_args(hint)))
    return PLAIN[hint]


@pytest.mark.parametrize("kind", get_args(Job))
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_job_comes_back_from_json_exactly(kind, data):
    job = data.draw(values_of(kind))
    assert job_from_json(json.loads(json.dumps(job_to_json(job)))) == job


def test_a_plan_keeps_its_order():
    jobs = tuple(CertifyJob(name, "gain", f"{name}.fits", f"{name}.txt") for name in "cab")
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
        "report": "",
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


@pytest.mark.parametrize("value", [{}, {"mkrefs_plan": 99, "jobs": []}, {"mkrefs_plan": 2, "jobs": {}}])
def test_what_is_not_a_plan_is_refused(value):
    with pytest.raises(
        UserError, match=r"(not a plan of mkrefs|of another version of mkrefs).*; make it anew"
    ):
        plan_from_json(value)


def test_parameters_that_are_no_mapping_are_refused():
    job = CalibrateJob("c", "e", "e_uncal.fits", ("dq_init",), (Product(("dq_init",), "e_dq.fits"),))
    with pytest.raises(UserError, match="not a mapping"):
        job_from_json({**job_to_json(job), "overrides": [1]})
