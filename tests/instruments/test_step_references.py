"""The reference types of the steps agree with the installed jwst package."""

import pytest

from mkrefs.instruments.pipeline_steps import IMAGE_ORDER, STEP_REFERENCES


@pytest.mark.parametrize("name", ["Detector1Pipeline", "Image2Pipeline"])
def test_reference_types_are_those_of_the_installed_pipeline(name):
    from jwst import pipeline

    steps = getattr(pipeline, name)()
    of_images = name == "Image2Pipeline"
    installed = {step: tuple(getattr(steps, step).reference_file_types) for step in steps.step_defs}
    known = {step: types for step, types in STEP_REFERENCES.items() if (step in IMAGE_ORDER) == of_images}
    assert {step: types for step, types in installed.items() if types} == known
