"""What the process of a worker does: it takes tasks from a pipe, one by one, and gives their reports back."""

import faulthandler
import io
import os
import pickle
import signal
import sys
import threading
from queue import SimpleQueue
from typing import BinaryIO

from mkrefs.running.worker import Task, perform


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
    with os.fdopen(reports, "wb") as answers:
        while (task := waiting.get()) is not None:
            if isinstance(task, Exception):
                raise task
            pickle.dump(perform(task), answers)
            answers.flush()


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
