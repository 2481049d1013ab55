"""Works out what a calibrated image has been through, and how to bring it into the required state.

Its name, or else its data, tell how far it is calibrated; its header may contradict.
"""

from collections.abc import Collection
from dataclasses import replace

from mkrefs.instruments.exposure_header import Header, present
from mkrefs.instruments.pipeline_steps import (
    BACKGROUND_STEP,
    IMAGE_ORDER,
    SKIPPED_BY_DEFAULT,
    detector_order,
    step_order,
)
from mkrefs.instruments.products import OTHER_IMAGES, product_kind
from mkrefs.planning.missing_steps import (
    CalibrationState,
    Refusal,
    Source,
    assess,
    last_step_of,
    state_of,
)
from mkrefs.planning.required_steps import RequiredSteps

_IMAGE_AXES, _CUBE_AXES = 2, 3
_ONE_IMAGE = "exposure"
#: Why a cube is refused.
NO_CUBES = "images of whole exposures are taken"


def assess_product(
    row: Header, required: RequiredSteps, instrument: str, overridden: Collection[str] = ()
) -> Source | Refusal:
    """Tell how to make of one product of an exposure the image that is required.

    Parameters
    ----------
    row : mapping
        The catalog row of the product: a ramp, or an image.
    required : RequiredSteps
        The state of an image, with its ``planes``.
    instrument : str
        Decides the order of the steps.
    overridden : collection of str
        Reference types for which another file than CRDS's is asked for.

    Returns
    -------
    Source or Refusal
    """
    file, kind = str(row["file"]), product_kind(str(row.get("product") or ""))
    if kind in OTHER_IMAGES:
        return Refusal(file, f"{kind} products hold no image of the exposure on the pixels of its detector")
    last, axes = last_step_of(row), int(present(row, "axes") or 0)
    if not last:
        return _without_background(assess(state_of(row), required, instrument, overridden), required)
    if axes and axes not in (_IMAGE_AXES, _CUBE_AXES):
        return Refusal(file, f"its science array has {axes} axes, which is no image")
    if axes == _CUBE_AXES and required.planes == _ONE_IMAGE:
        return Refusal(file, f"it holds an image for each integration, and {NO_CUBES}")
    state = _image_state(state_of(row), last, required, instrument)
    return _without_background(assess(state, required, instrument, overridden), required)


def _image_state(
    state: CalibrationState, last: str, required: RequiredSteps, instrument: str
) -> CalibrationState:
    """Give the statuses that count for an image.

    Of calwebb_detector1 all that is required is taken to be done: nobody can do it any more. Of
    calwebb_image2 the header counts, and where it says nothing, the step that made the image.
    """
    told, order = state.statuses, step_order(instrument)
    before = detector_order(instrument)
    passed = order[: order.index(last) + 1]
    sure = {step for step in order if step not in SKIPPED_BY_DEFAULT or step in required.named}
    taken = {
        step: "COMPLETE"
        for step in required.steps
        if step in before and (step in sure or told.get(step) == "COMPLETE")
    }
    usual = {
        step: "COMPLETE"
        for step in IMAGE_ORDER
        if step in passed and (step == last or step not in SKIPPED_BY_DEFAULT)
    }
    own = {step: told[step] for step in IMAGE_ORDER if step in told}
    return replace(state, statuses={**taken, **usual, **own})


def _without_background(verdict: Source | Refusal, required: RequiredSteps) -> Source | Refusal:
    """Leave out the step for which there is no association, unless it is asked for by name."""
    if not isinstance(verdict, Source) or BACKGROUND_STEP not in verdict.missing:
        return verdict
    if BACKGROUND_STEP not in required.optional:
        return Refusal(
            verdict.file, f"{BACKGROUND_STEP} missing, which needs the background exposures of an association"
        )
    return replace(verdict, missing=tuple(step for step in verdict.missing if step != BACKGROUND_STEP))
