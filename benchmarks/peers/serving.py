"""One side of a benchmark: does a piece of work at each command by pipe, and answers with what it took.

Both sides run this very file, each under its own interpreter, so that both are measured alike. It needs
nothing but Python, and knows nothing of mkrefs or of the peers.
"""

import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TextIO

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
# What the kernel takes as "forget the largest size so far".
_FORGET = "5"

Work = Callable[[Mapping[str, Any]], Any]


def serve(work: Mapping[str, Work], packages: Sequence[str]) -> None:
    """Do what standard input asks for, one command a line, until it ends.

    Parameters
    ----------
    work : mapping of str to callable
        What can be asked for, by name. What it returns is handed on, and must be JSON.
    packages : sequence of str
        Distributions whose versions are told first.
    """
    answers = _private_output()
    _say(answers, {"python": sys.version.split()[0], "versions": _versions(packages)})
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = measured(work[command["do"]], command["arguments"])
        except Exception:  # noqa: BLE001 - whatever goes wrong is told to who asked
            answer = {"error": traceback.format_exc()}
        _say(answers, answer)


def measured(work: Work, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Do a piece of work and give its seconds, those of the processor, and the most memory.

    Returns
    -------
    dict
        ``wall`` and ``cpu`` in seconds, the latter with that of processes that were started and have ended;
        ``before`` and ``peak``: bytes that this process had in RAM before, and at most.
    """
    before = _forget_peak()
    cpu, wall = _cpu(), time.perf_counter()
    found = work(arguments)
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    return {"wall": wall, "cpu": cpu, "before": before, "peak": _peak(), "found": found}


def _private_output() -> TextIO:
    """Keep standard output for answers; what is printed by others goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def _say(answers: TextIO, answer: Mapping[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _forget_peak() -> int:
    """Begin anew, and give what this process has now."""
    try:
        _CLEAR.write_text(_FORGET, encoding="ascii")
    except OSError:  # no Linux: the peak is that of the whole life of the process
        return 0
    return _peak()


def _peak() -> int:
    try:
        lines = _STATUS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return size if sys.platform == "darwin" else size * 1024
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
