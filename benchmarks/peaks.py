"""The most memory that a process and those it started have at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_EVERY = 0.05


@dataclass(slots=True)
class Watch:
    """What was seen of the processes: bytes, at each look, and the most.

    A page that several processes share counts once.
    """

    sizes: list[int] = field(default_factory=list)

    @property
    def peak(self) -> int:
        """Bytes."""
        return max(self.sizes, default=0)


@contextmanager
def watched(pid: int, every: float = _EVERY) -> Iterator[Watch]:
    """Look at a process and all that it started, again and again while the block lasts."""
    watch, over = Watch(), threading.Event()

    def look() -> None:
        while not over.wait(every):
            watch.sizes.append(sum(proportional_size(each) for each in family(pid)))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()


def family(pid: int) -> list[int]:
    """Give a process and its descendants."""
    found, new = [], [pid]
    while new:
        found += new
        new = [child for parent in new for child in _children(parent)]
    return found


def proportional_size(pid: int) -> int:
    """Give the bytes of a process, those that it shares divided by the number of those who share them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text(encoding="ascii").split())
        except OSError:
            continue
    return found
