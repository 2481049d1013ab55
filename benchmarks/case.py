"""One thing to be timed, and how it is timed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Case:
    """A case of the benchmark.

    Attributes
    ----------
    name : str
        What is timed.
    limit : float
        Seconds it may take.
    run : callable
        Does it once.
    repeat : int
        How often it is run; the median counts.
    """

    name: str
    limit: float
    run: Callable[[], object]
    repeat: int = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """Wall-clock seconds of one case."""

    case: Case
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median over the repeats."""
        return median(self.seconds)

    @property
    def reached(self) -> bool:
        """Whether the median is below the limit."""
        return self.median < self.case.limit


def measure(case: Case) -> Timing:
    """Run a case as often as it asks for."""
    seconds = []
    for _ in range(case.repeat):
        start = time.perf_counter()
        case.run()
        seconds.append(time.perf_counter() - start)
    return Timing(case, tuple(seconds))
