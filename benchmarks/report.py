"""What a run tells: the machine, a table as it goes, and all numbers as JSON."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.result import Result, SideResult
from benchmarks.setting import Setting

_HEADS = ("wall s", "CPU s", "peak MB", "first s")
_WIDTH = 34


def machine() -> dict[str, Any]:
    """Tell on what the run is made, and when."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_GB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def print_head(about: dict[str, Any], setting: Setting) -> None:
    """Print the machine and the head of the table."""
    where = f"{about['cores']} cores, {about['memory_GB']} GB, {about['system']}"
    print(f"{about['date']}: {about['processor']}, {where}")
    runs = f"{setting.repeat} runs in turn"
    print(f"size {setting.size}, {setting.cores} cores for either side, medians of {runs}")
    print(f"data kept in {setting.data} (--data FOLDER; may be removed)")
    columns = "".join(f"{head:>9}" for head in _HEADS)
    ratios = f"{'ratio':>9}{'asked':>7}{'memory':>8}{'asked':>7}"
    print(f"{'case':{_WIDTH}}{columns}{'peer:':>8}{columns}{ratios}  answers")


def print_result(result: Result) -> None:
    """Print a line of the table."""
    case, peer = result.case, result.peer
    line = f"{case.name:{_WIDTH}}{_numbers(result.ours)}"
    if peer is not None:
        ratios = f"{result.ratio:9.2f}{_asked(case.ratio)}{result.memory:8.1f}{_asked(case.memory)}"
        line += f"{'':8}{_numbers(peer)}{ratios}"
    if case.seconds is not None:
        line += f"  asked: less than {case.seconds:g} s "
    print(f"{line}  {'' if result.verdict.good else 'WRONG: '}{result.verdict.text}", flush=True)


def write_json(
    path: Path, about: dict[str, Any], setting: Setting, results: Sequence[Result], growth: Any
) -> None:
    """Write all that was measured."""
    content = {
        "machine": about,
        "size": setting.size,
        "cores": setting.cores,
        "cases": [_as_json(result) for result in results],
        "growth": growth,
    }
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "case": result.case.name,
        "title": result.case.title,
        "ours": asdict(result.ours),
        "peer": asdict(result.peer) if result.peer else None,
        "ratio": result.ratio,
        "ratio_asked": result.case.ratio,
        "seconds_asked": result.case.seconds,
        "memory_ratio": result.memory,
        "memory_ratio_asked": result.case.memory,
        "answers": result.verdict.text,
        "good": result.verdict.good,
    }


def _numbers(side: SideResult) -> str:
    return f"{side.wall:9.2f}{side.cpu:9.2f}{side.peak / 1e6:9.0f}{side.first:9.1f}"


def _asked(ratio: float | None) -> str:
    return f"{'' if ratio is None else f'{ratio:.3g}':>7}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
