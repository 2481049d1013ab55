"""What came of a case, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.case import Case, Verdict
from benchmarks.side import Took


@dataclass(frozen=True, slots=True)
class SideResult:
    """What a side took.

    Attributes
    ----------
    first : float
        Seconds from the start of the process to the first answer, the imports included.
    runs : tuple of Took
        Those after the first.
    described : mapping
        Versions of Python and of packages.
    """

    first: float
    runs: tuple[Took, ...]
    described: Mapping[str, Any]

    @property
    def wall(self) -> float:
        """Median of the seconds."""
        return median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """Median of the seconds of the processor."""
        return median(run.cpu for run in self.runs)

    @property
    def peak(self) -> int:
        """Most memory in bytes."""
        return max(run.peak for run in self.runs)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case; the peer's is None if there is none or it was left out."""

    case: Case
    ours: SideResult
    peer: SideResult | None
    verdict: Verdict

    @property
    def ratio(self) -> float | None:
        """How many times as long the peer took, medians of the runs."""
        return self.peer.wall / self.ours.wall if self.peer else None

    @property
    def memory(self) -> float | None:
        """How many times as much memory the peer took."""
        return self.peer.peak / self.ours.peak if self.peer else None
