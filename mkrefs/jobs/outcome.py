"""What became of a job."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The four ways a job can end."""

    MADE = "made"
    KEPT = "kept"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one job ended, and why; never just "the file exists"."""

    job: str
    state: State
    reason: str = ""
    outputs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    traceback: str = ""
