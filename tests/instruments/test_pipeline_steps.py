"""The step data agree with the installed jwst package."""

import ast
import inspect
import textwrap

import pytest

from mkrefs.instruments.pipeline_steps import (
    BACKGROUND_STEP,
    DONE_KEYWORDS,
    IMAGE_ORDER,
    MIRI_ORDER,
    NIR_ORDER,
    SKIPPED_BY_DEFAULT,
    product_suffix,
    step_order,
)


def steps_run(nodes):
    """Names X of ``self.X.run(...)`` in source order."""
    calls = [
        node
        for top in nodes
        for node in ast.walk(top)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("self.")
    ]
    calls.sort(key=lambda node: (node.lineno, node.col_offset))
    names = [
        ast.unparse(call.func).split(".")[1] for call in calls if ast.unparse(call.func).endswith(".run")
    ]
    return list(dict.fromkeys(names))


def body_of(method):
    """Statements of a method."""
    return ast.parse(textwrap.dedent(inspect.getsource(method))).body[0].body


@pytest.fixture(scope="module")
def process_body():
    from jwst.pipeline import Detector1Pipeline

    return body_of(Detector1Pipeline.process)


def test_order_is_that_of_the_installed_pipeline(process_body):
    branch = next(
        node for node in process_body if isinstance(node, ast.If) and "MIRI" in ast.unparse(node.test)
    )
    tail = process_body[process_body.index(branch) + 1 :]
    assert tuple(steps_run(branch.body) + steps_run(tail)) == MIRI_ORDER
    assert tuple(steps_run(branch.orelse) + steps_run(tail)) == NIR_ORDER


def test_order_of_images_is_that_of_the_installed_pipeline():
    from jwst.pipeline import Image2Pipeline

    order = steps_run(body_of(Image2Pipeline.process_exposure_product))
    assert tuple(step for step in order if step != "resample") == IMAGE_ORDER
    assert step_order("NIRISS") == (*NIR_ORDER, *IMAGE_ORDER)
    assert step_order("MIRI") == (*MIRI_ORDER, *IMAGE_ORDER)


def test_every_step_of_the_installed_pipelines_is_known():
    from jwst.pipeline import Detector1Pipeline, Image2Pipeline

    assert set(Detector1Pipeline.step_defs) == set(NIR_ORDER) | set(MIRI_ORDER)
    assert set(Image2Pipeline.step_defs) - {"resample"} == set(IMAGE_ORDER)
    assert set(DONE_KEYWORDS) == {*NIR_ORDER, *MIRI_ORDER, *IMAGE_ORDER}


def test_steps_skipped_by_default_are_those_of_the_installed_pipelines():
    from jwst.pipeline import Detector1Pipeline, Image2Pipeline

    pipelines = [Detector1Pipeline(), Image2Pipeline()]
    skipped = {name for each in pipelines for name in each.step_defs if getattr(each, name).skip}
    assert skipped | {BACKGROUND_STEP} == SKIPPED_BY_DEFAULT


@pytest.mark.parametrize("model", ["RampModel", "ImageModel", "CubeModel"])
def test_done_keywords_are_those_of_the_data_model(model):
    from stdatamodels.jwst import datamodels

    with getattr(datamodels, model)() as opened:
        paths = {step: opened.find_fits_keyword(keyword) for step, keyword in DONE_KEYWORDS.items()}
    assert all(len(found) == 1 and found[0].startswith("meta.cal_step.") for found in paths.values()), paths


def test_suffixes_are_those_of_the_pipelines():
    assert [product_suffix(step) for step in ("refpix", "ramp_fit", "photom")] == ["refpix", "rate", "cal"]
    assert product_suffix("ramp_fit", integrations=True) == "rateints"
    assert product_suffix("photom", integrations=True) == "calints"
    assert product_suffix("jump", integrations=True) == "jump"
