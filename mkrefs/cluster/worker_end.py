"""Loaded by the dask workers of batch jobs: once one closes, its process ends for certain, and quietly.

A signal of the batch system that comes while it closes can leave dask waiting for itself.
"""

import logging
import os
import threading

from distributed import Worker

#: Seconds that a worker gets to close.
_PATIENCE = 5.0


def dask_teardown(worker: Worker) -> None:
    """Begin to count; called by dask when the worker closes."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what breaks from now on was to be
    timer = threading.Timer(_PATIENCE, os._exit, (0,))
    timer.daemon = True
    timer.start()
