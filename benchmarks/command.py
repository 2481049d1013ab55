"""The command line of the suite: which cases, how large, where."""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.case import Case
from benchmarks.cases import CASES
from benchmarks.growth import measure_growth
from benchmarks.report import machine, print_head, print_result, write_json
from benchmarks.result import Result
from benchmarks.running import run_case
from benchmarks.setting import Setting
from benchmarks.side import Side

_CACHE = "~/.cache/mkrefs-benchmarks"
#: No case: a table of its own.
_GROWTH = "growth"


def main(words: Sequence[str]) -> int:
    """Run what is asked for.

    Parameters
    ----------
    words : sequence of str
        The command line.

    Returns
    -------
    int
        0; 1 if a case fails or its answers are wrong, 2 if there is no such case.
    """
    given = _parser().parse_args(words)
    unknown = [
        name for name in given.cases if name != _GROWTH and not any(_named(case, name) for case in CASES)
    ]
    if unknown:
        names = " ".join((*(case.name for case in CASES), _GROWTH))
        print(f"There is no case {', '.join(unknown)}; there are {names}", file=sys.stderr)
        return 2
    cases = [case for case in CASES if not given.cases or any(_named(case, name) for name in given.cases)]
    if given.list:
        _list(cases)
        return 0
    setting, about = _setting(given), machine()
    print_head(about, setting)
    results = _run(cases, setting)
    growth = measure_growth(setting) if _GROWTH in given.cases or not given.cases else []
    if given.json:
        write_json(Path(given.json), about, setting, results, growth)
    return 0 if len(results) == len(cases) and all(result.verdict.good for result in results) else 1


def _run(cases: Sequence[Case], setting: Setting) -> list[Result]:
    """Run the cases one after the other, those that fail with their traceback."""
    results = []
    with ExitStack() as stack:
        shared = None
        if setting.one_process:
            setting.data.mkdir(parents=True, exist_ok=True)
            shared = stack.enter_context(Side(cases[0].ours, setting, setting.cores, setting.data))
        for case in cases:
            try:
                result = run_case(case, setting, shared)
            except Exception:  # noqa: BLE001 - the other cases are run all the same
                print(f"{case.name}: {traceback.format_exc()}", flush=True)
                continue
            print_result(result)
            results.append(result)
    return results


def _list(cases: Sequence[Case]) -> None:
    for case in cases:
        print(f"{case.name:30}{case.title}")
    print(f"{_GROWTH:30}time and memory against the number of files, groups, pixels, rows at a time")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures mkrefs against its peers, on the same files, in turn.",
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help="all when none is named")
    parser.add_argument("--list", action="store_true", help="name the cases")
    parser.add_argument("--size", choices=("small", "medium", "full"), default="full")
    parser.add_argument("--repeat", type=int, default=3, help="runs after the first, which counts if 0")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)), help="for either side")
    parser.add_argument("--json", metavar="FILE", help="where all numbers are written, too")
    parser.add_argument("--data", metavar="FOLDER", default=_CACHE, help=f"where data are kept ({_CACHE})")
    parser.add_argument("--peers", metavar="FOLDER", help="where peers are installed (DATA/peers)")
    parser.add_argument("--ours-only", action="store_true", help="leave the peers out")
    parser.add_argument(
        "--one-process", action="store_true", help="one process for mkrefs in all cases: quick"
    )
    return parser


def _setting(given: argparse.Namespace) -> Setting:
    data = Path(given.data).expanduser().resolve()
    return Setting(
        size=given.size,
        data=data,
        peers=Path(given.peers).expanduser().resolve() if given.peers else data / "peers",
        cores=given.cores,
        repeat=given.repeat,
        ours_only=given.ours_only,
        one_process=given.one_process,
    )


def _named(case: Case, name: str) -> bool:
    return case.name == name or case.name.startswith(f"{name}-")
