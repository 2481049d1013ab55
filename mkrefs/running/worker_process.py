"""How a local worker process is set up: its threads, its signals, and that it never outlives the run."""

import faulthandler
import io
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def initialise_worker(threads: int) -> None:
    """Prepare this process for work; called once in each worker, before numpy is imported.

    The worker leads a process group of its own: Ctrl-C on the terminal reaches the run alone, and the
    programs that a worker starts end with it.

    Parameters
    ----------
    threads : int
        How many threads numerical libraries may use, unless the environment says already.
    """
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for variable in _THREAD_VARIABLES:
        os.environ.setdefault(variable, str(threads))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # what was said last is known if the process dies
    if sys.stderr is not None:
        faulthandler.enable()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """End this process and its children as soon as the process behind ``sentinel`` is gone."""
    multiprocessing.connection.wait([sentinel])
    os.killpg(os.getpgrp(), signal.SIGKILL)
