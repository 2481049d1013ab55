"""The steps of calwebb_detector1 and calwebb_image2, configured as the pipelines configure them, one by one.

Which steps run on what is their callers' business.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from mkrefs.calibration.step_classes import of_known_steps, pipeline_class
from mkrefs.errors import UserError
from mkrefs.instruments.pipeline_steps import DONE_KEYWORDS, IMAGE_ORDER
from mkrefs.storage.atomic import atomic_write


def stages(steps: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Split the steps of a pass by the pipeline they are of: each is configured for what it begins with."""
    for _, members in groupby(steps, key=lambda step: step in IMAGE_ORDER):
        yield tuple(members)


def configured_pipeline(
    model: Any, steps: Sequence[str], *, optional: Collection[str], overrides: Mapping[str, str]
) -> Any:
    """Configure the pipeline for an exposure, parameter reference files of CRDS included.

    Parameters
    ----------
    model : RampModel, ImageModel or CubeModel
        The exposure.
    steps : sequence of str
        The steps that are going to run, all of one pipeline.
    optional : collection of str
        Those which the pipeline's own parameters may leave out; the others always run.
    overrides : mapping of str to str
        Reference file by type, in place of what CRDS gives.

    Returns
    -------
    Detector1Pipeline or Image2Pipeline
        Its steps are its attributes; others than these it may lack.
    """
    of_steps = pipeline_class(steps)
    config = of_known_steps(of_steps.get_config_from_reference(model), of_steps)
    pipeline = of_steps.from_config_section(config)
    for step in steps:
        if step not in optional:
            getattr(pipeline, step).skip = False
    for reftype, path in overrides.items():
        for step in steps:
            if reftype in getattr(pipeline, step).reference_file_types:
                setattr(getattr(pipeline, step), f"override_{reftype}", path)
    return pipeline


def run_step(pipeline: Any, step: str, model: Any, *, integrations: bool = False) -> Any:
    """Run one step; of ramp_fit's two results give the image of the whole exposure, or the cube.

    Parameters
    ----------
    pipeline : Detector1Pipeline or Image2Pipeline
        As configured.
    step : str
        One of its steps.
    model : JwstDataModel
        The exposure.
    integrations : bool
        Whether to go on with an image of each integration, and not with one of the whole exposure.

    Returns
    -------
    JwstDataModel

    Raises
    ------
    UserError
        If ramp_fit finds no slope in the whole exposure.
    """
    result = getattr(pipeline, step).run(model)
    if not isinstance(result, tuple):
        return result
    wanted, other = reversed(result) if integrations else result
    if wanted is None:
        raise UserError(f"{step} of the pipeline gives no image of it: it has no group to fit a slope to.")
    if other is not None:
        other.close()
    return wanted


def fit_slopes(pipeline: Any, model: Any, *, optional_results: Path | None) -> tuple[Any, Any]:
    """Run ramp_fit and give both of its results.

    Parameters
    ----------
    pipeline : Detector1Pipeline
        As configured.
    model : RampModel
        The ramp.
    optional_results : Path or None
        Where to write what the step calls optional results; None for not at all. Only the least-squares fit
        has them, so that with a path it is the one that runs.

    Returns
    -------
    rate, rateints
        The slopes of the whole exposure, and of each integration; the second is None where the step gives
        one integration no plane of its own.
    """
    step = pipeline.ramp_fit
    if optional_results is None:
        return cast(tuple[Any, Any], step.run(model))
    step.save_opt, step.algorithm = True, "OLS_C"
    optional_results.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=optional_results.parent) as folder:
        step.output_dir = folder
        results = cast(tuple[Any, Any], step.run(model))
        (written,) = Path(folder).glob("*_fitopt.fits")
        with atomic_write(optional_results) as temporary:
            written.replace(temporary)
    return results


def step_status(model: Any, step: str) -> str:
    """Give how a step ended, as the header tells: COMPLETE, SKIPPED or FAILED; empty if it does not."""
    path = model.find_fits_keyword(DONE_KEYWORDS[step])
    return str(model[path[0]] or "") if path else ""
