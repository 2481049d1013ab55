"""The step data agree with the installed jwst package."""

import ast
import inspect
import textwrap

import pytest

from mkrefs.instruments.pipeline_steps import DONE_KEYWORDS, MIRI_ORDER, NIR_ORDER, SKIPPED_BY_DEFAULT


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


@pytest.fixture(scope="module")
def process_body():
    from jwst.pipeline import Detector1Pipeline

    source = textwrap.dedent(inspect.getsource(Detector1Pipeline.process))
    return ast.parse(source).body[0].body


def test_order_is_that_of_the_installed_pipeline(process_body):
    branch = next(
        node for node in process_body if isinstance(node, ast.If) and "MIRI" in ast.unparse(node.test)
    )
    tail = process_body[process_body.index(branch) + 1 :]
    assert tuple(steps_run(branch.body) + steps_run(tail)) == MIRI_ORDER
    assert tuple(steps_run(branch.orelse) + steps_run(tail)) == NIR_ORDER


def test_every_step_of_the_installed_pipeline_is_known():
    from jwst.pipeline import Detector1Pipeline

    assert set(Detector1Pipeline.step_defs) == set(NIR_ORDER) | set(MIRI_ORDER) == set(DONE_KEYWORDS)


def test_steps_skipped_by_default_are_those_of_the_installed_pipeline():
    from jwst.pipeline import Detector1Pipeline

    pipeline = Detector1Pipeline()
    skipped = {name for name in Detector1Pipeline.step_defs if getattr(pipeline, name).skip}
    assert skipped == SKIPPED_BY_DEFAULT


def test_done_keywords_are_those_of_the_data_model():
    from stdatamodels.jwst.datamodels import RampModel

    with RampModel((1, 1, 4, 4)) as model:
        paths = {step: model.find_fits_keyword(keyword) for step, keyword in DONE_KEYWORDS.items()}
    assert all(len(found) == 1 and found[0].startswith("meta.cal_step.") for found in paths.values()), paths
