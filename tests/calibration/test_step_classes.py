"""Pipelines with some of their steps only are those of the package."""

import pytest

from mkrefs.calibration.step_classes import PIPELINES, STEP_CLASSES, of_known_steps, pipeline_class
from mkrefs.instruments.pipeline_steps import IMAGE_ORDER


@pytest.mark.parametrize("is_image", [False, True])
def test_pipeline_with_some_steps_is_like_that_of_the_package(is_image: bool) -> None:
    from jwst import pipeline

    steps = [step for step in STEP_CLASSES if (step in IMAGE_ORDER) == is_image]
    whole, ours = getattr(pipeline, PIPELINES[is_image][0]), pipeline_class(steps)

    assert ours.step_defs == {step: whole.step_defs[step] for step in steps}
    assert set(whole.step_defs) - set(steps) <= {"resample"}
    assert (ours.__name__, ours.class_alias) == (whole.__name__, whole.class_alias)
    assert ours.get_config_reftype() == whole.get_config_reftype()
    ours_alone, theirs_alone = (set(each().get_pars()) for each in (ours, whole))
    assert ours_alone == theirs_alone


def test_parameters_of_other_steps_are_left_aside() -> None:
    from configobj import ConfigObj

    pipeline = pipeline_class(("dq_init", "saturation"))
    given = ConfigObj({"steps": {"saturation": {"n_pix_grow_sat": 2}, "jump": {"rejection_threshold": 5.0}}})

    config = of_known_steps(given, pipeline)

    assert config["steps"] == {"saturation": {"n_pix_grow_sat": 2}}
    assert pipeline.from_config_section(config).saturation.n_pix_grow_sat == 2


def test_a_step_that_is_kept_elsewhere_gives_the_whole_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    from jwst import pipeline

    moved = {**STEP_CLASSES, "gain_scale": "gain_scale.moved:GainScaleStep"}
    monkeypatch.setattr("mkrefs.calibration.step_classes.STEP_CLASSES", moved)

    assert pipeline_class(("dq_init", "gain_scale")) is pipeline.Detector1Pipeline
