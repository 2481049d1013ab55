"""Toy work that ends the dask worker whose job it is."""

import os
import signal
import time
from pathlib import Path

import toy_work

from mkrefs.jobs.making import CreateJob


def create(job: CreateJob, fingerprint: str) -> tuple[str, ...]:
    marker = Path(job.output).with_suffix(".attempts")
    if job.parameters.get("lose") == "the worker, once" and not marker.exists():
        marker.write_text("")
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)
    return toy_work.create(job, fingerprint)
