"""A dask scheduler and its workers, as real processes on the loopback interface."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Where children of workers find the toy work.
TOYS = ":".join(str(Path(__file__).parents[1] / name) for name in ("running", "cluster"))
#: Seconds; far more than anything here takes.
PATIENCE = 90.0


@dataclass
class DaskProcesses:
    """A scheduler and its workers.

    Attributes
    ----------
    address : str
        Of the scheduler.
    scheduler : Popen
        Its process.
    workers : dict of str to Popen
        Processes by name.
    """

    address: str
    scheduler: "subprocess.Popen[str]"
    workers: "dict[str, subprocess.Popen[str]]" = field(default_factory=dict)


@contextmanager
def dask_processes(folder: Path, *, memory: int = 0, workers: int = 2) -> Iterator[DaskProcesses]:
    """Start a scheduler that has no patience with workers that die, and workers with one thread each."""
    with ExitStack() as stack:
        scheduler = _start(
            stack,
            folder / "scheduler.log",
            "dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
        )
        address = wait_for(
            lambda: re.search(r"tcp://127\.0\.0\.1:\d+", (folder / "scheduler.log").read_text())
        )
        found = DaskProcesses(address[0], scheduler)
        declared = ("--resources", f"mkrefs-memory={memory}") if memory else ()
        for number in range(workers):
            name = f"worker-{number}"
            words = (address[0], "--name", name, "--nthreads", "1", "--no-nanny", "--no-dashboard", *declared)
            found.workers[name] = _start(stack, folder / f"{name}.log", "dask_worker", *words)
        for name in found.workers:
            wait_for(lambda name=name: "Registered to" in (folder / f"{name}.log").read_text())
        yield found


def _start(stack: ExitStack, log: Path, program: str, *words: str) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "PYTHONPATH": TOYS,
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
        "DASK_TEMPORARY_DIRECTORY": str(log.parent),
    }
    said = stack.enter_context(log.open("w"))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", f"distributed.cli.{program}", *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=said,
        text=True,
        process_group=0,
    )
    stack.callback(_end, process)
    return process


def _end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for(condition: Callable[[], Any]) -> Any:
    """Wait until a condition holds, and give what it gave."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def is_alive(pid: int) -> bool:
    """Tell whether a process is at work."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
