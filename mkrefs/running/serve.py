"""What the process of a worker does: it takes tasks from a pipe, one by one, and gives their reports back."""

import faulthandler
import io
import os
import pickle
import signal
import sys
import threading
from queue import Empty, SimpleQueue
from typing import BinaryIO

from mkrefs.running.kept_heap import KeptHeap
from mkrefs.running.worker import Task, perform

#: Seconds without a task after which a worker keeps no memory for the next one.
_IDLE_AFTER = 0.2


def serve(tasks: int, reports: int) -> None:
    """Carry out tasks until there are no more.

    The end of the tasks' pipe without a word means that the process at its other end is gone: then this one
    and all that it started end at once, whatever they are doing.

    Parameters
    ----------
    tasks : int
        Descriptor of the pipe that gives pickled tasks, then None.
    reports : int
        Descriptor of the pipe that takes their pickled reports.
    """
    _prepare()
    for descriptor in (tasks, reports):
        os.set_inheritable(descriptor, False)
    waiting: SimpleQueue[Task | Exception | None] = SimpleQueue()
    stream = os.fdopen(tasks, "rb")
    threading.Thread(target=_receive, args=(stream, waiting), daemon=True).start()
    heap = KeptHeap()
    with os.fdopen(reports, "wb") as answers:
        while (task := _next(waiting, heap)) is not None:
            if isinstance(task, Exception):
                raise task
            heap.before(task.job)
            pickle.dump(perform(task), answers)
            answers.flush()


def _next(waiting: "SimpleQueue[Task | Exception | None]", heap: KeptHeap) -> Task | Exception | None:
    """Wait for a task; if there is none for a while, others may need the memory that is kept for it."""
    try:
        return waiting.get(timeout=_IDLE_AFTER)
    except Empty:
        heap.give_back()
        return waiting.get()


def _prepare() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # what was said last is known if the process dies
    if sys.stderr is not None:
        faulthandler.enable()


def _receive(stream: BinaryIO, waiting: "SimpleQueue[Task | Exception | None]") -> None:
    while True:
        try:
            task = pickle.load(stream)  # noqa: S301 - written by the process that started this one
        except EOFError:
            os.killpg(os.getpgrp(), signal.SIGKILL)
        except Exception as error:  # noqa: BLE001 - a task of software that is not installed here
            waiting.put(error)
            return
        else:
            waiting.put(task)
            if task is None:
                return
