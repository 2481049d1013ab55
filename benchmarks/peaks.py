"""The most memory that a process and those it started have at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mkrefs.running.process_memory import memory_of_tree

_EVERY = 0.05


@dataclass(slots=True)
class Watch:
    """What was seen of the processes: bytes, at each look, and the most."""

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
            watch.sizes.append(memory_of_tree(pid))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()
