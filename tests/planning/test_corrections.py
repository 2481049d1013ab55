"""The jobs of corrections: groups across detectors, chains, names, what a creator takes of them."""

from pathlib import Path

import pandas as pd
import pytest

from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.errors import UserError
from mkrefs.jobs.correcting import CorrectJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.json_form import plan_from_json
from mkrefs.jobs.making import CreateJob
from mkrefs.planning.build import build_plan
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.plan_form import plan_values
from mkrefs.planning.request import CorrectionRequest, LabelRequest

IMAGE = {
    "INSTRUME": "NIRCAM", "DETECTOR": "NRCB1", "EXP_TYPE": "NRC_IMAGE", "READPATT": "RAPID",
    "SUBARRAY": "FULL", "SUBSTRT1": 1, "SUBSTRT2": 1, "SUBSIZE1": 2048, "SUBSIZE2": 2048, "FASTAXIS": 1,
    "SLOWAXIS": -2, "NINTS": 1, "NGROUPS": 6, "NFRAMES": 1, "GROUPGAP": 0, "NOUTPUTS": 4, "FILTER": "F150W",
    "PUPIL": "CLEAR", "imtype": "I", "product": "cal", "axes": 2,
}  # fmt: skip


def images(number, product="cal", **values):
    return [
        {**IMAGE, "product": product, "exposure": f"e{place}", "file": f"/in/e{place}_{product}.fits"}
        | {"mjd": 6e4 + place, **values}
        for place in range(number)
    ]


def correction(label="first", **settings):
    given = {
        "imtypes": parse_imtypes("I+"), "ssbsteps": {"*": "photom-"}, "window": None, "parameters": {"a": 1},
        "planes": "exposure", "same": ("INSTRUME", "FILTER", "PUPIL"), "plugin": "p 1",
    }  # fmt: skip
    return CorrectionRequest(label=label, **{**given, **settings})


def creator(**settings):
    return LabelRequest(
        label="sky", reftype="flat", imtypes=parse_imtypes("I+"), ssbsteps={"*": "photom-"}, window=None,
        same={"*": ()}, parameters={"useafter": "2020-01-01T00:00:00", "pedigree": "GROUND"}, combiner="mean",
        planes="exposure", **settings,
    )  # fmt: skip


def plan(rows, *corrections, creators=()):
    layout = RunLayout(Path("/out"), "", "001", "", Path("/out/001/ssb"))
    return build_plan(
        pd.DataFrame(rows), creators, corrections, layout=layout, crds=CrdsState(), find_products=lambda _: ()
    )


def test_images_of_all_detectors_go_together_and_those_of_other_filters_apart():
    rows = images(4)
    rows[1]["DETECTOR"], rows[3]["FILTER"] = "NRCB2", "F200W"
    (first, second) = plan(rows, correction()).corrections
    assert [image.exposure for image in first.images] == ["e0", "e1", "e2"]
    assert [image.exposure for image in second.images] == ["e3"]
    assert [image.role for image in first.images] == ["I1", "I2", "I3"]
    assert first.id != second.id
    assert first.report != second.report


def test_corrected_images_keep_exposure_and_product_in_their_names():
    (job,) = plan(images(2), correction()).corrections
    assert [image.path for image in job.images] == ["/in/e0_cal.fits", "/in/e1_cal.fits"]
    assert [image.output for image in job.images] == [
        f"/out/001/first/e{number}_cal.fits" for number in (0, 1)
    ]
    assert job.report.startswith("/out/001/first/first_001.")
    assert job.report.endswith(".correction.json")
    assert job.outputs == (*(image.output for image in job.images), job.report)


def test_a_correction_may_name_its_products_otherwise():
    (job,) = plan(images(1), correction(suffix="crf")).corrections
    assert job.images[0].output == "/out/001/first/e0_crf.fits"


def test_a_chain_takes_the_images_of_the_one_before_whatever_the_order_of_the_words():
    made = plan(images(2), correction("second", images_from="first"), correction("first"))
    first, second = made.corrections
    assert (first.label, second.label) == ("first", "second")
    assert [image.path for image in second.images] == [image.output for image in first.images]
    assert second.needs == (first.id,)
    assert first.steps[-1] == "photom"
    assert second.steps == (*first.steps, "first")


def test_what_a_maker_leaves_out_goes_no_further():
    rows = [*images(2), *images(1, exposure="odd", file="/in/odd_cal.fits", mjd=7e4)]
    windowed = correction("first", imtypes=parse_imtypes("II"), window=5.0)
    made = plan(rows, windowed, correction("second", images_from="first"))
    assert [image.exposure for image in made.corrections[1].images] == ["e0", "e1"]


def test_cubes_of_a_maker_do_not_go_to_a_label_that_takes_images():
    rows = [*images(1), *images(1, "calints", axes=3, exposure="cube", file="/in/cube_calints.fits")]
    maker = correction("first", planes="integrations")
    after = (
        correction("second", images_from="first"),
        correction("third", images_from="first", planes="integrations"),
    )
    made = plan(rows, maker, *after, creators=[creator(images_from="first")])
    assert [len(job.images) for job in made.corrections] == [2, 1, 2]
    assert [len(job.ramps) for job in made.individuals] == [1]
    reason = "first gives an image for each integration, and images of whole exposures are taken"
    for label in (made.labels[1], made.labels[-1]):
        assert [(left.exposure, left.reason) for left in label.left_out] == [("cube", reason)]


@pytest.mark.parametrize("words", [("first",), ("other", "first")])
def test_an_image_that_is_given_is_not_written_over(words):
    rows = [{**images(1)[0], "file": "/out/001/first/e0_cal.fits"}]
    with pytest.raises(
        UserError, match=r"^first would write over /out/001/first/e0_cal\.fits, which is among"
    ):
        plan(rows, *map(correction, words))


def test_a_rate_image_is_calibrated_first():
    made = plan(images(1, "rate", S_RAMP="COMPLETE"), correction())
    (run,) = made.calibrations
    (job,) = made.corrections
    assert run.steps[-3:] == ("assign_wcs", "flat_field", "photom")
    assert run.source == "/in/e0_rate.fits"
    assert job.needs == (run.id,)
    assert job.images[0].path == run.products[-1].path
    assert job.images[0].output == "/out/001/first/e0_cal.fits"


def test_two_corrections_share_one_calibration():
    made = plan(images(1, "rate", S_RAMP="COMPLETE"), correction("first"), correction("second"))
    assert len(made.calibrations) == 1
    assert {job.images[0].path for job in made.corrections} == {made.calibrations[0].products[-1].path}


def test_a_creator_of_images_takes_what_a_correction_gives():
    made = plan(images(3), correction(), creators=[creator(images_from="first")])
    (create,) = made.individuals
    (correct,) = made.corrections
    assert [ramp.path for ramp in create.ramps] == [image.output for image in correct.images]
    assert create.needs == (correct.id,)
    assert create.steps == (*correct.steps, "first")


def test_a_creator_of_images_takes_calibrated_ones_too():
    (create,) = plan(images(2), creators=[creator()]).individuals
    assert [ramp.path for ramp in create.ramps] == ["/in/e0_cal.fits", "/in/e1_cal.fits"]
    assert create.needs == ()


def test_no_reference_file_comes_from_images_whose_header_does_not_suffice():
    rows = images(3)
    del rows[1]["READPATT"]
    made = plan(rows, correction(), creators=[creator(images_from="first")])
    assert len(made.corrections[0].images) == 3
    assert [ramp.exposure for ramp in made.individuals[0].ramps] == ["e0", "e2"]
    (left,) = made.labels[-1].left_out
    assert (left.exposure, left.reason) == ("e1", "header lacks READPATT, which a reference file needs")


def test_images_without_a_time_are_grouped_unless_there_is_a_window():
    rows = images(3)
    rows[1]["mjd"] = float("nan")
    assert len(plan(rows, correction()).corrections[0].images) == 3
    windowed = plan(rows, correction(window=10.0))
    assert [image.exposure for image in windowed.corrections[0].images] == ["e0", "e2"]
    assert windowed.labels[0].left_out[0].exposure == "e1"


def test_the_jobs_go_through_json():
    made = plan(images(2), correction(), creators=[creator(images_from="first")])
    jobs = plan_from_json(plan_values(made))
    assert jobs == made.jobs
    assert {type(job) for job in jobs} >= {CorrectJob, CreateJob}
