"""Exposures on the time axis, in whole ticks so that comparing and adding up times is exact."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: A tick is a billionth of a day, 86 microseconds: finer than any header's time.
TICKS_PER_DAY = 10**9
_NO_LIMIT = 2**61


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """One exposure; members sort by time, those of one time by name."""

    ticks: int
    exposure: str
    imtype: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """Exposures of one image type that may be used together, in order of time.

    Attributes
    ----------
    members : tuple of Member
        At least one.
    own : tuple of (str, object)
        Keywords, with their values, that need agree among these exposures only (FILTER of flats).
    """

    members: tuple[Member, ...]
    own: tuple[tuple[str, Any], ...] = ()

    @property
    def start(self) -> int:
        """Time of the first exposure, ticks."""
        return self.members[0].ticks

    @property
    def end(self) -> int:
        """Time of the last exposure, ticks."""
        return self.members[-1].ticks

    @property
    def middle(self) -> float:
        """Mean time, ticks."""
        return sum(member.ticks for member in self.members) / len(self.members)


#: The exposures of one input set, by image type.
Parts = Mapping[str, Bundle]


@dataclass(frozen=True, slots=True)
class Window:
    """The largest separation allowed inside a set."""

    ticks: int
    text: str

    @classmethod
    def of_days(cls, days: float | None) -> "Window":
        """Make a window of a number of days; None allows any separation."""
        if days is None:
            return cls(_NO_LIMIT, "any time")
        ticks = round(days * TICKS_PER_DAY)
        return cls(ticks - (in_days(ticks) > days), f"{days:g} days")

    @property
    def open(self) -> bool:
        """Whether any separation is allowed."""
        return self.ticks == _NO_LIMIT


def to_ticks(mjd: float | None) -> int | None:
    """Convert an MJD; None if there is none."""
    return None if mjd is None or not math.isfinite(mjd) else round(mjd * TICKS_PER_DAY)


def in_days(ticks: int) -> float:
    """Convert a separation to days."""
    return ticks / TICKS_PER_DAY
