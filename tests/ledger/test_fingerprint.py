from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import get_args

import pytest

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.jobs.calibrating import CalibrateJob, ExposureFile, Product, SelectJob
from mkrefs.jobs.checking import CertifyJob, CompareJob, GateJob, LoadJob
from mkrefs.jobs.correcting import CorrectJob, ImageInput
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.job import Job
from mkrefs.jobs.making import CombineJob, CreateJob, RoleInput
from mkrefs.jobs.trying import HeldBackExposure, TrialJob, VerifyJob
from mkrefs.ledger.fingerprint import fingerprint
from mkrefs.ledger.versions import software_versions

METADATA = ExposureMetadata(
    "NIRCAM", "NRCA1", "NRC_DARK", "RAPID", "SUB160", 1889, 1889, 160, 160, -1, 2, 1, 10, 1, 0, 0.28, 0.28
)
VERSIONS = {"mkrefs": "1", "jwst": "3", "numpy": "2"}
CREATE = CreateJob(
    id="readnoise-1",
    label="readnoise",
    reftype="readnoise",
    ramps=(RoleInput("D1", "e1", "/a/e1.fits"), RoleInput("D2", "e2", "/a/e2.fits")),
    parameters={"clipping_sigma": 3.0, "method": "stack"},
    metadata=METADATA,
    output="/out/one.fits",
    needs=("c1", "c2"),
    plugin="mkrefs 1",
    files=("/lists/flags.txt",),
)
CORRECT = CorrectJob(
    id="level-1",
    label="level_match",
    images=(
        ImageInput("I1", "e1", "/in/e1_cal.fits", "/out/e1_cal.fits"),
        ImageInput("I2", "e2", "/in/e2.fits", "/o"),
    ),
    parameters={"sigma": 3.0, "plot": False},
    report="/out/level.correction.json",
    steps=("photom", "outlier_detection"),
    needs=("c1",),
    plugin="mkrefs 1",
    files=("/lists/psf.fits",),
)
COMBINE = CombineJob(
    id="final",
    label="readnoise",
    reftype="readnoise",
    combiner="mean",
    combiner_parameters={},
    individuals=("/out/one.fits", "/out/two.fits"),
    parameters={},
    metadata=METADATA,
    output="/out/final.fits",
)
CERTIFY = CertifyJob(id="certify", label="readnoise", file="/out/final.fits", output="/out/final.txt")
GATE = GateJob(
    id="checks",
    label="readnoise",
    reftype="readnoise",
    instrument="NIRCAM",
    file="/out/final.fits",
    metadata=METADATA,
    checks=("finite", "range"),
    limits={"range": {"median_high": 40}},
    output="/out/checks.json",
    text="/out/checks.txt",
    plugin="mkrefs 1",
)
LOAD = LoadJob("load", "readnoise", "readnoise", "NIRCAM", file="/out/final.fits", output="/out/load.txt")
TRIAL = TrialJob(
    id="trial",
    label="readnoise",
    reftype="readnoise",
    test="test4ssb",
    file="/out/final.fits",
    exposure="e1",
    source="/in/e1_uncal.fits",
    held_out=True,
    steps=("dq_init", "jump"),
    tested=("jump",),
    output="/out/trial.txt",
    overrides={"mask": "/refs/mask.fits"},
    layered=("superbias",),
    layer=("/out/superbias.fits",),
)
COMPARE = CompareJob(
    id="compare",
    label="readnoise",
    reftype="readnoise",
    file="/out/final.fits",
    previous="/refs/old.fits",
    output="/out/comparison.json",
    text="/out/comparison.txt",
    maps="/out/comparison.fits",
)
VERIFY = VerifyJob(
    id="verify",
    label="readnoise",
    reftype="readnoise",
    file="/out/final.fits",
    previous="/refs/old.fits",
    share=0.2,
    sources=(HeldBackExposure("e1", "D", "/in/e1_uncal.fits"), HeldBackExposure("e2", "D", "/in/e2.fits")),
    steps=("dq_init", "jump"),
    tested=("jump",),
    output="/out/verification.json",
    text="/out/verification.txt",
    overrides={"mask": "/refs/mask.fits"},
    layered=("superbias",),
    layer=("/out/superbias.fits",),
)
CALIBRATE = CalibrateJob(
    id="c1",
    exposure="e1",
    source="/in/e1_uncal.fits",
    steps=("dq_init", "refpix"),
    products=(Product(("dq_init", "refpix"), "/out/e1_refpix.fits"),),
    overrides={"mask": "/refs/mask.fits"},
)
SELECT = SelectJob(
    id="select",
    sources=(ExposureFile("e1", "/in/e1_uncal.fits"), ExposureFile("e2", "/in/e2_uncal.fits")),
    reftypes=("superbias",),
    files=("/out/superbias.fits",),
    output="/out/selection.json",
)
JOBS = (SELECT, CALIBRATE, CORRECT, CREATE, COMBINE, CERTIFY, GATE, LOAD, TRIAL, COMPARE, VERIFY)
#: Fields that say where files lie, how jobs hang together, or what has a fingerprint of its own.
NOT_COUNTED = {
    "id",
    "needs",
    "output",
    "text",
    "maps",
    "report",
    "products",
    "selection",
    "crds",
    "incidental",
}


def altered(value):
    """Give another value of the same kind; a path gets another name."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, float):
        return value + 1.0
    if isinstance(value, tuple):
        return (*value, altered(value[-1]) if value else "x")
    if isinstance(value, Mapping):
        return {**value, "further": "x"}
    assert is_dataclass(value)
    first = fields(value)[0].name
    return replace(value, **{first: altered(getattr(value, first))})


def mark(job, digests=None, versions=VERSIONS, rules="one"):
    return fingerprint(job, digests or dict.fromkeys(job.inputs, "0"), versions, rules)


def test_every_kind_of_job_is_looked_at():
    assert {type(job) for job in JOBS} == set(get_args(Job))


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.id)
def test_every_field_counts_but_those_that_cannot_change_the_result(job):
    changed = {
        each.name: replace(job, **{each.name: altered(getattr(job, each.name))}) for each in fields(job)
    }
    counted = {name for name, other in changed.items() if mark(other) != mark(job)}
    assert counted == changed.keys() - NOT_COUNTED


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.id)
def test_content_of_each_input_versions_and_rules_count(job):
    marks = {mark(job), mark(job, rules="two")}
    marks |= {mark(job, versions={**VERSIONS, package: "9"}) for package in ("mkrefs", "jwst")}
    marks |= {mark(job, {path: str(int(path == one)) for path in job.inputs}) for one in job.inputs}
    assert len(marks) == 4 + len(job.inputs)
    assert mark(job, versions={**VERSIONS, "numpy": "9"}) == mark(job)
    assert all(len(each) == 32 for each in marks)


@pytest.mark.parametrize(
    ("job", "change"),
    [
        (
            CALIBRATE,
            {"id": "other", "source": "/moved/e1_uncal.fits", "overrides": {"mask": "/moved/mask.fits"}},
        ),
        (CALIBRATE, {"crds": CrdsState("/moved/cache", "")}),
        (CALIBRATE, {"products": (Product(("dq_init", "refpix"), "/moved/e1_refpix.fits"),)}),
        (CREATE, {"id": "other", "needs": (), "output": "/moved/one.fits"}),
        (
            CREATE,
            {"ramps": tuple(replace(ramp, path=f"/moved/{Path(ramp.path).name}") for ramp in CREATE.ramps)},
        ),
        (CREATE, {"parameters": dict(reversed(CREATE.parameters.items()))}),
        (
            CORRECT,
            {
                "images": tuple(
                    replace(one, path=f"/moved{one.path}", output=f"/moved{one.output}x")
                    for one in CORRECT.images
                ),
                "report": "/moved/level.correction.json",
            },
        ),
        (COMBINE, {"individuals": ("/moved/one.fits", "/moved/two.fits"), "output": "/moved/final.fits"}),
        (CERTIFY, {"file": "/moved/final.fits", "output": "/moved/final.txt"}),
        (LOAD, {"id": "other", "file": "/moved/final.fits", "output": "/moved/load.txt"}),
        (TRIAL, {"source": "/moved/e1_uncal.fits", "file": "/moved/final.fits", "needs": ("final",)}),
        (TRIAL, {"layer": ("/moved/superbias.fits",), "overrides": {"mask": "/moved/mask.fits"}}),
        (
            SELECT,
            {"sources": tuple(ExposureFile(one.exposure, f"/moved{one.path}") for one in SELECT.sources)},
        ),
        (SELECT, {"files": ("/moved/superbias.fits",), "output": "/moved/selection.json"}),
        (COMPARE, {"previous": "/moved/old.fits", "output": "/moved/a.json", "text": "/moved/a.txt"}),
        (COMPARE, {"maps": "/moved/a.fits"}),
        (VERIFY, {"previous": "/moved/old.fits", "layer": ("/moved/superbias.fits",)}),
        (VERIFY, {"sources": tuple(replace(one, path=f"/moved{one.path}") for one in VERIFY.sources)}),
    ],
)
def test_where_files_lie_and_ids_do_not_count(job, change):
    assert mark(replace(job, **change)) == mark(job)


@pytest.mark.parametrize(
    ("job", "change"),
    [
        (CALIBRATE, {"overrides": {}}),
        (CALIBRATE, {"overrides": {"gain": "/refs/mask.fits"}}),
        (CREATE, {"parameters": {"clipping_sigma": 3.5, "method": "stack"}}),
        (CREATE, {"ramps": (replace(CREATE.ramps[0], role="D2"), replace(CREATE.ramps[1], role="D1"))}),
        (CREATE, {"metadata": replace(METADATA, readpatt="BRIGHT1")}),
        (CORRECT, {"images": CORRECT.images[::-1]}),
        (CORRECT, {"steps": ("photom",)}),
        (CORRECT, {"files": ()}),
        (COMBINE, {"individuals": ("/out/two.fits", "/out/one.fits")}),
        (TRIAL, {"layer": ("/out/other.fits",)}),
        (COMPARE, {"previous": ""}),
    ],
)
def test_roles_types_and_order_of_the_inputs_count(job, change):
    assert mark(replace(job, **change)) != mark(job)


@pytest.mark.parametrize("job", [CREATE, CORRECT], ids=lambda job: job.id)
def test_parameters_that_do_not_change_the_result_do_not_count(job):
    one = replace(job, parameters={"sigma": 3.0, "nproc": 1}, incidental=("nproc",))
    assert mark(replace(one, parameters={"sigma": 3.0, "nproc": 8})) == mark(one)
    assert mark(replace(one, parameters={"sigma": 4.0, "nproc": 1})) != mark(one)


@pytest.mark.parametrize(("job", "package"), [(CERTIFY, "crds"), (LOAD, "stdatamodels")])
def test_the_version_of_what_gives_the_verdict_counts(job, package):
    other = {**VERSIONS, package: "9"}
    assert [each.id for each in JOBS if mark(each, versions=other) != mark(each)] == [job.id]


def test_versions_are_those_installed():
    from importlib.metadata import version

    versions = software_versions()
    assert versions["mkrefs"] == version("mkrefs")
    assert set(versions) == {"mkrefs", "jwst", "stdatamodels", "crds", "numpy"}
