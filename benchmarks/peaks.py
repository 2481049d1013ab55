"""The most memory that a process and those it started have at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mkrefs.running.process_memory import memory_of_tree

_EVERY = 0.05
_PROC = Path("/proc")


@dataclass(slots=True)
class Watch:
    """What was seen of the processes: bytes, at each look, and the most."""

    sizes: list[int] = field(default_factory=list)

    @property
    def peak(self) -> int:
        """Bytes."""
        return max(self.sizes, default=0)


@contextmanager
def watched(look: Callable[[], int], every: float = _EVERY) -> Iterator[Watch]:
    """Look at how large something is, again and again while the block lasts."""
    watch, over = Watch(), threading.Event()

    def keep_looking() -> None:
        while not over.wait(every):
            watch.sizes.append(look())

    thread = threading.Thread(target=keep_looking, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()


def memory_of_children(pid: int) -> int:
    """Give the bytes that the processes which a process started have now, and those below them."""
    try:
        tasks = [each / "children" for each in (_PROC / str(pid) / "task").iterdir()]
        return sum(memory_of_tree(int(word)) for each in tasks for word in each.read_text().split())
    except OSError:  # it has just ended, or the system keeps no such account
        return 0
