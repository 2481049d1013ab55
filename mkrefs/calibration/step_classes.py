"""The pipelines of the jwst package cut down to the steps that are going to run: only these are imported.

The package imports all of its pipelines at once, spectroscopy and interferometry included, and with them
libraries for fitting and drawing; for most passes that takes longer than the import of all else.
"""

import gc
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from mkrefs.instruments.pipeline_steps import IMAGE_ORDER

#: Where the class of each step is, as ``module:class`` below the package jwst.
STEP_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "group_scale": "group_scale.group_scale_step:GroupScaleStep",
        "dq_init": "dq_init.dq_init_step:DQInitStep",
        "emicorr": "emicorr.emicorr_step:EmiCorrStep",
        "saturation": "saturation.saturation_step:SaturationStep",
        "ipc": "ipc.ipc_step:IPCStep",
        "superbias": "superbias.superbias_step:SuperBiasStep",
        "refpix": "refpix.refpix_step:RefPixStep",
        "rscd": "rscd.rscd_step:RscdStep",
        "firstframe": "firstframe.firstframe_step:FirstFrameStep",
        "lastframe": "lastframe.lastframe_step:LastFrameStep",
        "linearity": "linearity.linearity_step:LinearityStep",
        "dark_current": "dark_current.dark_current_step:DarkCurrentStep",
        "reset": "reset.reset_step:ResetStep",
        "persistence": "persistence.persistence_step:PersistenceStep",
        "charge_migration": "charge_migration.charge_migration_step:ChargeMigrationStep",
        "jump": "jump.jump_step:JumpStep",
        "picture_frame": "picture_frame.picture_frame_step:PictureFrameStep",
        "clean_flicker_noise": "clean_flicker_noise.clean_flicker_noise_step:CleanFlickerNoiseStep",
        "ramp_fit": "ramp_fitting.ramp_fit_step:RampFitStep",
        "gain_scale": "gain_scale.gain_scale_step:GainScaleStep",
        "bkg_subtract": "background.background_step:BackgroundStep",
        "assign_wcs": "assign_wcs.assign_wcs_step:AssignWcsStep",
        "flat_field": "flatfield.flat_field_step:FlatFieldStep",
        "photom": "photom.photom_step:PhotomStep",
    }
)
#: The pipelines by whether they take images: the class, by whose name CRDS knows its parameters; the alias,
#: under which logs are kept; and a parameter of its own.
PIPELINES: Mapping[bool, tuple[str, str, str]] = MappingProxyType(
    {
        False: ("Detector1Pipeline", "calwebb_detector1", "save_calibrated_ramp"),
        True: ("Image2Pipeline", "calwebb_image2", "save_bsub"),
    }
)


def pipeline_class(steps: Sequence[str]) -> Any:
    """Give the pipeline of some steps, with these steps alone.

    Parameters
    ----------
    steps : sequence of str
        All of one pipeline.

    Returns
    -------
    subclass of jwst.stpipe.Pipeline
        Of the name and the alias of the pipeline. A version of jwst that keeps a step elsewhere gives the
        whole pipeline.
    """
    return _pipeline_class(steps[0] in IMAGE_ORDER, tuple(sorted(set(steps))))


def of_known_steps(config: Any, pipeline: Any) -> Any:
    """Take from a pipeline's parameters those of steps that it does not have."""
    sections = config.get("steps", {})
    for step in [name for name in sections if name not in pipeline.step_defs]:
        del sections[step]
    return config


@cache
def _pipeline_class(is_image: bool, steps: tuple[str, ...]) -> Any:
    name, alias, parameter = PIPELINES[is_image]
    try:
        step_defs = {step: _step_class(step) for step in steps}
    except (ImportError, AttributeError):
        from jwst import pipeline

        whole: Any = getattr(pipeline, name)
    else:
        from jwst.stpipe import Pipeline

        spec = f"{parameter} = boolean(default=False)"
        whole = type(name, (Pipeline,), {"class_alias": alias, "spec": spec, "step_defs": step_defs})
    # Every step begins with a full garbage collection; what was just imported never needs to be looked at
    # again. This halves the time for a small subarray.
    gc.freeze()
    return whole


def _step_class(step: str) -> Any:
    module, _, name = STEP_CLASSES[step].partition(":")
    return getattr(import_module(f"jwst.{module}"), name)
