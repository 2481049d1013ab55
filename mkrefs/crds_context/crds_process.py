"""How a child process works with crds: its log as values, its garbage collections made cheap."""

import gc
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from crds.jwst import locate

_RULER = re.compile(r"[-#=]{8,}")


class _Collector(logging.Handler):
    """Keeps the messages of one level."""

    def __init__(self, level: int, messages: list[str]) -> None:
        super().__init__(level)
        self._exactly = level
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message, on one line and without rulers."""
        if record.levelno == self._exactly:
            self._messages.append(" ".join(_RULER.sub(" ", record.getMessage()).split()))


@contextmanager
def crds_messages(level: int) -> Iterator[list[str]]:
    """Collect what crds logs at a level while the block runs.

    Parameters
    ----------
    level : int
        ``logging.ERROR`` or ``logging.WARNING``.

    Yields
    ------
    list of str
        Grows as crds logs; one line a message.
    """
    messages: list[str] = []
    collector = _Collector(level, messages)
    logger = logging.getLogger("CRDS")
    logger.addHandler(collector)
    try:
        yield messages
    finally:
        logger.removeHandler(collector)


def load_data_models() -> None:
    """Load what crds reads headers with, and keep it out of garbage collection.

    crds collects garbage around every header it reads, which costs a quarter of a second each time among
    all that the data models import.
    """
    locate.get_datamodels()
    gc.freeze()
