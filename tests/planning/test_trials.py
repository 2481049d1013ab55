"""On which exposure and with which steps a final file is tried."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.grouping import InputSet
from mkrefs.instruments.exposure_header import exposure_metadata
from mkrefs.jobs.checking import CompareJob, LoadJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.making import CombineJob
from mkrefs.jobs.trying import TrialJob
from mkrefs.planning.checks import plan_checks
from mkrefs.planning.finals import Final
from mkrefs.planning.request import LabelRequest, Layer
from mkrefs.planning.trials import TrialGround, plan_trial, steps_of_trial

DARK = {
    "INSTRUME": "NIRCAM",
    "DETECTOR": "NRCB1",
    "EXP_TYPE": "NRC_DARK",
    "READPATT": "RAPID",
    "SUBARRAY": "SUB64P",
    "SUBSTRT1": 1851,
    "SUBSTRT2": 1817,
    "SUBSIZE1": 64,
    "SUBSIZE2": 64,
    "FASTAXIS": 1,
    "SLOWAXIS": -2,
    "NINTS": 1,
    "NGROUPS": 6,
    "NFRAMES": 1,
    "GROUPGAP": 0,
    "NOUTPUTS": 1,
    "imtype": "D",
}
FLAT = {**DARK, "EXP_TYPE": "NRC_LED", "imtype": "F"}


def exposures(**rows):
    """Catalog rows by exposure: one raw product each, in the order of time given."""
    return {
        name: [{**row, "exposure": name, "file": f"/in/{name}_uncal.fits", "mjd": 60000.0 + place}]
        for place, (name, row) in enumerate(rows.items())
    }


def final(reftype, *made_from, products, **parameters):
    row = products[made_from[0]][0]
    return CombineJob(
        id="final-a",
        label="some",
        reftype=reftype,
        combiner="mean",
        combiner_parameters={},
        individuals=(),
        parameters=parameters,
        metadata=exposure_metadata(row),
        output="/out/a.fits",
        exposures=made_from,
    )


def request(reftype="readnoise", **settings):
    return LabelRequest(
        label="some", reftype=reftype, imtypes=parse_imtypes("D+"), ssbsteps={"*": "refpix-"}, window=None,
        same={}, parameters={}, combiner="mean", **settings,
    )  # fmt: skip


def ground(products, find=lambda _: (), finals=None):
    return TrialGround(products, find, finals or {}, CrdsState("/crds"))


def trial(job, products, test="test4ssb", *, asked=None, **where):
    return plan_trial(job, asked or request(job.reftype), test, ground(products, **where))


@pytest.mark.parametrize(
    ("reftype", "instrument", "steps"),
    [
        ("mask", "NIRCAM", ("dq_init",)),
        ("superbias", "NIRCAM", ("saturation", "superbias")),
        ("readnoise", "MIRI", ("jump", "ramp_fit")),
        ("gain", "NIRSPEC", ("jump", "ramp_fit")),
        ("rscd", "MIRI", ("rscd",)),
        ("rscd", "NIRCAM", ()),
        ("flat", "NIRCAM", ()),
        ("lastframe", "MIRI", ()),
    ],
)
def test_a_type_is_tried_in_the_steps_that_take_it(reftype, instrument, steps):
    assert steps_of_trial(reftype, instrument) == steps


def test_an_exposure_the_file_was_not_made_from_goes_first():
    products = exposures(d1=DARK, d2=DARK, d3=DARK)
    found = trial(final("readnoise", "d1", "d2", products=products), products)
    assert isinstance(found, TrialJob)
    assert (found.exposure, found.source, found.held_out) == ("d3", "/in/d3_uncal.fits", True)
    assert found.tested == ("jump", "ramp_fit")
    assert found.steps[-1] == "ramp_fit"
    assert not set(found.tested) & set(found.optional)
    assert set(found.steps) == {*found.tested, *found.optional}
    assert found.needs == ("final-a",)
    assert found.output == "/out/a.test4ssb.txt"


def test_a_mask_made_from_darks_is_tried_on_a_flat():
    products = exposures(d1=DARK, d2=DARK, f1=FLAT)
    found = trial(final("mask", "d1", "d2", products=products), products)
    assert (found.exposure, found.held_out, found.steps) == ("f1", True, ("group_scale", "dq_init"))


def test_without_another_exposure_the_first_it_was_made_from_is_taken():
    products = exposures(d1=DARK, d2=DARK)
    found = trial(final("readnoise", "d2", "d1", products=products), products)
    assert (found.exposure, found.held_out) == ("d1", False)


@pytest.mark.parametrize(
    "other",
    [
        {"READPATT": "BRIGHT1"},
        {"DETECTOR": "NRCB2"},
        {"SUBARRAY": "SUB64P", "SUBSTRT1": 1},
        {"INSTRUME": "NIRISS"},
    ],
)
def test_an_exposure_of_another_mode_is_not_taken(other):
    products = exposures(d0={**DARK, **other}, d1=DARK)
    assert trial(final("readnoise", "d1", products=products), products).exposure == "d1"


def test_a_file_for_any_read_pattern_is_tried_on_any():
    products = exposures(d1=DARK, d2={**DARK, "READPATT": "BRIGHT1"})
    job = final("readnoise", "d1", products=products, readpatt="ANY")
    assert trial(job, products).exposure == "d2"


def test_too_few_groups_and_ramps_longer_than_the_dark_are_avoided():
    products = exposures(d0={**DARK, "NGROUPS": 2}, d1=DARK)
    assert trial(final("readnoise", "d1", products=products), products).exposure == "d1"
    products = exposures(d1=DARK, d2={**DARK, "NGROUPS": 7}, d3={**DARK, "NGROUPS": 5})
    assert trial(final("dark", "d1", products=products), products).exposure == "d3"


def test_a_product_beyond_the_steps_is_of_no_use_and_the_raw_exposure_beside_it_is_found():
    done = dict.fromkeys(("S_DQINIT", "S_SATURA", "S_SUPERB"), "COMPLETE")
    products = exposures(d1={**DARK, **done}, d2={**DARK, **done})
    job = final("mask", "d1", products=products)
    assert trial(job, products) == (
        "no exposure of its mode is at hand in the state before the steps that take it"
    )
    raw = {**DARK, "file": "/beside/d2_uncal.fits"}
    found = trial(job, products, find=lambda exposure: [raw] if exposure == "d2" else [])
    assert (found.source, found.held_out) == ("/beside/d2_uncal.fits", True)


def test_only_missing_steps_run():
    products = exposures(d1=DARK, d2={**DARK, "S_GRPSCL": "SKIPPED", "S_DQINIT": "COMPLETE"})
    found = trial(final("superbias", "d1", products=products), products)
    assert found.steps == ("saturation", "ipc", "superbias")


def test_the_quality_check_runs_everything_as_the_pipeline_would():
    products = exposures(d1=DARK, d2=DARK)
    found = trial(final("mask", "d1", products=products), products, "quality_check")
    assert found.steps[-1] == "gain_scale"
    assert found.optional == found.steps
    assert found.tested == ("dq_init",)
    assert found.output == "/out/a.quality_check.txt"


def test_the_other_reference_files_are_those_of_the_label():
    products = exposures(d1=DARK, d2=DARK)
    job = final("readnoise", "d1", products=products)
    groups = (InputSet((("D1", "d1"),), (("DETECTOR", "NRCB1"),), 0.0),)
    maker = Final("superbias", groups, {}, job.metadata, Path("/out/bias.fits"))
    elsewhere = replace(maker, metadata=replace(job.metadata, detector="NRCB2"), output=Path("/out/b2.fits"))
    asked = request(
        overrides={"gain": "/refs/gain.fits", "readnoise": "/refs/old.fits", "flat": "/refs/flat.fits"},
        layers={
            "superbias": Layer(maker="bias"),
            "dark": Layer(files=("/refs/dark1.fits", "/refs/dark2.fits")),
        },
    )
    found = trial(job, products, asked=asked, finals={"bias": (maker, elsewhere)})
    assert found.overrides["gain"] == "/refs/gain.fits"
    assert "readnoise" not in found.overrides  # the new file takes its place
    assert found.layered == ("dark", "superbias")
    assert found.layer == ("/refs/dark1.fits", "/refs/dark2.fits", "/out/bias.fits")
    assert found.needs == ("final-a", "final-bias")


def test_checks_are_made_as_asked_and_the_others_told_of():
    products = exposures(d1=DARK, d2=DARK)
    tests = ("test4datamodel", "test4ssb", "quality_check")
    jobs, notes = plan_checks(
        final("flat", "d1", products=products),
        request("flat", tests=tests, validation="/refs/flat.fits"),
        ground(products),
    )
    assert [type(job).__name__ for job in jobs] == ["CertifyJob", "GateJob", "LoadJob", "CompareJob"]
    reason = "no step of calwebb_detector1 takes flat files as it runs by default"
    assert notes == (f"test4ssb is not done: {reason}", f"quality_check is not done: {reason}")
    load, comparison = jobs[2:]
    assert isinstance(load, LoadJob)
    assert isinstance(comparison, CompareJob)
    assert (load.reftype, load.instrument) == ("flat", "NIRCAM")
    assert comparison.previous == "/refs/flat.fits"
    assert comparison.outputs == tuple(f"/out/a.comparison.{suffix}" for suffix in ("json", "txt", "fits"))


def test_final_files_are_certified_and_checked_and_no_more_unless_it_is_asked_for():
    products = exposures(d1=DARK)
    jobs, notes = plan_checks(final("mask", "d1", products=products), request("mask"), ground(products))
    assert [type(job).__name__ for job in jobs] == ["CertifyJob", "GateJob"]
    assert notes == ()


@given(st.lists(st.sampled_from([2, 4, 6]), min_size=2, max_size=6), st.data())
def test_whatever_the_exposures_one_not_used_goes_before_one_used(groups, data):
    names = [f"d{number}" for number in range(len(groups))]
    products = exposures(**{name: {**DARK, "NGROUPS": n} for name, n in zip(names, groups, strict=True)})
    used = data.draw(st.sets(st.sampled_from(names), min_size=1))
    order = data.draw(st.permutations(names))
    job = final("readnoise", *sorted(used), products=products)
    found = trial(job, {name: products[name] for name in order})
    assert found.held_out == (found.exposure not in used)
    long_enough = [name for name, n in zip(names, groups, strict=True) if n > 2]
    fit = long_enough or names
    assert found.exposure in fit
    assert found.held_out == any(name not in used for name in fit)
    assert found == trial(job, products)
