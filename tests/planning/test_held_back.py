"""Which exposures the labels of a run hold back, and on which of them a final file is verified."""

import math
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.planning.build import build_plan
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.request import LabelRequest, Layer

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
    "FILTER": "F150W",
    "imtype": "D",
}
FLAT = {**DARK, "EXP_TYPE": "NRC_LED", "imtype": "F"}
REASON = "held back for verification (verify: 0.2)"


def request(label="readnoise", reftype="readnoise", imtypes="D+", verify=0.2, **settings):
    return LabelRequest(
        label=label, reftype=reftype, imtypes=parse_imtypes(imtypes), ssbsteps={"*": "refpix-"}, window=None,
        same={"*": ()}, parameters={}, combiner="mean", verify=verify, **settings,
    )  # fmt: skip


def rows(number, values=DARK, name="d"):
    return [
        {**values, "exposure": f"{name}{place}", "file": f"/in/{name}{place}_uncal.fits", "mjd": 6e4 + place}
        for place in range(number)
    ]


def plan(exposures, *requests, find=lambda _: ()):
    layout = RunLayout(Path("/out"), "", "", "", Path("/out/ssb"))
    return build_plan(
        pd.DataFrame(exposures), requests, layout=layout, crds=CrdsState("/crds"), find_products=find
    )


def held(label):
    """Names of the exposures that a label's plan holds back."""
    return {left.exposure for left in label.left_out if left.reason.startswith("held back")}


def used(label):
    return {exposure for each in label.sets for exposure in each.exposures}


def test_a_share_is_kept_out_of_making_and_verified_on():
    found = plan(rows(10), request(validation="/refs/old.fits"))
    (label,), (job,) = found.labels, found.verifications
    assert held(label) == {"d4", "d9"}
    assert {left.reason for left in label.left_out} == {REASON}
    assert used(label) == {f"d{place}" for place in range(10)} - {"d4", "d9"}
    assert [(each.exposure, each.imtype, each.path) for each in job.sources] == [
        ("d4", "D", "/in/d4_uncal.fits"),
        ("d9", "D", "/in/d9_uncal.fits"),
    ]
    assert (job.previous, job.share, job.needs) == ("/refs/old.fits", 0.2, (found.finals[0].id,))
    assert job.tested == ("jump", "ramp_fit")
    assert job.steps[0] == "group_scale"
    assert job.steps[-1] == "gain_scale"
    assert not set(job.optional) & set(job.tested)
    assert [path.removesuffix(".verification.json") for path in job.outputs[:1]] == [
        found.finals[0].output.removesuffix(".fits")
    ]
    assert {"d4", "d9"}.isdisjoint(found.finals[0].exposures)
    assert {"d4", "d9"}.isdisjoint(each.exposure for each in found.calibrations)


def test_without_being_asked_nothing_is_held_back():
    found = plan(rows(10), request(verify=0.0))
    assert found.verifications == ()
    assert used(found.labels[0]) == {f"d{place}" for place in range(10)}


def test_detectors_modes_and_image_types_are_chosen_from_apart():
    exposures = [
        *rows(5, DARK, "a"),
        *rows(10, {**DARK, "READPATT": "BRIGHT1"}, "b"),
        *rows(5, {**DARK, "DETECTOR": "NRCB2"}, "c"),
        *rows(5, FLAT, "f"),
    ]
    found = plan(exposures, request(), request("gain", "gain", "DDFF"))
    readnoise, gain = found.labels
    assert held(readnoise) == {"a4", "b4", "b9", "c4"}
    assert held(gain) == held(readnoise) | {"f4"}
    for job in found.verifications:
        names = {each.exposure for each in job.sources}
        detector, pattern = (
            job.detector,
            next(final.metadata.readpatt for final in found.finals if final.output == job.file),
        )
        expected = {"a4"} if pattern == "RAPID" else {"b4", "b9"}
        expected = {"c4"} if detector == "NRCB2" else expected
        assert names == expected | ({"f4"} if job.reftype == "gain" else set())


def test_too_few_are_told_of_and_all_are_used():
    found = plan(rows(2), request())
    assert used(found.labels[0]) == {"d0", "d1"}
    assert found.verifications == ()
    assert found.labels[0].notes == (
        "verify: nothing is held back of 2 darks that can be tried, NRCB1 SUB64P RAPID: "
        "2 must remain to make a group",
        "verify is not done: no exposure of its mode is held back",
    )


def test_what_no_step_takes_is_not_verified_and_loses_nothing():
    found = plan(rows(10, FLAT), request("flat", "flat", "F+"))
    assert len(used(found.labels[0])) == 10
    assert found.verifications == ()
    assert "no step of calwebb_detector1 takes flat files" in found.labels[0].notes[-1]


def test_only_what_the_pipeline_can_be_run_on_is_held_back():
    """Exposures without a time, with too few groups, or whose raw file is not there, are of no use."""
    done = dict.fromkeys(("S_DQINIT", "S_SATURA"), "COMPLETE")
    exposures = rows(5)
    exposures[4] |= done
    assert held(plan(exposures, request()).labels[0]) == {"d1"}
    raw = {**exposures[4], **dict.fromkeys(done), "file": "/beside/d4_uncal.fits"}
    found = plan(exposures, request(), find=lambda name: [raw] if name == "d4" else [])
    assert [each.path for each in found.verifications[0].sources] == ["/beside/d4_uncal.fits"]
    exposures = rows(5)
    exposures[4] |= {"NGROUPS": 2}
    exposures[1] |= {"mjd": math.nan}
    assert held(plan(exposures, request()).labels[0]).isdisjoint({"d1", "d4"})


def chain(share, maker_share=0.0):
    bias = request("bias", "superbias", verify=maker_share)
    noise = request(verify=share, layers={"superbias": Layer(maker="bias")})
    return bias, noise


def test_what_is_verified_on_does_not_get_in_by_another_label():
    found = plan(rows(10), *chain(0.2))
    bias, noise = found.labels
    assert held(bias) == held(noise) == {"d4", "d9"}
    assert next(left.reason for left in bias.left_out) == (
        "held back for verification: readnoise, calibrated with the files of bias, is verified on it"
    )
    (job,) = found.verifications
    assert job.layered == ("superbias",)
    assert job.layer == (found.finals[0].output,)
    assert found.finals[0].id in job.needs


def test_files_that_only_the_verification_takes_are_made_without_the_exposures_too():
    bias = request("bias", "superbias", trial_layers={"dark": Layer(maker="dark")})
    dark = request("dark", "dark", verify=0.0, layers={"superbias": Layer(maker="bias")})
    found = plan(rows(10), bias, dark)
    assert held(found.labels[0]) == held(found.labels[1]) == {"d4", "d9"}
    (job,) = found.verifications
    assert (job.reftype, job.layered) == ("superbias", ("dark",))
    assert set(job.needs) == {final.id for final in found.finals}


def test_a_label_that_does_not_ask_and_serves_nobody_uses_all():
    other = request("other", "superbias", verify=0.0)
    found = plan(rows(10), other, request())
    assert [len(used(label)) for label in found.labels] == [10, 8]


@settings(max_examples=20)
@given(
    st.integers(0, 12),
    st.floats(0.05, 0.9),
    st.floats(0.0, 0.9),
    st.randoms(use_true_random=False),
    st.data(),
)
def test_choices_are_nested_independent_of_order_and_leave_enough(number, share, other, random, data):
    imtypes = data.draw(st.sampled_from(["DD", "D+", "DDD"]))
    exposures = rows(number) or rows(1)
    maker, noise = chain(share, other)
    noise = request(imtypes=imtypes, verify=share, layers=noise.layers)
    found = plan(exposures, maker, noise)
    shuffled = list(exposures)
    random.shuffle(shuffled)
    assert plan(shuffled, noise, maker).labels == found.labels[::-1]
    bias, readnoise = map(held, found.labels)
    assert readnoise <= bias
    assert not bias & used(found.labels[0])
    assert not readnoise & used(found.labels[1])
    needed = {"DD": 2, "D+": 2, "DDD": 3}[imtypes]
    assert not bias or len(exposures) - len(bias) >= needed
