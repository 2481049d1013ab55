"""Reads ``ssbsteps``: the calibration state that the inputs of a creator or a correction must be in."""

import difflib
from dataclasses import dataclass, replace
from functools import lru_cache

from mkrefs.errors import UserError
from mkrefs.instruments.pipeline_steps import (
    ALIASES,
    IMAGE_ORDER,
    SKIPPED_BY_DEFAULT,
    STEP_REFERENCES,
    detector_order,
    step_order,
)
from mkrefs.instruments.reference_types import REFERENCE_TYPES

#: The step that fits slopes to ramps.
SLOPE_STEP = "ramp_fit"

#: Steps that the pipeline's parameters, built in or from CRDS, are known to leave out.
LEFT_TO_PARAMETERS = SKIPPED_BY_DEFAULT | {"ipc"}


@dataclass(frozen=True, slots=True)
class RequiredSteps:
    """The steps that must be complete, in the order of the pipeline, and no others.

    Attributes
    ----------
    steps : tuple of str
        All steps, in order.
    optional : tuple of str
        Those which the pipeline's own parameters may leave out: of a range all but the last; of a list of
        steps of calwebb_image2 alone, those of calwebb_detector1.
    explicit : bool
        True for a list, where steps were asked for by name; False for a range such as ``refpix-``.
    planes : str
        Of calibrated images, which are made of a ramp: ``exposure``, one image of the whole exposure, or
        ``integrations``, a cube with a plane for each. Empty for what creators take that measure ramps.
    """

    steps: tuple[str, ...]
    optional: tuple[str, ...] = ()
    explicit: bool = True
    planes: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """Of a list, the steps that were asked for by name."""
        return tuple(step for step in self.steps if step not in self.optional) if self.explicit else ()

    @property
    def last(self) -> str:
        """Name of the last step, empty when no step is needed."""
        return self.steps[-1] if self.steps else ""

    @property
    def ends_open(self) -> bool:
        """Whether parameters decide if the last step runs."""
        return self.last in self.optional and self.last in LEFT_TO_PARAMETERS

    @property
    def references(self) -> frozenset[str]:
        """Reference types that the steps take."""
        return frozenset(reftype for step in self.steps for reftype in STEP_REFERENCES.get(step, ()))

    @lru_cache(maxsize=64)  # noqa: B019 - a small value, asked for every exposure
    def sure_references(self, instrument: str) -> frozenset[str]:
        """Name the types of an instrument that the steps take, of those that reference labels may make.

        Steps that are off unless parameters turn them on are left out.
        """
        off = SKIPPED_BY_DEFAULT & set(self.optional)
        taken = {
            reftype for step in self.steps if step not in off for reftype in STEP_REFERENCES.get(step, ())
        }
        known = {name for name, entry in REFERENCE_TYPES.items() if instrument in entry.selectors}
        return frozenset(taken & known)

    def up_to(self, step: str) -> "RequiredSteps":
        """Give the state after an earlier step on the way to this one.

        Of a list of steps of calwebb_image2 alone what comes before these is a range.
        """
        steps = self.steps[: self.steps.index(step) + 1]
        optional = tuple(one for one in self.optional if one in steps)
        return replace(self, steps=steps, optional=optional, explicit=self.explicit and optional != steps)

    def fitted(self) -> "RequiredSteps":
        """Give the state of the slopes that are fitted to ramps in this state."""
        return replace(self, steps=(*self.steps, SLOPE_STEP))


@lru_cache(maxsize=256)
def parse_ssbsteps(text: str, instrument: str) -> RequiredSteps:
    """Read a list of steps (``"dq_init, refpix"``) or a range (``"refpix-"``).

    Parameters
    ----------
    text : str
        The value of ``ssbsteps``; empty means raw exposures.
    instrument : str
        Decides the order of the steps.

    Returns
    -------
    RequiredSteps
        In the order of the instrument's pipelines, whatever the order in the text. A list of steps of
        calwebb_image2 alone stands for calwebb_detector1 as the pipeline runs it, and these.

    Raises
    ------
    UserError
        If a step is unknown or not one of the instrument's, or a list names steps of both pipelines but not
        the one that fits the slopes.
    """
    order = step_order(instrument)
    words = [word.strip() for word in text.split(",") if word.strip()]
    if len(words) == 1 and words[0].endswith("-"):
        return _range(words[0].rstrip("-").strip(), order, instrument)
    if any(word.endswith("-") for word in words):
        raise UserError(
            f"ssbsteps '{text}': a range such as 'refpix-' stands alone, without other steps beside it; "
            "give one range or a list of steps."
        )
    named = {_known_step(word, order, instrument) for word in words}
    if named and named <= set(IMAGE_ORDER):
        before = detector_order(instrument)
        return RequiredSteps((*before, *(step for step in IMAGE_ORDER if step in named)), optional=before)
    if named & set(IMAGE_ORDER) and SLOPE_STEP not in named:
        raise UserError(
            f"ssbsteps '{text}': steps of calwebb_image2 work on slopes; name {SLOPE_STEP} too, or steps of "
            "calwebb_image2 alone."
        )
    return RequiredSteps(steps=tuple(step for step in order if step in named))


def _range(word: str, order: tuple[str, ...], instrument: str) -> RequiredSteps:
    last = _known_step(word, order, instrument)
    steps = order[: order.index(last) + 1]
    return RequiredSteps(steps=steps, optional=steps[:-1], explicit=False)


def _known_step(word: str, order: tuple[str, ...], instrument: str) -> str:
    step = ALIASES.get(word, word)
    if step in order:
        return step
    allowed = [*order, *ALIASES]
    close = difflib.get_close_matches(word, allowed, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else "."
    raise UserError(
        f"ssbsteps: '{word}' is no step of calwebb_detector1 or calwebb_image2 for {instrument}; "
        f"allowed are {', '.join(order)}, rate (ramp_fit) and dark (dark_current){hint}"
    )
