"""Runs a case: both sides in processes that live through it, their work done in turn."""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.case import Answers, Case, Task
from benchmarks.result import Result, SideResult
from benchmarks.setting import Setting
from benchmarks.side import Side, Took


def run_case(case: Case, setting: Setting, shared: Side | None = None) -> Result:
    """Make the data of a case if need be, run it, and compare the answers.

    Parameters
    ----------
    case : Case
        The case.
    setting : Setting
        What the run is to be like.
    shared : Side or None
        A process of mkrefs that is used in place of a new one.

    Raises
    ------
    RuntimeError
        If a side fails.
    """
    folder = setting.data / "answers" / case.name
    shutil.rmtree(folder, ignore_errors=True)
    given = {"cores": _cores(case, setting), **case.prepare(setting)}
    try:
        with ExitStack() as stack:
            sides = _started(case, setting, given, folder, shared, stack)
            _alternate(list(sides.values()), setting.repeat)
        verdict = case.judge(setting, _answers(given, sides, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    peer = sides.get("peer")
    return Result(case, sides["ours"].result, peer.result if peer else None, verdict)


def _cores(case: Case, setting: Setting) -> int:
    return min(case.cores or setting.cores, setting.cores)


def _started(
    case: Case,
    setting: Setting,
    given: Mapping[str, Any],
    folder: Path,
    shared: Side | None,
    stack: ExitStack,
) -> "dict[str, _Runs]":
    """Start the processes of the sides, each with a folder of its own."""
    tasks = {"ours": case.ours}
    if case.peer and not setting.ours_only:
        tasks["peer"] = case.peer
    sides = {}
    for name, task in tasks.items():
        place = folder / name
        place.mkdir(parents=True)
        process = shared if name == "ours" else None
        process = process or stack.enter_context(Side(task, setting, _cores(case, setting), place))
        sides[name] = _Runs(process, task, {**given, "output": str(place / case.output)})
    return sides


def _answers(given: Mapping[str, Any], sides: "Mapping[str, _Runs]", folder: Path) -> Answers:
    peer = sides.get("peer")
    return Answers(
        given,
        folder / "ours",
        folder / "peer" if peer else None,
        sides["ours"].said,
        peer.said if peer else None,
    )


class _Runs:
    """A side at its task, and what its runs took so far."""

    def __init__(self, side: Side, task: Task, given: Mapping[str, Any]) -> None:
        self._side, self._task, self._given = side, task, given
        self._first = 0.0
        self._runs: list[Took] = []

    @property
    def said(self) -> Any:
        """What the work gave back in the end."""
        return self._runs[-1].found

    @property
    def result(self) -> SideResult:
        return SideResult(self._first, tuple(self._runs), dict(self._side.described))

    def warm(self, *, counts: bool) -> None:
        """Do the work for the first time; whether that counts as a run is given."""
        took = self._side.do(self._task, self._given)
        self._first = self._side.age
        if counts:
            self._runs.append(took)

    def again(self) -> None:
        self._runs.append(self._side.do(self._task, self._given))


def _alternate(sides: Sequence[_Runs], repeat: int) -> None:
    for side in sides:
        side.warm(counts=repeat == 0)
    for _ in range(repeat):
        for side in sides:
            side.again()
