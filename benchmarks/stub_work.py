"""Work for jobs that stands in for the real: reads the inputs, writes small products, takes a stated time.

The time, in seconds, is in the variable ``MKREFS_STUB_SECONDS``; ``MKREFS_STUB_BUSY`` has it spent computing.
"""

import os
import time
from pathlib import Path

from mkrefs.jobs.job import Job
from mkrefs.storage.atomic import atomic_write


def work(job: Job) -> tuple[str, ...]:
    """Do as if."""
    end = time.monotonic() + float(os.environ["MKREFS_STUB_SECONDS"])
    contents = [Path(path).read_bytes() for path in job.inputs]
    for output in job.outputs:
        with atomic_write(Path(output)) as temporary:
            temporary.write_bytes(contents[0])
    _spend(end)
    return ()


def _spend(end: float) -> None:
    if not os.environ.get("MKREFS_STUB_BUSY"):
        time.sleep(max(end - time.monotonic(), 0.0))
    while time.monotonic() < end:
        pass
