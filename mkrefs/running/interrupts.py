"""Ctrl-C, SIGTERM and the loss of the terminal as events in a queue, not exceptions at any point."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import FrameType
from typing import Generic, TypeVar

Event = TypeVar("Event")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class Events(Generic[Event]):
    """What a run waits for.

    Attributes
    ----------
    queue : SimpleQueue
        Events; None when a signal came. It may be filled from signal handlers and other threads.
    signal : int
        The signal that came; 0 if none.
    """

    queue: "SimpleQueue[Event | None]" = field(default_factory=SimpleQueue)
    signal: int = 0

    def interrupt(self, number: int, _frame: FrameType | None) -> None:
        """Take note of a signal."""
        self.signal = number
        self.queue.put(None)


@contextmanager
def interrupts_into(events: "Events[Event]") -> Iterator[None]:
    """Send SIGINT, SIGTERM and SIGHUP to ``events`` within the block; only the main thread can do so.

    A signal that is ignored, as nohup has SIGHUP ignored, stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    minded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, events.interrupt) for number in minded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
