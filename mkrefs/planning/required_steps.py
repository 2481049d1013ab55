"""Reads ``ssbsteps``: the calibration state that the inputs of a creator must be in."""

import difflib
from dataclasses import dataclass

from mkrefs.errors import UserError
from mkrefs.instruments.pipeline_steps import ALIASES, step_order


@dataclass(frozen=True, slots=True)
class RequiredSteps:
    """The steps that must be complete, in the order of the pipeline, and no others.

    Attributes
    ----------
    steps : tuple of str
        All steps, in order.
    optional : tuple of str
        Those of a range which the pipeline's own parameters may leave out: all but the last.
    explicit : bool
        True for a list, where every step was asked for by name; False for a range such as ``refpix-``.
    """

    steps: tuple[str, ...]
    optional: tuple[str, ...] = ()
    explicit: bool = True

    @property
    def last(self) -> str:
        """Name of the last step, empty when no step is needed."""
        return self.steps[-1] if self.steps else ""


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
        In the order of the instrument's pipeline, whatever the order in the text.

    Raises
    ------
    UserError
        If a step is unknown or not one of the instrument's.
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
        f"ssbsteps: '{word}' is no calwebb_detector1 step of {instrument}; "
        f"allowed are {', '.join(order)}, rate (ramp_fit) and dark (dark_current){hint}"
    )
