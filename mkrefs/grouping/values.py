"""What grouping gives back: input sets, and the exposures that are in none."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class InputSet:
    """The exposures from which one individual reference file is made.

    Attributes
    ----------
    roles : tuple of (str, str)
        Role and exposure: ``D1``, ``D2``, ... by image type, in order of time within each type.
    mode : tuple of (str, object)
        The keywords that agree inside the set, with their values; None where the header has none.
    span : float
        Largest separation inside the set, days.
    """

    roles: tuple[tuple[str, str], ...]
    mode: tuple[tuple[str, Any], ...]
    span: float

    @property
    def exposures(self) -> tuple[str, ...]:
        """The exposures, in the order of their roles."""
        return tuple(exposure for _, exposure in self.roles)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An exposure that is in no input set, and why."""

    exposure: str
    reason: str


@dataclass(frozen=True, slots=True)
class Grouping:
    """All input sets, in order of mode and time, and all exposures left out, in order of name."""

    sets: tuple[InputSet, ...]
    left_out: tuple[LeftOut, ...]
