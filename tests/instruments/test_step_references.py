"""The reference types of the steps agree with the installed jwst package."""

from mkrefs.instruments.pipeline_steps import STEP_REFERENCES


def test_reference_types_are_those_of_the_installed_pipeline():
    from jwst.pipeline import Detector1Pipeline

    pipeline = Detector1Pipeline()
    installed = {name: tuple(getattr(pipeline, name).reference_file_types) for name in pipeline.step_defs}
    assert {name: types for name, types in installed.items() if types} == dict(STEP_REFERENCES)
