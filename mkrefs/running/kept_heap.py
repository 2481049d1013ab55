"""Memory that a worker has freed: kept for the next job if that is alike, and otherwise given back.

By default the C library gives large arrays back to the system one by one, and gets as many new ones, page by
page: of the time that steps of the pipeline take on a full frame up to a half. Only where the library is that
of GNU can this be changed; elsewhere nothing here has an effect.
"""

import ctypes
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from mkrefs.jobs.job import Job

#: Variables with which an interpreter keeps what it frees: no array is large enough to be given back at once.
KEEPING: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"), str(1 << 40))
)


class KeptHeap:
    """What this process has freed and keeps, and from which job it is.

    Memory left from a job of another kind, or of a larger one, would count as the next one's.
    """

    def __init__(self) -> None:
        self._left_by: tuple[object, ...] | None = None
        self._size = 0

    def before(self, job: Job) -> None:
        """Give back what is kept, unless a job is of the kind and at least of the size of the last one."""
        size = sum(_size_of(path) for path in job.inputs)
        if self._left_by is not None and not (_sort(job) == self._left_by and size >= self._size):
            self.give_back()
        self._left_by, self._size = _sort(job), size

    def give_back(self) -> None:
        """Give all that is kept back to the system."""
        self._left_by = None
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def _sort(job: Job) -> tuple[object, ...]:
    return type(job), getattr(job, "label", ""), getattr(job, "steps", ())


def _size_of(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:  # the job is going to tell
        return 0
