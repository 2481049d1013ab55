"""What calibrated images have been through, as far as their headers tell."""

from collections.abc import Mapping, Sequence
from typing import Any

from mkrefs.instruments.pipeline_steps import DONE_KEYWORDS

_DONE = "COMPLETE"


def state_lines(asked: Sequence[str], headers: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Tell the state of images: which of the steps asked for are done, skipped, or not told of.

    Parameters
    ----------
    asked : sequence of str
        Steps of the pipeline, and labels of corrections; these are known to be done.
    headers : sequence of mapping
        Of the images, by keyword. A step counts as done if all say so, as skipped if any does.

    Returns
    -------
    tuple of str
        Lines for HISTORY.
    """
    told = {
        step: [header.get(DONE_KEYWORDS[step]) if step in DONE_KEYWORDS else _DONE for header in headers]
        for step in asked
    }
    done = [step for step, states in told.items() if all(state == _DONE for state in states)]
    skipped = [step for step, states in told.items() if any(state not in (None, _DONE) for state in states)]
    silent = [step for step in told if step not in done and step not in skipped]
    return (
        f"Calibration state: {', '.join(done) or 'not told by the headers'}",
        *([f"Skipped by the pipeline: {', '.join(skipped)}"] if skipped else []),
        *([f"Not told by the headers: {', '.join(silent)}"] if silent else []),
    )
