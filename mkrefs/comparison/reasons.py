"""The four verdicts on a comparison, and a reason for one."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a new file stands to the previous one; the later is the graver."""

    EQUAL = "equal"
    CONSISTENT = "consistent"
    CHANGED = "changed"
    SUSPICIOUS = "suspicious"

    @property
    def gravity(self) -> int:
        """Give 0 for equal, up to 3 for suspicious."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that was found.

    Attributes
    ----------
    level : Level
        The least verdict that it leads to.
    sentence : str
        What was found, with the limit that it passes.
    """

    level: Level
    sentence: str


def graded(value: float, limits: tuple[float, float]) -> Level | None:
    """Tell what a value means by two limits; None if it lies within both."""
    if value > limits[1]:
        return Level.SUSPICIOUS
    return Level.CHANGED if value > limits[0] else None
