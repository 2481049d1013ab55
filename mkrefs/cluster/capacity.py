"""How many tasks, and of what size, are given to workers at once."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the workers can do.

    Attributes
    ----------
    workers : int
        How many there are, or will be.
    slots : int
        Tasks that all of them together do at once.
    memory : int
        Bytes of each worker for tasks; 0 if that is not known.
    """

    workers: int
    slots: int
    memory: int

    @property
    def tasks(self) -> int:
        """Tasks to be under way: one more for each worker than it does at once, so that none ever waits."""
        return max(1, self.slots + self.workers)

    def fits(self, need: int, running: Collection[int]) -> bool:
        """Tell whether one more task may be given to the workers.

        Each worker may have one task waiting beside those for which it has memory.

        Parameters
        ----------
        need : int
            Bytes it is expected to take.
        running : collection of int
            The same of each task under way.
        """
        if not running or not self.memory:
            return True
        needs = [min(each, self.memory) for each in (*running, need)]
        return sum(needs) <= self.workers * (self.memory + max(needs))
