"""What became of a job."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

#: How a note begins that somebody should look at.
WARNING = "warning: "


class State(StrEnum):
    """The four ways a job can end."""

    MADE = "made"
    KEPT = "kept"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one job ended, and why; never just "the file exists".

    The notes of a job that is kept are those of its making.
    """

    job: str
    state: State
    reason: str = ""
    outputs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    traceback: str = ""


def warnings_as_notes(warnings: Iterable[str]) -> tuple[str, ...]:
    """Give warnings as notes of a job."""
    return tuple(f"{WARNING}{warning}" for warning in warnings)
